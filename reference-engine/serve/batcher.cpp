#include "serve/batcher.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <utility>

#include "serve/shares.hpp"

namespace tessera::engine {
namespace {

using clock = std::chrono::steady_clock;
using cpu::block_positions;

// Logits are kept for that many tokens at a time: a row of a large vocabulary is half a megabyte.
constexpr int logits_rows = 32;
// The cache's size by default, in bytes; memory is used up only where it is written.
constexpr double default_cache = 1 << 30;

int blocks_for(int tokens) { return (tokens + block_positions - 1) / block_positions; }

int cache_blocks(const model_config& config, const engine::options& options) {
    if (options.kv_tokens > 0) return blocks_for(options.kv_tokens);
    const double floats = static_cast<double>(kv_cache::floats_per_block(config));
    const double wanted =
        static_cast<double>(blocks_for(config.max_position)) * options.max_sequences;
    return static_cast<int>(std::clamp(wanted, 1.0, std::max(64.0, default_cache / 4 / floats)));
}

double seconds(clock::time_point from, clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

}  // namespace

batcher::batcher(std::shared_ptr<const model> m, std::shared_ptr<const tokenizer> t,
                 const engine::options& options, std::function<void()> can_step_again)
    : model_(std::move(m)),
      tokenizer_(std::move(t)),
      kernels_(cpu::best_kernels()),
      max_sequences_(std::max(1, options.max_sequences)),
      token_budget_(std::max(options.token_budget, max_sequences_)),
      cache_(model_->config(), cache_blocks(model_->config(), options)),
      longest_(std::min(model_->config().max_position, cache_.blocks() * block_positions)),
      pool_(cache_.blocks()),
      threads_(options.threads),
      forward_(*model_, cache_, threads_, kernels_),
      masks_(std::max(2, threads_.size()), std::move(can_step_again)) {}

void batcher::finish(sequence& s, finish_reason reason, const std::string& error) noexcept {
    const auto now = clock::now();
    const auto reached = [&](clock::time_point t) { return t == clock::time_point{} ? now : t; };
    const auto started = reached(s.started);
    const auto prompted = reached(s.prompted);
    try {
        generation_result result;
        result.reason = reason;
        result.error = error;
        result.prompt_tokens = s.prompt_size;
        result.cached_tokens = s.cached;
        result.completion_tokens = s.completion_size();
        result.queue_seconds = seconds(s.submitted, started);
        result.prompt_seconds = seconds(started, prompted);
        result.completion_seconds = seconds(prompted, now);
        s.listener->on_finish(result);
    } catch (...) {
        // The listener's last call: there is nobody left to tell.
    }
}

// Finds the longest beginning that the cache has. The last token is computed in any case: its
// logits are needed.
void batcher::start(sequence& s) {
    s.computed = 0;
    if (s.wants_prompt()) return;
    const std::span<const token_id> tokens(s.tokens);
    auto link = block_pool::root;
    for (std::size_t at = 0; at + block_positions < tokens.size(); at += block_positions) {
        const auto found = pool_.find(link, tokens.subspan(at, block_positions));
        if (!found) break;
        link = found->link;
        s.blocks.push_back(found->block);
        s.links.push_back(link);
        s.computed += block_positions;
    }
}

// From the end, so that of an unused sequence the beginning stays longest.
void batcher::release(sequence& s) {
    while (!s.blocks.empty()) {
        pool_.release(s.blocks.back());
        s.blocks.pop_back();
    }
    s.links.clear();
    s.computed = 0;
    s.kept.clear();
}

bool batcher::admit(owned& s) {
    start(*s);
    const int missing =
        blocks_for(static_cast<int>(s->tokens.size())) - static_cast<int>(s->blocks.size());
    // A spare block for each of the others, lest they displace it at once.
    if (missing + running() > pool_.available() && !running_.empty()) {
        release(*s);
        return false;
    }
    if (s->started == clock::time_point{}) {
        s->started = clock::now();
        s->cached = s->computed;
        if (s->limits && s->limit > 0) masks_.compute(s->limits);
    }
    const auto order = s->order();
    running_.emplace(order, std::move(s));
    ++active_;
    return true;
}

// Whether the sequence has blocks for so many tokens more. Displaces those that are last in order,
// and in the end the sequence itself.
bool batcher::make_room(sequence& s, int tokens) {
    const auto needed = static_cast<std::size_t>(blocks_for(s.computed + tokens));
    while (s.blocks.size() < needed) {
        if (const auto block = pool_.allocate()) {
            s.blocks.push_back(*block);
            continue;
        }
        const auto last = std::prev(running_.end());
        const bool itself = last->second.get() == &s;
        release(*last->second);
        displaced_.push_back(std::move(last->second));
        running_.erase(last);
        --active_;
        if (itself) return false;
    }
    return true;
}

std::vector<batcher::work> batcher::plan() {
    std::vector<demand> demands;
    std::vector<sequence*> items;
    for (auto& [order, s] : running_) {
        if (s->pending() == 0) continue;  // waits for its mask
        demands.push_back({s->request.priority, s->pending()});
        items.push_back(s.get());
    }
    const auto shares = share_tokens(demands, token_budget_);
    std::vector<work> result;
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto& s = *items[i];
        // Displacing goes from the end of the order, so what is displaced is never planned already.
        if (!running_.contains(s.order())) break;
        if (!make_room(s, shares[i])) break;
        const bool last = shares[i] == s.pending();
        const int outputs = s.wants_prompt() ? shares[i] : last && s.limit > 0 ? 1 : 0;
        result.push_back({&s, shares[i], outputs});
    }
    return result;
}

void batcher::publish(sequence& s) {
    const std::span<const token_id> tokens(s.tokens);
    while (static_cast<int>(s.links.size() + 1) * block_positions <= s.computed) {
        const auto i = s.links.size();
        const auto before = i == 0 ? block_pool::root : s.links.back();
        s.links.push_back(pool_.publish(s.blocks[i], before,
                                        tokens.subspan(i * block_positions, block_positions)));
    }
}

void batcher::compute(const std::vector<work>& batch) {
    std::vector<sequence_part> parts;
    for (const auto& w : batch) {
        const auto& s = *w.item;
        const auto tokens = std::span<const token_id>(s.tokens).subspan(
            static_cast<std::size_t>(s.computed), static_cast<std::size_t>(w.tokens));
        parts.push_back({tokens, s.computed, s.blocks.data(), w.outputs});
    }
    forward_.compute(parts);
    for (const auto& w : batch) {
        w.item->computed += w.tokens;
        publish(*w.item);
    }
}

void batcher::read_outputs(const std::vector<work>& batch) {
    std::vector<output> outputs;
    for (const auto& w : batch) {
        for (int i = w.outputs; i > 0; --i) {
            const bool draws = i == 1 && w.item->pending() == 0 && w.item->limit > 0;
            outputs.push_back({w.item, w.item->computed - i, draws});
        }
    }
    const auto vocab_size = static_cast<std::size_t>(model_->config().vocab_size);
    for (int first = 0; first < static_cast<int>(outputs.size()); first += logits_rows) {
        const int count = std::min(logits_rows, static_cast<int>(outputs.size()) - first);
        const float* logits = forward_.logits(first, count);
        threads_.parallel_for(count, [&](int i) {
            read(outputs[static_cast<std::size_t>(first + i)],
                 {logits + i * forward_.logits_stride(), vocab_size});
        });
    }
    for (auto& out : outputs) take(out);
}

bool batcher::can_step() const {
    return std::any_of(running_.begin(), running_.end(), [](const auto& entry) {
        return !entry.second->kept.empty() && entry.second->limits->ready();
    });
}

// Goes on with the sequences whose masks came too late for their step.
bool batcher::draw_kept() {
    std::vector<output> outputs;
    for (auto& [order, s] : running_) {
        if (!s->kept.empty() && s->limits->ready())
            outputs.push_back({s.get(), s->computed - 1, true});
    }
    threads_.parallel_for(static_cast<int>(outputs.size()), [&](int i) {
        auto& out = outputs[static_cast<std::size_t>(i)];
        read(out, out.item->kept);
        out.item->kept.clear();
    });
    for (auto& out : outputs) take(out);
    return !outputs.empty();
}

// A sequence draws from one row at most, so its sampler is used by one thread at a time.
void batcher::read(output& out, std::span<const float> logits) {
    auto& s = *out.item;
    try {
        if (out.draws) {
            if (s.limits && !s.limits->ready()) {
                s.kept.assign(logits.begin(), logits.end());
                out.draws = false;
                return;
            }
            std::span<const token_id> banned;
            if (s.choose.drawn() < s.request.min_tokens) banned = model_->config().eos_tokens;
            std::span<const std::uint64_t> allowed;
            if (s.limits) allowed = s.limits->words();
            out.info = s.choose.next(logits, banned, kernels_, allowed);
            if (s.limits) s.limits->accept(out.info.id);
        } else if (out.position + 1 < s.prompt_size) {
            out.info = describe_token(logits, s.tokens[static_cast<std::size_t>(out.position) + 1],
                                      std::max(0, s.request.sampling.top_logprobs));
        }
    } catch (...) {
        out.failure = std::current_exception();
    }
}

void batcher::take(output& out) {
    auto& s = *out.item;
    if (s.ended) return;
    try {
        if (out.failure) std::rethrow_exception(out.failure);
        if (out.draws) {
            report_prompt(s);
            accept(s, std::move(out.info));
            if (s.limits && !s.ended) masks_.compute(s.limits);
        } else if (out.position + 1 < s.prompt_size) {
            if (s.prompt_infos.empty()) {
                s.prompt_infos.push_back(
                    {s.tokens[0], std::numeric_limits<float>::quiet_NaN(), {}});
            }
            // A prompt that was displaced half-way has some already.
            if (out.position + 1 == static_cast<int>(s.prompt_infos.size())) {
                s.prompt_infos.push_back(std::move(out.info));
            }
        }
    } catch (const std::exception& e) {
        end(s, finish_reason::failed, e.what());
    } catch (...) {
        end(s, finish_reason::failed, "unknown exception");
    }
}

void batcher::report_prompt(sequence& s) {
    if (!s.wants_prompt()) return;
    s.prompt_reported = true;
    if (s.prompt_infos.empty()) {
        s.prompt_infos.push_back({s.tokens[0], std::numeric_limits<float>::quiet_NaN(), {}});
    }
    s.listener->on_prompt(s.prompt_infos);
    s.prompt_infos = {};
}

void batcher::accept(sequence& s, token_info info) {
    if (s.prompted == clock::time_point{}) s.prompted = clock::now();
    const auto& eos = model_->config().eos_tokens;
    if (std::find(eos.begin(), eos.end(), info.id) != eos.end()) {
        if (const auto rest = s.text.finish(); !rest.empty()) s.listener->on_tokens({}, rest);
        return end(s, finish_reason::stop);
    }
    s.tokens.push_back(info.id);
    std::string_view bytes;
    if (!tokenizer_->is_special(info.id)) bytes = tokenizer_->token_bytes(info.id);
    auto text = s.text.push(bytes, s.completion_size() >= s.request.min_tokens);
    const bool full = !s.text.stopped() && s.completion_size() >= s.limit;
    if (full) text += s.text.finish();
    s.listener->on_tokens({&info, 1}, text);
    if (s.text.stopped()) return end(s, finish_reason::stop);
    if (full) end(s, finish_reason::length);
}

void batcher::end(sequence& s, finish_reason reason, const std::string& error) {
    // Before the listener hears of it, so that whoever it wakes finds the room.
    release(s);
    s.ended = true;
    if (s.limits) s.limits->abandon();
    ended_.push_back(&s);
    --active_;
    finish(s, reason, error);
}

void batcher::remove_ended() {
    for (const auto* s : ended_) running_.erase(s->order());
    ended_.clear();
}

bool batcher::step() {
    const bool drew = draw_kept();
    remove_ended();
    const auto batch = plan();
    if (batch.empty()) return drew;
    compute(batch);
    read_outputs(batch);
    for (const auto& w : batch) {
        auto& s = *w.item;
        if (s.limit > 0 || s.pending() > 0 || s.ended) continue;
        // A prompt that only was to be read.
        try {
            s.prompted = clock::now();
            report_prompt(s);
            end(s, finish_reason::length);
        } catch (const std::exception& e) {
            end(s, finish_reason::failed, e.what());
        }
    }
    remove_ended();
    return true;
}

void batcher::cancel(std::uint64_t id) {
    for (auto& [order, s] : running_) {
        if (s->id == id) end(*s, finish_reason::cancelled);
    }
    remove_ended();
}

void batcher::end_all(finish_reason reason, const std::string& error) {
    for (auto& [order, s] : running_) {
        if (!s->ended) end(*s, reason, error);
    }
    remove_ended();
}

}  // namespace tessera::engine
