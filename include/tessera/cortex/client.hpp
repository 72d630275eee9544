#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "tessera/anthropic/parse.hpp"
#include "tessera/call/resource.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/cortex/operations.hpp"
#include "tessera/openai/parse.hpp"

// The gateway's API as a tree that mirrors its URLs. call/resource.hpp says which forms every verb
// has.
namespace tessera::cortex {

TESSERA_CALL_VERB(models);
TESSERA_CALL_VERB(auth);
TESSERA_CALL_VERB(inflight);
TESSERA_CALL_VERB(summary);
TESSERA_CALL_VERB(authorize);
TESSERA_CALL_VERB(status);
TESSERA_CALL_VERB(refresh);
TESSERA_CALL_VERB(delete_token);
TESSERA_CALL_VERB(device);
TESSERA_CALL_VERB(poll);

namespace detail {

// The resources of Anthropic's dialect, which the gateway has below a root that Anthropic itself
// has not.
template <class... Verbs>
class anthropic_resource : public Verbs::template methods<anthropic_resource<Verbs...>>... {
  public:
    anthropic_resource(std::shared_ptr<call::channel> on, bool is_rooted)
        : channel_(std::move(on)), is_rooted_(is_rooted) {}
    call::channel& get_channel() const { return *channel_; }
    template <const auto& Op, bool Streams, class... P>
    call::spec make(const call_options& options, const P&... arguments) const {
        static constexpr std::string_view root = "/anthropic";
        static_assert(Op.path.starts_with(root));
        call::spec made = call::detail::make_spec<Op, Streams>(options, arguments...);
        if (!is_rooted_) made.target_path.erase(0, root.size());
        return made;
    }

  private:
    std::shared_ptr<call::channel> channel_;
    bool is_rooted_;
};

}  // namespace detail

/// create(request), parse<T>(request) and stream(request) of POST /v1/chat/completions.
using chat_completions_resource = call::resource<call::create<operations::create_chat_completion>,
                                                 call::stream<operations::create_chat_completion>,
                                                 openai::parse<operations::create_chat_completion>>;

/// /v1/chat
struct chat_resource {
    chat_completions_resource completions;  ///< /v1/chat/completions
};

/// list() of GET /v1/models.
using models_resource = call::resource<call::list<operations::list_models>>;

/// create(request) of POST /v1/embeddings.
using embeddings_resource = call::resource<call::create<operations::create_embedding>>;

/// create(request) and stream(request) of POST /v1/audio/transcriptions.
using transcriptions_resource = call::resource<call::create<operations::create_transcription>,
                                               call::stream<operations::create_transcription>>;

/// /v1/audio
struct audio_resource {
    transcriptions_resource transcriptions;  ///< /v1/audio/transcriptions
};

/// create(request), parse<T>(request) and stream(request) of POST /anthropic/v1/messages.
using messages_resource = detail::anthropic_resource<call::create<operations::create_message>,
                                                     call::stream<operations::create_message>,
                                                     anthropic::parse<operations::create_message>>;

/// list([query]) of GET /anthropic/v1/models.
using anthropic_models_resource =
    detail::anthropic_resource<call::list<operations::list_anthropic_models>>;

/// models(name) and auth(name) of GET /api/providers/{name}.
using providers_resource =
    call::resource<models<operations::list_provider_models>, auth<operations::get_provider_auth>>;

/// inflight() of GET /api/admin/inflight.
using admin_resource = call::resource<inflight<operations::list_inflight_requests>>;

/// retrieve() and update(changes) of /api/config/caching.
using caching_resource = call::resource<call::retrieve<operations::get_caching_config>,
                                        call::update<operations::update_caching_config>>;

/// retrieve() and update(changes) of /api/config/token-refresh.
using token_refresh_resource =
    call::resource<call::retrieve<operations::get_token_refresh_config>,
                   call::update<operations::update_token_refresh_config>>;

/// /api/config
struct config_resource {
    caching_resource caching;              ///< what the gateway keeps
    token_refresh_resource token_refresh;  ///< when it refreshes tokens
};

/// authorize(provider, [query]), status(provider), refresh(provider), delete_token(provider) of
/// /oauth/{provider}, device() and poll([which]) of /oauth/qwen/device. authorize() goes nowhere:
/// its `info.headers` have the `location` that a browser has to open, and in `set-cookie` what ties
/// the flow to that browser.
using oauth_resource =
    call::resource<authorize<operations::oauth_authorize>, status<operations::oauth_status_of>,
                   refresh<operations::oauth_refresh>, delete_token<operations::oauth_delete_token>,
                   device<operations::oauth_qwen_device>, poll<operations::oauth_qwen_device_poll>>;

/// list([query]) of GET /usage, summary([query]) of GET /usage/summary.
using usage_resource =
    call::resource<call::list<operations::list_usage>, summary<operations::summarize_usage>>;

/// Thread-safe; copies share their connections. The key goes into `x-api-key` for Anthropic's
/// dialect, and into `authorization: Bearer` for all else.
class client {
  public:
    /// Blocking calls run on the calling thread, asynchronous ones where their handlers run. An
    /// empty `base_url` means http://localhost:8090. Throws invalid_argument_error for a URL, proxy
    /// or header that cannot be used.
    TESSERA_COLD_DECL explicit client(client_options options);
    /// Asynchronous calls run on `executor`.
    TESSERA_COLD_DECL client(net::executor executor, client_options options);

    /// A client of OpenAI itself, or of another service that has OpenAI's URLs: chat, models,
    /// embeddings and audio are there. An empty `base_url` means https://api.openai.com; it has no /v1.
    ///@{
    TESSERA_COLD_DECL static client at_openai(client_options options);
    TESSERA_COLD_DECL static client at_openai(net::executor executor, client_options options);
    ///@}
    /// A client of Anthropic itself, or of another service that has Anthropic's URLs: messages and
    /// anthropic_models are there. An empty `base_url` means https://api.anthropic.com; it has no
    /// /v1. The header anthropic-version is "2023-06-01" unless `headers` say otherwise.
    ///@{
    TESSERA_COLD_DECL static client at_anthropic(client_options options);
    TESSERA_COLD_DECL static client at_anthropic(net::executor executor, client_options options);
    ///@}

    chat_resource chat;                          ///< chat.completions: OpenAI's conversations
    models_resource models;                      ///< the models that answer
    embeddings_resource embeddings;              ///< texts as vectors
    audio_resource audio;                        ///< audio.transcriptions: speech as text
    messages_resource messages;                  ///< Anthropic's conversations
    anthropic_models_resource anthropic_models;  ///< the models that those reach
    providers_resource providers;                ///< who answers behind the gateway
    admin_resource admin;                        ///< what it does at the moment
    config_resource config;                      ///< what can be changed while it runs
    oauth_resource oauth;                        ///< tokens that people gave it
    usage_resource usage;                        ///< what requests cost

  private:
    TESSERA_COLD_DECL client(const std::shared_ptr<call::channel>& on, bool is_gateway);
};

}  // namespace tessera::cortex

#ifdef TESSERA_DEFINITIONS
#include "tessera/cortex/detail/client_impl.hpp"
#endif
