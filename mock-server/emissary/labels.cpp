#include <utility>

#include "emissary/answering.hpp"
#include "emissary/inference.hpp"

namespace tessera::server::emissary {
namespace {

wire::classification_answer labelled(std::string id, std::string model, const classification& said,
                                     bool as_shares) {
    wire::classification_answer made{.id = std::move(id), .model = std::move(model), .data = {}};
    wire::label_scores scores;
    for (const classification::score& each : said.scores)
        scores[each.label] = as_shares ? each.probability.value_or(0) : each.logit;
    if (as_shares)
        made.data.emplace_back(wire::label_probabilities{.index = 0, .probs = std::move(scores)});
    else
        made.data.emplace_back(wire::label_logits{.index = 0, .logits = std::move(scores)});
    made.usage = wire::classification_usage{.completion_tokens = 0,
                                            .prompt_tokens = said.prompt_tokens,
                                            .total_tokens = said.prompt_tokens};
    return made;
}

bool has_shares(const classification& said) {
    return std::all_of(said.scores.begin(), said.scores.end(),
                       [](const auto& each) { return each.probability.has_value(); });
}

}  // namespace

void create_classification(service& with, const exchange_ptr& asked,
                           wire::classification_request request) {
    issue_list issues;
    if (request.input.empty()) wrong(issues, {"input"}, "too_short", "must not be empty");
    if (refuse_issues(*asked, issues)) return;
    const bool as_shares = request.data_format == wire::score_format::probs;
    find_model(
        with, asked, request.model, inference::classification,
        [&with, asked, request, as_shares](const answering& found) {
            ask_once<classification>(
                asked, found.with, {.prompt = "input", .labels = "model"},
                [&](model& by, run::executor_type on, classification_run::done_function done) {
                    return by.classify({.input = request.input}, on, std::move(done));
                },
                [&with, asked, id = found.id, as_shares](const classification& said) {
                    if (as_shares && !has_shares(said))
                        return asked->respond(invalid_input(
                            "data_format", "a regression has no probabilities; ask for logits"));
                    succeed(*asked,
                            labelled(with.common.ids.make("classify-"), id, said, as_shares));
                });
        });
}

}  // namespace tessera::server::emissary
