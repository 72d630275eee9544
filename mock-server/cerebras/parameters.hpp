#pragma once
// From a request's parameters to what the model is asked for, and what is refused on the way.
#include <optional>
#include <vector>

#include "cerebras/service.hpp"
#include "tessera/cerebras/chat.hpp"
#include "tessera/cerebras/completions.hpp"

namespace tessera::server::cerebras {

using issue_list = std::vector<json::issue>;

constexpr std::int64_t most_choices = 128;

/// 400: what the parameter of that name asks for, the model cannot do.
problem unsupported(const std::string& name, const std::string& why);

/// The sampling of one choice, without prompt and seed; what is wrong goes to `issues`.
generation sampling_of(const wire::chat_request& request, const loaded_model& model,
                       issue_list& issues);
generation sampling_of(const wire::completion_request& request, const loaded_model& model,
                       issue_list& issues);

/// How many choices are asked for, at least 1.
std::size_t choices_of(const std::optional<std::int64_t>& n, issue_list& issues);

/// The seed of a request without one is random. Choice `index` of a seed is always the same.
std::uint64_t base_seed(const std::optional<std::int64_t>& seed, id_source& ids);
constexpr std::uint64_t choice_seed(std::uint64_t base, std::size_t index) {
    return mix(base + mix(index));
}

/// The end of a generation, as answers spell it.
constexpr wire::finish_reason finish_of(ending reason) {
    return reason == ending::length ? wire::finish_reason::length : wire::finish_reason::stop;
}

}  // namespace tessera::server::cerebras
