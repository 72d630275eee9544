#include "emissary/answering.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>
#include <variant>

#include "emissary/models.hpp"
#include "emissary/problems.hpp"
#include "tessera/emissary/models.hpp"

namespace tessera::server::emissary {
namespace {

std::string_view words_of(inference kind) {
    switch (kind) {
        case inference::completion:
            return "write text";
        case inference::chat:
            return "answer conversations";
        case inference::embedding:
            return "make embeddings";
        case inference::classification:
            return "classify";
    }
    return {};
}

bool one_of(inference kind, std::initializer_list<inference> all) {
    return std::find(all.begin(), all.end(), kind) != all.end();
}

// What generates has states of texts, from which embeddings are made.
bool can(wire::model_type type, inference kind) {
    switch (type) {
        case wire::model_type::chat:
            return one_of(kind, {inference::completion, inference::chat, inference::embedding});
        case wire::model_type::completion:
            return one_of(kind, {inference::completion, inference::embedding});
        case wire::model_type::embeddings:
            return kind == inference::embedding;
        case wire::model_type::classification:
            return kind == inference::classification;
    }
    return false;
}

// A training is for one thing.
bool can(wire::task_type task, inference kind) {
    switch (task) {
        case wire::task_type::text_generation:
            return one_of(kind, {inference::completion, inference::chat});
        case wire::task_type::embedding:
            return kind == inference::embedding;
        case wire::task_type::classification:
        case wire::task_type::regression:
            return kind == inference::classification;
    }
    return false;
}

problem unsuitable(const std::string& what, inference kind) {
    return invalid_input("model", what + ", and does not " + std::string(words_of(kind)));
}

template <class Described>
std::string spelled(Described value) {
    return std::string(json::open_enum<Described>(value).text());
}

std::variant<answering, problem> base_model_for(const service& with, const std::string& name,
                                                inference kind) {
    const auto known = find_base_model(with, name);
    const auto model = with.serving.base(name);
    if (!known || !model) return unknown("deployment or base model", name);
    if (!known->support_serverless.value_or(false))
        return invalid_input("model", "\"" + name + "\" answers by deployments alone: deploy it");
    if (const auto type = known->type.known(); !type || !can(*type, kind))
        return unsuitable(
            "\"" + name + "\" is a base model of the type " + std::string(known->type.text()),
            kind);
    return answering{name, false, model};
}

std::variant<answering, problem> deployment_for(const service& with, reached_model reached,
                                                inference kind) {
    const std::string what = "the deployment \"" + reached.name + "\" ";
    if (reached.trained) {
        if (!can(reached.task, kind))
            return unsuitable(what + "was trained for " + spelled(reached.task), kind);
    } else {
        const auto known = find_base_model(with, reached.base_model);
        const auto type = known ? known->type.known() : std::nullopt;
        if (!type || !can(*type, kind))
            return unsuitable(what + "is the base model \"" + reached.base_model + "\"", kind);
    }
    return answering{std::move(reached.id), reached.trained, std::move(reached.with)};
}

}  // namespace

void find_model(service& with, const exchange_ptr& asked, const std::string& name, inference kind,
                std::function<void(answering)> found) {
    const auto decide = [&with, asked, name, kind,
                         found = std::move(found)](std::variant<reached_model, problem> reached) {
        if (!asked->open()) return;
        guard(asked, [&] {
            const auto* absent = std::get_if<problem>(&reached);
            if (absent && absent->status != 404) return asked->respond(*absent);
            auto made =
                absent ? base_model_for(with, name, kind)
                       : deployment_for(with, std::get<reached_model>(std::move(reached)), kind);
            if (const auto* refused = std::get_if<problem>(&made)) return asked->respond(*refused);
            found(std::get<answering>(std::move(made)));
        });
    };
    with.reach_deployment(name, asked->executor(), decide);
}

}  // namespace tessera::server::emissary
