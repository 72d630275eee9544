#pragma once
// The key of the API is a JSON Web Token (RFC 7519): what it says of itself.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "tessera/cerebrium/describe.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"

namespace tessera::cerebrium {

/// What a token claims. Only who has its key can say whether that is true.
struct token_claims {
    std::optional<std::string> project_id{};  ///< whose functions it opens
    std::optional<double> expires{};          ///< Unix seconds
    std::optional<double> not_before{};       ///< Unix seconds
    std::optional<double> issued{};           ///< Unix seconds
    json::value extra{};                      ///< members that have no name here

    /// When it expires; nothing for a token that never does.
    TESSERA_COLD_DECL std::optional<std::chrono::system_clock::time_point> expires_at() const;
};

template <std::same_as<token_claims> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("TokenClaims", json::field("projectId", &T::project_id),
                           json::field("exp", &T::expires), json::field("nbf", &T::not_before),
                           json::field("iat", &T::issued), json::rest(&T::extra));
}

/// Reads the claims of a token without verifying them. An error of kind invalid_argument says why a
/// text is no token, and does not show it.
TESSERA_COLD_DECL result<token_claims> read_token(std::string_view token);

}  // namespace tessera::cerebrium

#ifdef TESSERA_DEFINITIONS
#include "tessera/cerebrium/detail/token_impl.hpp"
#endif
