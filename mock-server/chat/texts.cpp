#include "chat/texts.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tessera::server {
namespace {

void read_ids(const std::vector<int>& ids, json::path_type place, const model_card& card,
              std::vector<text_prompt>& to, issue_list& issues) {
    if (ids.empty()) return wrong(issues, std::move(place), "too_short", "must not be empty");
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (ids[i] < 0 || (card.vocabulary_size && ids[i] >= *card.vocabulary_size)) {
            place.emplace_back(i);
            return wrong(issues, std::move(place), "value_error",
                         card.vocabulary_size ? "is not a token id from 0 to " +
                                                    std::to_string(*card.vocabulary_size - 1)
                                              : std::string("is not a token id"));
        }
    to.emplace_back(ids);
}

}  // namespace

void read_prompts(const prompt_forms& given, const std::string& name, const model_card& card,
                  std::vector<text_prompt>& to, issue_list& issues) {
    if (const auto* text = std::get_if<std::string>(&given)) {
        to.emplace_back(*text);
    } else if (const auto* texts = std::get_if<std::vector<std::string>>(&given)) {
        if (texts->empty()) wrong(issues, {name}, "too_short", "must not be empty");
        to.assign(texts->begin(), texts->end());
    } else if (const auto* ids = std::get_if<std::vector<int>>(&given)) {
        read_ids(*ids, {name}, card, to, issues);
    } else {
        const auto& lists = std::get<std::vector<std::vector<int>>>(given);
        for (std::size_t i = 0; i < lists.size(); ++i)
            read_ids(lists[i], {name, i}, card, to, issues);
    }
}

std::size_t read_text_choices(const std::optional<std::int64_t>& n,
                              const std::optional<std::int64_t>& best_of, bool streams,
                              const std::string& prompt_name, text_task& to, issue_list& issues) {
    const std::size_t shown = read_choices(n, "n", issues);
    const auto candidates = static_cast<std::size_t>(best_of.value_or(0));
    to.choices = candidates > 1 ? candidates : shown;
    to.ranked = to.choices > shown;
    if (to.choices < shown)
        wrong(issues, {"best_of"}, "value_error", "must not be less than n");
    else if (to.ranked && streams)
        wrong(issues, {"best_of"}, "value_error",
              "must not be more than n in a stream: the best is known at the end");
    if (to.prompts.size() * to.choices > most_choices)
        wrong(issues, {prompt_name}, "too_long",
              "asks for more than " + std::to_string(most_choices) +
                  " completions at once, all prompts together");
    return shown;
}

std::vector<std::size_t> ranked(const std::vector<said_choice>& all, std::size_t made_of_each,
                                std::size_t shown_of_each) {
    std::vector<std::size_t> chosen;
    for (std::size_t first = 0; first < all.size(); first += made_of_each) {
        std::vector<std::size_t> order(made_of_each);
        std::iota(order.begin(), order.end(), first);
        if (shown_of_each < made_of_each)
            std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
                return all[a].end.mean_logprob > all[b].end.mean_logprob;
            });
        chosen.insert(chosen.end(), order.begin(), order.begin() + std::ptrdiff_t(shown_of_each));
    }
    return chosen;
}

}  // namespace tessera::server
