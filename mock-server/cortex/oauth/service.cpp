#include "cortex/oauth/service.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "tessera/json.hpp"

namespace tessera::server::cortex {
namespace {

// What is longer does not end within the life of a program, and might not be counted.
constexpr std::chrono::seconds longest_sleep{std::int64_t{10} * 366 * 86'400};

const oauth_refusal replaced{{}, "the token was deleted or replaced in the meantime"};

std::chrono::seconds bounded(std::int64_t seconds) {
    return std::chrono::seconds(std::min<std::int64_t>(seconds, longest_sleep.count()));
}

std::string time_of(const oauth_token& token) {
    if (!token.expires_at) return "never expires";
    return "expires at " + json::encode(*token.expires_at);
}

}  // namespace

oauth_service::oauth_service(const services& with, setting<token_refresh_settings>& refreshing,
                             std::function<cortex_options()> options)
    : flows(*with.options.clock),
      tokens(with.database,
             sealer(storage_key(with.options.cortex.oauth.encryption_key.value_or(std::string()),
                                with.options.data)),
             [&with](const std::string& line) {
                 if (with.options.log) with.options.log("cortex: " + line);
             }),
      with_(with),
      refreshing_(refreshing),
      options_(std::move(options)),
      loop_(*with.options.clock) {
    begin_cycles();
}

void oauth_service::stop() {
    stop_.request_stop();
    browsers_.stop();
    loop_.stop();
}

void oauth_service::log(const std::string& line) const {
    if (with_.options.log) with_.options.log("cortex: " + line);
}

std::optional<oauth_client> oauth_service::client(const std::string& provider) const {
    const cortex_options now = options_();
    if (!now.oauth.providers) return std::nullopt;
    const auto found = now.oauth.providers->find(provider);
    if (found == now.oauth.providers->end()) return std::nullopt;
    const provider_settings* const of = now.provider(provider);
    return oauth_client{provider, found->second, places_of(found->second, with_.own_url()),
                        of ? of->type == provider_type::openrouter : provider == "openrouter"};
}

std::optional<oauth_token> oauth_service::valid_token(const std::string& provider) const {
    auto found = tokens.find(provider);
    if (!found || !found->is_valid(time().wall()) || !client(provider)) return std::nullopt;
    return found;
}

std::uint64_t oauth_service::revision_of(const std::string& provider) {
    const std::lock_guard lock(mutex_);
    return revisions_[provider];
}

std::uint64_t oauth_service::next_revision(const std::string& provider) {
    const std::lock_guard lock(mutex_);
    return ++revisions_[provider];
}

// A token whose revision has passed came too late: it was deleted, or a person gave another.
void oauth_service::store(const std::string& provider, std::uint64_t revision, origin from,
                          oauth_token token, oauth_told<oauth_token> done) {
    const std::lock_guard lock(mutex_);
    if (revisions_[provider] != revision)
        return asio::post(loop_.executor(), [done] { done(replaced); });
    if (from == origin::person) ++revisions_[provider];
    // Under the lock, so that what deletes it is written behind it.
    tokens.put(provider, token, [done, token](const result<void>& kept) {
        if (kept)
            done(token);
        else
            done(oauth_refusal{{}, "the token cannot be stored: " + kept.error().message});
    });
}

void oauth_service::exchange(const oauth_client& of, const oauth_flow& flow,
                             const std::string& code, oauth_told<oauth_token> done) {
    const std::uint64_t revision = next_revision(of.name);
    ask_token(loop_.executor(), stop_.get_token(), of.at(of.places.token),
              {{"grant_type", "authorization_code"},
               {"code", code},
               {"redirect_uri", flow.redirect_uri},
               {"code_verifier", flow.verifier.reveal()}},
              of.scopes(), time().wall(), [this, of, revision, done = std::move(done)](auto came) {
                  if (!std::holds_alternative<oauth_token>(came)) return done(std::move(came));
                  oauth_token token = std::get<oauth_token>(std::move(came));
                  if (of.is_permanent) token.refresh_token.reset(), token.expires_at.reset();
                  store(of.name, revision, origin::person, std::move(token), done);
              });
}

void oauth_service::refresh(const std::string& provider, oauth_told<oauth_token> done) {
    {
        const std::lock_guard lock(mutex_);
        auto& waiting = refreshes_[provider];
        waiting.push_back(std::move(done));
        if (waiting.size() > 1) return;
    }
    const auto of = client(provider);
    const std::uint64_t revision = revision_of(provider);  // not younger than the token
    const auto before = tokens.find(provider);
    if (!of || !before || !before->refresh_token)
        return asio::post(loop_.executor(), [this, provider] { end_refresh(provider, replaced); });
    ask_token(
        loop_.executor(), stop_.get_token(), of->at(of->places.token),
        {{"grant_type", "refresh_token"}, {"refresh_token", *before->refresh_token}},
        before->scopes, time().wall(), [this, provider, revision, before](auto came) {
            if (auto* refused = std::get_if<oauth_refusal>(&came)) {
                log("the token of " + provider + " cannot be refreshed: " + refused->reason);
                return end_refresh(provider, std::move(came));
            }
            oauth_token token = std::get<oauth_token>(std::move(came));
            if (!token.refresh_token) token.refresh_token = before->refresh_token;
            if (!token.expires_at) token.expires_at = time().wall() + std::chrono::hours(1);
            store(provider, revision, origin::refresh, std::move(token),
                  [this, provider](auto stored) {
                      if (const auto* kept = std::get_if<oauth_token>(&stored))
                          log("the token of " + provider + " is refreshed; it " + time_of(*kept));
                      end_refresh(provider, std::move(stored));
                  });
        });
}

void oauth_service::end_refresh(const std::string& provider,
                                std::variant<oauth_token, oauth_refusal> end) {
    std::vector<oauth_told<oauth_token>> waiting;
    {
        const std::lock_guard lock(mutex_);
        waiting.swap(refreshes_[provider]);
    }
    for (const auto& each : waiting) each(end);
}

void oauth_service::forget(const std::string& provider, token_store::told done) {
    const std::lock_guard lock(mutex_);
    ++revisions_[provider];
    tokens.erase(provider, std::move(done));
}

credential::async_provider oauth_service::shows(const std::string& provider) {
    return [this, provider](bool fresh, credential::receiver done) {
        const auto held = client(provider) ? tokens.find(provider) : std::nullopt;
        const bool is_valid = held && held->is_valid(time().wall());
        if (is_valid && !fresh) return done(secret(std::string_view(held->access_token)));
        if (held && held->refresh_token)
            return refresh(provider, [done](auto came) {
                if (const auto* refused = std::get_if<oauth_refusal>(&came))
                    return done(
                        error{.kind = error_kind::authentication,
                              .message = "its token cannot be refreshed: " + refused->reason});
                done(secret(std::string_view(std::get<oauth_token>(came).access_token)));
            });
        done(error{.kind = error_kind::authentication,
                   .message = std::string(held ? "its OAuth token is not valid any more"
                                               : "there is no OAuth token for it") +
                              ": open /oauth/" + provider + "/authorize in a browser"});
    };
}

// The task that renews tokens before they expire.

void oauth_service::begin_cycles() {
    const auto begin = [this] {
        if (std::exchange(cycles_, true)) return;
        run_cycle();
    };
    refreshing_.on_change([this, begin](const token_refresh_settings& now) {
        if (now.enabled) loop_.at(time().now(), begin);
    });
    if (!refreshing_.get().enabled) return;
    // The server does not listen yet, and its own identity provider would not answer.
    cycles_ = true;
    loop_.at(time().now() + bounded(refreshing_.get().check_interval_secs),
             [this] { run_cycle(); });
}

void oauth_service::run_cycle() {
    const token_refresh_settings now = refreshing_.get();
    if (!now.enabled) {
        cycles_ = false;
        return;
    }
    // Of when it began: who sees a refresh may move the clock before this ends.
    const auto next = time().now() + bounded(now.check_interval_secs);
    const auto threshold = bounded(now.refresh_threshold_secs);
    for (const auto& [provider, token] : tokens.all()) {
        const bool is_due = token.refresh_token && token.expires_at &&
                            *token.expires_at - time().wall() <= threshold;
        const auto of = is_due ? client(provider) : std::nullopt;
        if (of && !of->is_permanent) refresh(provider, [](auto) {});
    }
    loop_.at(next, [this] { run_cycle(); });
}

}  // namespace tessera::server::cortex
