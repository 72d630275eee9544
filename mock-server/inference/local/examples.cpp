#include "inference/local/examples.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "inference/local/prompt.hpp"

namespace tessera::server {
namespace {

using engine::train::training_row;

template <class T>
T usable(result<T> made) {
    if (!made) throw std::runtime_error(made.error().message);
    return *std::move(made);
}

struct example_reader {
    const local_state& of;
    const training_options& how;

    training_row operator()(const conversation_example& given) const {
        require(training_task::text);
        auto learned = usable(learned_turns(of, given.messages));
        return {.tokens = std::move(learned.tokens),
                .loss_mask = std::move(learned.learned),
                .document_starts = std::move(learned.document_starts)};
    }

    training_row operator()(const labelled_example& given) const {
        require(training_task::classification);
        training_row made{.tokens = usable(input_of(of, given.text, "the text"))};
        const auto& labels = how.head.labels;
        std::vector<float> holds(labels.size());
        std::size_t right = 0, last = 0;
        for (const auto& [label, is_right] : given.labels) {
            const auto found = std::ranges::find(labels, label);
            if (found == labels.end())
                throw std::runtime_error("\"" + label + "\" is none of the labels");
            if (!is_right) continue;
            last = static_cast<std::size_t>(found - labels.begin());
            holds[last] = 1;
            ++right;
        }
        if (how.head.several) {
            made.values = std::move(holds);
            return made;
        }
        if (right != 1) throw std::runtime_error("one label must hold, and no other");
        made.classes = {static_cast<int>(last)};
        return made;
    }

    training_row operator()(const valued_example& given) const {
        require(training_task::regression);
        const double wanted = (given.value - how.head.offset) / how.head.scale;
        if (!std::isfinite(static_cast<float>(wanted)))
            throw std::runtime_error("the value is too far from the others");
        return {.tokens = usable(input_of(of, given.text, "the text")),
                .values = {static_cast<float>(wanted)}};
    }

    training_row operator()(const pair_example& given) const {
        require(training_task::embedding);
        training_row made{.tokens = usable(input_of(of, given.text, "the first text")),
                          .pairs = true};
        const auto second = usable(input_of(of, given.target, "the second text"));
        made.document_starts = {0, static_cast<int>(made.tokens.size())};
        made.tokens.insert(made.tokens.end(), second.begin(), second.end());
        if (!given.score) return made;
        if (!(*given.score >= -1 && *given.score <= 1))
            throw std::runtime_error("the score must be from -1 to 1, as cosines are");
        made.values = {static_cast<float>(*given.score)};
        return made;
    }

    void require(training_task task) const {
        if (task != how.task) throw std::runtime_error("it is an example of another task");
    }
};

}  // namespace

training_row row_of(const local_state& of, const training_options& how,
                    const training_example& given) {
    return std::visit(example_reader{of, how}, given);
}

std::vector<training_row> joined(std::span<const training_row> rows,
                                 std::span<const std::size_t> chosen) {
    std::vector<training_row> made;
    training_row pairs[2];  // without and with a wanted cosine
    for (const std::size_t number : chosen) {
        const training_row& each = rows[number];
        if (!each.pairs) {
            made.push_back(each);
            continue;
        }
        training_row& to = pairs[each.values.empty() ? 0 : 1];
        for (const int start : each.document_starts)
            to.document_starts.push_back(static_cast<int>(to.tokens.size()) + start);
        to.tokens.insert(to.tokens.end(), each.tokens.begin(), each.tokens.end());
        to.values.insert(to.values.end(), each.values.begin(), each.values.end());
        to.pairs = true;
    }
    for (training_row& each : pairs)
        if (each.pairs) made.push_back(std::move(each));
    return made;
}

training_row row_of(const drawn_answer& answer) {
    training_row made{.tokens = answer.tokens};
    made.loss_mask.resize(answer.tokens.size(), 1);
    std::fill_n(made.loss_mask.begin(), answer.begin, 0);
    return made;
}

std::vector<training_row> rows_of(std::span<const judged_answer> answers) {
    std::vector<training_row> made;
    for (const auto& [answer, advantage] : answers) {
        training_row& row = made.emplace_back(row_of(*answer));
        for (std::size_t i = 0; i < answer->tokens.size(); ++i)
            row.policy.push_back({static_cast<float>(advantage), answer->log_probabilities[i],
                                  answer->reference[i]});
    }
    return made;
}

}  // namespace tessera::server
