#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/thread_pool.hpp"
#include "model/forward.hpp"
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
    batcher(std::shared_ptr<const model>, std::shared_ptr<const tokenizer>, const engine::options&,
            std::function<void()> can_step_again);

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
    /// Computes one batch. What it throws concerns all running sequences. False if it did nothing,
    /// since all of them wait for masks.
    bool step();
    /// Whether a sequence that waited for its mask can go on.
    bool can_step() const;
    /// Sequences that lost their place, to be admitted again.
    std::vector<owned> take_displaced() { return std::exchange(displaced_, {}); }
    /// Ends every running sequence.
    void end_all(finish_reason, const std::string& error = {});

    static void finish(sequence&, finish_reason, const std::string& error = {}) noexcept;

  private:
    // Logits are kept for that many tokens at a time: a row of a large vocabulary is half a
    // megabyte.
    static constexpr int logits_rows = 32;

    struct work {
        sequence* item;
        int tokens;  // beside the drafts
        int outputs;
    };
    // A token of a prompt that is described, or tokens of a completion that are drawn.
    struct output {
        sequence* item;
        int position;  // of the first row of logits
        int rows = 1;  // of logits
        bool draws = false;
        std::vector<token_info> infos{};
        std::exception_ptr failure{};
    };

    void take_known(sequence&);
    void release(sequence&);
    bool make_room(sequence&, int tokens);
    std::vector<work> plan();
    int draft(const work&, int budget);
    void publish(sequence&);
    void compute(const std::vector<work>&);
    void read_outputs(std::span<const work>);
    void read_states(std::span<const work>);
    bool draw_kept();
    void read(output&, const float* logits, std::ptrdiff_t stride);
    void draw(output&, const float* logits, std::ptrdiff_t stride);
    void take(output&);
    void take_drawn(output&);
    void accept(sequence&, token_info);
    void report_prompt(sequence&);
    void end(sequence&, finish_reason, const std::string& error = {});
    void leave(sequence&);
    void drop(sequence&);
    void remove_ended();

    std::shared_ptr<const model> model_;
    std::shared_ptr<const tokenizer> tokenizer_;
    const cpu::kernels& kernels_;
    int max_sequences_;
    int token_budget_;
    kv_cache cache_;
    int longest_;
    block_pool pool_;
    thread_pool threads_;
    forward_pass forward_;
    ordered running_;
    std::vector<sequence*> ended_;  // still in running_
    std::vector<owned> displaced_;
    std::atomic<int> active_{0};
    std::atomic<std::uint64_t> steps_{0};
    std::atomic<std::uint64_t> computed_tokens_{0};
    mask_threads masks_;
};

}  // namespace tessera::engine
