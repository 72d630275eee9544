#include "cerebrium/vectors.hpp"

#include <asio/dispatch.hpp>
#include <chrono>
#include <utility>
#include <variant>

#include "chat/embeddings.hpp"
#include "chat/refusal.hpp"

namespace tessera::server::cerebrium {
namespace {

part_names embedding_names() {
    part_names made;
    made.prompt = "input";
    return made;
}

}  // namespace

void create_embedding(service& with, function_call call) {
    auto admitted = admit_call(with, call);
    if (!admitted) return;
    const std::string model = admitted->found.function->model;
    if (model.empty()) return run_admitted(with, std::move(call), *std::move(admitted));
    issue_list issues;
    auto request =
        json::decode<embedding_request>(call.parameters, json::mode::strict, issues);
    embedding_task task;
    if (request) task = read_embedding(*request, issues);
    if (!issues.empty()) return call.asked->respond(failure(wrong_parameters(issues)));
    open_record(with, call, *admitted);

    struct waiting {
        service& owner;
        exchange_ptr asked;
        admitted_call admitted;
        embedding_task task;
        std::string model;
        vector_form form;
        std::chrono::steady_clock::time_point began{};

        void end(std::variant<embeddings, refusal> made) {
            answer whole;
            if (const auto* refused = std::get_if<refusal>(&made))
                whole = failure(problem_of(*refused, embedding_names()), admitted.run_id);
            else
                whole = json_answer(
                    200, write_embeddings(std::get<embeddings>(made), model, form));
            owner.runs.update(admitted.run_id, [&](run_record& record) {
                record.ended = owner.now();
                record.status = whole.status;
                record.state = whole.status == 200 ? run_state::succeeded : run_state::failed;
                record.run_time_ms = std::chrono::duration<double, std::milli>(
                                         std::chrono::steady_clock::now() - began)
                                         .count();
            });
            if (admitted.hook)
                owner.hooks->deliver(
                    {*admitted.hook, admitted.run_id, "application/json", whole.body});
            asked->respond(std::move(whole));
        }
    };
    const auto next = std::make_shared<waiting>(
        waiting{with, call.asked, *admitted, std::move(task), model, request->encoding_format});
    const bool entered = admitted->found.replicas->enter([next](replicas::place place) {
        asio::dispatch(next->asked->executor(), [next, place = std::move(place)] {
            guard(next->asked, [&] {
                next->began = std::chrono::steady_clock::now();
                next->owner.engine().embed(std::move(next->task), next->asked->executor(),
                                           [next, place](std::variant<embeddings, refusal> made) {
                                               next->end(std::move(made));
                                           });
            });
        });
    });
    if (!entered) call.asked->respond(failure(too_many_calls(), admitted->run_id));
}

}  // namespace tessera::server::cerebrium
