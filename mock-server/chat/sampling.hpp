#pragma once
// From a request's words on sampling to what a model is asked for. What is wrong goes to `issues`,
// with the places that the dialect names.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "inference/model.hpp"
#include "tessera/json/issue.hpp"

namespace tessera::server {

using issue_list = std::vector<json::issue>;

constexpr std::int64_t most_choices = 128;

void wrong(issue_list& issues, json::path_type place, const char* type, std::string message);

/// A number of tokens, which a dialect may spell in two ways; -1 stands for the longest sequence.
struct token_count {
    std::string name;
    std::optional<std::int64_t> value;
    std::string other_name{};
    std::optional<std::int64_t> other{};
};
void read_token_counts(const token_count& most, const token_count& least, sampling& to,
                       issue_list& issues);

void read_logit_bias(const openai::logit_bias& bias, const std::string& name,
                     const model_card& card, sampling& to, issue_list& issues);
void read_stop(const openai::stop_sequences& stop, const std::string& name, sampling& to,
               issue_list& issues);
/// How many choices are asked for, at least 1.
std::size_t read_choices(const std::optional<std::int64_t>& n, const std::string& name,
                         issue_list& issues);
/// A request without a seed gets a random one.
void read_seed(const std::optional<std::int64_t>& seed, id_source& ids, sampling& to);

/// Of a request that spells its members as OpenAI does.
template <class Request>
void read_sampling(const Request& request, const model_card& card, sampling& to,
                   issue_list& issues) {
    to.temperature = request.temperature;
    to.top_p = request.top_p;
    to.frequency_penalty = request.frequency_penalty;
    to.presence_penalty = request.presence_penalty;
    to.cache_key = request.prompt_cache_key.value_or("");
    if (request.logit_bias) read_logit_bias(*request.logit_bias, "logit_bias", card, to, issues);
    if (request.stop) read_stop(*request.stop, "stop", to, issues);
}

}  // namespace tessera::server
