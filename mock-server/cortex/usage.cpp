#include "cortex/usage.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace tessera::server::cortex {
namespace {

constexpr std::array<store::sql, 1> steps{
    "CREATE TABLE cortex_usage ("
    " id INTEGER PRIMARY KEY, request_id TEXT NOT NULL, timestamp INTEGER NOT NULL,"
    " api_key_name TEXT NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL,"
    " endpoint TEXT NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,"
    " latency_ms INTEGER NOT NULL, error_code TEXT) STRICT;"
    "CREATE INDEX cortex_usage_by_time ON cortex_usage (timestamp)"};

// The records that a usage_filter keeps.
#define FROM_KEPT                                                   \
    " FROM cortex_usage"                                            \
    " WHERE timestamp >= ifnull(:start_time, -9223372036854775808)" \
    " AND timestamp < ifnull(:end_time, 9223372036854775807)"       \
    " AND api_key_name = ifnull(:api_key, api_key_name)"            \
    " AND provider = ifnull(:provider, provider)"                   \
    " AND model = ifnull(:model, model)"

// Of all requests that agree in these names.
struct subtotal {
    std::string provider;
    std::string model;
    std::string api_key_name;
    std::int64_t requests = 0;
    std::int64_t errors = 0;
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::int64_t latency_ms = 0;
};

constexpr auto describe(json::type<subtotal>) {
    using s = subtotal;
    return json::object<s>(
        "Subtotal", json::field("provider", &s::provider), json::field("model", &s::model),
        json::field("api_key_name", &s::api_key_name), json::field("requests", &s::requests),
        json::field("errors", &s::errors), json::field("input_tokens", &s::input_tokens),
        json::field("output_tokens", &s::output_tokens), json::field("latency_ms", &s::latency_ms));
}

wire::usage_record record_of(usage_entry from) {
    using status = wire::usage_status;
    return {.request_id = std::move(from.request_id),
            .timestamp = from.timestamp,
            .api_key_name = std::move(from.api_key_name),
            .model = std::move(from.model),
            .provider = std::move(from.provider),
            .endpoint = std::move(from.endpoint),
            .input_tokens = from.input_tokens,
            .output_tokens = from.output_tokens,
            .total_tokens = from.input_tokens + from.output_tokens,
            .latency_ms = from.latency_ms,
            .status = from.error_code ? status::error : status::success,
            .error_code = std::move(from.error_code)};
}

}  // namespace

usage_ledger::usage_ledger(store::database* durable, std::int64_t most)
    : in_memory_(durable ? nullptr : std::make_unique<store::database>(std::nullopt)),
      records_(durable ? *durable : *in_memory_),
      most_(most) {
    records_.migrate("cortex.usage", steps);
}

void usage_ledger::record(usage_entry added, std::function<void(const result<void>&)> done) {
    store::work insert = [added = std::move(added),
                          oldest = in_memory_ ? most_ : 0](store::connection& to) {
        to.run(
            "INSERT INTO cortex_usage (request_id, timestamp, api_key_name, model, provider,"
            " endpoint, input_tokens, output_tokens, latency_ms, error_code)"
            " VALUES (:request_id, :timestamp, :api_key_name, :model, :provider, :endpoint,"
            " :input_tokens, :output_tokens, :latency_ms, :error_code)",
            added);
        if (oldest) to.run("DELETE FROM cortex_usage WHERE id <= last_insert_rowid() - ?1", oldest);
    };
    if (!in_memory_) return records_.async_write(std::move(insert), std::move(done));
    records_.async_write(std::move(insert), [](const result<void>&) {});
    done({});
}

result<void> usage_ledger::catch_up() {
    return records_.write([](store::connection&) {});
}

result<wire::usage_records> usage_ledger::list(wire::usage_query asked) {
    if (const auto written = catch_up(); !written) return written.error();
    asked.limit = std::clamp<std::int64_t>(asked.limit.value_or(usually_listed), 1, most_listed);
    return records_.read([&](store::connection& on) {
        wire::usage_records made;
        for (usage_entry& each : on.rows<usage_entry>(
                 "SELECT request_id, timestamp, api_key_name, model, provider, endpoint,"
                 " input_tokens, output_tokens, latency_ms, error_code" FROM_KEPT
                 " ORDER BY timestamp DESC, id DESC LIMIT :limit",
                 asked))
            made.push_back(record_of(std::move(each)));
        return made;
    });
}

result<wire::usage_summary> usage_ledger::summary(const wire::usage_summary_query& asked) {
    if (const auto written = catch_up(); !written) return written.error();
    return records_.read([&](store::connection& on) {
        wire::usage_summary made{};
        std::int64_t latency_ms = 0;
        for (const subtotal& each : on.rows<subtotal>(
                 "SELECT provider, model, api_key_name, count(*) AS requests,"
                 " count(error_code) AS errors, sum(input_tokens) AS input_tokens,"
                 " sum(output_tokens) AS output_tokens, sum(latency_ms) AS latency_ms" FROM_KEPT
                 " GROUP BY provider, model, api_key_name",
                 asked)) {
            made.total_requests += each.requests;
            made.error_count += each.errors;
            made.total_input_tokens += each.input_tokens;
            made.total_output_tokens += each.output_tokens;
            latency_ms += each.latency_ms;
            made.by_provider[each.provider] += each.requests;
            made.by_model[each.model] += each.requests;
            made.by_api_key[each.api_key_name] += each.requests;
        }
        made.success_count = made.total_requests - made.error_count;
        made.total_tokens = made.total_input_tokens + made.total_output_tokens;
        if (made.total_requests > 0)
            made.avg_latency_ms =
                static_cast<double>(latency_ms) / static_cast<double>(made.total_requests);
        return made;
    });
}

}  // namespace tessera::server::cortex
