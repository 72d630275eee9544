#include "core/jwt.hpp"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "tessera/core/base64.hpp"
#include "tessera/core/hmac.hpp"
#include "tessera/core/secret.hpp"
#include "tessera/json.hpp"

namespace tessera::server {
namespace {

struct jwt_header {
    json::fixed<"HS256"> alg{};
    std::optional<json::fixed<"JWT">> typ{};
};

constexpr auto describe(json::type<jwt_header>) {
    return json::object<jwt_header>("Header", json::closed, json::field("alg", &jwt_header::alg),
                                    json::field("typ", &jwt_header::typ));
}

struct registered_claims {
    std::optional<double> exp{};
    std::optional<double> nbf{};
    std::optional<double> iat{};
};

constexpr auto describe(json::type<registered_claims>) {
    using c = registered_claims;
    return json::object<c>("Claims", json::field("exp", &c::exp), json::field("nbf", &c::nbf),
                           json::field("iat", &c::iat));
}

error refused(std::string why) {
    return {.kind = error_kind::authentication, .message = "the token " + std::move(why)};
}

// Readers of JSON differ in which of two members of one name counts: RFC 7519 section 4.
bool names_repeat(std::string_view text) {
    using event = json::value::parse_event_t;
    std::vector<std::set<std::string>> open;
    bool repeat = false;
    const json::value read = json::value::parse(
        text,
        [&](int, event what, json::value& found) {
            if (what == event::object_start) open.emplace_back();
            if (what == event::key) repeat |= !open.back().insert(found.get<std::string>()).second;
            if (what == event::object_end) open.pop_back();
            return true;
        },
        false);
    return repeat || read.is_discarded();
}

// The JSON object that one of the first two parts stands for.
std::optional<json::value> read_part(std::string_view part) {
    const std::optional<std::string> text = decode_base64url(part);
    if (!text) return std::nullopt;
    auto read = json::parse(*text, {.depth = 16, .bytes = longest_jwt});
    if (!read || !read->is_object() || names_repeat(*text)) return std::nullopt;
    return *std::move(read);
}

std::string signature_of(std::string_view signed_part, std::string_view key) {
    return encode_base64url(hmac_sha256(key, signed_part));
}

}  // namespace

std::string sign_jwt(const json::value& claims, std::string_view key) {
    std::string token = encode_base64url(json::encode(jwt_header{.typ = json::fixed<"JWT">{}}));
    token += "." + encode_base64url(json::encode(claims));
    return token + "." + signature_of(token, key);
}

result<json::value> verify_jwt(std::string_view token, std::string_view key,
                               std::chrono::system_clock::time_point now) {
    if (token.size() > longest_jwt) return refused("is too long");
    const std::size_t first = token.find('.');
    const std::size_t second = first == token.npos ? first : token.find('.', first + 1);
    if (second == token.npos || token.find('.', second + 1) != token.npos)
        return refused("is no JSON Web Token: that is three parts with dots between them");
    std::vector<json::issue> issues;
    const auto header = read_part(token.substr(0, first));
    if (!header || !json::decode<jwt_header>(*header, json::mode::strict, issues))
        return refused("must have the header {\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    if (!same_secret(token.substr(second + 1), signature_of(token.substr(0, second), key)))
        return refused("is not signed with this server's key");
    auto claims = read_part(token.substr(first + 1, second - first - 1));
    if (!claims) return refused("has claims that are no JSON object whose names differ");
    const auto times = json::decode<registered_claims>(*claims, json::mode::strict, issues);
    if (!times) return refused("has a time that is no number: " + json::to_string(issues[0].path));
    const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
    if (times->exp && seconds >= *times->exp) return refused("has expired");
    if (times->nbf && seconds < *times->nbf) return refused("is not valid yet");
    return *std::move(claims);
}

}  // namespace tessera::server
