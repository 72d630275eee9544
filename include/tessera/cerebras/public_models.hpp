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

template <std::same_as<model_format> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("ModelFormat", json::enumerator("default", T::standard),
                                json::enumerator("openrouter", T::openrouter),
                                json::enumerator("huggingface", T::huggingface));
}

/// US dollars a token, as decimal text.
struct model_pricing {
    std::string prompt;      ///< of the prompt
    std::string completion;  ///< of the answer
    json::value extra{};     ///< members that have no name here
};

template <std::same_as<model_pricing> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "ModelPricing",
        json::field("prompt", &T::prompt, json::pattern(R"(^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$)")),
        json::field("completion", &T::completion,
                    json::pattern(R"(^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$)")),
        json::rest(&T::extra));
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

template <std::same_as<model_capabilities> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "ModelCapabilities", json::field("streaming", &T::streaming, json::defaults(true)),
        json::field("function_calling", &T::function_calling, json::defaults(false)),
        json::field("structured_outputs", &T::structured_outputs, json::defaults(false)),
        json::field("vision", &T::vision, json::defaults(false)),
        json::field("json_mode", &T::json_mode, json::defaults(false)),
        json::field("tools", &T::tools, json::defaults(false)),
        json::field("tool_choice", &T::tool_choice, json::defaults(false)),
        json::field("parallel_tool_calls", &T::parallel_tool_calls, json::defaults(false)),
        json::field("response_format", &T::response_format, json::defaults(false)),
        json::field("reasoning", &T::reasoning, json::defaults(false)), json::rest(&T::extra));
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

template <std::same_as<supported_parameters> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "SupportedParameters", json::field("temperature", &T::temperature, json::defaults(true)),
        json::field("top_p", &T::top_p, json::defaults(true)),
        json::field("seed", &T::seed, json::defaults(true)),
        json::field("stop", &T::stop, json::defaults(true)),
        json::field("max_completion_tokens", &T::max_completion_tokens, json::defaults(true)),
        json::field("logprobs", &T::logprobs, json::defaults(false)),
        json::field("top_logprobs", &T::top_logprobs, json::defaults(false)),
        json::field("frequency_penalty", &T::frequency_penalty, json::defaults(false)),
        json::field("presence_penalty", &T::presence_penalty, json::defaults(false)),
        json::field("logit_bias", &T::logit_bias, json::defaults(false)),
        json::field("repetition_penalty", &T::repetition_penalty, json::defaults(false)),
        json::rest(&T::extra));
}

/// What a model takes in.
enum class modality {
    text,             ///< text alone
    text_and_vision,  ///< `text+vision`
    multimodal        ///< more than that
};

template <std::same_as<modality> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("Modality", json::enumerator("text", T::text),
                                json::enumerator("text+vision", T::text_and_vision),
                                json::enumerator("multimodal", T::multimodal));
}

/// How a model is built.
struct model_architecture {
    json::open_enum<cerebras::modality> modality;  ///< what it takes in
    std::string tokenizer;                         ///< its name
    std::optional<std::string> instruct_type{};    ///< the chat format it was trained on
    json::value extra{};                           ///< members that have no name here
};

template <std::same_as<model_architecture> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ModelArchitecture", json::field("modality", &T::modality),
                           json::field("tokenizer", &T::tokenizer),
                           json::field("instruct_type", &T::instruct_type, json::or_null),
                           json::rest(&T::extra));
}

/// How much may be asked.
struct model_limits {
    std::int64_t max_context_length;                    ///< tokens of prompt and answer
    std::int64_t max_completion_tokens;                 ///< tokens of an answer
    std::optional<std::int64_t> requests_per_minute{};  ///< of one key
    std::optional<std::int64_t> tokens_per_minute{};    ///< of one key
    json::value extra{};                                ///< members that have no name here
};

template <std::same_as<model_limits> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "ModelLimits",
        json::field("max_context_length", &T::max_context_length, json::exclusive_min(0)),
        json::field("max_completion_tokens", &T::max_completion_tokens, json::exclusive_min(0)),
        json::field("requests_per_minute", &T::requests_per_minute, json::or_null, json::min(0)),
        json::field("tokens_per_minute", &T::tokens_per_minute, json::or_null, json::min(0)),
        json::rest(&T::extra));
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

template <std::same_as<public_model> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "PublicModel", json::field("id", &T::id, json::length(1, 200)),
        json::field("object", &T::object, json::constant("model"), json::defaults("model")),
        json::field("created", &T::created, json::min(0)),
        json::field("owned_by", &T::owned_by, json::length(1)),
        json::field("name", &T::name, json::length(1)),
        json::field("description", &T::description, json::length(1, 1000)),
        json::field("hugging_face_id", &T::hugging_face_id, json::or_null),
        json::field("pricing", &T::pricing), json::field("capabilities", &T::capabilities),
        json::field("supported_parameters", &T::supported_parameters),
        json::field("architecture", &T::architecture), json::field("limits", &T::limits),
        json::field("datacenter_locations", &T::datacenter_locations),
        json::field("deprecated", &T::deprecated, json::defaults(false)),
        json::field("preview", &T::preview, json::defaults(false)),
        json::field("quantization", &T::quantization, json::or_null), json::rest(&T::extra));
}

