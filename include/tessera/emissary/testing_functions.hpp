#pragma once
// GET /v1/testing-functions: what tests answers, and rewards them in GRPO.
#include <optional>
#include <string>
#include <vector>

#include "tessera/emissary/describe.hpp"

namespace tessera::emissary {

/// A function that scores answers.
struct testing_function {
    std::string name;                                        ///< also that of the Python function
    std::optional<std::string> content{};                    ///< its source
    std::optional<std::vector<std::string>> dependencies{};  ///< packages that it needs
    json::value extra{};                                     ///< members that have no name here
};

template <std::same_as<testing_function> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("TestingFunctionSummary", json::field("name", &T::name),
                           json::field("content", &T::content),
                           json::field("dependencies", &T::dependencies), json::rest(&T::extra));
}

/// The answer of client.testing_functions.list().
using testing_functions = std::vector<testing_function>;

}  // namespace tessera::emissary
