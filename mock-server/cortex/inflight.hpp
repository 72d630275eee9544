#pragma once
// The requests that are being served.
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/core/clock.hpp"

namespace tessera::server::cortex {

/// One of them, as it stands.
struct inflight_request {
    std::uint64_t id = 0;
    std::string method;
    std::string uri;                            // without its query
    std::chrono::seconds elapsed{};             // since it was registered
    std::chrono::seconds idle{};                // since its last chunk; 0 unless it streams
    std::optional<std::string> model{};         // once it is known where it goes
    std::optional<std::string> provider{};      // likewise
    std::optional<std::string> api_key_name{};  // once the key is known
};

/// Thread-safe, and so are its handles.
class inflight {
    struct entry;
    struct state;

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
        std::shared_ptr<state> registry_;
        std::shared_ptr<entry> listed_;
    };

    explicit inflight(const clock& time = clock::system());

    /// `path` is that of the route. The handle is empty where it is not below /v1/: what else is
    /// served is not listed.
    handle begin(std::string_view method, std::string_view path);
    /// By id, so the oldest first.
    std::vector<inflight_request> snapshot() const;

  private:
    std::shared_ptr<state> state_;
};

}  // namespace tessera::server::cortex