/// The catalogue in the default format.
struct public_model_list {
    std::string object{};            ///< "list"
    std::vector<public_model> data;  ///< the models
    json::value extra{};             ///< members that have no name here
};

template <std::same_as<public_model_list> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "PublicModelsListResponse",
        json::field("object", &T::object, json::constant("list"), json::defaults("list")),
        json::field("data", &T::data), json::rest(&T::extra));
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

template <std::same_as<open_router_pricing> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "OpenRouterPricing", json::field("prompt", &T::prompt),
        json::field("completion", &T::completion),
        json::field("request", &T::request, json::defaults("0")),
        json::field("image", &T::image, json::defaults("0")),
        json::field("input_cache_read", &T::input_cache_read, json::defaults("0")),
        json::field("input_cache_write", &T::input_cache_write, json::defaults("0")),
        json::rest(&T::extra));
}

/// OpenRouter's own.
struct open_router_info {
    std::string slug;     ///< its name there
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<open_router_info> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("OpenRouterInfo", json::field("slug", &T::slug), json::rest(&T::extra));
}

/// Where a model runs.
struct datacenter_location {
    std::string country_code;  ///< two letters (ISO 3166)
    json::value extra{};       ///< members that have no name here
};

template <std::same_as<datacenter_location> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("DatacenterLocation", json::field("country_code", &T::country_code),
                           json::rest(&T::extra));
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

template <std::same_as<open_router_model> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "OpenRouterModel", json::field("id", &T::id),
        json::field("hugging_face_id", &T::hugging_face_id, json::defaults("")),
        json::field("name", &T::name), json::field("created", &T::created),
        json::field("input_modalities", &T::input_modalities),
        json::field("output_modalities", &T::output_modalities),
        json::field("quantization", &T::quantization, json::defaults("fp16")),
        json::field("context_length", &T::context_length),
        json::field("max_output_length", &T::max_output_length),
        json::field("pricing", &T::pricing),
        json::field("supported_sampling_parameters", &T::supported_sampling_parameters),
        json::field("supported_features", &T::supported_features),
        json::field("description", &T::description, json::defaults("")),
        json::field("openrouter", &T::openrouter, json::or_null),
        json::field("datacenters", &T::datacenters), json::rest(&T::extra));
}

/// The catalogue in OpenRouter's format.
struct open_router_model_list {
    std::vector<open_router_model> data;  ///< the models
    json::value extra{};                  ///< members that have no name here
};

template <std::same_as<open_router_model_list> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("OpenRouterModelsResponse", json::field("data", &T::data),
                           json::rest(&T::extra));
}

/// US dollars a million tokens.
struct hugging_face_pricing {
    double input;         ///< of the prompt
    double output;        ///< of the answer
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<hugging_face_pricing> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("HuggingFacePricing", json::field("input", &T::input),
                           json::field("output", &T::output), json::rest(&T::extra));
}

/// What can be asked of a model.
struct hugging_face_capabilities {
    std::optional<bool> streaming{};           ///< answers come as streams
    std::optional<bool> function_calling{};    ///< the model calls functions
    std::optional<bool> structured_outputs{};  ///< answers follow a JSON schema
    std::optional<bool> vision{};              ///< images are seen
    json::value extra{};                       ///< members that have no name here
};

template <std::same_as<hugging_face_capabilities> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "HuggingFaceCapabilities", json::field("streaming", &T::streaming, json::defaults(true)),
        json::field("function_calling", &T::function_calling, json::defaults(false)),
        json::field("structured_outputs", &T::structured_outputs, json::defaults(false)),
        json::field("vision", &T::vision, json::defaults(false)), json::rest(&T::extra));
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

template <std::same_as<hugging_face_model> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "HuggingFaceModel", json::field("id", &T::id),
        json::field("hugging_face_id", &T::hugging_face_id, json::or_null),
        json::field("object", &T::object, json::constant("model"), json::defaults("model")),
        json::field("created", &T::created), json::field("owned_by", &T::owned_by),
        json::field("context_length", &T::context_length), json::field("pricing", &T::pricing),
        json::field("capabilities", &T::capabilities), json::rest(&T::extra));
}

/// The catalogue in Hugging Face's format.
struct hugging_face_model_list {
    std::string object{};                  ///< "list"
    std::vector<hugging_face_model> data;  ///< the models
    json::value extra{};                   ///< members that have no name here
};

template <std::same_as<hugging_face_model_list> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "HuggingFaceModelsResponse",
        json::field("object", &T::object, json::constant("list"), json::defaults("list")),
        json::field("data", &T::data), json::rest(&T::extra));
}

/// What the two public operations answer, by format.
using public_model_list_response =
    std::variant<public_model_list, open_router_model_list, hugging_face_model_list>;
/// One model, by format.
using public_model_response = std::variant<public_model, open_router_model, hugging_face_model>;

}  // namespace tessera::cerebras
