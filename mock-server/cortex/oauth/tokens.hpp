#pragma once
// The tokens that people gave the gateway, one a provider.
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cortex/oauth/sealed.hpp"
#include "store/database.hpp"
#include "tessera/core/result.hpp"

namespace tessera::server::cortex {

struct oauth_token {
    std::string access_token;
    std::optional<std::string> refresh_token{};
    std::optional<std::chrono::system_clock::time_point> expires_at{};  // absent: never
    std::vector<std::string> scopes{};

    bool is_valid(std::chrono::system_clock::time_point now) const {
        return !expires_at || now < *expires_at;
    }
};

/// Thread-safe. A token is in the database sealed, and bound to its provider's row.
class token_store {
  public:
    using told = std::function<void(const result<void>&)>;

    /// `in` outlives it. What cannot be opened is left where it is, and told to `log`.
    token_store(store::database& in, sealer with,
                const std::function<void(const std::string&)>& log);

    std::optional<oauth_token> find(const std::string& provider) const;
    std::map<std::string, oauth_token> all() const;

    /// Is in force, and `done` is told, once it is durable; on the thread that writes.
    ///@{
    void put(const std::string& provider, oauth_token token, told done);
    void erase(const std::string& provider, told done);
    ///@}

  private:
    store::database& in_;
    const sealer with_;
    mutable std::mutex mutex_;
    std::map<std::string, oauth_token> tokens_;
};

}  // namespace tessera::server::cortex
