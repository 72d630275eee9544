#pragma once
// GET /usage and /usage/summary.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tessera/call/timestamps.hpp"
#include "tessera/cortex/describe.hpp"

namespace tessera::cortex {

/// What became of a request.
enum class usage_status {
    success,  ///< it was answered
    error     ///< it failed
};

template <std::same_as<usage_status> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("UsageStatus", json::enumerator("success", T::success),
                                json::enumerator("error", T::error));
}

/// One request, and what it cost.
struct usage_record {
    std::string request_id;                           ///< of the request
    std::chrono::system_clock::time_point timestamp;  ///< when it came
    std::string api_key_name;                         ///< whose it was: the key's name
    std::string model;                                ///< that answered
    std::string provider;                             ///< whose model it is
    std::string endpoint;                             ///< the path that was called
    std::int64_t input_tokens;                        ///< read
    std::int64_t output_tokens;                       ///< written
    std::int64_t total_tokens;                        ///< both
    std::int64_t latency_ms;                          ///< from the request to the answer's end
    json::open_enum<usage_status> status;             ///< what became of it
    std::optional<std::string> error_code{};          ///< why it failed, where it did
    json::value extra{};                              ///< members that have no name here
};

template <std::same_as<usage_record> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "UsageRecord", json::field("request_id", &T::request_id),
        json::field("timestamp", &T::timestamp), json::field("api_key_name", &T::api_key_name),
        json::field("model", &T::model), json::field("provider", &T::provider),
        json::field("endpoint", &T::endpoint),
        json::field("input_tokens", &T::input_tokens, json::min(0)),
        json::field("output_tokens", &T::output_tokens, json::min(0)),
        json::field("total_tokens", &T::total_tokens, json::min(0)),
        json::field("latency_ms", &T::latency_ms, json::min(0)), json::field("status", &T::status),
        json::field("error_code", &T::error_code), json::rest(&T::extra));
}

/// The answer of client.usage.list(): the newest first.
using usage_records = std::vector<usage_record>;

/// Which requests client.usage.summary() is of: those that match all that is said.
struct usage_summary_query {
    std::optional<std::string> api_key{};                               ///< the key's name
    std::optional<std::string> provider{};                              ///< its name
    std::optional<std::string> model{};                                 ///< its name
    std::optional<std::chrono::system_clock::time_point> start_time{};  ///< then or later
    std::optional<std::chrono::system_clock::time_point> end_time{};    ///< before then
};

template <std::same_as<usage_summary_query> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("UsageSummaryQuery", json::field("api_key", &T::api_key),
                           json::field("provider", &T::provider), json::field("model", &T::model),
                           json::field("start_time", &T::start_time),
                           json::field("end_time", &T::end_time));
}

/// Which requests client.usage.list() gives: those that match all that is said.
struct usage_query {
    std::optional<std::string> api_key{};                               ///< the key's name
    std::optional<std::string> provider{};                              ///< its name
    std::optional<std::string> model{};                                 ///< its name
    std::optional<std::chrono::system_clock::time_point> start_time{};  ///< then or later
    std::optional<std::chrono::system_clock::time_point> end_time{};    ///< before then
    std::optional<std::int64_t>
        limit{};  ///< records at most: 100 when absent, never more than 1000
};

template <std::same_as<usage_query> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("UsageQuery", json::field("api_key", &T::api_key),
                           json::field("provider", &T::provider), json::field("model", &T::model),
                           json::field("start_time", &T::start_time),
                           json::field("end_time", &T::end_time),
                           json::field("limit", &T::limit, json::min(1), json::defaults(100)));
}

/// What requests cost, all together.
struct usage_summary {
    std::int64_t total_requests;                      ///< how many there were
    std::int64_t total_tokens;                        ///< read and written
    std::int64_t total_input_tokens;                  ///< read
    std::int64_t total_output_tokens;                 ///< written
    double avg_latency_ms;                            ///< the mean of their latencies
    std::map<std::string, std::int64_t> by_provider;  ///< requests, by the provider's name
    std::map<std::string, std::int64_t> by_model;     ///< requests, by the model's name
    std::map<std::string, std::int64_t> by_api_key;   ///< requests, by the key's name
    std::int64_t success_count;                       ///< answered ones
    std::int64_t error_count;                         ///< failed ones
    json::value extra{};                              ///< members that have no name here
};

template <std::same_as<usage_summary> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "UsageSummary", json::field("total_requests", &T::total_requests, json::min(0)),
        json::field("total_tokens", &T::total_tokens, json::min(0)),
        json::field("total_input_tokens", &T::total_input_tokens, json::min(0)),
        json::field("total_output_tokens", &T::total_output_tokens, json::min(0)),
        json::field("avg_latency_ms", &T::avg_latency_ms, json::min(0)),
        json::field("by_provider", &T::by_provider), json::field("by_model", &T::by_model),
        json::field("by_api_key", &T::by_api_key),
        json::field("success_count", &T::success_count, json::min(0)),
        json::field("error_count", &T::error_count, json::min(0)), json::rest(&T::extra));
}

}  // namespace tessera::cortex
