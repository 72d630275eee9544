#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/call/resource.hpp"
#include "tessera/cerebrium/operations.hpp"
#include "tessera/cerebrium/token.hpp"
#include "tessera/cerebrium/verbs.hpp"
#include "tessera/cerebrium/webhook.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/openai/parse.hpp"

// The Cerebrium API: functions of your own apps, called by their names.
namespace tessera::cerebrium {

/// create(request), parse<T>(request) and stream(request) of a function's chat/completions.
using chat_completions_resource =
    call::bound_resource<detail::function_path, call::create<operations::create_chat_completion<>>,
                         call::stream<operations::create_chat_completion<>>,
                         openai::parse<operations::create_chat_completion<>>>;

/// A function's chat.
struct chat_resource {
    chat_completions_resource completions;  ///< conversations
};

/// create(request) of a function's embedding.
using embeddings_resource =
    call::bound_resource<detail::function_path, call::create<operations::create_embedding<>>>;

/// One function: run, stream and run_async (cerebrium/verbs.hpp), and what a function that takes
/// OpenAI's parameters has. Cheap to copy; thread-safe; keeps what it needs of its client.
class function : public call::bound_resource<detail::function_path, run, stream, run_async> {
  public:
    /// For the client whose channel it is.
    function(const std::shared_ptr<call::channel>& on, std::shared_ptr<const path_values> path)
        : bound_resource(on, path),
          chat{chat_completions_resource(on, path)},
          embeddings(on, path) {}

    chat_resource chat;              ///< chat.completions: conversations
    embeddings_resource embeddings;  ///< texts as vectors
};

/// Thread-safe; copies share their connections. The key, a JSON Web Token, goes into
/// `authorization: Bearer`; read_token() tells when it expires. run, stream and run_async
/// (cerebrium/verbs.hpp) take the path of a function first: project, app and function.
class client : public call::resource<run, stream, run_async> {
  public:
    /// Blocking calls run on the calling thread, asynchronous ones where their handlers run.
    /// `base_url` is a region, such as "aws.us-east-1" (also when it is empty) or "cortex", which is
    /// the older host of all regions, or else a URL. Throws invalid_argument_error for a region,
    /// URL, proxy or header that cannot be used.
    TESSERA_COLD_DECL explicit client(client_options options);
    /// Asynchronous calls run on `executor`.
    TESSERA_COLD_DECL client(net::executor executor, client_options options);

    /// A function by its path; nothing is sent.
    TESSERA_COLD_DECL cerebrium::function function(std::string project, std::string app,
                                                   std::string name) const;

  private:
    TESSERA_COLD_DECL static client_options prepare(client_options options);
};

}  // namespace tessera::cerebrium

#ifdef TESSERA_DEFINITIONS
#include "tessera/cerebrium/detail/client_impl.hpp"
#endif
