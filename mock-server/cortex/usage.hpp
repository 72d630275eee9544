#pragma once
// What was asked and what it took: one record a request.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "store/database.hpp"
#include "tessera/core/result.hpp"
#include "tessera/cortex/usage.hpp"

namespace tessera::server::cortex {

namespace wire = tessera::cortex;

/// A request, once it is known what became of it.
struct usage_entry {
    std::string request_id;
    std::chrono::system_clock::time_point timestamp{};  // of its arrival
    std::string api_key_name;
    std::string model;     // empty where none was found
    std::string provider;  // likewise
    std::string endpoint;  // "/v1/chat/completions"
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::int64_t latency_ms = 0;
    std::optional<std::string> error_code{};  // why it failed, where it did
};

constexpr auto describe(json::type<usage_entry>) {
    using e = usage_entry;
    return json::object<e>(
        "UsageEntry", json::field("request_id", &e::request_id),
        json::field("timestamp", &e::timestamp), json::field("api_key_name", &e::api_key_name),
        json::field("model", &e::model), json::field("provider", &e::provider),
        json::field("endpoint", &e::endpoint), json::field("input_tokens", &e::input_tokens),
        json::field("output_tokens", &e::output_tokens), json::field("latency_ms", &e::latency_ms),
        json::field("error_code", &e::error_code));
}

/// Thread-safe. What reads may block, and knows of all that was recorded before the call.
class usage_ledger {
  public:
    static constexpr std::int64_t most_listed = 1000;
    static constexpr std::int64_t usually_listed = 100;
    static constexpr std::int64_t most_in_memory = 100'000;

    /// Keeps records in a database that outlives this; without one in memory, where the newest so
    /// many are kept.
    explicit usage_ledger(store::database* durable, std::int64_t most = most_in_memory);

    /// Writes a record. Where records are durable, `done` is told on the thread that writes, once
    /// this one is on the disk or cannot be; else at once on this one. It must be quick and must
    /// not throw. Never blocks.
    void record(usage_entry added, std::function<void(const result<void>&)> done);

    /// What matches all that is asked for, the newest first, and never more than most_listed.
    result<wire::usage_records> list(wire::usage_query asked);
    /// The same of all that matches.
    result<wire::usage_summary> summary(const wire::usage_summary_query& asked);

  private:
    // All that was recorded before is written.
    result<void> catch_up();

    const std::unique_ptr<store::database> in_memory_;  // null where records are durable
    store::database& records_;
    const std::int64_t most_;
};

}  // namespace tessera::server::cortex
