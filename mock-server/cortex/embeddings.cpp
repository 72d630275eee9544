#include <memory>
#include <utility>

#include "cortex/context.hpp"
#include "cortex/handlers.hpp"
#include "cortex/kept_answer.hpp"
#include "cortex/routing.hpp"
#include "tessera/json.hpp"
#include "web/api.hpp"

namespace tessera::server::cortex {
namespace {

// Vectors of several models do not belong together, so that no other candidate may answer.
std::optional<problem> unsuitable(const resolution& to, const std::string& name) {
    if (to.candidates > 1)
        return problem{.status = 400,
                       .message = "the virtual model '" + name +
                                  "' has several enabled candidates, whose vectors do not belong "
                                  "together: enable one, or name a model",
                       .param = "model",
                       .code = "several_candidates"};
    if (speaks_messages(*to.places.front().settings))
        return problem{
            .status = 400,
            .message = "the provider '" + *to.places.front().provider + "' makes no embeddings",
            .param = "model",
            .code = "unsupported_model"};
    return std::nullopt;
}

void find_empty(const openai::embedding_input& input, std::vector<json::issue>& issues) {
    const auto look = [&](const auto& items) {
        for (std::size_t i = 0; i < items.size(); ++i)
            if (items[i].empty())
                issues.push_back({{"input", i}, "too_short", "must not be empty"});
    };
    if (const auto* texts = std::get_if<std::vector<std::string>>(&input)) look(*texts);
    if (const auto* tokens = std::get_if<std::vector<std::vector<int>>>(&input)) look(*tokens);
}

token_counts counts_of(const openai::embedding_response& made) {
    return {.prompt = made.usage.prompt_tokens};
}

// Owned by the exchange until its answer.
class embedding_relay : public std::enable_shared_from_this<embedding_relay> {
  public:
    embedding_relay(gateway& of, exchange_ptr asked, openai::embedding_request request, place to)
        : asked_(std::move(asked)),
          context_(context::of(asked_->request())),
          request_(std::move(request)),
          to_(std::move(to)),
          kept_(of, *asked_, to_, false) {}

    void begin() {
        context_.dispatched(to_);
        if (kept_.give(*asked_)) return;
        asked_->on_gone([self = shared_from_this()] { self->pending_.reset(); });
        openai::embedding_request asks = request_;
        asks.model = to_.model;
        provider& with = *context_.configuration().providers.at(*to_.provider);
        pending_ =
            with.embed(std::move(asks), asked_->executor(), [weak = weak_from_this()](auto made) {
                if (const auto self = weak.lock())
                    guard(self->asked_, [&] { self->answer(std::move(made)); });
            });
    }

  private:
    void answer(std::variant<openai::embedding_response, failure> made) {
        const auto keep = shared_from_this();
        if (const auto* failed = std::get_if<failure>(&made))
            return asked_->respond(failed->reason);
        const auto& vectors = std::get<openai::embedding_response>(made);
        const token_counts used = counts_of(vectors);
        context_.used(used);
        std::string body = json::encode(vectors);
        kept_.keep(body, used);
        asked_->respond(json_answer(200, std::move(body)));
    }

    const exchange_ptr asked_;
    context& context_;
    const openai::embedding_request request_;
    const place to_;
    kept_answer kept_;
    std::unique_ptr<pending> pending_;
};

}  // namespace

void create_embedding(gateway& with, const exchange_ptr& asked, openai::embedding_request request) {
    const auto& head = asked->request();
    const context& here = context::of(head);
    std::vector<json::issue> issues;
    find_empty(request.input, issues);
    if (!issues.empty()) return asked->respond(head.api->invalid(head, "body", issues));
    auto found = resolve(here.configuration().settings, *here.key(), request.model);
    if (const auto* refused = std::get_if<problem>(&found)) return asked->respond(*refused);
    resolution to = std::get<resolution>(std::move(found));
    if (const auto refused = unsuitable(to, request.model)) return asked->respond(*refused);
    std::make_shared<embedding_relay>(with, asked, std::move(request), std::move(to.places.front()))
        ->begin();
}

}  // namespace tessera::server::cortex
