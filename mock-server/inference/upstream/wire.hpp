#pragma once
// OpenAI's inference operations, as vLLM, SGLang, llama.cpp and others serve them: what is asked
// of them, and of what they answer all that is read here.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tessera/http/operation.hpp"
#include "tessera/json/describe.hpp"
#include "tessera/openai/embeddings.hpp"
#include "tessera/openai/logprobs.hpp"
#include "tessera/openai/messages.hpp"
#include "tessera/openai/request_parts.hpp"
#include "tessera/openai/usage.hpp"

namespace tessera::server::upstream {

/// What chat and text completions are asked for alike.
struct common_request {
    std::string model{};
    std::optional<bool> stream{};
    openai::stream_options stream_options{.include_usage = true};
    std::optional<double> temperature{};
    std::optional<double> top_p{};
    std::optional<std::int64_t> top_k{};
    std::optional<double> frequency_penalty{};
    std::optional<double> presence_penalty{};
    std::optional<openai::logit_bias> logit_bias{};
    std::optional<std::int64_t> max_tokens{};
    std::optional<std::int64_t> min_tokens{};
    std::optional<std::int64_t> n{};
    std::optional<std::int64_t> seed{};
    std::optional<std::vector<std::string>> stop{};
    std::optional<std::string> prompt_cache_key{};
};

struct chat_request : common_request {
    std::vector<openai::message> messages;
    std::optional<bool> logprobs{};
    std::optional<int> top_logprobs{};
    std::optional<std::string> reasoning_effort{};
    std::optional<openai::response_format> response_format{};
    std::optional<std::string> service_tier{};
    std::optional<std::vector<openai::tool>> tools{};
    std::optional<openai::tool_choice> tool_choice{};
    std::optional<bool> parallel_tool_calls{};
};

struct text_request : common_request {
    std::variant<std::string, std::vector<std::string>, std::vector<int>,
                 std::vector<std::vector<int>>>
        prompt;
    std::optional<bool> echo{};
    std::optional<int> logprobs{};
};

namespace detail {
template <class Request, class... Fields>
constexpr auto describe_request(const char* name, Fields... fields) {
    using r = Request;
    return json::object<r>(
        name, json::field("model", &r::model), json::field("stream", &r::stream),
        json::field("stream_options", &r::stream_options),
        json::field("temperature", &r::temperature), json::field("top_p", &r::top_p),
        json::field("top_k", &r::top_k), json::field("frequency_penalty", &r::frequency_penalty),
        json::field("presence_penalty", &r::presence_penalty),
        json::field("logit_bias", &r::logit_bias), json::field("max_tokens", &r::max_tokens),
        json::field("min_tokens", &r::min_tokens), json::field("n", &r::n),
        json::field("seed", &r::seed), json::field("stop", &r::stop),
        json::field("prompt_cache_key", &r::prompt_cache_key), fields...);
}
}  // namespace detail

constexpr auto describe(json::type<chat_request>) {
    using r = chat_request;
    return detail::describe_request<r>(
        "ChatRequest", json::field("messages", &r::messages), json::field("logprobs", &r::logprobs),
        json::field("top_logprobs", &r::top_logprobs),
        json::field("reasoning_effort", &r::reasoning_effort),
        json::field("response_format", &r::response_format),
        json::field("service_tier", &r::service_tier), json::field("tools", &r::tools),
        json::field("tool_choice", &r::tool_choice),
        json::field("parallel_tool_calls", &r::parallel_tool_calls));
}

constexpr auto describe(json::type<text_request>) {
    using r = text_request;
    return detail::describe_request<r>("TextRequest", json::field("prompt", &r::prompt),
                                       json::field("echo", &r::echo),
                                       json::field("logprobs", &r::logprobs));
}

struct function_delta {
    std::optional<std::string> name{};
    std::optional<std::string> arguments{};
};
struct call_delta {
    std::optional<std::int64_t> index{};
    std::optional<std::string> id{};
    std::optional<function_delta> function{};
};

constexpr auto describe(json::type<function_delta>) {
    using f = function_delta;
    return json::object<f>("Function", json::field("name", &f::name),
                           json::field("arguments", &f::arguments));
}
constexpr auto describe(json::type<call_delta>) {
    using d = call_delta;
    return json::object<d>("ToolCall", json::field("index", &d::index), json::field("id", &d::id),
                           json::field("function", &d::function));
}

/// Thoughts have one of two names.
struct message_delta {
    std::optional<std::string> content{};
    std::optional<std::string> reasoning{};
    std::optional<std::string> reasoning_content{};
    std::optional<std::vector<call_delta>> tool_calls{};
};

constexpr auto describe(json::type<message_delta>) {
    using d = message_delta;
    return json::object<d>("Delta", json::field("content", &d::content),
                           json::field("reasoning", &d::reasoning),
                           json::field("reasoning_content", &d::reasoning_content),
                           json::field("tool_calls", &d::tool_calls));
}

/// Parallel lists, or a list of tokens, by the server.
struct text_logprobs {
    std::optional<std::vector<std::int64_t>> text_offset{};
    std::optional<std::vector<std::string>> tokens{};
    std::optional<std::vector<json::nullable<double>>> token_logprobs{};
    std::optional<std::vector<json::nullable<std::map<std::string, double>>>> top_logprobs{};
    std::optional<std::vector<openai::token_logprob>> content{};
};

constexpr auto describe(json::type<text_logprobs>) {
    using l = text_logprobs;
    return json::object<l>(
        "Logprobs", json::field("text_offset", &l::text_offset), json::field("tokens", &l::tokens),
        json::field("token_logprobs", &l::token_logprobs),
        json::field("top_logprobs", &l::top_logprobs), json::field("content", &l::content));
}

struct chat_choice {
    std::optional<std::int64_t> index{};
    std::optional<message_delta> delta{};
    std::optional<std::string> finish_reason{};
    std::optional<openai::chat_logprobs> logprobs{};
    std::optional<openai::chat_logprobs> reasoning_logprobs{};
};

constexpr auto describe(json::type<chat_choice>) {
    using c = chat_choice;
    return json::object<c>(
        "Choice", json::field("index", &c::index), json::field("delta", &c::delta),
        json::field("finish_reason", &c::finish_reason), json::field("logprobs", &c::logprobs),
        json::field("reasoning_logprobs", &c::reasoning_logprobs));
}

struct text_choice {
    std::optional<std::int64_t> index{};
    std::optional<std::string> text{};
    std::optional<std::string> finish_reason{};
    std::optional<text_logprobs> logprobs{};
};

constexpr auto describe(json::type<text_choice>) {
    using c = text_choice;
    return json::object<c>("Choice", json::field("index", &c::index), json::field("text", &c::text),
                           json::field("finish_reason", &c::finish_reason),
                           json::field("logprobs", &c::logprobs));
}

/// An event of a stream. The last carries no choices, but usage.
template <class Choice>
struct chunk {
    std::optional<std::vector<Choice>> choices{};
    std::optional<openai::usage> usage{};
};

template <class Choice>
constexpr auto describe(json::type<chunk<Choice>>) {
    using c = chunk<Choice>;
    return json::object<c>("Chunk", json::field("choices", &c::choices),
                           json::field("usage", &c::usage));
}

/// llama.cpp begins some streams with an event that says null.
using chat_chunk = json::nullable<chunk<chat_choice>>;
using text_chunk = json::nullable<chunk<text_choice>>;

struct listed_meta {
    std::optional<int> n_ctx{};
};

constexpr auto describe(json::type<listed_meta>) {
    return json::object<listed_meta>("Meta", json::field("n_ctx", &listed_meta::n_ctx));
}

/// vLLM and SGLang name their context in the one way, llama.cpp in the other.
struct listed_model {
    std::string id;
    std::optional<int> max_model_len{};
    std::optional<listed_meta> meta{};

