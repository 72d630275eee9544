#include "inference/upstream/upstream_model.hpp"

#include <utility>

#include "inference/upstream/upstream_embedding.hpp"
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

std::unique_ptr<embedding_run> upstream_model::embed(embedding_task task,
                                                     run::executor_type executor,
                                                     embedding_run::done_function done) {
    auto asked = std::make_shared<vectors_reader>(link_, executor, std::move(done));
    asked->ask(request_of(std::move(task)));
    return std::make_unique<upstream_embedding>(std::move(asked));
}

model::load upstream_model::current() const { return {.running = link_->running}; }

}  // namespace tessera::server
