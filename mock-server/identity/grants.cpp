#include "identity/grants.hpp"

#include <algorithm>
#include <utility>

#include "core/random_token.hpp"
#include "tessera/core/secret.hpp"

namespace tessera::server::identity {
namespace {

using std::chrono::seconds;

constexpr std::size_t most_devices = 1000;
constexpr auto slower = seconds(5);  // RFC 8628 section 3.5

refusal invalid_grant(std::string why) { return {"invalid_grant", std::move(why)}; }

bool proves(const std::string& challenge, const std::string& verifier) {
    return is_pkce_verifier(verifier) && same_secret(pkce_challenge(verifier), challenge);
}

// Without vowels, so that no words come of it (RFC 8628 section 6.1).
std::string make_user_code() {
    constexpr std::string_view letters = "BCDFGHJKLMNPQRSTVWXZ";
    std::string made;
    while (made.size() < 9) {
        const auto random = static_cast<unsigned char>(random_bytes(1)[0]);
        if (random >= 240) continue;  // a multiple of 20, so that all are as likely
        if (made.size() == 4) made += '-';
        made += letters[random % letters.size()];
    }
    return made;
}

// As people type it.
std::string normal(const std::string& user_code) {
    std::string made;
    for (char each : user_code) {
        if (each >= 'a' && each <= 'z') each = static_cast<char>(each - 'a' + 'A');
        if (each >= 'A' && each <= 'Z') made += each;
    }
    return made;
}

template <class Map, class Expired>
void bound(Map& map, std::size_t most, Expired expired) {
    if (map.size() < most) return;
    std::erase_if(map, [&](const auto& each) { return expired(each.second); });
    while (map.size() >= most) map.erase(map.begin());
}

}  // namespace

std::vector<client> clients_of(const cortex_options& gateway) {
    std::vector<client> made;
    if (!gateway.oauth.providers) return made;
    for (const auto& [name, each] : *gateway.oauth.providers) {
        if (!each.is_bundled()) continue;
        const provider_settings* const of = gateway.provider(name);
        made.push_back({each.client_id, each.client_secret.value_or(std::string()), name,
                        each.scopes.value_or(std::vector<std::string>()),
                        of ? of->type == provider_type::openrouter : name == "openrouter"});
    }
    return made;
}

void grants::forget_old() {
    const auto now = time_.now();
    bound(codes_, most, [&](const code& each) { return each.expires <= now; });
    bound(tokens_, most, [&](const token& each) { return each.expires <= now; });
    std::erase_if(devices_, [&](const waiting_device& each) { return each.expires <= now; });
    if (devices_.size() >= most_devices) devices_.erase(devices_.begin());
    bound(families_, most, [](const family& each) { return each.ended; });
}

std::uint64_t grants::begin_family(grant agreed) {
    families_.emplace(++next_family_, family{std::move(agreed)});
    return next_family_;
}

issued grants::issue(std::uint64_t family_id) {
    const grant& agreed = families_.at(family_id).agreed;
    const auto now = time_.now();
    issued made{.access_token = random_token(), .scopes = agreed.scopes};
    if (agreed.is_permanent) {
        tokens_.emplace(sha256(made.access_token), token{family_id, time_point::max()});
        return made;
    }
    made.expires_in = settings_.access_token_secs;
    made.refresh_token = random_token();
    tokens_.emplace(sha256(made.access_token),
                    token{family_id, now + seconds(settings_.access_token_secs)});
    tokens_.emplace(sha256(*made.refresh_token),
                    token{family_id, now + seconds(settings_.refresh_token_secs), true});
    return made;
}

std::string grants::add_code(grant agreed, std::string redirect_uri, std::string challenge) {
    std::string made = random_token();
    const std::lock_guard lock(mutex_);
    forget_old();
    codes_.emplace(sha256(made),
                   code{std::move(agreed), std::move(redirect_uri), std::move(challenge),
                        time_.now() + seconds(settings_.code_secs)});
    return made;
}

std::variant<issued, refusal> grants::exchange(const std::string& text,
                                               const std::string& client_id,
                                               const std::string& redirect_uri,
                                               const std::string& verifier) {
    const std::lock_guard lock(mutex_);
    forget_old();
    const auto found = codes_.find(sha256(text));
    if (found == codes_.end() || found->second.agreed.client_id != client_id)
        return invalid_grant("the code is unknown");
    code& given = found->second;
    if (given.used_for) {
        if (const auto earlier = families_.find(*given.used_for); earlier != families_.end())
            earlier->second.ended = true;
        return invalid_grant("the code was used before");
    }
    given.used_for = 0;  // whatever comes of it
    if (time_.now() >= given.expires) return invalid_grant("the code has expired");
    if (given.redirect_uri != redirect_uri)
        return invalid_grant("the redirect_uri is not the one that the code was sent to");
    if (!proves(given.challenge, verifier))
        return invalid_grant("the code_verifier does not belong to the code_challenge");
    given.used_for = begin_family(given.agreed);
    return issue(*given.used_for);
}

std::variant<issued, refusal> grants::refresh(
    const std::string& text, const std::string& client_id,
    const std::optional<std::vector<std::string>>& scopes) {
    const std::lock_guard lock(mutex_);
    forget_old();
    const auto found = tokens_.find(sha256(text));
    const auto of = found == tokens_.end() ? families_.end() : families_.find(found->second.of);
    if (of == families_.end() || !found->second.refreshes ||
        of->second.agreed.client_id != client_id)
        return invalid_grant("the refresh token is unknown");
    if (of->second.ended) return invalid_grant("the refresh token was revoked");
    if (found->second.used) {
        of->second.ended = true;
        return invalid_grant(
            "the refresh token was used before, so that all of its grant is ended");
    }
    if (time_.now() >= found->second.expires) return invalid_grant("refresh token expired");
    for (const std::string& each : scopes.value_or(std::vector<std::string>())) {
        const auto& granted = of->second.agreed.scopes;
        if (std::find(granted.begin(), granted.end(), each) == granted.end())
            return refusal{"invalid_scope", "the scope " + each + " was not granted"};
    }
    found->second.used = true;
    issued made = issue(of->first);
    if (scopes) made.scopes = *scopes;
    return made;
}

void grants::revoke(const std::string& text, const std::string& client_id) {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(sha256(text));
    if (found == tokens_.end()) return;
    const auto of = families_.find(found->second.of);
    if (of != families_.end() && of->second.agreed.client_id == client_id) of->second.ended = true;
}

std::optional<grant> grants::look_up(const std::string& text) {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(sha256(text));
    if (found == tokens_.end() || found->second.refreshes || time_.now() >= found->second.expires)
        return std::nullopt;
    const auto of = families_.find(found->second.of);
    if (of == families_.end() || of->second.ended) return std::nullopt;
    return of->second.agreed;
}

device grants::add_device(const client& of, std::vector<std::string> scopes,
                          std::string challenge) {
    device made{random_token(), make_user_code()};
    const std::lock_guard lock(mutex_);
    forget_old();
    const seconds interval(settings_.device_interval_secs);
    devices_.push_back({.agreed = {of.id, {}, std::move(scopes), of.is_permanent},
                        .device_hash = sha256(made.device_code),
                        .user_code = normal(made.user_code),
                        .challenge = std::move(challenge),
                        .expires = time_.now() + seconds(settings_.device_code_secs),
                        .next = time_.now(),
                        .interval = interval});
    return made;
}

grants::waiting_device* grants::by_user_code(const std::string& user_code) {
    const std::string wanted = normal(user_code);
    const auto found =
        std::find_if(devices_.begin(), devices_.end(), [&](const waiting_device& each) {
            return each.decided == decision::none && each.expires > time_.now() &&
                   same_secret(wanted, each.user_code);
        });
    return found == devices_.end() ? nullptr : &*found;
}

std::optional<grant> grants::waiting_for(const std::string& user_code) {
    const std::lock_guard lock(mutex_);
    const waiting_device* const found = by_user_code(user_code);
    return found ? std::optional(found->agreed) : std::nullopt;
}

bool grants::decide(const std::string& user_code, const std::optional<grant>& agreed) {
    const std::lock_guard lock(mutex_);
    waiting_device* const found = by_user_code(user_code);
    if (!found) return false;
    found->decided = agreed ? decision::allowed : decision::denied;
    if (agreed) found->agreed = *agreed;
    return true;
}

std::variant<issued, refusal> grants::poll(const std::string& device_code,
                                           const std::string& client_id,
                                           const std::string& verifier) {
    const std::string hash = sha256(device_code);
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(devices_.begin(), devices_.end(), [&](const waiting_device& each) {
            return each.device_hash == hash && each.agreed.client_id == client_id;
        });
    if (found == devices_.end()) return invalid_grant("the device_code is unknown");
    const auto now = time_.now();
    if (now >= found->expires) return refusal{"expired_token", "the device_code has expired"};
    if (!found->challenge.empty() && !proves(found->challenge, verifier))
        return invalid_grant("the code_verifier does not belong to the code_challenge");
    if (now < found->next) {
        found->interval += slower;
        found->next = now + found->interval;
        return refusal{"slow_down", "polls come too fast"};
    }
    found->next = now + found->interval;
    if (found->decided == decision::none)
        return refusal{"authorization_pending", "nobody has decided yet"};
    const waiting_device ended = *found;
    devices_.erase(found);
    if (ended.decided == decision::denied) return refusal{"access_denied", "User denied access"};
    forget_old();
    return issue(begin_family(ended.agreed));
}

}  // namespace tessera::server::identity
