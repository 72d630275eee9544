#pragma once

#include <map>

#include "tessera/cerebrium/token.hpp"
#include "tessera/core/base64.hpp"
#include "tessera/json/decode.hpp"

namespace tessera::cerebrium {

namespace detail {

// One of the first two parts of a token. What it says stays out of the error.
template <class T>
result<T> read_token_part(std::string_view text, const char* name) {
    const auto refuse = [&](const char* why) {
        return tessera::detail::failed(
            error_kind::invalid_argument,
            std::string("the token is no JSON Web Token: its ") + name + why);
    };
    const std::optional<std::string> bytes = decode_base64url(text);
    if (!bytes) return refuse(" is not base64url");
    result<T> read = json::decode_text<T>(*bytes);
    if (!read) return refuse(" is not the JSON object that it should be");
    return read;
}

}  // namespace detail

TESSERA_DEF
result<token_claims> read_token(std::string_view token) {
    constexpr std::size_t most = 16 * 1024;
    const std::size_t first = token.find('.');
    const std::size_t second = first == token.npos ? first : token.find('.', first + 1);
    if (token.size() > most || second == token.npos || token.find('.', second + 1) != token.npos)
        return tessera::detail::failed(
            error_kind::invalid_argument,
            "the token is no JSON Web Token: it should be three parts with dots between them");
    auto header = detail::read_token_part<std::map<std::string, json::value>>(
        token.substr(0, first), "header");
    if (!header) return std::move(header).failure();
    if (!decode_base64url(token.substr(second + 1)))
        return tessera::detail::failed(
            error_kind::invalid_argument,
            "the token is no JSON Web Token: its signature is not base64url");
    return detail::read_token_part<token_claims>(token.substr(first + 1, second - first - 1),
                                                 "payload");
}

TESSERA_DEF
std::optional<std::chrono::system_clock::time_point> token_claims::expires_at() const {
    using clock = std::chrono::system_clock;
    using seconds = std::chrono::duration<double>;
    if (!expires) return std::nullopt;
    const seconds after{*expires};
    if (after >= clock::time_point::max().time_since_epoch()) return clock::time_point::max();
    if (after <= clock::time_point::min().time_since_epoch()) return clock::time_point::min();
    return clock::time_point(std::chrono::duration_cast<clock::duration>(after));
}

}  // namespace tessera::cerebrium
