#include "cerebrium/vectors.hpp"

#include <asio/dispatch.hpp>
#include <utility>

#include "chat/embeddings.hpp"

namespace tessera::server::cerebrium {
namespace {

// An embedding that begins when there is a place for it.
struct waiting_embedding {
    service& owner;
    exchange_ptr asked;
    openai::embedding_request request;
    std::string model;
    std::optional<webhook> hook;
    noted_call noted;

    static void begin(const std::shared_ptr<waiting_embedding>& self, replicas::place place) {
        self->noted.begin();
        begin_embedding(self->asked, self->owner.engine(), self->request, self->model,
                        [self, place = std::move(place)](const openai::embedding_response& made) {
                            answer whole = json_answer(200, json::encode(made));
                            self->noted.succeed();
                            if (self->hook)
                                self->owner.hooks->deliver({*self->hook, self->noted.run_id(),
                                                            "application/json", whole.body});
                            self->asked->respond(std::move(whole));
                        });
    }
};

}  // namespace

void create_embedding(service& with, function_call call) {
    auto admitted = admit_call(with, call);
    if (!admitted) return;
    const std::string& model = admitted->found.function->model;
    if (model.empty()) return run_admitted(with, std::move(call), *std::move(admitted));
    std::vector<json::issue> issues;
    auto request = read_openai<openai::embedding_request>(call.parameters, issues);
    if (!request) return call.asked->respond(failure(wrong_parameters(issues)));
    const std::shared_ptr<waiting_embedding> next(
        new waiting_embedding{with, call.asked, *std::move(request), model,
                              std::move(admitted->hook), noted_call(with, call, *admitted)});
    const bool entered = admitted->found.replicas->enter([next](replicas::place place) {
        asio::dispatch(next->asked->executor(), [next, place = std::move(place)] {
            guard(next->asked, [&] { waiting_embedding::begin(next, place); });
        });
    });
    if (!entered) call.asked->respond(failure(too_many_calls(), admitted->run_id));
}

}  // namespace tessera::server::cerebrium
