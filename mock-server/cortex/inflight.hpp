#pragma once
// The requests that are being served.
#include <memory>
#include <string>
#include <string_view>

#include "tessera/core/clock.hpp"
#include "tessera/cortex/inflight.hpp"

namespace tessera::server::cortex {

namespace wire = tessera::cortex;

/// Thread-safe, and so are its handles.
class inflight {
    struct entry;
    struct registry;

  public:
    /// A request is listed as long as its handle lives. An empty one does nothing.
    class handle {
      public:
        handle() = default;
        handle(handle&&) = default;
        handle& operator=(handle&& other) noexcept;
        ~handle() { end(); }

        void key(std::string name);
        void dispatched(std::string provider, std::string model);
        /// The answer is a stream, of which no chunk has come yet.
        void streams();
        /// A chunk of the answer has come.
        void chunk();
        /// It is listed no more.
        void end();

      private:
        friend inflight;
        template <class Change>
        void change(Change how);

        std::shared_ptr<registry> registry_;
        entry* listed_ = nullptr;  // in the registry
    };

    explicit inflight(const clock& time = clock::system());

    /// `path` is that of the route. The handle is empty where it is not below /v1/: what else is
    /// served is not listed.
    handle begin(std::string_view method, std::string_view path);
    /// By id, so the oldest first.
    wire::inflight_snapshot snapshot() const;

  private:
    std::shared_ptr<registry> registry_;
};

}  // namespace tessera::server::cortex
