#include "cortex/translation/usage.hpp"

#include <algorithm>

namespace tessera::server::cortex {
namespace {

// What OpenAI has no word for, as its followers spell it.
constexpr const char* written_name = "cache_creation_tokens";

void raise(std::int64_t& count, std::int64_t to) { count = std::max(count, to); }
void raise(std::optional<std::int64_t>& count, const std::optional<std::int64_t>& to) {
    if (to) count = std::max(count.value_or(0), *to);
}

// No answer has more; sums of millions of them are numbers still.
constexpr std::int64_t most_tokens = std::int64_t{1} << 40;

std::int64_t sound(const std::optional<std::int64_t>& count) {
    return std::clamp<std::int64_t>(count.value_or(0), 0, most_tokens);
}

}  // namespace

token_counts counts_of(const openai::usage& used) {
    token_counts made{.prompt = sound(used.prompt_tokens), .answer = sound(used.completion_tokens)};
    if (const auto& details = used.prompt_tokens_details) {
        made.cache_read = details->cached_tokens;
        if (details->extra.is_object())
            if (const auto found = details->extra.find(written_name);
                found != details->extra.end() && found->is_number_integer())
                made.cache_written = found->get<std::int64_t>();
    }
    return made;
}

token_counts counts_of(const anthropic::usage& used) {
    return {.prompt = sound(used.prompt_tokens()),
            .answer = sound(used.output_tokens),
            .cache_read = used.cache_read_input_tokens,
            .cache_written = used.cache_creation_input_tokens};
}

openai::usage chat_usage(const token_counts& counts) {
    openai::usage made{.prompt_tokens = counts.prompt,
                       .completion_tokens = counts.answer,
                       .total_tokens = counts.prompt + counts.answer};
    if (counts.cache_read || counts.cache_written) {
        openai::prompt_tokens_details& details = made.prompt_tokens_details.emplace();
        details.cached_tokens = counts.cache_read.value_or(0);
        if (counts.cache_written) details.extra = {{written_name, *counts.cache_written}};
    }
    return made;
}

anthropic::usage message_usage(const token_counts& counts) {
    const std::int64_t cached = sound(counts.cache_read) + sound(counts.cache_written);
    return {.input_tokens = std::max<std::int64_t>(counts.prompt - cached, 0),
            .output_tokens = counts.answer,
            .cache_creation_input_tokens = counts.cache_written,
            .cache_read_input_tokens = counts.cache_read};
}

void usage_so_far::take(const openai::chat_chunk& chunk) {
    if (chunk.usage) grow(counts_of(*chunk.usage));
}

void usage_so_far::take(const anthropic::stream_event& event) {
    const auto add = [&](const std::optional<std::int64_t>& input, std::int64_t output,
                         const std::optional<std::int64_t>& written,
                         const std::optional<std::int64_t>& read) {
        raise(message_.input_tokens, input.value_or(0));
        raise(message_.output_tokens, output);
        raise(message_.cache_creation_input_tokens, written);
        raise(message_.cache_read_input_tokens, read);
        grow(counts_of(message_));
    };
    if (const auto* start = std::get_if<anthropic::message_start>(&event)) {
        const anthropic::usage& used = start->message.usage;
        add(used.input_tokens, used.output_tokens, used.cache_creation_input_tokens,
            used.cache_read_input_tokens);
    } else if (const auto* change = std::get_if<anthropic::message_delta>(&event)) {
        const anthropic::message_delta_usage& used = change->usage;
        add(used.input_tokens, used.output_tokens, used.cache_creation_input_tokens,
            used.cache_read_input_tokens);
    }
}

void usage_so_far::grow(const token_counts& to) {
    raise(counts_.prompt, to.prompt);
    raise(counts_.answer, to.answer);
    raise(counts_.cache_read, to.cache_read);
    raise(counts_.cache_written, to.cache_written);
}

}  // namespace tessera::server::cortex
