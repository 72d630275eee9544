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

void batcher::read_outputs(std::span<const work> batch) {
    std::vector<output> outputs;
    for (const auto& w : batch) {
        const auto& s = *w.item;
        for (int i = w.outputs; i > 0; --i) {
            auto& out = outputs.emplace_back(output{w.item, s.computed - i});
            out.draws = i == 1 && s.pending() == 0 && s.limit > 0;
            if (out.draws) out.rows += static_cast<int>(s.drafts.size());
        }
    }
    int done = 0;  // rows of logits
    for (auto first = outputs.begin(); first != outputs.end();) {
        std::vector<int> rows;
        int count = 0;
        auto last = first;
        for (; last != outputs.end() && count + last->rows <= logits_rows; ++last) {
            rows.push_back(count);
            count += last->rows;
        }
        const float* logits = forward_.logits(done, count);
        threads_.parallel_for(static_cast<int>(rows.size()), [&](int i) {
            const auto row = rows[static_cast<std::size_t>(i)];
            read(first[i], logits + row * forward_.logits_stride(), forward_.logits_stride());
        });
        done += count;
        first = last;
    }
    for (auto& out : outputs) take(out);
}

// The states that the last computation keeps are in the order of the batch, these at the end.
void batcher::read_states(std::span<const work> batch) {
    if (batch.empty()) return;
    std::vector<int> first(batch.size());
    int row = forward_.outputs();
    for (auto i = batch.size(); i-- > 0;) first[i] = row -= batch[i].outputs;
    const int width = model_->config().hidden_size;
    threads_.parallel_for(static_cast<int>(batch.size()), [&](int i) {
        const auto& w = batch[static_cast<std::size_t>(i)];
        std::vector<float> state(static_cast<std::size_t>(cpu::padded(width)));
        for (int k = 0; k < w.outputs; ++k) {
            forward_.state(first[static_cast<std::size_t>(i)] + k, state.data());
            w.item->states->add(std::span(state).first(static_cast<std::size_t>(width)));
        }
    });
    for (const auto& w : batch) {
        auto& s = *w.item;
        if (s.pending() > 0) continue;
        std::vector<float> states;
        try {
            states = s.states->take();
        } catch (const std::exception& e) {
            end(s, finish_reason::failed, e.what());
            continue;
        }
        drop(s);
        s.reads->add(s.input, std::move(states), s.cached);
    }
    // What is left of readings that failed.
    for (auto& [order, s] : running_) {
        if (s->reads && s->reads->over() && !s->ended) end(*s, finish_reason::cancelled);
    }
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
        if (s->kept.empty() || !s->limits->ready()) continue;
        auto& out = outputs.emplace_back(output{s.get(), s->computed - 1});
        out.draws = true;
        out.rows += static_cast<int>(s->drafts.size());
    }
    threads_.parallel_for(static_cast<int>(outputs.size()), [&](int i) {
        auto& out = outputs[static_cast<std::size_t>(i)];
        read(out, out.item->kept.data(), model_->config().vocab_size);
        out.item->kept.clear();
    });
    for (auto& out : outputs) take(out);
    return !outputs.empty();
}

void batcher::read(output& out, const float* logits, std::ptrdiff_t stride) {
    auto& s = *out.item;
    const auto vocab_size = model_->config().vocab_size;
    try {
        if (!out.draws) {
            const auto next = static_cast<std::size_t>(out.position) + 1;
            if (next >= static_cast<std::size_t>(s.prompt_size)) return;
            out.infos.push_back(describe_token({logits, static_cast<std::size_t>(vocab_size)},
                                               s.tokens[next],
                                               std::max(0, s.request.sampling.top_logprobs)));
        } else if (s.limits && !s.limits->ready()) {
            for (int row = 0; row < out.rows; ++row, logits += stride) {
                s.kept.insert(s.kept.end(), logits, logits + vocab_size);
            }
        } else {
            draw(out, logits, stride);
        }
    } catch (...) {
        out.failure = std::current_exception();
    }
}

// One token, and one more for each draft that was right. A sequence has one output that draws, so
// its sampler and its constraint are used by one thread at a time.
void batcher::draw(output& out, const float* logits, std::ptrdiff_t stride) {
    auto& s = *out.item;
    const auto& config = model_->config();
    for (int row = 0; row < out.rows; ++row, logits += stride) {
        std::span<const token_id> banned;
        if (s.choose.drawn() < s.request.min_tokens) banned = config.eos_tokens;
        std::span<const std::uint64_t> allowed;
        end_wish wish;
        if (s.limits) {
            if (row > 0) s.limits->compute();
            allowed = s.limits->words();
            wish = {config.eos_tokens, s.limits->towards_end()};
        }
        auto info = s.choose.next({logits, static_cast<std::size_t>(config.vocab_size)}, banned,
                                  kernels_, allowed, wish);
        const auto token = info.id;
        if (s.limits) s.limits->accept(token);
        out.infos.push_back(std::move(info));
        if (row + 1 == out.rows || token != s.drafts[static_cast<std::size_t>(row)] ||
            is_end(config, token)) {
            break;
        }
    }
}

void batcher::take(output& out) {
    auto& s = *out.item;
    if (s.ended) return;
    try {
        if (out.draws) {
            take_drawn(out);
        } else if (!out.infos.empty() && !out.failure) {
            if (s.prompt_infos.empty()) {
                s.prompt_infos.push_back(
                    {s.tokens[0], std::numeric_limits<float>::quiet_NaN(), {}});
            }
            // A prompt that was displaced half-way has some already.
            if (out.position + 1 == static_cast<int>(s.prompt_infos.size())) {
                s.prompt_infos.push_back(std::move(out.infos[0]));
            }
        }
        if (out.failure && !s.ended) std::rethrow_exception(out.failure);
    } catch (const std::exception& e) {
        end(s, finish_reason::failed, e.what());
    } catch (...) {
        end(s, finish_reason::failed, "unknown exception");
    }
}

void batcher::take_drawn(output& out) {
    auto& s = *out.item;
    if (out.infos.empty()) return;  // kept, or failed
    report_prompt(s);
    // A draft that is drawn has its keys and values in the cache already.
    const auto drafts = std::exchange(s.drafts, {});
    std::size_t right = 0;
    for (auto& info : out.infos) {
        const bool drafted = right < drafts.size() && info.id == drafts[right];
        accept(s, std::move(info));
        if (s.ended) return;
        if (!drafted) continue;
        ++right;
        ++s.computed;
    }
    s.expected.verified(static_cast<int>(drafts.size()), static_cast<int>(right));
    s.reached = std::max(s.reached, s.computed);
    publish(s);
    if (s.limits && !out.failure) masks_.compute(s.limits);
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
    if (s.prompted == sequence::time_point{}) s.prompted = std::chrono::steady_clock::now();
    if (is_end(model_->config(), info.id)) {
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
