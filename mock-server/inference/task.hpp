#pragma once
// What a model is asked for, in terms that no dialect and no engine owns.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/openai/messages.hpp"
#include "tessera/openai/request_parts.hpp"
#include "tessera/openai/tools.hpp"

namespace tessera::server {

/// How much a model thinks before it answers.
enum class effort { none, low, medium, high };

/// Where an answer shows its thoughts.
enum class thoughts_shown {
    apart,          // beside the content
    apart_mingled,  // beside the content, but with their tokens among the content's
    inside,         // in the content, as the model wrote them
    hidden
};

/// How tokens are drawn, and how many. What is absent is as the model likes it.
struct sampling {
    std::optional<double> temperature{};
    std::optional<double> top_p{};
    std::optional<std::int64_t> top_k{};  // at least 1
    std::optional<double> frequency_penalty{};
    std::optional<double> presence_penalty{};
    std::vector<std::pair<int, double>> logit_bias{};
    std::vector<std::string> stop{};
    std::int64_t max_tokens = -1;  // -1: to the end of the context
    std::int64_t min_tokens = 0;   // -1: as many as the context holds
    std::uint64_t seed = 0;        // the choices of a seed are always the same
    bool seeded = false;           // the seed was asked for, and not drawn here
    int top_logprobs = -1;         // alternatives a token; -1: no log probabilities
    int priority = 0;              // higher goes first
    std::string cache_key{};       // prompts with a key stay in the cache for longer
};

/// How the tools may be used.
struct tool_use {
    enum class mode {
        free,       // as the model likes
        required,   // only calls, no content
        forbidden,  // the model does not see the tools, nor writes what looks like a call
    };

    mode calls = mode::free;
    bool parallel = true;  // any number of calls; otherwise one at most
    std::string only{};    // the one tool that is required; empty for any
};

/// One answer to a conversation, or several.
struct chat_task {
    std::vector<openai::message> messages;
    std::vector<openai::tool> tools{};
    tool_use use{};
    std::optional<openai::response_format> form{};
    std::optional<effort> thinks{};  // nothing: as the model likes
    thoughts_shown shown = thoughts_shown::apart;
    std::optional<std::string> prediction{};  // what is expected, for speed alone
    std::size_t choices = 1;
    sampling how{};
};

using text_prompt = std::variant<std::string, std::vector<int>>;

/// Continuations of texts. Choice `c` of prompt `p` is choice `p * choices + c` of the run.
struct text_task {
    std::vector<text_prompt> prompts;
    std::size_t choices = 1;  // of each prompt
    bool echo = false;        // the prompt is part of the answer
    bool raw_tokens = false;  // tokens are shown by number
    bool ranked = false;      // each choice ends with its mean log probability
    std::string grammar{};    // of what is not thought: GBNF whose start is `root`
    thoughts_shown shown = thoughts_shown::inside;
    sampling how{};
};

/// What a head says of a text.
struct classification_task {
    std::string input;
};

/// Vectors of texts. Those of a local model have length 1; another server decides for itself.
struct embedding_task {
    std::vector<text_prompt> inputs;           // all of one form
    std::optional<std::int64_t> dimensions{};  // nothing: the model's own
};

}  // namespace tessera::server
