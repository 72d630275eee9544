#include "chat/embeddings.hpp"

#include <memory>
#include <utility>
#include <variant>

#include "chat/refusal.hpp"
#include "chat/texts.hpp"
#include "web/api.hpp"

namespace tessera::server {
namespace {

// OpenAI's own bound.
constexpr std::size_t most_inputs = 2048;

}  // namespace

embedding_task read_embedding(const openai::embedding_request& request, const model_card& card,
                              issue_list& issues) {
    embedding_task made{.inputs = {}, .dimensions = request.dimensions};
    read_prompts(request.input, "input", card, made.inputs, issues);
    if (made.inputs.size() > most_inputs)
        wrong(issues, {"input"}, "too_long",
              "must have at most " + std::to_string(most_inputs) + " texts");
    if (const auto* texts = std::get_if<std::vector<std::string>>(&request.input))
        for (std::size_t i = 0; i < texts->size(); ++i)
            if ((*texts)[i].empty())
                wrong(issues, {"input", i}, "string_too_short", "must not be empty");
    return made;
}

openai::embedding_response embedding_response_of(embeddings made,
                                                 openai::embedding_encoding encoding,
                                                 std::string model) {
    openai::embedding_response all{
        .object = "list", .data = {}, .model = std::move(model), .usage = {}};
    for (std::vector<float>& each : made.vectors)
        all.data.push_back({.object = "embedding",
                            .embedding = {std::move(each), encoding},
                            .index = static_cast<std::int64_t>(all.data.size())});
    all.usage.prompt_tokens = all.usage.total_tokens = made.prompt_tokens.value_or(0);
    return all;
}

part_names embedding_names() { return {.prompt = "input", .dimensions = "dimensions"}; }

void begin_embedding(const exchange_ptr& asked, model& with,
                     const openai::embedding_request& request, std::string name,
                     std::function<void(openai::embedding_response)> answered) {
    issue_list issues;
    embedding_task task = read_embedding(request, with.card(), issues);
    if (!issues.empty())
        return asked->respond(asked->request().api->invalid(asked->request(), "body", issues));
    const auto encoding = request.encoding_format.value_or(openai::embedding_encoding::floats);
    // The exchange owns the run, which tells nobody of its end once it is destroyed.
    const auto run = std::make_shared<std::unique_ptr<embedding_run>>();
    asked->on_gone([run] { run->reset(); });
    *run = with.embed(std::move(task), asked->executor(),
                      [asked, encoding, name = std::move(name), answered = std::move(answered)](
                          std::variant<embeddings, refusal> made) mutable {
                          guard(asked, [&] {
                              if (const auto* refused = std::get_if<refusal>(&made))
                                  return respond(*asked, *refused, embedding_names());
                              answered(embedding_response_of(std::get<embeddings>(std::move(made)),
                                                             encoding, std::move(name)));
                          });
                      });
}

}  // namespace tessera::server
