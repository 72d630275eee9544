#include "inference/local/local_embedding.hpp"

#include <asio/post.hpp>
#include <cmath>
#include <string>

#include "core/error.hpp"
#include "inference/local/prompt.hpp"

namespace tessera::server {
namespace {

// Of all inputs of a task, so that none keeps the engine busy for minutes.
constexpr std::size_t most_tokens = 300'000;

}  // namespace

std::vector<float> unit_vector(std::vector<float> state, std::size_t dimensions) {
    state.resize(dimensions);
    double squares = 0;
    for (const float each : state) squares += double{each} * each;
    const double length = std::sqrt(squares);
    if (length > 0)
        for (float& each : state) each = static_cast<float>(each / length);
    return state;
}

std::variant<std::vector<std::vector<int>>, refusal> local_embedding::inputs_of(
    const embedding_task& task) const {
    std::vector<std::vector<int>> inputs;
    std::size_t together = 0;
    for (const text_prompt& given : task.inputs) {
        if (cancelled_) break;
        const bool several = task.inputs.size() > 1;
        auto tokens =
            input_of(of_, given, several ? "text " + std::to_string(inputs.size()) : "the text");
        std::string wrong;
        if (!tokens)
            wrong = tokens.error().message;
        else if ((together += tokens->size()) > most_tokens)
            wrong = "the inputs have more than " + std::to_string(most_tokens) +
                    " tokens, all together; send fewer at once";
        if (!wrong.empty())
            return refusal{.why = refusal::kind::too_long,
                           .part = task_part::prompt,
                           .message = std::move(wrong)};
        inputs.push_back(*std::move(tokens));
    }
    return inputs;
}

void local_embedding::begin(const embedding_task& task) {
    const std::int64_t width = of_.config.hidden_size;
    const std::int64_t dimensions = task.dimensions.value_or(width);
    if (dimensions < 1 || dimensions > width)
        return end(refusal{.why = refusal::kind::invalid,
                           .part = task_part::dimensions,
                           .message = "the model's vectors have " + std::to_string(width) +
                                      " dimensions; ask for 1 to " + std::to_string(width)});
    auto inputs = inputs_of(task);
    if (auto* refused = std::get_if<refusal>(&inputs)) return end(std::move(*refused));
    engine::reading_request request{
        .inputs = std::get<std::vector<std::vector<int>>>(std::move(inputs)), .adapter = adapter_};
    const std::lock_guard lock(mutex_);
    if (cancelled_) return;
    try {
        id_ = of_.runner->submit(std::move(request), [self = shared_from_this(),
                                                      dimensions](engine::reading_result result) {
            self->ended_ = true;
            if (!self->cancelled_)
                self->end(self->read(std::move(result), static_cast<std::size_t>(dimensions)));
        });
    } catch (const engine::engine_error& thrown) {
        const bool full = thrown.code == engine::error_code::queue_full;
        end(refusal{.why = full ? refusal::kind::queue_full : refusal::kind::invalid,
                    .part = task_part::prompt,
                    .message = thrown.what()});
    }
}

std::variant<embeddings, refusal> local_embedding::read(engine::reading_result result,
                                                        std::size_t dimensions) const {
    using reason = engine::finish_reason;
    if (result.reason == reason::failed)
        return refusal{.why = refusal::kind::failed, .message = result.error};
    if (result.reason != reason::stop) return refusal{.why = refusal::kind::stopping};
    embeddings made{.vectors = {}, .prompt_tokens = result.tokens};
    for (auto& state : result.states)
        made.vectors.push_back(unit_vector(std::move(state), dimensions));
    return made;
}

void local_embedding::end(std::variant<embeddings, refusal> made) {
    asio::post(executor_, [self = shared_from_this(), made = std::move(made)]() mutable {
        if (self->cancelled_) return;
        const auto done = std::exchange(self->done_, {});
        done(std::move(made));
    });
}

void local_embedding::cancel() {
    cancelled_ = true;
    done_ = {};
    const std::lock_guard lock(mutex_);
    if (id_ && !ended_) of_.runner->cancel(*id_);
}

}  // namespace tessera::server
