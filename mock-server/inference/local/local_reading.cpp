#include "inference/local/local_reading.hpp"

#include <cmath>
#include <string>

#include "inference/local/prompt.hpp"
#include "model/classes.hpp"

namespace tessera::server {
namespace {

// Of all inputs of a task, so that none keeps the engine busy for minutes.
constexpr std::size_t most_tokens = 300'000;

std::variant<engine::reading_request, refusal> inputs_of(const local_state& of,
                                                         const std::vector<text_prompt>& given,
                                                         const std::atomic<bool>& cancelled) {
    engine::reading_request made;
    std::size_t together = 0;
    for (const text_prompt& each : given) {
        if (cancelled) break;
        const std::string number = std::to_string(made.inputs.size());
        auto tokens = input_of(of, each, given.size() > 1 ? "text " + number : "the text");
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
        made.inputs.push_back(*std::move(tokens));
    }
    return made;
}

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

void begin_task(const local_state& of, const embedding_task& task, local_reading<embeddings>& to) {
    const std::int64_t width = of.config.hidden_size;
    const std::int64_t dimensions = task.dimensions.value_or(width);
    if (dimensions < 1 || dimensions > width)
        return to.end(refusal{.why = refusal::kind::invalid,
                              .part = task_part::dimensions,
                              .message = "the model's vectors have " + std::to_string(width) +
                                         " dimensions; ask for 1 to " + std::to_string(width)});
    to.begin(inputs_of(of, task.inputs, *to.cancelled()),
             [dimensions](engine::reading_result result) {
                 embeddings made{.vectors = {}, .prompt_tokens = result.tokens};
                 for (auto& state : result.states)
                     made.vectors.push_back(
                         unit_vector(std::move(state), static_cast<std::size_t>(dimensions)));
                 return made;
             });
}

void begin_task(const local_state& of, const local_head& head, const classification_task& task,
                local_reading<classification>& to) {
    auto wanted = inputs_of(of, {task.input}, *to.cancelled());
    if (auto* request = std::get_if<engine::reading_request>(&wanted)) request->classify = true;
    to.begin(std::move(wanted), [head](const engine::reading_result& result) {
        const std::vector<float>& outputs = result.states.front();
        const std::vector<float> shares = engine::interpret(head.kind, outputs);
        const bool estimates = head.kind == engine::problem_kind::regression;
        classification made{.scores = {}, .prompt_tokens = result.tokens};
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            auto& score = made.scores.emplace_back();
            score.label = head.says.labels[i];
            score.logit = head.says.offset + head.says.scale * outputs[i];
            if (!estimates) score.probability = shares[i];
        }
        return made;
    });
}

}  // namespace tessera::server
