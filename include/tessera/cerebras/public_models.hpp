#pragma once
// GET /public/v1/models and /public/v1/models/{model_id}: the catalogue in three formats.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tessera/cerebras/describe.hpp"

namespace tessera::cerebras {

/// The query parameter `format`.
enum class model_format {
    standard,    ///< `default`
    openrouter,  ///< OpenRouter's
    huggingface  ///< Hugging Face's
};

constexpr auto describe(json::type<model_format>) {
    return json::enumeration<model_format>(
        "ModelFormat", json::enumerator("default", model_format::standard),
        json::enumerator("openrouter", model_format::openrouter),
        json::enumerator("huggingface", model_format::huggingface));
}

/// US dollars a token, as decimal text.
struct model_pricing {
    std::string prompt;      ///< of the prompt
    std::string completion;  ///< of the answer
    json::value extra{};     ///< members that have no name here
};

constexpr auto describe(json::type<model_pricing>) {
    return json::object<model_pricing>(
        "ModelPricing",
        json::field("prompt", &model_pricing::prompt,
                    json::pattern(R"(^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$)")),
        json::field("completion", &model_pricing::completion,
                    json::pattern(R"(^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$)")),
        json::rest(&model_pricing::extra));
}

/// What can be asked of a model.
struct model_capabilities {
    std::optional<bool> streaming{};            ///< answers come as streams
    std::optional<bool> function_calling{};     ///< the model calls functions
    std::optional<bool> structured_outputs{};   ///< answers follow a JSON schema
    std::optional<bool> vision{};               ///< images are seen
    std::optional<bool> json_mode{};            ///< answers are JSON objects
    std::optional<bool> tools{};                ///< `tools` is taken
    std::optional<bool> tool_choice{};          ///< `tool_choice` is taken
    std::optional<bool> parallel_tool_calls{};  ///< `parallel_tool_calls` is taken
    std::optional<bool> response_format{};      ///< `response_format` is taken
    std::optional<bool> reasoning{};            ///< the model thinks first
    json::value extra{};                        ///< members that have no name here
};

constexpr auto describe(json::type<model_capabilities>) {
    return json::object<model_capabilities>(
        "ModelCapabilities",
        json::field("streaming", &model_capabilities::streaming, json::defaults(true)),
        json::field("function_calling", &model_capabilities::function_calling,
                    json::defaults(false)),
        json::field("structured_outputs", &model_capabilities::structured_outputs,
                    json::defaults(false)),
        json::field("vision", &model_capabilities::vision, json::defaults(false)),
        json::field("json_mode", &model_capabilities::json_mode, json::defaults(false)),
        json::field("tools", &model_capabilities::tools, json::defaults(false)),
        json::field("tool_choice", &model_capabilities::tool_choice, json::defaults(false)),
        json::field("parallel_tool_calls", &model_capabilities::parallel_tool_calls,
                    json::defaults(false)),
        json::field("response_format", &model_capabilities::response_format, json::defaults(false)),
        json::field("reasoning", &model_capabilities::reasoning, json::defaults(false)),
        json::rest(&model_capabilities::extra));
}

/// Which parameters of a request have an effect.
struct supported_parameters {
    std::optional<bool> temperature{};            ///< `temperature`
    std::optional<bool> top_p{};                  ///< `top_p`
    std::optional<bool> seed{};                   ///< `seed`
    std::optional<bool> stop{};                   ///< `stop`
    std::optional<bool> max_completion_tokens{};  ///< `max_completion_tokens`
    std::optional<bool> logprobs{};               ///< `logprobs`
    std::optional<bool> top_logprobs{};           ///< `top_logprobs`
    std::optional<bool> frequency_penalty{};      ///< `frequency_penalty`
    std::optional<bool> presence_penalty{};       ///< `presence_penalty`
    std::optional<bool> logit_bias{};             ///< `logit_bias`
    std::optional<bool> repetition_penalty{};     ///< `repetition_penalty`
    json::value extra{};                          ///< members that have no name here
};

constexpr auto describe(json::type<supported_parameters>) {
    return json::object<supported_parameters>(
        "SupportedParameters",
        json::field("temperature", &supported_parameters::temperature, json::defaults(true)),
        json::field("top_p", &supported_parameters::top_p, json::defaults(true)),
        json::field("seed", &supported_parameters::seed, json::defaults(true)),
        json::field("stop", &supported_parameters::stop, json::defaults(true)),
        json::field("max_completion_tokens", &supported_parameters::max_completion_tokens,
                    json::defaults(true)),
        json::field("logprobs", &supported_parameters::logprobs, json::defaults(false)),
        json::field("top_logprobs", &supported_parameters::top_logprobs, json::defaults(false)),
        json::field("frequency_penalty", &supported_parameters::frequency_penalty,
                    json::defaults(false)),
        json::field("presence_penalty", &supported_parameters::presence_penalty,
                    json::defaults(false)),
        json::field("logit_bias", &supported_parameters::logit_bias, json::defaults(false)),
        json::field("repetition_penalty", &supported_parameters::repetition_penalty,
                    json::defaults(false)),
        json::rest(&supported_parameters::extra));
}

/// What a model takes in.
enum class modality {
    text,             ///< text alone
    text_and_vision,  ///< `text+vision`
    multimodal        ///< more than that
};

constexpr auto describe(json::type<modality>) {
    return json::enumeration<modality>("Modality", json::enumerator("text", modality::text),
                                       json::enumerator("text+vision", modality::text_and_vision),
                                       json::enumerator("multimodal", modality::multimodal));
}

/// How a model is built.
struct model_architecture {
    json::open_enum<cerebras::modality> modality;  ///< what it takes in
    std::string tokenizer;                         ///< its name
    std::optional<std::string> instruct_type{};    ///< the chat format it was trained on
    json::value extra{};                           ///< members that have no name here
};

constexpr auto describe(json::type<model_architecture>) {
    return json::object<model_architecture>(
        "ModelArchitecture", json::field("modality", &model_architecture::modality),
        json::field("tokenizer", &model_architecture::tokenizer),
        json::field("instruct_type", &model_architecture::instruct_type, json::or_null),
        json::rest(&model_architecture::extra));
}

/// How much may be asked.
struct model_limits {
    std::int64_t max_context_length;                    ///< tokens of prompt and answer
    std::int64_t max_completion_tokens;                 ///< tokens of an answer
    std::optional<std::int64_t> requests_per_minute{};  ///< of one key
    std::optional<std::int64_t> tokens_per_minute{};    ///< of one key
    json::value extra{};                                ///< members that have no name here
};

constexpr auto describe(json::type<model_limits>) {
    return json::object<model_limits>(
        "ModelLimits",
        json::field("max_context_length", &model_limits::max_context_length,
                    json::exclusive_min(0)),
        json::field("max_completion_tokens", &model_limits::max_completion_tokens,
                    json::exclusive_min(0)),
        json::field("requests_per_minute", &model_limits::requests_per_minute, json::or_null,
                    json::min(0)),
        json::field("tokens_per_minute", &model_limits::tokens_per_minute, json::or_null,
                    json::min(0)),
        json::rest(&model_limits::extra));
}

/// A model in the default format.
struct public_model {
    std::string id;                                       ///< its name in requests
    std::string object{};                                 ///< "model"
    std::int64_t created;                                 ///< Unix seconds
    std::string owned_by;                                 ///< who made it
    std::string name;                                     ///< its name for people
    std::string description;                              ///< in a few words
    std::optional<std::string> hugging_face_id{};         ///< its name at Hugging Face
    model_pricing pricing;                                ///< what tokens cost
    model_capabilities capabilities;                      ///< what can be asked of it
    cerebras::supported_parameters supported_parameters;  ///< which parameters have an effect
    model_architecture architecture;                      ///< how it is built
    model_limits limits;                                  ///< how much may be asked
    std::optional<std::vector<std::string>> datacenter_locations{};  ///< countries where it runs
    std::optional<bool> deprecated{};                                ///< it will go
    std::optional<bool> preview{};              ///< it may change or go at any time
    std::optional<std::string> quantization{};  ///< of its weights
    json::value extra{};                        ///< members that have no name here
};

constexpr auto describe(json::type<public_model>) {
    return json::object<public_model>(
        "PublicModel", json::field("id", &public_model::id, json::length(1, 200)),
        json::field("object", &public_model::object, json::constant("model"),
                    json::defaults("model")),
        json::field("created", &public_model::created, json::min(0)),
        json::field("owned_by", &public_model::owned_by, json::length(1)),
        json::field("name", &public_model::name, json::length(1)),
        json::field("description", &public_model::description, json::length(1, 1000)),
        json::field("hugging_face_id", &public_model::hugging_face_id, json::or_null),
        json::field("pricing", &public_model::pricing),
        json::field("capabilities", &public_model::capabilities),
        json::field("supported_parameters", &public_model::supported_parameters),
        json::field("architecture", &public_model::architecture),
        json::field("limits", &public_model::limits),
        json::field("datacenter_locations", &public_model::datacenter_locations),
        json::field("deprecated", &public_model::deprecated, json::defaults(false)),
        json::field("preview", &public_model::preview, json::defaults(false)),
        json::field("quantization", &public_model::quantization, json::or_null),
        json::rest(&public_model::extra));
}

/// The catalogue in the default format.
struct public_model_list {
    std::string object{};            ///< "list"
    std::vector<public_model> data;  ///< the models
    json::value extra{};             ///< members that have no name here
};

constexpr auto describe(json::type<public_model_list>) {
    return json::object<public_model_list>(
        "PublicModelsListResponse",
        json::field("object", &public_model_list::object, json::constant("list"),
                    json::defaults("list")),
        json::field("data", &public_model_list::data), json::rest(&public_model_list::extra));
}

/// US dollars, as decimal text.
struct open_router_pricing {
    std::string prompt;                              ///< a token of the prompt
    std::string completion;                          ///< a token of the answer
    std::optional<std::string> request{};            ///< a request
    std::optional<std::string> image{};              ///< an image
    std::optional<std::string> input_cache_read{};   ///< a token read from the cache
    std::optional<std::string> input_cache_write{};  ///< a token written to the cache
    json::value extra{};                             ///< members that have no name here
};

constexpr auto describe(json::type<open_router_pricing>) {
    return json::object<open_router_pricing>(
        "OpenRouterPricing", json::field("prompt", &open_router_pricing::prompt),
        json::field("completion", &open_router_pricing::completion),
        json::field("request", &open_router_pricing::request, json::defaults("0")),
        json::field("image", &open_router_pricing::image, json::defaults("0")),
        json::field("input_cache_read", &open_router_pricing::input_cache_read,
                    json::defaults("0")),
        json::field("input_cache_write", &open_router_pricing::input_cache_write,
                    json::defaults("0")),
        json::rest(&open_router_pricing::extra));
}

/// OpenRouter's own.
struct open_router_info {
    std::string slug;     ///< its name there
    json::value extra{};  ///< members that have no name here
};

constexpr auto describe(json::type<open_router_info>) {
    return json::object<open_router_info>("OpenRouterInfo",
                                          json::field("slug", &open_router_info::slug),
                                          json::rest(&open_router_info::extra));
}

/// Where a model runs.
struct datacenter_location {
    std::string country_code;  ///< two letters (ISO 3166)
    json::value extra{};       ///< members that have no name here
};

constexpr auto describe(json::type<datacenter_location>) {
    return json::object<datacenter_location>(
        "DatacenterLocation", json::field("country_code", &datacenter_location::country_code),
        json::rest(&datacenter_location::extra));
}

/// A model in OpenRouter's format.
struct open_router_model {
    std::string id;                                               ///< its name in requests
    std::optional<std::string> hugging_face_id{};                 ///< its name at Hugging Face
    std::string name;                                             ///< its name for people
    std::int64_t created;                                         ///< Unix seconds
    std::optional<std::vector<std::string>> input_modalities{};   ///< what it takes in
    std::optional<std::vector<std::string>> output_modalities{};  ///< what it gives
    std::optional<std::string> quantization{};                    ///< of its weights
    std::int64_t context_length;                                  ///< tokens of prompt and answer
    std::int64_t max_output_length;                               ///< tokens of an answer
    open_router_pricing pricing;                                  ///< what is to be paid
    /// Which parameters have an effect.
    std::optional<std::vector<std::string>> supported_sampling_parameters{};
    std::optional<std::vector<std::string>> supported_features{};   ///< what can be asked of it
    std::optional<std::string> description{};                       ///< in a few words
    std::optional<open_router_info> openrouter{};                   ///< OpenRouter's own
    std::optional<std::vector<datacenter_location>> datacenters{};  ///< where it runs
    json::value extra{};  ///< members that have no name here
};

constexpr auto describe(json::type<open_router_model>) {
    return json::object<open_router_model>(
        "OpenRouterModel", json::field("id", &open_router_model::id),
        json::field("hugging_face_id", &open_router_model::hugging_face_id, json::defaults("")),
        json::field("name", &open_router_model::name),
        json::field("created", &open_router_model::created),
        json::field("input_modalities", &open_router_model::input_modalities),
        json::field("output_modalities", &open_router_model::output_modalities),
        json::field("quantization", &open_router_model::quantization, json::defaults("fp16")),
        json::field("context_length", &open_router_model::context_length),
        json::field("max_output_length", &open_router_model::max_output_length),
        json::field("pricing", &open_router_model::pricing),
        json::field("supported_sampling_parameters",
                    &open_router_model::supported_sampling_parameters),
        json::field("supported_features", &open_router_model::supported_features),
        json::field("description", &open_router_model::description, json::defaults("")),
        json::field("openrouter", &open_router_model::openrouter, json::or_null),
        json::field("datacenters", &open_router_model::datacenters),
        json::rest(&open_router_model::extra));
}

/// The catalogue in OpenRouter's format.
struct open_router_model_list {
    std::vector<open_router_model> data;  ///< the models
    json::value extra{};                  ///< members that have no name here
};

constexpr auto describe(json::type<open_router_model_list>) {
    return json::object<open_router_model_list>("OpenRouterModelsResponse",
                                                json::field("data", &open_router_model_list::data),
                                                json::rest(&open_router_model_list::extra));
}

/// US dollars a million tokens.
struct hugging_face_pricing {
    double input;         ///< of the prompt
    double output;        ///< of the answer
    json::value extra{};  ///< members that have no name here
};

constexpr auto describe(json::type<hugging_face_pricing>) {
    return json::object<hugging_face_pricing>("HuggingFacePricing",
                                              json::field("input", &hugging_face_pricing::input),
                                              json::field("output", &hugging_face_pricing::output),
                                              json::rest(&hugging_face_pricing::extra));
}

/// What can be asked of a model.
struct hugging_face_capabilities {
    std::optional<bool> streaming{};           ///< answers come as streams
    std::optional<bool> function_calling{};    ///< the model calls functions
    std::optional<bool> structured_outputs{};  ///< answers follow a JSON schema
    std::optional<bool> vision{};              ///< images are seen
    json::value extra{};                       ///< members that have no name here
};

constexpr auto describe(json::type<hugging_face_capabilities>) {
    return json::object<hugging_face_capabilities>(
        "HuggingFaceCapabilities",
        json::field("streaming", &hugging_face_capabilities::streaming, json::defaults(true)),
        json::field("function_calling", &hugging_face_capabilities::function_calling,
                    json::defaults(false)),
        json::field("structured_outputs", &hugging_face_capabilities::structured_outputs,
                    json::defaults(false)),
        json::field("vision", &hugging_face_capabilities::vision, json::defaults(false)),
        json::rest(&hugging_face_capabilities::extra));
}

/// A model in Hugging Face's format.
struct hugging_face_model {
    std::string id;                                           ///< its name in requests
    std::optional<std::string> hugging_face_id{};             ///< its name at Hugging Face
    std::string object{};                                     ///< "model"
    std::int64_t created;                                     ///< Unix seconds
    std::string owned_by;                                     ///< who made it
    std::int64_t context_length;                              ///< tokens of prompt and answer
    hugging_face_pricing pricing;                             ///< what tokens cost
    std::optional<hugging_face_capabilities> capabilities{};  ///< what can be asked of it
    json::value extra{};                                      ///< members that have no name here
};

constexpr auto describe(json::type<hugging_face_model>) {
    return json::object<hugging_face_model>(
        "HuggingFaceModel", json::field("id", &hugging_face_model::id),
        json::field("hugging_face_id", &hugging_face_model::hugging_face_id, json::or_null),
        json::field("object", &hugging_face_model::object, json::constant("model"),
                    json::defaults("model")),
        json::field("created", &hugging_face_model::created),
        json::field("owned_by", &hugging_face_model::owned_by),
        json::field("context_length", &hugging_face_model::context_length),
        json::field("pricing", &hugging_face_model::pricing),
        json::field("capabilities", &hugging_face_model::capabilities),
        json::rest(&hugging_face_model::extra));
}

/// The catalogue in Hugging Face's format.
struct hugging_face_model_list {
    std::string object{};                  ///< "list"
    std::vector<hugging_face_model> data;  ///< the models
    json::value extra{};                   ///< members that have no name here
};

constexpr auto describe(json::type<hugging_face_model_list>) {
    return json::object<hugging_face_model_list>(
        "HuggingFaceModelsResponse",
        json::field("object", &hugging_face_model_list::object, json::constant("list"),
                    json::defaults("list")),
        json::field("data", &hugging_face_model_list::data),
        json::rest(&hugging_face_model_list::extra));
}

/// What the two public operations answer, by format.
using public_model_list_response =
    std::variant<public_model_list, open_router_model_list, hugging_face_model_list>;
/// One model, by format.
using public_model_response = std::variant<public_model, open_router_model, hugging_face_model>;

}  // namespace tessera::cerebras
