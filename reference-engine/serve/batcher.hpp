#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "run/backend.hpp"
#include "serve/masks.hpp"
#include "serve/sequence.hpp"
#include "text/tokenizer.hpp"

namespace tessera::engine {

/// The engine without its thread and its queue: admits sequences while there is room, computes them
/// step by step, draws tokens and reports them. A sequence that the cache has no room for gives its
/// blocks to those before it in order, and is computed anew later, to the same bits.
class batcher {
  public:
    using owned = std::unique_ptr<sequence>;
    using ordered = std::map<std::pair<std::int64_t, std::uint64_t>, owned>;

    /// `can_step_again` is called on another thread when what step() waited for has come.
    batcher(std::shared_ptr<runner>, std::shared_ptr<const tokenizer>, const engine::options&,
            std::function<void()> can_step_again);

    /// What a batcher of those options wants of its runner.
    static runner_options wanted(const engine::options&);

    /// The longest prompt and completion that fit, together.
    int longest() const { return longest_; }
    int running() const { return static_cast<int>(running_.size()); }
    bool has_slot() const { return running() < max_sequences_; }
    /// Those running that have not been told of their end; thread-safe.
    int active() const { return active_.load(std::memory_order_relaxed); }
    /// Forward passes so far, and the tokens in them; thread-safe.
    std::uint64_t steps() const { return steps_.load(std::memory_order_relaxed); }
    std::uint64_t computed_tokens() const {
        return computed_tokens_.load(std::memory_order_relaxed);
    }
    /// Takes the sequence if the cache has room for what it has so far. A lone sequence always
    /// fits.
    bool admit(owned&);
    /// Ends the request's sequences that are running.
    void cancel(std::uint64_t request_id);

    /// Whether a request has been cancelled meanwhile; asked while a step is computed.
    using cancelled = std::function<bool(std::uint64_t request_id)>;

    /// Computes one batch. What it throws concerns all running sequences. False if it did nothing,
    /// since all of them wait for masks. Where going on costs more than to begin again without what
    /// has been cancelled, it ends between two layers, and all is as before.
    bool step(const cancelled&);
    /// Whether a sequence that waited for its mask can go on.
    bool can_step() const;
    /// Sequences that lost their place, to be admitted again.
    std::vector<owned> take_displaced() { return std::exchange(displaced_, {}); }
    /// Ends every running sequence.
    void end_all(finish_reason, const std::string& error = {});
    /// What the cache held is gone. Nothing is running.
    void forget();

    static void finish(sequence&, finish_reason, const std::string& error = {}) noexcept;

  private:
    struct work {
        sequence* item;
        int tokens;     // beside the drafts
        int outputs;    // states that are wanted of these
        bool draws;     // the next token from the last of them
        int apart = 0;  // where those of the others begin in slots_
        int others() const { return outputs - static_cast<int>(draws); }
    };
    // Tokens that are drawn one behind the other.
    struct drawing {
        sequence* item;
        std::size_t first = 0;  // of its requests
        std::size_t rows = 0;
        std::exception_ptr failure{};  // of the rules of the next one
    };

    void take_known(sequence&);
    void release(sequence&);
    bool make_room(sequence&, int tokens);
    std::vector<work> plan();
    int draft(const work&, int budget);
    void publish(sequence&);
    bool compute(std::vector<work>&, const cancelled&);
    void describe(std::span<const work>);
    void draw(std::span<const work>);
    void read_states(std::span<const work>);
    bool draw_waiting();
    void draw(const std::vector<sequence*>&, std::span<const int> later = {});
    drawing rules_of(sequence&, std::vector<draw_request>&);
    void take(const drawing&, std::span<token_outcome>);
    std::span<const int> slots_of(const sequence&) const;
    // What f throws ends the sequence alone.
    template <class F>
    void guard(sequence& s, F f) {
        try {
            f();
        } catch (const std::exception& e) {
            end(s, finish_reason::failed, e.what());
        } catch (...) {
            end(s, finish_reason::failed, "unknown exception");
        }
    }
    void accept(sequence&, token_info);
    void begin_prompt(sequence&);
    void report_prompt(sequence&);
    void ask_mask(sequence&, std::vector<token_id> drawn);
    void end(sequence&, finish_reason, const std::string& error = {});
    void leave(sequence&);
    void drop(sequence&);
    void remove_ended();

    std::shared_ptr<runner> runner_;
    const model_config& config_;
    std::shared_ptr<const tokenizer> tokenizer_;
    int max_sequences_;
    int token_budget_;
    int longest_;
    block_pool pool_;
    std::vector<int> slots_;  // 0, 1, ...: those of the seats, then those of a step
    std::vector<int> seats_;  // that are free
    ordered running_;
    std::vector<sequence*> ended_;  // still in running_
    std::vector<owned> displaced_;
    std::atomic<int> active_{0};
    std::atomic<std::uint64_t> steps_{0};
    std::atomic<std::uint64_t> computed_tokens_{0};
    mask_threads masks_;
};

}  // namespace tessera::engine
