#include <algorithm>
#include <utility>

#include "cerebras/handlers.hpp"
#include "tessera/cerebras/models.hpp"
#include "tessera/cerebras/public_models.hpp"
#include "tessera/json.hpp"
#include "web/api.hpp"

namespace tessera::server::cerebras {
namespace {

// Nothing is billed on this machine.
constexpr const char* no_price = "0";

const char* const sampling_parameters[] = {"temperature",
                                           "top_p",
                                           "seed",
                                           "stop",
                                           "max_completion_tokens",
                                           "frequency_penalty",
                                           "presence_penalty",
                                           "logit_bias",
                                           "logprobs",
                                           "top_logprobs"};

wire::model plain(const listing& from) {
    wire::model made;
    made.id = from.id;
    made.created = from.created;
    made.owned_by = from.owned_by;
    return made;
}

std::string description_of(const listing& from, const model_card& card) {
    return from.name + " by name; the answers come from " + card.source + ".";
}

std::optional<std::string> unless_empty(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return text;
}

wire::public_model standard(const listing& from, const model_card& card) {
    wire::public_model made;
    made.id = from.id;
    made.created = from.created;
    made.owned_by = from.owned_by;
    made.name = from.name;
    made.description = description_of(from, card);
    made.hugging_face_id = unless_empty(from.hugging_face_id);
    made.pricing.prompt = made.pricing.completion = no_price;
    wire::model_capabilities& can = made.capabilities;
    can.streaming = can.structured_outputs = can.json_mode = can.response_format = true;
    can.vision = false;
    can.function_calling = can.tools = can.tool_choice = can.parallel_tool_calls = card.calls;
    can.reasoning = card.thinks;
    wire::supported_parameters& takes = made.supported_parameters;
    takes.temperature = takes.top_p = takes.seed = takes.stop = takes.max_completion_tokens = true;
    takes.logprobs = takes.top_logprobs = takes.logit_bias = true;
    takes.frequency_penalty = takes.presence_penalty = true;
    takes.repetition_penalty = false;
    made.architecture.modality = wire::modality::text;
    made.architecture.tokenizer = card.name;
    made.limits.max_context_length = *card.context_length;
    made.limits.max_completion_tokens = *card.context_length - 1;
    made.datacenter_locations.emplace();
    made.deprecated = false;
    made.preview = false;
    made.quantization = card.precision;
    return made;
}

wire::open_router_model open_router(const listing& from, const model_card& card) {
    wire::open_router_model made;
    made.id = from.id;
    made.hugging_face_id = from.hugging_face_id;
    made.name = from.name;
    made.created = from.created;
    made.input_modalities = {"text"};
    made.output_modalities = {"text"};
    made.quantization = card.precision;
    std::transform(
        made.quantization->begin(), made.quantization->end(), made.quantization->begin(),
        [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c); });
    made.context_length = *card.context_length;
    made.max_output_length = *card.context_length - 1;
    made.pricing.prompt = made.pricing.completion = no_price;
    made.pricing.request = made.pricing.image = no_price;
    made.pricing.input_cache_read = made.pricing.input_cache_write = no_price;
    made.supported_sampling_parameters.emplace(std::begin(sampling_parameters),
                                               std::end(sampling_parameters));
    made.supported_features = {"json_mode", "structured_outputs"};
    if (card.calls == true) made.supported_features->push_back("tools");
    if (card.thinks == true) made.supported_features->push_back("reasoning");
    made.description = description_of(from, card);
    made.datacenters.emplace();
    return made;
}

wire::hugging_face_model hugging_face(const listing& from, const model_card& card) {
    wire::hugging_face_model made;
    made.id = from.id;
    made.hugging_face_id = unless_empty(from.hugging_face_id);
    made.created = from.created;
    made.owned_by = from.owned_by;
    made.context_length = *card.context_length;
    made.pricing.input = made.pricing.output = 0;
    wire::hugging_face_capabilities& can = made.capabilities.emplace();
    can.streaming = can.structured_outputs = true;
    can.function_calling = card.calls;
    can.vision = false;
    return made;
}

template <class List, class Make>
void respond_list(service& with, exchange& asked, Make make) {
    List all;
    for (const listing& each : with.models) all.data.push_back(make(each));
    succeed(asked, all);
}

// Public descriptions are of models whose context is known: the specification has no other.
template <class List, class Describe>
void respond_public_list(service& with, exchange& asked, Describe describe) {
    List all;
    for (const listing& each : with.models)
        if (const model_card card = each.model->card(); card.context_length)
            all.data.push_back(describe(each, card));
    succeed(asked, all);
}

}  // namespace

void list_models(service& with, const exchange_ptr& asked) {
    respond_list<wire::model_list>(with, *asked, &plain);
}

void get_model(service& with, const exchange_ptr& asked) {
    const std::string& id = asked->request().parameters.front();
    const listing* const found = with.find(id);
    if (!found) return asked->respond(unknown_model(id));
    succeed(*asked, plain(*found));
}

void list_public_models(service& with, const exchange_ptr& asked, wire::public_models_query query) {
    switch (query.format.value_or(wire::model_format::standard)) {
        case wire::model_format::standard:
            return respond_public_list<wire::public_model_list>(with, *asked, &standard);
        case wire::model_format::openrouter:
            return respond_public_list<wire::open_router_model_list>(with, *asked, &open_router);
        case wire::model_format::huggingface:
            return respond_public_list<wire::hugging_face_model_list>(with, *asked, &hugging_face);
    }
}

void get_public_model(service& with, const exchange_ptr& asked, wire::public_models_query query) {
    const std::string& id = asked->request().parameters.front();
    const listing* const found = with.find(id);
    const model_card card = found ? found->model->card() : model_card();
    if (!card.context_length) return asked->respond(unknown_model(id));
    switch (query.format.value_or(wire::model_format::standard)) {
        case wire::model_format::standard:
            return succeed(*asked, standard(*found, card));
        case wire::model_format::openrouter:
            return succeed(*asked, open_router(*found, card));
        case wire::model_format::huggingface:
            return succeed(*asked, hugging_face(*found, card));
    }
}

}  // namespace tessera::server::cerebras
