#pragma once
// What a model answers, step by step.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tessera::server {

struct token {
    std::string text;         // raw bytes, perhaps a part of a character
    std::optional<int> id{};  // where it is known
    double logprob = std::numeric_limits<double>::quiet_NaN();  // NaN where there is none
    std::vector<std::pair<std::string, double>> top{};          // most likely first
    std::optional<std::int64_t> offset{};  // in characters of the text, where it was told
};

/// What a choice grows by.
struct answer_delta {
    struct call {
        std::size_t index = 0;
        std::string id{};    // empty where the model gives none
        std::string name{};  // not empty where the call begins
        std::string arguments{};
    };

    std::string content{};
    std::string thoughts{};
    std::vector<token> content_tokens{};  // where tokens or log probabilities are asked for
    std::vector<token> thought_tokens{};
    std::vector<call> calls{};

    bool empty() const {
        return content.empty() && thoughts.empty() && content_tokens.empty() &&
               thought_tokens.empty() && calls.empty();
    }
};

enum class ending { stop, length, calls, filtered };

struct choice_end {
    ending reason = ending::stop;
    double mean_logprob = 0;  // of all its tokens, where the task is ranked
};

/// What a whole run took, as far as the model tells it. A prompt counts once, however many choices
/// continue it.
struct totals {
    std::optional<std::int64_t> prompt_tokens{};
    std::optional<std::int64_t> cached_tokens{};
    std::optional<std::int64_t> completion_tokens{};
    std::optional<std::int64_t> thought_tokens{};
    std::optional<std::int64_t> accepted_predicted_tokens{};
    std::optional<std::int64_t> rejected_predicted_tokens{};
    std::optional<double> queue_seconds{};
    std::optional<double> prompt_seconds{};
    std::optional<double> completion_seconds{};
    std::optional<double> total_seconds{};
};

/// The parts of a task that a model may refuse. Dialects have names for them.
enum class task_part {
    none,
    prompt,
    tools,
    form,
    grammar,
    thinks,
    shown,
    prediction,
    raw_tokens,
    echo,
    ranked,
    min_tokens,
    dimensions,
    labels  // whether it classifies at all
};

/// Why a run does not go on. No step follows.
struct refusal {
    enum class kind {
        unsupported,  // the model cannot do what `part` asks for
        rules,        // a schema or a grammar cannot be kept to
        too_long,     // the prompt leaves no room for an answer
        invalid,      // `part` is not as it must be
        queue_full,   // too many wait
        stopping,     // the server ends
        failed,       // the model broke down
        upstream      // another server's answer: `status`
    };

    kind why = kind::failed;
    task_part part = task_part::none;
    std::string message{};
    std::size_t tool = 0;   // of rules: which of the tools, where `part` is tools
    std::string pointer{};  // of rules: into the schema
    int status = 0;
    std::string param{};  // of an upstream's answer
    std::string code{};
    std::optional<std::chrono::seconds> retry_after{};
};

struct step {
    std::size_t choice = 0;
    answer_delta said{};
    std::optional<choice_end> end{};   // in the last step of a choice
    std::optional<totals> used{};      // in the last step of a run, once all choices have ended
    std::optional<refusal> refused{};  // instead of all that was to come
};

}  // namespace tessera::server
