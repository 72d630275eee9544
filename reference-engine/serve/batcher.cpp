#include "serve/batcher.hpp"

#include <algorithm>
#include <exception>
#include <numeric>
#include <utility>

#include "core/processors.hpp"
#include "serve/seconds.hpp"
#include "serve/shares.hpp"

namespace tessera::engine {
namespace {

using clock = std::chrono::steady_clock;

// Slots of a seat: of the last token and of those that are expected behind it.
constexpr int seat_slots = 1 + prediction::longest_reach;

int blocks_for(int tokens) { return (tokens + block_positions - 1) / block_positions; }

int sequences_of(const engine::options& options) { return std::max(1, options.max_sequences); }

int budget_of(const engine::options& options) {
    return std::max(options.token_budget, sequences_of(options));
}

int slots_for(const engine::options& options) {
    return sequences_of(options) * seat_slots + budget_of(options);
}

int threads_of(const engine::options& options) {
    if (options.budget) return options.budget->threads();
    return options.threads > 0 ? options.threads : usable_processors();
}

}  // namespace

runner_options batcher::wanted(const engine::options& options) {
    return {.budget =
                options.budget ? options.budget : std::make_shared<compute_budget>(options.threads),
            .priority = options.turn_priority,
            .sequences = sequences_of(options),
            .tokens = budget_of(options),
            .kv_tokens = options.kv_tokens,
            .cached = options.cached,
            .slots = slots_for(options)};
}

batcher::batcher(std::shared_ptr<runner> computes, std::shared_ptr<const tokenizer> t,
                 const engine::options& options, std::function<void()> can_step_again)
    : runner_(std::move(computes)),
      config_(runner_->config()),
      tokenizer_(std::move(t)),
      max_sequences_(sequences_of(options)),
      token_budget_(budget_of(options)),
      longest_(std::min(config_.max_position, runner_->blocks() * block_positions)),
      pool_(runner_->blocks()),
      slots_(static_cast<std::size_t>(slots_for(options))),
      masks_(std::max(2, threads_of(options)), std::move(can_step_again)) {
    std::iota(slots_.begin(), slots_.end(), 0);
    for (int seat = max_sequences_; seat-- > 0;) seats_.push_back(seat);
}

void batcher::finish(sequence& s, finish_reason reason, const std::string& error) noexcept {
    if (s.reads) return s.reads->end(reason, error);
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
        result.accepted_predicted_tokens = s.expected.accepted();
        result.rejected_predicted_tokens = s.expected.rejected();
        result.queue_seconds = seconds_between(s.submitted, started);
        result.prompt_seconds = seconds_between(started, prompted);
        result.completion_seconds = seconds_between(prompted, now);
        s.listener->on_finish(result);
    } catch (...) {
        // The listener's last call: there is nobody left to tell.
    }
}

// Goes on with blocks that the cache has.
void batcher::take_known(sequence& s) {
    while (s.may_take_known()) {
        const auto found = pool_.find(s.last_link(), s.next_block());
        if (!found) break;
        s.blocks.push_back(found->block);
        s.links.push_back(found->link);
        s.computed += block_positions;
    }
}

// From the end, so that of an unused sequence the beginning stays longest.
void batcher::release(sequence& s) {
    while (!s.blocks.empty()) {
        pool_.release(s.blocks.back(), !s.request.cache_key.empty());
        s.blocks.pop_back();
    }
    s.links.clear();
    s.computed = 0;
    s.drafts.clear();
    s.waiting = 0;
}

bool batcher::admit(owned& s) {
    take_known(*s);
    const int missing =
        blocks_for(static_cast<int>(s->tokens.size())) - static_cast<int>(s->blocks.size());
    // A spare block for each of the others, lest they displace it at once.
    if (missing + running() > pool_.available() && !running_.empty()) {
        release(*s);
        return false;
    }
    const auto order = s->order();
    if (s->reads) s->reads->begin();
    s->seat = seats_.back();
    seats_.pop_back();
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
        leave(*last->second);
        displaced_.push_back(std::move(last->second));
        running_.erase(last);
        if (itself) return false;
    }
    return true;
}

// How many tokens that are expected next are computed along with the last one: they displace
// nobody.
int batcher::draft(const work& w, int budget) {
    auto& s = *w.item;
    if (!w.draws || s.wants_prompt()) return 0;
    const int most = std::min(budget, s.limit - s.completion_size() - 1);
    auto tokens = s.expected.next(most);
    if (s.limits && s.limits->ready()) {
        tokens = tokens.first(std::min(tokens.size(), s.limits->rows() - 1));
    }
    const int end = s.computed + w.tokens;
    while (static_cast<int>(s.blocks.size()) < blocks_for(end + static_cast<int>(tokens.size()))) {
        const auto block = pool_.allocate();
        if (block) {
            s.blocks.push_back(*block);
        } else {
            const int room = static_cast<int>(s.blocks.size()) * block_positions - end;
            tokens = tokens.first(static_cast<std::size_t>(room));
        }
    }
    s.drafts.assign(tokens.begin(), tokens.end());
    return static_cast<int>(tokens.size());
}

