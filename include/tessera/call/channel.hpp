#pragma once

#include <asio/io_context.hpp>
#include <asio/strand.hpp>
#include <asio/system_executor.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "tessera/call/options.hpp"
#include "tessera/http/url.hpp"
#include "tessera/net/connector.hpp"
#include "tessera/net/pool.hpp"
#include "tessera/net/task.hpp"

namespace tessera::call {

// What the calls of one client share: options, kept connections, TLS settings, contexts for blocking
// calls. Thread-safe. Calls and streams keep it alive.
class channel : public std::enable_shared_from_this<channel> {
  public:
    // Throws invalid_argument_error for a base URL, proxy or header that cannot be used. With an
    // executor, every asynchronous call runs there, else where its completion handler runs.
    // Defined in call/invoke.hpp, since it makes a call where options.warm asks for it.
    template <class Lazy = void>
    static std::shared_ptr<channel> make(client_options options,
                                         std::optional<net::executor> io = std::nullopt);

    const client_options& options() const { return options_; }
    const http::url& base() const { return base_; }
    const clock& time() const { return options_.clock ? *options_.clock : clock::system(); }
    random_source& random() const {
        return options_.random ? *options_.random : random_source::system();
    }
    net::pool& pool() { return pool_; }
    const net::connector& connector() const { return connector_; }

    // A strand on the channel's executor, else on that of a handler.
    template <class Executor>
    net::executor executor_for(const Executor& of_handler) const {
        if (io_) return strand_of(*io_);
        if constexpr (std::is_convertible_v<const Executor&, net::executor>)
            return strand_of(net::executor(of_handler));
        else
            return strand_of(asio::system_executor());
    }

    // A context for one blocking call at a time.
    class context_lease {
      public:
        context_lease(channel& owner, std::unique_ptr<asio::io_context> context)
            : owner_(owner.shared_from_this()), context_(std::move(context)) {}
        context_lease(context_lease&&) noexcept = default;
        context_lease& operator=(context_lease&&) = delete;
        ~context_lease() {
            if (context_) owner_->give_back(std::move(context_));
        }
        asio::io_context* operator->() const { return context_.get(); }

      private:
        std::shared_ptr<channel> owner_;
        std::unique_ptr<asio::io_context> context_;
    };
    context_lease lease_context();

  private:
    template <class Executor>
    static net::executor strand_of(const Executor& io) {
        return net::executor(asio::make_strand(io));
    }
    template <class Lazy = void>
    channel(client_options options, http::url base, std::optional<http::url> proxy,
            std::optional<net::executor> io);
    void give_back(std::unique_ptr<asio::io_context> context) noexcept;

    client_options options_;
    http::url base_;
    std::optional<net::executor> io_;
    net::pool pool_;
    net::connector connector_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<asio::io_context>> contexts_;
};

}  // namespace tessera::call

#include "tessera/call/detail/channel_impl.hpp"
