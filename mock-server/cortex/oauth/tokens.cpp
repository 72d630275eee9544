#include "cortex/oauth/tokens.hpp"

#include <array>
#include <utility>

#include "tessera/call/timestamps.hpp"
#include "tessera/json.hpp"

namespace tessera::server::cortex {

constexpr auto describe(json::type<oauth_token>) {
    using t = oauth_token;
    return json::object<t>("Token", json::field("access_token", &t::access_token),
                           json::field("refresh_token", &t::refresh_token),
                           json::field("expires_at", &t::expires_at),
                           json::field("scopes", &t::scopes));
}

namespace {

constexpr std::array<store::sql, 1> steps{
    "CREATE TABLE cortex_oauth_tokens (provider TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT"};

std::string place_of(const std::string& provider) { return "cortex_oauth_tokens/" + provider; }

store::bytes_view bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

std::string_view text_of(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

token_store::token_store(store::database& in, sealer with,
                         const std::function<void(const std::string&)>& log)
    : in_(in), with_(std::move(with)) {
    in_.migrate("cortex.oauth", steps);
    const auto stored = in_.read([](store::connection& on) {
        std::map<std::string, std::vector<std::byte>> rows;
        for (const std::string& each :
             on.rows<std::string>("SELECT provider FROM cortex_oauth_tokens"))
            rows[each] = *on.first<std::vector<std::byte>>(
                "SELECT sealed FROM cortex_oauth_tokens WHERE provider = ?1", each);
        return rows;
    });
    if (!stored) throw exception(stored.error());
    for (const auto& [provider, sealed] : *stored) {
        const auto text = with_.open(text_of(sealed), place_of(provider));
        auto token = text ? json::decode_text<oauth_token>(*text)
                          : result<oauth_token>(error{.kind = error_kind::decode});
        if (token)
            tokens_.emplace(provider, *std::move(token));
        else
            log("the stored token of " + provider +
                " cannot be read: another encryption key wrote it, or it was changed. Authenticate "
                "again, or start with the key that it was written with");
    }
}

std::optional<oauth_token> token_store::find(const std::string& provider) const {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(provider);
    return found == tokens_.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::string, oauth_token> token_store::all() const {
    const std::lock_guard lock(mutex_);
    return tokens_;
}

void token_store::put(const std::string& provider, oauth_token token, told done) {
    std::string sealed = with_.seal(json::encode(token), place_of(provider));
    in_.async_write(
        [provider, sealed = std::move(sealed)](store::connection& to) {
            to.run(
                "INSERT INTO cortex_oauth_tokens (provider, sealed) VALUES (?1, ?2)"
                " ON CONFLICT (provider) DO UPDATE SET sealed = excluded.sealed",
                provider, bytes_of(sealed));
        },
        [this, provider, token = std::move(token),
         done = std::move(done)](const result<void>& kept) mutable {
            if (kept) {
                const std::lock_guard lock(mutex_);
                tokens_[provider] = std::move(token);
            }
            done(kept);
        });
}

void token_store::erase(const std::string& provider, told done) {
    in_.async_write(
        [provider](store::connection& to) {
            to.run("DELETE FROM cortex_oauth_tokens WHERE provider = ?1", provider);
        },
        [this, provider, done = std::move(done)](const result<void>& gone) {
            if (gone) {
                const std::lock_guard lock(mutex_);
                tokens_.erase(provider);
            }
            done(gone);
        });
}

}  // namespace tessera::server::cortex
