#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "tessera/call/resource.hpp"
#include "tessera/cerebras/accumulator.hpp"
#include "tessera/cerebras/operations.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/openai/parse.hpp"

// The Cerebras API as a tree that mirrors its URLs. call/resource.hpp says which forms every verb
// has.
namespace tessera::cerebras {

/// create(request), parse<T>(request) and stream(request) of POST /v1/chat/completions.
using chat_completions_resource = call::resource<call::create<operations::create_chat_completion>,
                                                 call::stream<operations::create_chat_completion>,
                                                 openai::parse<operations::create_chat_completion>>;

/// /v1/chat
struct chat_resource {
    chat_completions_resource completions;  ///< /v1/chat/completions
};

/// create(request) and stream(request) of POST /v1/completions.
using completions_resource = call::resource<call::create<operations::create_completion>,
                                            call::stream<operations::create_completion>>;

/// list() of GET /v1/models, retrieve(id) of GET /v1/models/{model_id}.
using models_resource =
    call::resource<call::list<operations::list_models>, call::retrieve<operations::get_model>>;

/// list([query]) and retrieve(id, [query]) of /public/v1/models: variants, by the query's format.
/// No key is needed.
using public_models_resource = call::resource<call::list<operations::list_public_models>,
                                              call::retrieve<operations::get_public_model>>;

TESSERA_CALL_VERB(warm_tcp);

/// Thread-safe; copies share their connections. The key goes into `authorization: Bearer`.
class client {
  public:
    /// Blocking calls run on the calling thread, asynchronous ones where their handlers run. An
    /// empty `base_url` means the vendor's cloud. A total deadline left at its default becomes 60
    /// s. Throws invalid_argument_error for a URL, proxy or header that cannot be used.
    TESSERA_COLD_DECL explicit client(client_options options);
    /// Asynchronous calls run on `executor`.
    TESSERA_COLD_DECL client(net::executor executor, client_options options);

    chat_resource chat;                    ///< chat.completions: conversations
    completions_resource completions;      ///< text that goes on
    models_resource models;                ///< the models that answer
    public_models_resource public_models;  ///< the catalogue, in three formats

    /// Opens TCP and TLS ahead of the first call, with GET /v1/tcp_warming.
    TESSERA_COLD_DECL void warm(const call_options& options = {}) const;
    /// The same as a value.
    TESSERA_COLD_DECL result<void> try_warm(const call_options& options = {}) const;

  private:
    explicit client(const std::shared_ptr<call::channel>& on)
        : chat{chat_completions_resource(on)},
          completions(on),
          models(on),
          public_models(on),
          warming_(on) {}

    TESSERA_COLD_DECL static client_options prepare(client_options options);

    call::resource<warm_tcp<operations::warm_tcp>> warming_;
};

}  // namespace tessera::cerebras

#ifdef TESSERA_DEFINITIONS
#include "tessera/cerebras/detail/client_impl.hpp"
#endif
