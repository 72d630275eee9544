#include "cortex/translation/reasons.hpp"

#include <utility>

namespace tessera::server::cortex {
namespace {

constexpr const char* sequence_name = "stop_reason";

}  // namespace

std::optional<std::string> stop_sequence_in(const json::value& extra) {
    if (!extra.is_object()) return std::nullopt;
    const auto found = extra.find(sequence_name);
    if (found == extra.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

void put_stop_sequence(json::value& extra, std::string sequence) {
    if (!extra.is_object()) extra = json::value::object();
    extra[sequence_name] = std::move(sequence);
}

openai::finish_reason finish_reason_of(const stop_reason_type& said, bool calls) {
    using enum anthropic::stop_reason;
    const auto known = said ? said->known() : std::nullopt;
    if (known == max_tokens || known == model_context_window_exceeded)
        return openai::finish_reason::length;
    if (known == refusal) return openai::finish_reason::content_filter;
    return calls ? openai::finish_reason::tool_calls : openai::finish_reason::stop;
}

anthropic::stop_reason stop_reason_of(const finish_reason_type& said, bool calls, bool refuses,
                                      bool at_sequence) {
    using enum anthropic::stop_reason;
    const auto known = said ? said->known() : std::nullopt;
    if (known == openai::finish_reason::length) return max_tokens;
    if (known == openai::finish_reason::content_filter || refuses) return refusal;
    if (calls) return tool_use;
    return at_sequence ? stop_sequence : end_turn;
}

}  // namespace tessera::server::cortex
