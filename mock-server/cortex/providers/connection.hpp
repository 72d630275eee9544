#pragma once
// What all calls to one provider's server share.
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/cortex_options.hpp"
#include "tessera/anthropic/common.hpp"
#include "tessera/call/resource.hpp"
#include "tessera/core/credential.hpp"
#include "tessera/cortex/operations.hpp"

namespace tessera::server::cortex {

namespace upstream {

/// An answer as it came. What a type asks for beyond what is there is filled in before it is read.
using any_object = anthropic::json_object;

// The bearer is a token that a person gave; keys, which take turns, come as headers. Paths are below
// the base URL, which has OpenAI's version for OpenAI's dialect, and none for Anthropic's.
inline constexpr http::operation<openai::chat_request, any_object, json::nullable<any_object>>
    create_chat{.id = "createChatCompletion",
                .method = "POST",
                .path = "/chat/completions",
                .authentication = http::auth::bearer};
inline constexpr http::operation<anthropic::message_request, anthropic::message,
                                 anthropic::stream_event>
    create_message{.id = "createMessage",
                   .method = "POST",
                   .path = "/v1/messages",
                   .authentication = http::auth::bearer,
                   .stream = anthropic::stream_rules};
inline constexpr http::operation<openai::embedding_request, any_object> create_embedding{
    .id = "createEmbedding",
    .method = "POST",
    .path = "/embeddings",
    .authentication = http::auth::bearer};
// The answer's form is the client's to choose, and is passed on.
inline constexpr http::operation<openai::transcription_request, std::string,
                                 openai::transcription_event>
    create_transcription{.id = "createTranscription",
                         .method = "POST",
                         .path = "/audio/transcriptions",
                         .authentication = http::auth::bearer,
                         .takes = http::media::form,
                         .gives = http::media::json | http::media::text,
                         .gives_by = "response_format",
                         .stream = openai::transcription_stream_rules};
inline constexpr http::operation<void, any_object> list_models{"listModels", "GET", "/models",
                                                               http::auth::bearer};
inline constexpr http::operation<void, any_object> list_anthropic_models{
    "listModels", "GET", "/v1/models", http::auth::bearer};

using chat_resource = call::resource<call::create<create_chat>, call::stream<create_chat>>;
using message_resource = call::resource<call::create<create_message>, call::stream<create_message>>;
using embedding_resource = call::resource<call::create<create_embedding>>;
using transcription_resource =
    call::resource<call::create<create_transcription>, call::stream<create_transcription>>;
using model_resource = call::resource<call::list<list_models>>;
using anthropic_model_resource = call::resource<call::list<list_anthropic_models>>;

}  // namespace upstream

/// Where the token of a provider comes from.
struct provider_tokens {
    std::function<bool()> has{};  // whether there is one that is valid
    credential::async_provider give{};
};

/// Thread-safe. Used through shared_ptr.
class connection {
  public:
    /// The settings have a URL, which has been checked.
    connection(std::string name, provider_settings settings, provider_tokens tokens);

    const upstream::chat_resource chat_calls;
    const upstream::message_resource message_calls;
    const upstream::embedding_resource embedding_calls;
    const upstream::transcription_resource transcription_calls;
    const upstream::model_resource model_calls;
    const upstream::anthropic_model_resource anthropic_model_calls;

    const std::string& name() const { return name_; }
    const provider_settings& settings() const { return settings_; }

    /// How often a request may be tried: once with each key, and once where there is none.
    std::size_t ways() const { return shows_token() || keys_.empty() ? 1 : keys_.size(); }
    /// Where the next request begins, so that the keys take turns.
    std::size_t next_turn() { return turn_.fetch_add(1, std::memory_order_relaxed); }
    /// With the key of that turn. `streams` decides which deadlines there are.
    call_options how(std::size_t turn, bool streams) const;

  private:
    connection(std::string name, provider_settings settings, provider_tokens tokens,
               const std::shared_ptr<call::channel>& on);

    // In place of a key.
    bool shows_token() const;

    const std::string name_;
    const provider_settings settings_;
    const provider_tokens tokens_;
    const std::vector<std::string> keys_;
    std::atomic<std::size_t> turn_{0};
};

/// Whether another key might be let in where this one was not.
bool is_of_the_key(const error& reason);

}  // namespace tessera::server::cortex
