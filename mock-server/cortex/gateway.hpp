#pragma once
// What all requests to the gateway share.
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "chat/services.hpp"
#include "cortex/inflight.hpp"
#include "cortex/keys.hpp"
#include "cortex/oauth/service.hpp"
#include "cortex/providers/provider.hpp"
#include "cortex/rate_limits.hpp"
#include "cortex/response_cache.hpp"
#include "cortex/setting.hpp"
#include "cortex/speech/desk.hpp"
#include "cortex/usage.hpp"
#include "jobs/threads.hpp"

namespace tessera::server::cortex {

/// The configuration as it is at one time, and what was made of it. Immutable.
struct configuration_in_force {
    configuration_in_force(cortex_options of, const services& with, oauth_service& tokens,
                           speech_desk& speech);

    const cortex_options settings;
    const key_ring keys;
    std::map<std::string, std::shared_ptr<provider>> providers;  // those that are enabled
};

/// Thread-safe.
class gateway {
    // First, since what follows asks for it.
    mutable std::mutex mutex_;
    std::shared_ptr<const configuration_in_force> in_force_;

  public:
    explicit gateway(const services& with);
    /// Ends what is under way beside requests, which have ended.
    void stop();

    const services common;
    const clock& time;
    threads workers{4};  // that may wait for the ledger
    speech_desk speech;
    rate_limits limits;
    usage_ledger usage;
    inflight requests;
    response_cache cache;
    setting<caching_settings> caching;
    setting<token_refresh_settings> token_refresh;
    oauth_service oauth;

    /// A request goes by the one that was in force when it came.
    std::shared_ptr<const configuration_in_force> configuration() const;
    /// Providers' operations need no key: the server is reached from its own machine alone.
    bool opens_providers() const { return opens_providers_; }
    void log(const std::string& line) const;

    /// Takes a configuration in place of the one before. What was changed by request stays.
    void configure(cortex_options next);

  private:
    cortex_options settings() const;

    const bool opens_providers_;
};

}  // namespace tessera::server::cortex
