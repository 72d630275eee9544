#pragma once
// The server's side of the engine. Everything the server knows of it is in this file and its
// source: models by folder, prompts, and generations whose progress arrives on an I/O thread.
#include <asio/io_context.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/options.hpp"
#include "inference/local/dialect.hpp"
#include "tessera/core/result.hpp"
#include "tessera/json/value.hpp"

namespace tessera::engine {
class answer_grammar;
}

namespace tessera::server {

struct token {
    int id = 0;
    float logprob = 0;                         // NaN where nothing comes before or none was wanted
    std::vector<std::pair<int, float>> top{};  // most likely first
};

/// What an answer may be. Without tools, schema and grammar its content is free.
struct answer_rules {
    struct tool {
        std::string name;
        json::value parameters;  // JSON Schema of the arguments; null: any object
    };

    bool thinking = false;   // the prompt opens the thoughts
    bool may_think = false;  // the model may open them
    int most_thoughts = -1;  // tokens of thought; -1: as many as it likes
    std::vector<tool> tools{};
    int min_calls = 0;                    // 1 and more: only calls, no content
    int max_calls = 0;                    // -1: any number; 0: of the tools, none is called
    std::optional<json::value> schema{};  // of the content, where nothing is called
    std::string grammar{};                // of the content: GBNF whose start is `root`
};

/// Rules made ready for one model; nothing where everything is allowed.
using compiled_rules = std::shared_ptr<const engine::answer_grammar>;

/// Rules that cannot be kept.
struct rules_problem {
    std::string pointer;  // where: from "/schema", "/tools/N/parameters" or "/grammar" on
    std::string message;
};

/// One text to generate.
struct generation {
    std::vector<int> prompt;
    compiled_rules rules{};
    float temperature = 1;
    float top_p = 1;
    std::uint64_t seed = 0;
    float frequency_penalty = 0;
    float presence_penalty = 0;
    std::vector<std::pair<int, float>> logit_bias{};
    int max_tokens = -1;  // -1: to the end of the context
    int min_tokens = 0;
    std::vector<std::string> stop{};
    bool want_tokens = false;         // steps carry tokens
    int top_logprobs = -1;            // alternatives a token; -1: no log probabilities
    bool want_prompt_tokens = false;  // the first step carries the prompt's tokens
    int priority = 0;                 // higher goes first
    std::vector<int> predicted{};     // what is expected, for speed alone
    std::string cache_key{};          // prompts with a key stay in the cache for longer
};

enum class ending { stop, length, cancelled, failed };

struct outcome {
    ending reason = ending::stop;
    std::string error{};
    int prompt_tokens = 0;
    int cached_tokens = 0;
    int completion_tokens = 0;
    int accepted_predicted_tokens = 0;
    int rejected_predicted_tokens = 0;
    double queue_seconds = 0;
    double prompt_seconds = 0;
    double completion_seconds = 0;
};

/// Progress of one generation of a run.
struct step {
    std::size_t generation = 0;  // its place in the run
    std::string text{};          // whole characters, never part of a stop sequence
    std::vector<token> tokens{};
    bool of_prompt = false;        // `tokens` are the prompt's
    std::optional<outcome> end{};  // in the last step of a generation
};

class loaded_model;

/// Generations that were started together. Used on one I/O thread; destroying it cancels what has
/// not ended.
class run {
  public:
    ~run();
    run(const run&) = delete;
    run& operator=(const run&) = delete;

    /// Moves all steps so far to `steps`, in order. Afterwards `ready` is called again, once, when
    /// there are more.
    void take(std::vector<step>& steps);
    void cancel();

  private:
    friend loaded_model;
    struct shared;
    class listener;
    run();
    std::shared_ptr<shared> shared_;
};

/// A model folder in memory, with its engine. Thread-safe.
class loaded_model {
  public:
    /// Throws std::runtime_error with a message for the user.
    loaded_model(const std::filesystem::path& folder, const options& settings);
    ~loaded_model();
    loaded_model(const loaded_model&) = delete;
    loaded_model& operator=(const loaded_model&) = delete;

    const std::string& name() const;         // the folder's
    const std::string& fingerprint() const;  // the same for the same files
    const std::string& precision() const;    // of the stored weights
    std::int64_t created() const;            // Unix seconds, of the files
    int context_length() const;
    int vocabulary_size() const;

    /// How the model writes thoughts and calls.
    const dialect& speaks() const;
    /// Kept for the next time. Bounded in time and memory whatever the rules say.
    std::variant<compiled_rules, rules_problem> compile(const answer_rules& rules) const;

    /// The prompt that the chat template makes of a conversation, ready for the answer. Errors:
    /// bad_request for more tokens than the context holds, invalid_argument when the template
    /// refuses the conversation.
    result<std::vector<int>> chat_prompt(const conversation& talk) const;
    /// Tokens of a text, with what the tokenizer adds in front. Errors: bad_request as above.
    result<std::vector<int>> text_prompt(const std::string& text) const;
    /// The tokens of a text inside an answer, of its front if it is longer than the context.
    std::vector<int> answer_tokens(std::string_view text) const;
    /// bad_request if a prompt of so many tokens leaves no room for an answer.
    result<void> check_length(std::size_t tokens) const;

    std::string decode(std::span<const int> tokens) const;
    /// Raw bytes, perhaps a part of a character; valid as long as the model.
    std::string_view token_bytes(int token) const;
    bool is_special(int token) const;

    /// Starts all generations or none. `ready` is called through `executor` when the run has steps.
    /// Errors: rate_limit when too many wait, bad_request when a prompt does not fit, and
    /// invalid_argument. The executor's context must outlive the model's engine.
    result<std::unique_ptr<run>> start(std::vector<generation> wanted,
                                       asio::io_context::executor_type executor,
                                       std::function<void()> ready) const;

    struct load {
        int running = 0;
        int queued = 0;
    };
    load current() const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace tessera::server
