#include <algorithm>
#include <limits>
#include <utility>

#include "serve/batcher.hpp"

namespace tessera::engine {
namespace {

bool is_end(const model_config& config, token_id token) {
    const auto& eos = config.eos_tokens;
    return std::find(eos.begin(), eos.end(), token) != eos.end();
}

}  // namespace

void batcher::describe(std::span<const work> batch) {
    std::vector<describe_request> requests;
    std::vector<std::pair<sequence*, int>> of;  // and the token's position
    for (const auto& w : batch) {
        auto& s = *w.item;
        for (int i = 0; i < w.others(); ++i) {
            const int position = s.computed - w.outputs + i + 1;
            if (position >= s.prompt_size) break;
            requests.push_back({slots_[static_cast<std::size_t>(w.apart + i)],
                                s.tokens[static_cast<std::size_t>(position)],
                                std::max(0, s.request.sampling.top_logprobs)});
            of.emplace_back(&s, position);
        }
    }
    if (requests.empty()) return;
    std::vector<token_outcome> outcomes(requests.size());
    runner_->describe(requests, outcomes);
    for (std::size_t i = 0; i < of.size(); ++i) {
        auto& [item, position] = of[i];
        auto& s = *item;
        if (s.ended) continue;
        guard(s, [&] {
            if (outcomes[i].failure) std::rethrow_exception(outcomes[i].failure);
            begin_prompt(s);
            // A prompt that was displaced half-way has some already.
            if (position == static_cast<int>(s.prompt_infos.size())) {
                s.prompt_infos.push_back(std::move(outcomes[i].info));
            }
        });
    }
}

void batcher::read_states(std::span<const work> batch) {
    if (batch.empty()) return;
    std::vector<int> slots;
    std::vector<state_pool*> pools;
    for (const auto& w : batch) {
        auto& s = *w.item;
        if (s.classifies()) {
            if (w.outputs == 0) continue;
            std::vector<float> outputs(static_cast<std::size_t>(runner_->labels(s.adapter())));
            runner_->classify(w.apart, outputs);
            s.states->add(outputs);
            continue;
        }
        for (int i = 0; i < w.outputs; ++i) {
            slots.push_back(w.apart + i);
            pools.push_back(&*s.states);
        }
    }
    const auto width = static_cast<std::size_t>(config_.hidden_size);
    std::vector<float> rows(slots.size() * width);
    if (!slots.empty()) runner_->states(slots, rows);
    for (std::size_t i = 0; i < pools.size(); ++i) {
        pools[i]->add(std::span<const float>(rows).subspan(i * width, width));
    }
    for (const auto& w : batch) {
        auto& s = *w.item;
        if (s.pending() > 0) continue;
        std::vector<float> made;
        try {
            made = s.states->take();
        } catch (const std::exception& e) {
            end(s, finish_reason::failed, e.what());
            continue;
        }
        drop(s);
        s.reads->add(s.input, std::move(made), s.cached);
    }
    // What is left of readings that failed.
    for (auto& [order, s] : running_) {
        if (s->reads && s->reads->over() && !s->ended) end(*s, finish_reason::cancelled);
    }
}

bool batcher::can_step() const {
    return std::any_of(running_.begin(), running_.end(), [](const auto& entry) {
        return entry.second->waiting > 0 && entry.second->limits->ready();
    });
}

// Goes on with the sequences whose masks came too late for their step.
bool batcher::draw_waiting() {
    std::vector<sequence*> ready;
    for (auto& [order, s] : running_) {
        if (s->waiting == 0 || !s->limits->ready()) continue;
        s->waiting = 0;
        ready.push_back(s.get());
    }
    draw(ready);
    return !ready.empty();
}

void batcher::draw(std::span<const work> batch) {
    std::vector<sequence*> ready;
    std::vector<int> later;
    for (const auto& w : batch) {
        auto& s = *w.item;
        if (!w.draws || s.ended) continue;
        if (!s.limits || s.limits->ready()) {
            ready.push_back(&s);
            continue;
        }
        s.waiting = 1 + static_cast<int>(s.drafts.size());
        const auto slots = slots_of(s).first(static_cast<std::size_t>(s.waiting));
        later.insert(later.end(), slots.begin(), slots.end());
    }
    draw(ready, later);
}

void batcher::draw(const std::vector<sequence*>& ready, std::span<const int> later) {
    if (ready.empty() && later.empty()) return;
    std::vector<draw_request> requests;
    std::vector<drawing> drawings;
    for (auto* s : ready) drawings.push_back(rules_of(*s, requests));
    std::vector<token_outcome> outcomes(requests.size());
    runner_->draw(requests, outcomes, later);
    for (const auto& d : drawings) take(d, std::span(outcomes).subspan(d.first, d.rows));
}

// One token, and one more for each draft, as if those before it were right.
batcher::drawing batcher::rules_of(sequence& s, std::vector<draw_request>& requests) {
    drawing made{&s, requests.size()};
    const auto drafts = std::span<const token_id>(s.drafts);
    const auto rows = std::min(1 + drafts.size(), s.limits ? s.limits->rows() : 1 + drafts.size());
    try {
        for (std::size_t row = 0; row < rows; ++row) {
            std::span<const token_id> banned;
            if (s.choose.drawn() + static_cast<int>(row) < s.request.min_tokens) {
                banned = config_.eos_tokens;
            }
            std::span<const std::uint64_t> allowed;
            end_wish wish;
            if (s.limits) {
                allowed = s.limits->words(row);
                wish = {config_.eos_tokens, s.limits->towards_end(row)};
            }
            requests.push_back(
                {slots_of(s)[row], s.choose.next(drafts.first(row), banned, allowed, wish)});
            ++made.rows;
        }
    } catch (...) {
        made.failure = std::current_exception();
    }
    return made;
}

void batcher::take(const drawing& d, std::span<token_outcome> outcomes) {
    auto& s = *d.item;
    guard(s, [&] {
        // A draft that is drawn has its keys and values in the cache already.
        const auto drafts = std::exchange(s.drafts, {});
        std::vector<token_id> drawn;
        auto failure = outcomes.empty() ? d.failure : nullptr;
        int right = 0;
        for (std::size_t row = 0; row < outcomes.size(); ++row) {
            failure = outcomes[row].failure;
            if (failure) break;
            auto& info = outcomes[row].info;
            const bool drafted = row < drafts.size() && info.id == drafts[row];
            drawn.push_back(info.id);
            s.choose.take(info.id);
            report_prompt(s);
            accept(s, std::move(info));
            if (s.ended) return;
            if (!drafted) break;
            if (row + 1 == outcomes.size()) {
                failure = d.failure;
                break;
            }
            ++right;
            ++s.computed;
        }
        s.expected.verified(static_cast<int>(drafts.size()), right);
        s.reached = std::max(s.reached, s.computed);
        publish(s);
        if (failure) std::rethrow_exception(failure);
        ask_mask(s, std::move(drawn));
    });
}

// What may follow those tokens.
void batcher::ask_mask(sequence& s, std::vector<token_id> drawn) {
    if (!s.limits) return;
    s.limits->request(std::move(drawn), s.expected.next(s.limit - s.completion_size() - 1));
    masks_.compute(s.limits);
}

void batcher::begin_prompt(sequence& s) {
    if (!s.prompt_infos.empty()) return;
    s.prompt_infos.push_back({s.tokens[0], std::numeric_limits<float>::quiet_NaN(), {}});
}

void batcher::report_prompt(sequence& s) {
    if (!s.wants_prompt()) return;
    s.prompt_reported = true;
    begin_prompt(s);
    s.listener->on_prompt(s.prompt_infos);
    s.prompt_infos = {};
}

void batcher::accept(sequence& s, token_info info) {
    if (s.prompted == sequence::time_point{}) s.prompted = std::chrono::steady_clock::now();
    if (is_end(config_, info.id)) {
        if (const auto rest = s.text.finish(); !rest.empty()) s.listener->on_tokens({}, rest);
        return end(s, finish_reason::stop);
    }
    s.tokens.push_back(info.id);
    s.expected.advance(s.completion());
    std::string_view bytes;
    if (!tokenizer_->is_special(info.id)) bytes = tokenizer_->token_bytes(info.id);
    auto text = s.text.push(bytes, s.completion_size() >= s.request.min_tokens);
    const bool full = !s.text.stopped() && s.completion_size() >= s.limit;
    if (full) text += s.text.finish();
    s.listener->on_tokens({&info, 1}, text);
    if (s.text.stopped()) return end(s, finish_reason::stop);
    if (full) end(s, finish_reason::length);
}

}  // namespace tessera::engine
