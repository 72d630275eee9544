#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <asio/strand.hpp>
#include <asio/system_executor.hpp>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "tessera/call/options.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/http/url.hpp"

namespace tessera::net {
using executor = asio::any_io_executor;
}

namespace tessera::call {

namespace detail {
struct transport;
}

/// What the calls of one client share: options, kept connections, TLS settings, contexts for
/// blocking calls. Thread-safe. Calls and streams keep it alive.
class channel : public std::enable_shared_from_this<channel> {
  public:
    /// Throws invalid_argument_error for a base URL, proxy or header that cannot be used. With an
    /// executor, every asynchronous call runs there, else where its completion handler runs.
    TESSERA_COLD_DECL static std::shared_ptr<channel> make(client_options options,
                                                           net::executor io = {});

    /// As the client was made with.
    const client_options& options() const { return options_; }
    /// The URL that all paths are below.
    const http::url& base() const { return base_; }
    /// What deadlines go by.
    const clock& time() const { return options_.clock ? *options_.clock : clock::system(); }
    /// What pauses between attempts are drawn from.
    random_source& random() const {
        return options_.random ? *options_.random : random_source::system();
    }
    /// The connections, and what opens them.
    detail::transport& transport() { return *transport_; }

    /// Where asynchronous calls run; empty: where their handlers do.
    const net::executor& get_executor() const { return io_; }
    /// A strand on the channel's executor, else on that of a handler.
    template <class Executor>
    net::executor executor_for(const Executor& of_handler) const {
        if (io_) return strand_of(io_);
        if constexpr (std::is_convertible_v<const Executor&, net::executor>)
            return strand_of(net::executor(of_handler));
        else
            return strand_of(asio::system_executor());
    }

    /// A context for one blocking call at a time, which comes back when it is let go.
    using context_lease = std::shared_ptr<asio::io_context>;
    /// A context that no other call uses.
    TESSERA_COLD_DECL context_lease lease_context();
    /// How many contexts no call uses at the moment. As many are kept as connections.
    std::size_t idle_contexts() const {
        const std::lock_guard lock(mutex_);
        return contexts_.size();
    }

  private:
    template <class Executor>
    static net::executor strand_of(const Executor& io) {
        return net::executor(asio::make_strand(io));
    }
    TESSERA_COLD_DECL channel(client_options&& options, http::url&& base, http::url&& proxy,
                              const net::executor& io);
    TESSERA_COLD_DECL void give_back(asio::io_context* left) noexcept;

    client_options options_;
    http::url base_;
    net::executor io_;  // empty: that of a handler
    std::shared_ptr<detail::transport> transport_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<asio::io_context>> contexts_;
};

}  // namespace tessera::call

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/channel_impl.hpp"
#endif
