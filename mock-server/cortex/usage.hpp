#pragma once
// What was asked and what it took: one record a request.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/database.hpp"
#include "tessera/core/result.hpp"

namespace tessera::server::cortex {

struct usage_entry {
    std::string request_id;
    std::chrono::system_clock::time_point timestamp{};  // of the request's arrival
    std::string api_key_name;
    std::string model;     // "" where none was found
    std::string provider;  // likewise
    std::string endpoint;  // "/v1/chat/completions"
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::int64_t latency_ms = 0;
    std::optional<std::string> error_code{};  // what it is, is an error

    std::int64_t total_tokens() const { return input_tokens + output_tokens; }
};

/// Keeps what matches all that is given.
struct usage_filter {
    std::optional<std::string> api_key{};  // the key's name
    std::optional<std::string> provider{};
    std::optional<std::string> model{};
    std::optional<std::chrono::system_clock::time_point> start{};  // from here on
    std::optional<std::chrono::system_clock::time_point> end{};    // before this
};

struct usage_totals {
    std::int64_t requests = 0;
    std::int64_t errors = 0;
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    double average_latency_ms = 0;
    // How many requests, by name.
    std::map<std::string, std::int64_t> by_provider{};
    std::map<std::string, std::int64_t> by_model{};
    std::map<std::string, std::int64_t> by_api_key{};
};

/// Thread-safe. What reads may block, and knows of all that was recorded before the call.
class usage_ledger {
  public:
    static constexpr std::int64_t most_listed = 1000;
    static constexpr std::int64_t most_in_memory = 100'000;

    /// Keeps records in a database that outlives this; without one in memory, where the newest so
    /// many are kept.
    explicit usage_ledger(store::database* durable, std::int64_t most = most_in_memory);

    /// Writes a record. Where records are durable, `done` is told on the thread that writes, once
    /// this one is on the disk or cannot be; else at once on this one. It must be quick and must
    /// not throw. Never blocks.
    void record(const usage_entry& added, std::function<void(const result<void>&)> done);

    /// The newest first, and at most so many of them, never more than most_listed.
    result<std::vector<usage_entry>> list(const usage_filter& kept, std::int64_t limit);
    result<usage_totals> summary(const usage_filter& kept);

  private:
    const std::int64_t most_;
    const std::unique_ptr<store::database> in_memory_;  // null where they are durable
    store::database& records_;
};

}  // namespace tessera::server::cortex
