#include "inference/upstream/upstream_model.hpp"

#include <utility>

#include "inference/upstream/upstream_run.hpp"

namespace tessera::server {
namespace {

using namespace upstream;

template <class Choice, class Task>
std::unique_ptr<run> started(const std::shared_ptr<upstream::link>& of, Task task,
                             std::size_t prompts, run::executor_type executor,
                             std::function<void()> ready) {
    const std::size_t per_prompt = task.choices;
    const bool hides = task.shown == thoughts_shown::hidden;
    auto asked = request_of(std::move(task));
    using request_type = std::variant_alternative_t<0, decltype(asked)>;
    using reader_type = stream_reader<request_type, Choice>;
    auto reader = std::make_shared<reader_type>(
        of, executor, std::move(ready),
        typename reader_type::manner{
            .choices = prompts * per_prompt, .per_prompt = per_prompt, .hides_thoughts = hides});
    if (auto* refused = std::get_if<refusal>(&asked))
        reader->refuse(std::move(*refused));
    else
        reader->ask(std::get<request_type>(std::move(asked)));
    return std::make_unique<upstream_run<request_type, Choice>>(std::move(reader));
}

// In the order of the texts.
std::variant<embeddings, refusal> embeddings_of(result<response<embedding_list>>& answered,
                                                std::size_t count) {
    if (!answered) return refusal_of(answered.error());
    embeddings made;
    made.vectors.resize(count);
    for (embedding& each : answered->data)
        if (each.index < count) made.vectors[each.index] = std::move(each.embedding);
    for (const auto& each : made.vectors)
        if (each.empty())
            return refusal_of(
                {.kind = error_kind::decode, .message = "a vector is missing from its answer"});
    if (answered->usage) made.prompt_tokens = answered->usage->prompt_tokens;
    return made;
}

}  // namespace

upstream_model::upstream_model(const upstream_options& settings)
    : link_(std::make_shared<upstream::link>(settings)) {}

upstream_model::~upstream_model() = default;

model_card upstream_model::card() const { return link_->card(); }

std::unique_ptr<run> upstream_model::start(chat_task task, run::executor_type executor,
                                           std::function<void()> ready) {
    return started<chat_choice>(link_, std::move(task), 1, executor, std::move(ready));
}

std::unique_ptr<run> upstream_model::start(text_task task, run::executor_type executor,
                                           std::function<void()> ready) {
    const std::size_t prompts = task.prompts.size();
    return started<text_choice>(link_, std::move(task), prompts, executor, std::move(ready));
}

void upstream_model::embed(embedding_task task, run::executor_type executor,
                           std::function<void(std::variant<embeddings, refusal>)> done) {
    embedding_request request{.input = std::move(task.texts), .dimensions = task.dimensions};
    link_->with_model(
        executor, {},
        [of = link_, executor, done = std::move(done),
         request = std::move(request)](result<std::string> name) mutable {
            if (!name)
                return asio::post(executor,
                                  [done, reason = refusal_of(name.error())] { done(reason); });
            request.model = *name;
            of->vectors.async_try_embed(
                request,
                asio::bind_executor(executor, [done, count = request.input.size()](
                                                  result<response<embedding_list>> answered) {
                    done(embeddings_of(answered, count));
                }));
        });
}

model::load upstream_model::current() const { return {.running = link_->running}; }

}  // namespace tessera::server
