#include "cortex/gateway.hpp"

#include <utility>

#include "web/application.hpp"

namespace tessera::server::cortex {
namespace {

store::database* durable_store(const services& with) {
    return with.options.data && with.options.cortex.usage.persist ? &with.database : nullptr;
}

// Settings that a request has changed since the file was read stay as they are.
template <class T>
void follow(setting<T>& to, const T& before, const T& next) {
    to.update([&](T& now) {
        if (json::encode(now) == json::encode(before)) now = next;
    });
}

provider_tokens tokens_of(const std::string& name, oauth_service& from) {
    return {.has = [name, &from] { return from.valid_token(name).has_value(); },
            .give = from.shows(name)};
}

}  // namespace

configuration_in_force::configuration_in_force(cortex_options of, const services& with,
                                               oauth_service& tokens, speech_desk& speech)
    : settings(std::move(of)), keys(settings.api_keys) {
    for (const auto& [name, each] : settings.providers)
        if (each.enabled)
            providers.emplace(name,
                              make_provider(name, each, with, speech, tokens_of(name, tokens)));
}

gateway::gateway(const services& with)
    : common(with),
      time(*with.options.clock),
      speech(with.options),
      limits(time),
      usage(durable_store(with)),
      requests(time),
      cache(time),
      caching(with.options.cortex.caching),
      token_refresh(with.options.cortex.token_refresh),
      oauth(common, token_refresh, [this] { return settings(); }),
      opens_providers_(is_local_host(with.options.host)) {
    const std::lock_guard lock(mutex_);
    in_force_ =
        std::make_shared<const configuration_in_force>(with.options.cortex, common, oauth, speech);
}

void gateway::stop() {
    speech.stop();
    workers.stop();
    oauth.stop();
    // Connections to providers belong to the I/O threads, which end next.
    const std::lock_guard lock(mutex_);
    in_force_.reset();
}

std::shared_ptr<const configuration_in_force> gateway::configuration() const {
    const std::lock_guard lock(mutex_);
    return in_force_;
}

// Before there is any the first is read as it was given.
cortex_options gateway::settings() const {
    const auto now = configuration();
    return now ? now->settings : common.options.cortex;
}

void gateway::log(const std::string& line) const {
    if (common.options.log) common.options.log("cortex: " + line);
}

void gateway::configure(cortex_options next) {
    auto made =
        std::make_shared<const configuration_in_force>(std::move(next), common, oauth, speech);
    const auto before = configuration();
    follow(caching, before->settings.caching, made->settings.caching);
    follow(token_refresh, before->settings.token_refresh, made->settings.token_refresh);
    const std::lock_guard lock(mutex_);
    in_force_ = std::move(made);
}

}  // namespace tessera::server::cortex
