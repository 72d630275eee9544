#pragma once
// Which model a request of inference is answered by.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "chat/refusal.hpp"
#include "emissary/service.hpp"
#include "emissary/serving.hpp"
#include "web/exchange.hpp"

namespace tessera::server::emissary {

/// What a request is for.
enum class inference { completion, chat, embedding, classification };

/// Who answers.
struct answering {
    std::string id;        // the deployment's; a base model's name
    bool trained = false;  // by a training, for what is asked
    std::shared_ptr<model> with;
};

/// Has `start`, a function of a model, an executor and a done_function, begin work that is answered
/// once. `answered` gets what came of it; a refusal is the answer, and a client that leaves ends the
/// work.
template <class Answer, class Start>
void ask_once(const exchange_ptr& asked, std::shared_ptr<model> with, part_names names, Start start,
              std::function<void(Answer)> answered) {
    // The exchange owns both; the model goes after what runs by it.
    struct work {
        std::shared_ptr<model> by;
        std::unique_ptr<single_run<Answer>> run{};
    };
    const auto begun = std::make_shared<work>(work{std::move(with)});
    asked->on_gone([begun] { begun->run.reset(); });
    begun->run = start(*begun->by, asked->executor(),
                       [asked, names = std::move(names),
                        answered = std::move(answered)](std::variant<Answer, refusal> made) {
                           guard(asked, [&] {
                               if (const auto* refused = std::get_if<refusal>(&made))
                                   return respond(*asked, *refused, names);
                               answered(std::get<Answer>(std::move(made)));
                           });
                       });
}

/// Finds the deployment or the base model that a request names, and calls `found` with it on the
/// exchange's thread; a deployment that rests is woken first. Where there is none, or one for
/// something else, that is the answer.
void find_model(service& with, const exchange_ptr& asked, const std::string& name, inference kind,
                std::function<void(answering)> found);

}  // namespace tessera::server::emissary
