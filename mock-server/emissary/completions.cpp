#include <memory>
#include <utility>

#include "chat/reply.hpp"
#include "emissary/answering.hpp"
#include "emissary/inference.hpp"
#include "tessera/json.hpp"

namespace tessera::server::emissary {
namespace {

class whole_completion : public whole_reply {
  public:
    whole_completion(exchange_ptr asked, wire::completion begun)
        : whole_reply(std::move(asked), {.prompt = "prompt"}, 1), made_(std::move(begun)) {}

  private:
    answer write(std::vector<said_choice> choices, const totals& used) override {
        said_choice& said = choices.front();
        wire::completion_choice& to = made_.choices.emplace_back();
        to.text = std::move(said.content).value_or("");
        to.finish_reason = said.end.reason == ending::length ? "length" : "stop";
        made_.usage = wire::completion_usage{.prompt_tokens = used.prompt_tokens,
                                             .completion_tokens = used.completion_tokens};
        if (used.prompt_tokens && used.completion_tokens)
            made_.usage->total_tokens = add_counts(*used.prompt_tokens, *used.completion_tokens);
        return json_answer(200, json::encode(made_));
    }

    wire::completion made_;
};

}  // namespace

void create_completion(service& with, const exchange_ptr& asked, wire::completion_request request) {
    issue_list issues;
    sampling how =
        sampling_of(request, "max_completion_tokens", request.max_completion_tokens, issues);
    if (refuse_issues(*asked, issues)) return;
    read_seed(std::nullopt, with.common.ids, how);
    find_model(with, asked, request.model, inference::completion,
               [&with, asked, request, how](answering found) {
                   wire::completion begun{.id = with.common.ids.make("cmpl-"),
                                          .created = with.now(),
                                          .model = request.model,
                                          .choices = {}};
                   const auto reply = std::make_shared<whole_completion>(asked, std::move(begun));
                   // Prompts of datasets are learned as what a user says.
                   if (found.trained)
                       reply->begin(found.with, chat_task{.messages = {user(request.prompt)},
                                                          .shown = thoughts_shown::hidden,
                                                          .how = how});
                   else
                       reply->begin(found.with, text_task{.prompts = {request.prompt}, .how = how});
               });
}

}  // namespace tessera::server::emissary