    std::optional<int> context_length() const {
        return max_model_len ? max_model_len : meta ? meta->n_ctx : std::nullopt;
    }
};

constexpr auto describe(json::type<listed_model>) {
    return json::object<listed_model>("Model", json::field("id", &listed_model::id),
                                      json::field("max_model_len", &listed_model::max_model_len),
                                      json::field("meta", &listed_model::meta));
}

struct model_list {
    std::vector<listed_model> data;
};

constexpr auto describe(json::type<model_list>) {
    return json::object<model_list>("ModelList", json::field("data", &model_list::data));
}

struct embedding {
    std::size_t index = 0;
    openai::embedding_vector embedding;
};

constexpr auto describe(json::type<embedding>) {
    return json::object<embedding>("Embedding", json::field("index", &embedding::index),
                                   json::field("embedding", &embedding::embedding));
}

struct embedding_list {
    std::vector<upstream::embedding> data;
    std::optional<openai::usage> usage{};
};

constexpr auto describe(json::type<embedding_list>) {
    return json::object<embedding_list>("EmbeddingList", json::field("data", &embedding_list::data),
                                        json::field("usage", &embedding_list::usage));
}

/// The body of an error, as OpenAI nests it; others leave out the outer object.
struct error_content {
    std::optional<std::string> param{};
    std::optional<std::variant<std::string, std::int64_t>> code{};
};

constexpr auto describe(json::type<error_content>) {
    return json::object<error_content>("Error", json::field("param", &error_content::param),
                                       json::field("code", &error_content::code));
}

namespace operations {

inline constexpr http::operation<chat_request, json::value, chat_chunk> create_chat{
    "createChatCompletion", "POST", "/v1/chat/completions"};
inline constexpr http::operation<text_request, json::value, text_chunk> create_text{
    "createCompletion", "POST", "/v1/completions"};
inline constexpr http::operation<openai::embedding_request, embedding_list> create_embeddings{
    "createEmbedding", "POST", "/v1/embeddings"};
inline constexpr http::operation<void, model_list> list_models{"listModels", "GET", "/v1/models"};

}  // namespace operations

}  // namespace tessera::server::upstream
