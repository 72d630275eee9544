#pragma once
// How the API says that something went wrong: tessera::body_as<emissary::error_body>(error).
#include <cstdint>
#include <optional>
#include <string>

#include "tessera/emissary/describe.hpp"

namespace tessera::emissary {

/// The body of an answer that failed: tessera::error has all of it, as status, message and code.
struct error_body {
    std::int64_t status{};              ///< the HTTP status
    std::string error;                  ///< why, for people
    std::optional<std::string> code{};  ///< of 404: "object_not_found"
    json::value extra{};                ///< members that have no name here
};

template <std::same_as<error_body> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ApiError", json::field("status", &T::status),
                           json::field("error", &T::error), json::field("code", &T::code),
                           json::rest(&T::extra));
}

}  // namespace tessera::emissary
