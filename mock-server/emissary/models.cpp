#include "emissary/models.hpp"

#include <map>

#include "emissary/routes.hpp"
#include "emissary/training/hyper_parameters.hpp"
#include "tessera/emissary/operations.hpp"

namespace tessera::server::emissary {
namespace {

// Of both techniques; where they share a name, as supervised fine-tuning takes it.
std::map<std::string, wire::template_value> parameter_template() {
    std::map<std::string, wire::template_value> made;
    for (const auto all : {sft_hyper_parameters(), grpo_hyper_parameters()})
        for (const hyper_parameter& each : all) {
            wire::template_value usual = each.usual;
            if (each.is_whole) usual = static_cast<std::int64_t>(each.usual);
            made.emplace(each.name, std::move(usual));
        }
    return made;
}

wire::base_model base_model_of(const listing& from) {
    const auto type = json::enumerator_of<wire::model_type>(from.kind);
    return {.name = from.id,
            .type = type.value_or(wire::model_type::chat),
            .parameter_template = parameter_template(),
            .support_serverless = type != wire::model_type::classification};
}

wire::base_models list_models(service& with, const path_parameters&) {
    wire::base_models all;
    for (const listing& each : with.common.models.of_api("emissary"))
        all.push_back(base_model_of(each));
    return all;
}

wire::base_model get_model(service& with, const path_parameters& at) {
    if (auto found = find_base_model(with, at[0])) return *std::move(found);
    throw refused(unknown("base model", at[0]));
}

}  // namespace

std::vector<route> model_routes(service& with) {
    route_list made(with);
    made.add(wire::operations::list_models, &list_models);
    made.add(wire::operations::get_model, &get_model);
    return std::move(made).take();
}

std::optional<wire::base_model> find_base_model(const service& with, std::string_view name) {
    for (const listing& each : with.common.models.of_api("emissary"))
        if (each.id == name) return base_model_of(each);
    return std::nullopt;
}

wire::task_type task_of(wire::model_type type) {
    switch (type) {
        case wire::model_type::classification:
            return wire::task_type::classification;
        case wire::model_type::embeddings:
            return wire::task_type::embedding;
        case wire::model_type::completion:
        case wire::model_type::chat:
            break;
    }
    return wire::task_type::text_generation;
}

}  // namespace tessera::server::emissary
