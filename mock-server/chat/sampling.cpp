#include "chat/sampling.hpp"

#include <charconv>
#include <limits>
#include <variant>

namespace tessera::server {
namespace {

std::optional<std::int64_t> tokens_of(const token_count& given, issue_list& issues) {
    const auto check = [&](const std::string& name, const std::optional<std::int64_t>& value) {
        if (value && *value < -1)
            wrong(issues, {name}, "greater_than_equal",
                  "must be at least 0, or -1 for as many as the context holds");
    };
    check(given.name, given.value);
    check(given.other_name, given.other);
    if (given.value && given.other && *given.value != *given.other)
        wrong(issues, {given.other_name}, "value_error",
              "is another spelling of " + given.name +
                  ", so both must have the same value; give one of them");
    return given.value ? given.value : given.other;
}

}  // namespace

void wrong(issue_list& issues, json::path_type place, const char* type, std::string message) {
    issues.push_back({std::move(place), type, std::move(message)});
}

void read_token_counts(const token_count& most, const token_count& least, sampling& to,
                       issue_list& issues) {
    to.max_tokens = tokens_of(most, issues).value_or(-1);
    to.min_tokens = tokens_of(least, issues).value_or(0);
    if (to.max_tokens >= 0 && to.min_tokens > to.max_tokens)
        wrong(issues, {least.name}, "value_error", "must not be more than " + most.name);
}

void read_logit_bias(const openai::logit_bias& bias, const std::string& name,
                     const model_card& card, sampling& to, issue_list& issues) {
    const int end = card.vocabulary_size.value_or(std::numeric_limits<int>::max());
    for (const auto& [key, value] : bias) {
        int id = -1;
        const auto [rest, error] = std::from_chars(key.data(), key.data() + key.size(), id);
        if (error != std::errc() || rest != key.data() + key.size() || id < 0 || id >= end)
            wrong(issues, {name, key}, "value_error",
                  "is not a token id from 0 to " + std::to_string(end - 1));
        else if (!(value >= -100 && value <= 100))
            wrong(issues, {name, key}, "value_error", "must be from -100 to 100");
        else
            to.logit_bias.emplace_back(id, value);
    }
}

void read_stop(const openai::stop_sequences& stop, const std::string& name, sampling& to,
               issue_list& issues) {
    constexpr const char* empty = "a stop sequence must not be empty";
    if (const auto* one = std::get_if<std::string>(&stop)) {
        if (one->empty()) wrong(issues, {name}, "string_too_short", empty);
        to.stop = {*one};
        return;
    }
    to.stop = std::get<std::vector<std::string>>(stop);
    for (std::size_t i = 0; i < to.stop.size(); ++i)
        if (to.stop[i].empty()) wrong(issues, {name, i}, "string_too_short", empty);
}

std::size_t read_choices(const std::optional<std::int64_t>& n, const std::string& name,
                         issue_list& issues) {
    if (!n || (*n >= 1 && *n <= most_choices)) return static_cast<std::size_t>(n.value_or(1));
    wrong(issues, {name}, *n < 1 ? "greater_than_equal" : "less_than_equal",
          "must be from 1 to " + std::to_string(most_choices));
    return 1;
}

void read_seed(const std::optional<std::int64_t>& seed, id_source& ids, sampling& to) {
    to.seeded = seed.has_value();
    to.seed = seed ? static_cast<std::uint64_t>(*seed) : ids.bits();
}

}  // namespace tessera::server
