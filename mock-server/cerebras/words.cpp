#include "cerebras/words.hpp"

namespace tessera::server::cerebras {

part_names names_of(const wire::chat_request& request) {
    return {.prompt = "messages",
            .tools = "tools",
            .thinks = request.disable_reasoning.value_or(false) ? "disable_reasoning"
                                                                : "reasoning_effort",
            .shown = "reasoning_format",
            .prediction = "prediction",
            .min_tokens = request.min_completion_tokens ? "min_completion_tokens" : "min_tokens"};
}

part_names names_of(const wire::completion_request&) {
    return {.prompt = "prompt",
            .grammar = "grammar_root",
            .shown = "reasoning_format",
            .raw_tokens = "return_raw_tokens",
            .echo = "echo",
            .ranked = "best_of",
            .min_tokens = "min_tokens"};
}

std::optional<effort> effort_of(const wire::chat_request& request) {
    if (request.disable_reasoning.value_or(false)) return effort::none;
    if (!request.reasoning_effort) return std::nullopt;
    switch (request.reasoning_effort->known().value_or(wire::reasoning_effort::none)) {
        case wire::reasoning_effort::low:
            return effort::low;
        case wire::reasoning_effort::medium:
            return effort::medium;
        case wire::reasoning_effort::high:
            return effort::high;
        case wire::reasoning_effort::none:
            break;
    }
    return effort::none;
}

thoughts_shown shown_of(const std::optional<json::open_enum<wire::reasoning_format>>& format) {
    if (format == wire::reasoning_format::text_parsed) return thoughts_shown::apart_mingled;
    if (format == wire::reasoning_format::raw) return thoughts_shown::inside;
    if (format == wire::reasoning_format::hidden) return thoughts_shown::hidden;
    return thoughts_shown::apart;
}

int priority_of(const std::optional<json::open_enum<wire::service_tier>>& tier) {
    if (tier == wire::service_tier::priority) return 1;
    return tier == wire::service_tier::flex ? -1 : 0;
}

std::optional<std::string> served_tier(
    const std::optional<json::open_enum<wire::service_tier>>& tier) {
    if (!tier) return std::nullopt;
    return *tier == wire::service_tier::automatic ? "default" : std::string(tier->text());
}

wire::finish_reason finish_of(ending reason) {
    switch (reason) {
        case ending::length:
            return wire::finish_reason::length;
        case ending::calls:
            return wire::finish_reason::tool_calls;
        case ending::filtered:
            return wire::finish_reason::content_filter;
        case ending::stop:
            break;
    }
    return wire::finish_reason::stop;
}

wire::completion_finish_reason text_finish_of(ending reason) {
    if (reason == ending::length) return wire::completion_finish_reason::length;
    return reason == ending::filtered ? wire::completion_finish_reason::content_filter
                                      : wire::completion_finish_reason::stop;
}

wire::time_info time_info_of(const totals& sum) {
    return {.queue_time = sum.queue_seconds,
            .prompt_time = sum.prompt_seconds,
            .completion_time = sum.completion_seconds,
            .total_time = sum.total_seconds};
}

}  // namespace tessera::server::cerebras
