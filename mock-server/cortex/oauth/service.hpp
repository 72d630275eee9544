#pragma once
// What the gateway does of OAuth, whoever asks for it.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "chat/services.hpp"
#include "cortex/oauth/flows.hpp"
#include "cortex/oauth/places.hpp"
#include "cortex/oauth/token_endpoint.hpp"
#include "cortex/oauth/tokens.hpp"
#include "cortex/setting.hpp"
#include "jobs/loop.hpp"
#include "jobs/threads.hpp"
#include "tessera/core/credential.hpp"

namespace tessera::server::cortex {

/// A provider as OAuth has to do with it.
struct oauth_client {
    std::string name;
    oauth_provider_settings settings;
    oauth_places places;
    bool is_permanent = false;  // its tokens are never refreshed

    oauth_endpoint at(const std::string& url) const {
        return {url, settings.client_id, settings.client_secret.value_or(std::string())};
    }
    std::vector<std::string> scopes() const {
        return settings.scopes.value_or(std::vector<std::string>());
    }
};

/// Thread-safe. What it tells, it tells on a thread of its own or of the database.
class oauth_service {
  public:
    /// `options` answers the configuration in force; it and all else outlives this.
    oauth_service(const services& with, setting<token_refresh_settings>& refreshing,
                  std::function<cortex_options()> options);
    ~oauth_service() { stop(); }
    void stop();

    /// Null where OAuth is not configured for the provider.
    std::optional<oauth_client> client(const std::string& provider) const;
    cortex_options settings() const { return options_(); }
    /// The token of a configured provider, if it is valid.
    std::optional<oauth_token> valid_token(const std::string& provider) const;
    const clock& time() const { return *with_.options.clock; }
    const options& server() const { return with_.options; }

    oauth_flows flows;
    token_store tokens;

    /// Exchanges a code, and stores the token.
    void exchange(const oauth_client& of, const oauth_flow& flow, const std::string& code,
                  oauth_told<oauth_token> done);
    /// One refresh, however many want it at a time. The provider has a refresh token.
    void refresh(const std::string& provider, oauth_told<oauth_token> done);
    /// Forgets the token, and what is under way to renew it.
    void forget(const std::string& provider, token_store::told done);

    using device_authorization = tessera::cortex::device_authorization;
    /// Begins a flow, and polls until it ends.
    void begin_device(const oauth_client& of, oauth_told<device_authorization> done);
    /// What became of a flow, or of the latest; a poll of the provider where one is due.
    void poll_device(const std::optional<std::string>& device_code, oauth_told<oauth_token> done);

    /// What shows a provider of this name the token: credential::from_async().
    credential::async_provider shows(const std::string& provider);

    void log(const std::string& line) const;

  private:
    struct device_flow;

    enum class origin { person, refresh };

    void store(const std::string& provider, std::uint64_t revision, origin from, oauth_token token,
               oauth_told<oauth_token> done);
    std::uint64_t revision_of(const std::string& provider);
    std::uint64_t next_revision(const std::string& provider);
    void end_refresh(const std::string& provider, std::variant<oauth_token, oauth_refusal> end);

    void poll(const std::shared_ptr<device_flow>& flow);
    void polled(const std::shared_ptr<device_flow>& flow,
                std::variant<oauth_token, oauth_refusal> came);
    void open_browser(const std::string& url);

    void begin_cycles();
    void run_cycle();

    const services with_;
    setting<token_refresh_settings>& refreshing_;
    const std::function<cortex_options()> options_;
    std::stop_source stop_;

    mutable std::mutex mutex_;
    // Grows with what makes a token that is under way worthless.
    std::map<std::string, std::uint64_t> revisions_;
    std::map<std::string, std::vector<oauth_told<oauth_token>>> refreshes_;
    std::vector<std::shared_ptr<device_flow>> devices_;  // the latest last
    bool cycles_ = false;                                // on the loop

    threads browsers_{1};
    loop loop_;
};

}  // namespace tessera::server::cortex
