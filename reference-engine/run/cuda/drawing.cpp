#include "run/cuda/drawing.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "core/error.hpp"

namespace tessera::engine::cuda {
namespace {

// Rows of logits at a time: one of a large vocabulary is half a megabyte.
constexpr int logits_rows = 32;

std::exception_ptr failure_of(outcome_failure failure) {
    if (failure == outcome_failure::none) return nullptr;
    return std::make_exception_ptr(
        engine_error(error_code::invalid_argument,
                     failure == outcome_failure::not_finite ? logits_not_finite : nothing_to_draw));
}

}  // namespace

token_drawing::token_drawing(forward_pass& forward, device& on)
    : forward_(forward),
      device_(on),
      table_(on.table()),
      vocabulary_(forward.config().vocab_size),
      mask_words_((vocabulary_ + 63) / 64),
      copies_(make_stream(on)),
      sent_(make_event(on)),
      known_(on, area(logits_rows, vocabulary_), "making room for logits"),
      scratch_(on, area(logits_rows, 2 * vocabulary_), "making room for logits"),
      outcomes_(on, logits_rows, "making room for outcomes"),
      outcomes_here_(on, logits_rows) {
    logits_.reserve(on, area(logits_rows, vocabulary_), "making room for logits");
    const auto masks = area(logits_rows, mask_words_) * sizeof(std::uint64_t);
    requests_.reserve(on, 2 * masks + area(logits_rows, sizeof(draw_rule)));
    later_.reserve(on, area(logits_rows, sizeof(int)));
}

// By a stream of its own, while the model is at work; what follows waits for it.
template <class... Array>
auto token_drawing::send(const Array&... arrays) {
    const auto there = requests_.send(device_, copies_, arrays...);
    device_.check(table_.record(sent_, copies_), "sending requests");
    device_.check(table_.wait_for(forward_.main(), sent_), "sending requests");
    return there;
}

void token_drawing::finish() {
    forward_.finish();
    later_used_ = false;
}

void token_drawing::draw(std::span<const draw_request> requests,
                         std::span<token_outcome> outcomes) {
    std::vector<std::size_t> fresh, known;  // places in requests
    for (std::size_t i = 0; i < requests.size(); ++i)
        (foreseen_.contains(requests[i].slot) ? known : fresh).push_back(i);
    const auto in_turns = [&](std::span<const std::size_t> places, bool are_known) {
        for (std::size_t done = 0; done < places.size(); done += logits_rows) {
            const auto some =
                places.subspan(done, std::min<std::size_t>(logits_rows, places.size() - done));
            draw_some(requests, some, outcomes, are_known);
        }
    };
    in_turns(known, true);
    in_turns(fresh, false);
    for (const auto place : known) forget({&requests[place].slot, 1});
}

void token_drawing::draw_some(std::span<const draw_request> requests,
                              std::span<const std::size_t> places,
                              std::span<token_outcome> outcomes, bool known) {
    std::vector<draw_rule> rules;
    std::vector<int> slots, ends, tops;
    std::vector<shift> shifts;
    std::vector<std::uint64_t> masks;
    for (const auto place : places) {
        const auto& [slot, by] = requests[place];
        const int row = known ? foreseen_.at(slot) : static_cast<int>(slots.size());
        draw_rule rule{.row = row,
                       .temperature = by.temperature,
                       .top_p = by.top_p,
                       .top_k = by.top_k,
                       .uniform = uniform_draw(by.seed, by.index),
                       .first_shift = static_cast<int>(shifts.size()),
                       .shifts = static_cast<int>(by.shifts.size()),
                       .mask = -1,
                       .first_end = static_cast<int>(ends.size()),
                       .ends = static_cast<int>(by.wish.ends.size()),
                       .instead = by.wish.instead,
                       .top_logprobs = by.top_logprobs};
        for (const auto& [token, shift_by] : by.shifts) shifts.push_back({token, shift_by});
        std::stable_sort(shifts.begin() + rule.first_shift, shifts.end(),
                         [](const shift& a, const shift& b) { return a.token < b.token; });
        if (!by.allowed.empty()) {
            const auto words = static_cast<std::size_t>(mask_words_);
            rule.mask = static_cast<int>(masks.size() / words);
            masks.insert(masks.end(), by.allowed.begin(),
                         by.allowed.begin() + static_cast<std::ptrdiff_t>(words));
        }
        ends.insert(ends.end(), by.wish.ends.begin(), by.wish.ends.end());
        slots.push_back(slot);
        tops.push_back(by.top_logprobs);
        rules.push_back(rule);
    }
    const auto [slots_there, rules_there, shifts_there, ends_there, masks_there] =
        send(slots, rules, shifts, ends, masks);
    const int count = static_cast<int>(places.size());
    if (!known) multiply_head(slots_there, count, logits_.data());
    device_.check(table_.draw({.logits = known ? known_.data() : logits_.data(),
                               .logits_stride = vocabulary_,
                               .vocabulary = vocabulary_,
                               .rules = rules_there,
                               .draws = count,
                               .shifts = shifts_there,
                               .masks = masks_there,
                               .mask_words = mask_words_,
                               .ends = ends_there,
                               .scratch = scratch_.data(),
                               .outcomes = outcomes_.data()},
                              forward_.main()),
                  "drawing tokens");
    take(places, tops, outcomes);
}

void token_drawing::describe(std::span<const describe_request> requests,
                             std::span<token_outcome> outcomes) {
    for (std::size_t done = 0; done < requests.size(); done += logits_rows) {
        const auto some =
            requests.subspan(done, std::min<std::size_t>(logits_rows, requests.size() - done));
        std::vector<int> slots, tops;
        std::vector<describe_rule> rules;
        std::vector<std::size_t> places;
        for (const auto& [slot, token, top] : some) {
            rules.push_back({static_cast<int>(slots.size()), token, top});
            places.push_back(done + slots.size());
            slots.push_back(slot);
            tops.push_back(top);
        }
        const auto [slots_there, rules_there] = send(slots, rules);
        const int count = static_cast<int>(some.size());
        multiply_head(slots_there, count, logits_.data());
        device_.check(table_.describe({.logits = logits_.data(),
                                       .logits_stride = vocabulary_,
                                       .vocabulary = vocabulary_,
                                       .rules = rules_there,
                                       .rules_count = count,
                                       .outcomes = outcomes_.data()},
                                      forward_.main()),
                      "describing tokens");
        take(places, tops, outcomes);
    }
}

void token_drawing::multiply_head(const int* slots, int count, float* to) {
    forward_.multiply_head(forward_.weights().head, slots, count, to, vocabulary_);
}

// Waits for the outcomes.
void token_drawing::take(std::span<const std::size_t> places, std::span<const int> tops,
                         std::span<token_outcome> outcomes) {
    device_.check(table_.to_host(outcomes_here_.data(), outcomes_.data(),
                                 places.size() * sizeof(outcome), forward_.main()),
                  "drawing tokens");
    finish();
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto& from = outcomes_here_.data()[i];
        auto& to = outcomes[places[i]];
        to.failure = failure_of(from.failure);
        if (to.failure) continue;
        const bool described = tops[i] >= 0;
        to.info = {
            from.token, described ? from.logprob : std::numeric_limits<float>::quiet_NaN(), {}};
        const int count = std::clamp(from.alternatives, 0, described ? most_alternatives : 0);
        for (int k = 0; k < count; ++k) to.info.top.emplace_back(from.ids[k], from.logprobs[k]);
    }
}

