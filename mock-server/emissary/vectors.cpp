#include <algorithm>
#include <cmath>
#include <utility>

#include "emissary/answering.hpp"
#include "emissary/inference.hpp"
#include "emissary/scores.hpp"

namespace tessera::server::emissary {

void create_embedding(service& with, const exchange_ptr& asked,
                      tessera::emissary::embedding_request request) {
    issue_list issues;
    if (request.input.empty()) wrong(issues, {"input"}, "too_short", "must not be empty");
    if (request.target.empty()) wrong(issues, {"target"}, "too_short", "must not be empty");
    if (refuse_issues(*asked, issues)) return;
    find_model(
        with, asked, request.model, inference::embedding,
        [&with, asked, request](const answering& found) {
            ask_once<embeddings>(
                asked, found.with, {.prompt = "input"},
                [&](model& by, run::executor_type on, embedding_run::done_function done) {
                    return by.embed({.inputs = {request.input, request.target}}, on,
                                    std::move(done));
                },
                [&with, asked, request](const embeddings& made) {
                    wire::embedding_answer answer;
                    answer.id = with.common.ids.make("rq-");
                    wire::embedding_pair& pair = answer.vectors;
                    pair.input_embedding.assign(made.vectors[0].begin(), made.vectors[0].end());
                    pair.target_embedding.assign(made.vectors[1].begin(), made.vectors[1].end());
                    const auto score = [&](bool asked_for, double (*of)(std::span<const double>,
                                                                        std::span<const double>)) {
                        return asked_for
                                   ? std::optional(of(pair.input_embedding, pair.target_embedding))
                                   : std::nullopt;
                    };
                    pair.cosine_score = score(request.cosine.value_or(true), &cosine);
                    pair.manhattan_distance = score(request.manhattan.value_or(false), &manhattan);
                    pair.euclidean_distance = score(request.euclidean.value_or(false), &euclidean);
                    succeed(*asked, answer);
                });
        });
}

}  // namespace tessera::server::emissary
