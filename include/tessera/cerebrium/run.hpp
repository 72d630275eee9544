#pragma once
// POST /v4/{projectId}/{appName}/{functionName}: what a function answered, and what waits to run.
#include <optional>
#include <string>

#include "tessera/cerebrium/describe.hpp"

namespace tessera::cerebrium {

/// What a function returned, and how long it took.
template <class T = json::value>
struct run_response {
    std::string run_id;                   ///< of this call
    std::optional<double> run_time_ms{};  ///< of the function, in milliseconds
    T result;                             ///< what it returned
    json::value extra{};                  ///< members that have no name here
};

template <class T>
constexpr auto describe(json::type<run_response<T>>) {
    using r = run_response<T>;
    return json::object<r>("RunResponse", json::field("run_id", &r::run_id),
                           json::field("run_time_ms", &r::run_time_ms),
                           json::field("result", &r::result), json::rest(&r::extra));
}

/// Around a type of the caller's, which no library has.
template <class T>
requires(!std::same_as<T, json::value>) void tessera_compiled(json::type<run_response<T>>) = delete;

/// A run that was accepted, and goes on without this call.
struct accepted_run {
    std::string run_id;   ///< of the run
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<accepted_run> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AsyncAcceptedResponse", json::field("run_id", &T::run_id),
                           json::rest(&T::extra));
}

/// The body of an error of a run: tessera::body_as<failed_run>(error).
struct failed_run {
    std::string run_id;   ///< of the run
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<failed_run> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("FailedRun", json::field("run_id", &T::run_id), json::rest(&T::extra));
}

}  // namespace tessera::cerebrium
