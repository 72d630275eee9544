#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decode/sampling.hpp"
#include "loading/load_options.hpp"

namespace tessera::engine {

class constraint;
class compute_budget;
class loaded_model;
class runner;
struct adapter_config;
struct runner_options;
class tensor_source;
class tokenizer;

struct generation_request {
    std::vector<token_id> prompt{};  // at least one token
    sampling_options sampling{};
    int max_tokens = -1;  // -1: to the end of the context
    int min_tokens = 0;  // before that many tokens no end token is drawn and no stop string matches
    std::vector<std::string> stop{};
    bool prompt_logprobs = false;  // report the prompt's log probabilities; forgoes prefix reuse
    int priority = 0;              // higher goes first
    int adapter = 0;               // of engine::attach; 0: the model alone
    /// Of this completion alone, and in the engine's hands until shortly after its end. Every drawn
    /// token is among those it allows, whatever bias and penalties say, and is given to accept()
    /// unless it is the last.
    /// The request fails if nothing is allowed, or with what the constraint throws.
    std::shared_ptr<constraint> limits{};
    /// What the completion is expected to be, no longer than the context. Right tokens are computed
    /// several at a time; nothing but the time depends on it.
    std::vector<token_id> predicted{};
    /// A hint: what prompts with a key leave in the cache outlives what others leave, for a while.
    std::string cache_key{};
};

enum class finish_reason { stop, length, cancelled, failed };

struct generation_result {
    finish_reason reason = finish_reason::stop;
    std::string error{};  // why it failed
    int prompt_tokens = 0;
    int cached_tokens = 0;              // of the prompt, taken from the cache
    int completion_tokens = 0;          // end tokens are not counted
    int accepted_predicted_tokens = 0;  // of the prediction, that the completion took
    int rejected_predicted_tokens = 0;  // all others of the prediction
    double queue_seconds = 0;           // from submit to the first computation
    double prompt_seconds = 0;          // from there to the first drawn token
    double completion_seconds = 0;      // from there to the end
};

/// Receives one request's progress. Called on the engine's thread, never concurrently for one
/// request; must not block. An exception that leaves a call fails that request alone.
class generation_listener {
  public:
    virtual ~generation_listener() = default;
    /// Only with prompt_logprobs, once, before any other call: one entry a prompt token, the first
    /// without a log probability (NaN).
    virtual void on_prompt(std::span<const token_info>) {}
    /// Newly drawn tokens, and text that is final: complete UTF-8 and never part of a stop string.
    /// Text may be empty while it is held back, and tokens may be empty when held-back text is
    /// released. End tokens are not reported; special tokens are reported but have no text.
    virtual void on_tokens(std::span<const token_info> tokens, std::string_view text) = 0;
    /// Exactly once, as the last call.
    virtual void on_finish(const generation_result&) = 0;
};

/// What is kept of the final states of an input's tokens.
enum class pooling { none, mean, last };

/// Nothing is drawn: the answer is what the model makes of the inputs.
struct reading_request {
    std::vector<std::vector<token_id>> inputs{};  // each at least one token
    pooling pool = pooling::mean;
    /// Instead of a pooled state, what the head of a classifier makes of the last one.
    bool classify = false;
    int adapter = 0;   // as of a generation
    int priority = 0;  // as of a generation
};

struct reading_result {
    finish_reason reason = finish_reason::stop;  // stop: all was read
    std::string error{};                         // why it failed
    /// If all was read, for each input the pooled state after the last norm, of hidden_size values;
    /// without pooling those of all its tokens, one behind the other. Not normalised. Of a
    /// classification the head's outputs, one a label (see model/classes.hpp).
    std::vector<std::vector<float>> states{};
    std::int64_t tokens = 0;         // of all inputs
    std::int64_t cached_tokens = 0;  // of these, taken from the cache
    double queue_seconds = 0;        // from submit to the first computation
    double seconds = 0;              // from there to the end
};

/// Runs many requests at once on one model: continuous batching on one thread of its own (and a
/// pool of workers for the arithmetic), a paged cache with prefix reuse, fair shares of each step's
/// token budget. A request's bytes do not depend on what else is running.
/// Readings run beside generations: their inputs are computed together, but take no more than half
/// of the places, so that others need not wait for the end of a long list.
class engine {
  public:
    struct options {
        int threads = 0;  // of the arithmetic, the engine's included; 0: all usable processors
        /// Instead of threads of its own: shared with other engines, with which it takes turns.
        std::shared_ptr<compute_budget> budget{};
        int turn_priority = 0;   // of these turns; higher goes first
        int max_sequences = 32;  // computed at the same time
        int queue_limit = 256;   // waiting beyond those; more are refused
        int kv_tokens = 0;       // capacity of the cache; 0: chosen by the model's size
        kv_precision cached = kv_precision::f32;
        int token_budget = 256;  // at most that many tokens are computed in one step
    };
    struct load {
        int running = 0;
        int queued = 0;
        std::uint64_t steps = 0;            // forward passes so far
        std::uint64_t computed_tokens = 0;  // in these
    };

    engine(std::shared_ptr<const loaded_model>, std::shared_ptr<const tokenizer>, options);
    /// On a runner with the slots and the cache that runner_wants() asks for.
    engine(std::unique_ptr<runner>, std::shared_ptr<const tokenizer>, options);
    /// What an engine of those options wants of its runner.
    static runner_options runner_wants(const options&);
    /// Ends all requests as cancelled; waits for constraints that are at work.
    ~engine();
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;

    /// Takes a LoRA adapter beside the model and gives it a number for requests. Those of different
    /// adapters, and of none, are computed in one batch, and what one has left in the cache serves
    /// that one alone. Thread-safe; takes as long as it takes to read and to pack the adapter,
    /// while others compute. Throws engine_error: malformed, unsupported.
    int attach(const adapter_config&, const tensor_source&);
    /// Refuses the adapter from now on, and frees it when those that run by it have ended, which
    /// the result tells; it need not be waited for. Thread-safe. Throws invalid_argument for a
    /// number that nothing is attached by.
    std::future<void> detach(int adapter);

    /// Thread-safe; returns at once with the request's id, never 0. Throws engine_error:
    /// queue_full, context_length (the prompt leaves no room for a token), invalid_argument.
    /// Nothing is called on the listener when it throws.
    std::uint64_t submit(generation_request, std::shared_ptr<generation_listener>);
    /// The same for a reading. The length of an input may be context_length() at most. `done` is
    /// called once, on the engine's thread; it must not block. A classifier reads and does not
    /// generate, and no other model classifies, unless by an adapter with a head of its own:
    /// invalid_argument.
    std::uint64_t submit(reading_request, std::function<void(reading_result)> done);
    /// Thread-safe; the request ends as cancelled soon: a step that is mostly for it ends with the
    /// layer under way, others before the next computation for it.
    /// Does nothing for a finished or unknown id.
    void cancel(std::uint64_t id);
    /// Thread-safe.
    load current() const;
    /// Outputs of the head that classifies by an adapter, its own or else the model's; 0: there is
    /// none. Thread-safe. Throws invalid_argument for a number that nothing is attached by.
    int labels(int adapter = 0) const;
    /// The longest prompt and completion together, in tokens.
    int context_length() const;

  private:
    class attached;
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace tessera::engine
