#pragma once
// Flows that wait for a person in a browser.
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "tessera/core/clock.hpp"
#include "tessera/core/secret.hpp"

namespace tessera::server::cortex {

/// A flow as it was begun.
struct oauth_flow {
    std::string provider;
    std::string redirect_uri;                   // as the provider was told
    std::optional<std::string> redirect_url{};  // where the browser goes after success
    secret verifier{};
};

/// What a flow is known by.
struct flow_handle {
    std::string state;   // goes through the provider
    std::string cookie;  // stays in the browser
};

/// Thread-safe. A state is 32 random bytes in base64url, good once, and not any more when
/// `life` has passed.
class oauth_flows {
  public:
    static constexpr std::chrono::minutes life{10};
    static constexpr std::size_t most = 4096;  // of many, the oldest goes

    explicit oauth_flows(const clock& time) : time_(time) {}

    flow_handle begin(oauth_flow flow);
    /// Ends the flow of this state, and hands it out if the provider is the one that it was begun
    /// for and the cookie is that of its browser.
    std::optional<oauth_flow> take(const std::string& state, const std::string& provider,
                                   const std::string& cookie);

  private:
    struct waiting {
        oauth_flow flow;
        secret cookie;
        std::chrono::steady_clock::time_point began;
    };

    void forget_old();

    const clock& time_;
    std::mutex mutex_;
    std::map<std::string, waiting> waiting_;  // by the state's hash, so that no time tells of it
    std::deque<std::string> in_order_;        // those hashes, the oldest first
};

/// The name of the cookie that ties the flow of this state to its browser.
std::string flow_cookie_name(const std::string& state);

}  // namespace tessera::server::cortex