void token_drawing::foresee(std::span<const int> slots) {
    forget(slots);
    const auto count = std::min(slots.size(), static_cast<std::size_t>(logits_rows - known_rows_));
    if (count == 0) return;
    // The slots' numbers may be under way still.
    if (std::exchange(later_used_, true)) {
        finish();
        later_used_ = true;
    }
    const auto some = slots.first(count);
    const auto [there] = later_.send(device_, forward_.main(), some);
    multiply_head(there, static_cast<int>(count), known_.data() + area(known_rows_, vocabulary_));
    for (const int slot : some) foreseen_[slot] = known_rows_++;
}

void token_drawing::forget(std::span<const int> slots) {
    for (const int slot : slots) foreseen_.erase(slot);
    if (foreseen_.empty()) known_rows_ = 0;
}

void token_drawing::states(std::span<const int> slots, std::span<float> to) {
    const auto width = static_cast<std::size_t>(forward_.config().hidden_size);
    const auto at_once = static_cast<std::size_t>(forward_.rows_at_once());
    for (std::size_t done = 0; done < slots.size(); done += at_once) {
        const auto some = slots.subspan(done, std::min(at_once, slots.size() - done));
        const auto [there] = send(some);
        const auto rows =
            forward_.normalise_slots(there, static_cast<int>(some.size()), element::f32);
        const auto row_bytes = static_cast<std::size_t>(rows.stride);
        const auto* here = read(rows.data, some.size() * row_bytes);
        for (std::size_t i = 0; i < some.size(); ++i)
            std::memcpy(&to[(done + i) * width], here + i * row_bytes, width * sizeof(float));
    }
}

void token_drawing::multiply(const matrix& head, int slot, std::span<float> to) {
    const auto [there] = send(std::span(&slot, 1));
    const auto outputs = static_cast<std::size_t>(head.outer);
    float* const made = logits_.reserve(device_, outputs, "making room for outputs");
    forward_.multiply_head(head, there, 1, made, head.outer);
    const auto* here = read(reinterpret_cast<const std::byte*>(made), outputs * sizeof(float));
    std::memcpy(to.data(), here, to.size_bytes());
}

const std::byte* token_drawing::read(const std::byte* from, std::size_t bytes) {
    auto* const here = read_here_.reserve(device_, bytes);
    device_.check(table_.to_host(here, from, bytes, forward_.main()), "reading states");
    finish();
    return here;
}

}  // namespace tessera::engine::cuda