std::vector<batcher::work> batcher::plan() {
    std::vector<demand> demands;
    std::vector<sequence*> items;
    std::vector<const sequence*> beginning;  // that compute a whole block
    for (auto& [order, s] : running_) {
        if (s->started == clock::time_point{}) {
            s->started = clock::now();
            if (s->limit > 0) ask_mask(*s, {});
        }
        if (s->pending() == 0) continue;  // waits for its mask
        take_known(*s);
        // What it had before and lost is no gift of the cache.
        s->cached += std::max(0, std::min(s->computed, s->prompt_size) - s->reached);
        s->reached = std::max(s->reached, s->computed);
        if (s->next_block().size() == block_positions) {
            // Where one that goes before computes the same, its block will be there soon.
            const auto same = [&](const sequence* other) { return s->begins_like(*other); };
            if (s->may_take_known() && std::any_of(beginning.begin(), beginning.end(), same)) {
                continue;
            }
            beginning.push_back(s.get());
        }
        demands.push_back({s->request.priority, s->pending()});
        items.push_back(s.get());
    }
    const auto shares = share_tokens(demands, token_budget_);
    std::vector<work> result;
    int budget = token_budget_;
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto& s = *items[i];
        // Displacing goes from the end of the order, so what is displaced is never planned already.
        if (!running_.contains(s.order())) break;
        if (!make_room(s, shares[i])) break;
        const bool wanted = s.limit > 0 || s.reads || s.wants_prompt();
        const int end = s.computed + shares[i];
        const int outputs = wanted ? std::max(0, end - std::max(s.computed, s.first_output())) : 0;
        const bool draws = s.limit > 0 && !s.reads && shares[i] == s.pending();
        result.push_back({&s, shares[i], outputs, draws});
        budget -= shares[i];
    }
    // Those that generate are in front of those that are read.
    std::ranges::stable_partition(result, [](const work& w) { return !w.item->reads; });
    for (auto& w : result) budget -= draft(w, budget);
    return result;
}

void batcher::publish(sequence& s) {
    while (static_cast<int>(s.links.size() + 1) * block_positions <= s.computed) {
        s.links.push_back(pool_.publish(s.blocks[s.links.size()], s.last_link(), s.next_block()));
    }
}

std::span<const int> batcher::slots_of(const sequence& s) const {
    return std::span(slots_).subspan(static_cast<std::size_t>(s.seat * seat_slots), seat_slots);
}

bool batcher::compute(std::vector<work>& batch, const cancelled& gone) {
    std::vector<std::vector<token_id>> joined;  // tokens and drafts
    joined.reserve(batch.size());
    std::vector<sequence_part> parts;
    std::uint64_t count = 0;
    std::vector<std::vector<int>> places(batch.size());
    int apart = max_sequences_ * seat_slots;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        auto& w = batch[i];
        const auto& s = *w.item;
        auto tokens = std::span<const token_id>(s.tokens).subspan(
            static_cast<std::size_t>(s.computed), static_cast<std::size_t>(w.tokens));
        if (!s.drafts.empty()) {
            auto& both = joined.emplace_back(tokens.begin(), tokens.end());
            both.insert(both.end(), s.drafts.begin(), s.drafts.end());
            tokens = both;
        }
        w.apart = std::exchange(apart, apart + w.others());
        const auto others = std::span(slots_).subspan(static_cast<std::size_t>(w.apart),
                                                      static_cast<std::size_t>(w.others()));
        places[i].assign(others.begin(), others.end());
        if (w.draws) {
            const auto own = slots_of(s).first(1 + s.drafts.size());
            places[i].insert(places[i].end(), own.begin(), own.end());
        }
        parts.push_back({tokens, s.computed, s.blocks, places[i], s.adapter()});
        count += tokens.size();
    }
    const auto stop = [&](double left) {
        std::size_t others = 0;  // tokens
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (!gone(batch[i].item->request_id())) others += parts[i].tokens.size();
        }
        return others < count && left * static_cast<double>(count) > static_cast<double>(others);
    };
    if (!runner_->compute(parts, stop)) return false;
    steps_.fetch_add(1, std::memory_order_relaxed);
    computed_tokens_.fetch_add(count, std::memory_order_relaxed);
    for (const auto& w : batch) {
        auto& s = *w.item;
        s.computed += w.tokens;
        s.reached = std::max(s.reached, s.computed);
        publish(s);
    }
    return true;
}

void batcher::leave(sequence& s) {
    release(s);
    if (s.reads) s.reads->leave();
    seats_.push_back(s.seat);
    --active_;
}

void batcher::drop(sequence& s) {
    leave(s);
    s.ended = true;
    if (s.limits) s.limits->abandon();
    ended_.push_back(&s);
}

void batcher::end(sequence& s, finish_reason reason, const std::string& error) {
    drop(s);  // before the listener hears of it, so that whoever it wakes finds the room
    finish(s, reason, error);
}

void batcher::remove_ended() {
    for (const auto* s : ended_) running_.erase(s->order());
    ended_.clear();
}

bool batcher::step(const cancelled& gone) {
    const bool drew = draw_waiting();
    remove_ended();
    auto batch = plan();
    if (batch.empty()) return drew;
    if (!compute(batch, gone)) return true;
    const auto read =
        std::ranges::find_if(batch, [](const work& w) { return w.item->reads != nullptr; });
    describe({batch.begin(), read});
    draw(std::span(batch.begin(), read));
    read_states({read, batch.end()});
    for (const auto& w : batch) {
        auto& s = *w.item;
        if (s.limit > 0 || s.reads || s.pending() > 0 || s.ended) continue;
        // A prompt that only was to be read.
        guard(s, [&] {
            s.prompted = clock::now();
            report_prompt(s);
            end(s, finish_reason::length);
        });
    }
    remove_ended();
    return true;
}

void batcher::cancel(std::uint64_t request_id) {
    for (auto& [order, s] : running_) {
        if (s->request_id() == request_id) end(*s, finish_reason::cancelled);
    }
    remove_ended();
}

void batcher::forget() {
    remove_ended();
    pool_ = block_pool(runner_->blocks());
}

void batcher::end_all(finish_reason reason, const std::string& error) {
    for (auto& [order, s] : running_) {
        if (!s->ended) end(*s, reason, error);
    }
    remove_ended();
}

}  // namespace tessera::engine
