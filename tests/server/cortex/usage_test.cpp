// Records of usage: what is kept of them, and what is found.
#include "cortex/usage.hpp"

#include <gtest/gtest.h>

#include <future>

#include "support/random_model.hpp"
#include "tessera/json.hpp"

namespace tessera::server::cortex {
namespace {
namespace usage_tests {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr system_clock::time_point noon{seconds(1'732'876'200)};  // 2024-11-29T10:30:00Z

usage_entry entry(std::string id, milliseconds after = {}) {
    return {.request_id = std::move(id),
            .timestamp = noon + after,
            .api_key_name = "Development Key",
            .model = "gpt-4o",
            .provider = "openai",
            .endpoint = "/v1/chat/completions",
            .input_tokens = 15,
            .output_tokens = 8,
            .latency_ms = 1250};
}

void add(usage_ledger& to, usage_entry added) {
    to.record(std::move(added), [](const result<void>& written) { EXPECT_TRUE(written); });
}

std::string ids(usage_ledger& of, wire::usage_query asked = {}) {
    std::string all;
    const auto found = of.list(asked);
    EXPECT_TRUE(found);
    if (found)
        for (const wire::usage_record& each : *found) all += each.request_id + " ";
    return all;
}

TEST(usage, a_record_has_what_the_request_took) {
    SCOPED_TRACE("rule: usage-total");
    SCOPED_TRACE("rule: usage-error-code");
    SCOPED_TRACE("rule: usage-endpoint");
    usage_ledger ledger(nullptr);
    add(ledger, entry("req_1"));
    usage_entry failed = entry("req_2", milliseconds(1));
    failed.error_code = "provider_error";
    add(ledger, failed);
    const auto all = ledger.list({});
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 2U);
    EXPECT_EQ(json::encode((*all)[1]),
              R"({"request_id":"req_1","timestamp":"2024-11-29T10:30:00Z",)"
              R"("api_key_name":"Development Key","model":"gpt-4o","provider":"openai",)"
              R"("endpoint":"/v1/chat/completions","input_tokens":15,"output_tokens":8,)"
              R"("total_tokens":23,"latency_ms":1250,"status":"success"})");
    EXPECT_EQ((*all)[0].status, wire::usage_status::error);
    EXPECT_EQ((*all)[0].error_code, "provider_error");
}

TEST(usage, filters_keep_what_matches_all_of_them) {
    SCOPED_TRACE("rule: usage-filters");
    SCOPED_TRACE("rule: usage-combined");
    usage_ledger ledger(nullptr);
    add(ledger, entry("plain"));
    usage_entry other = entry("key", seconds(1));
    other.api_key_name = "Production Key";
    add(ledger, other);
    other = entry("provider", seconds(2));
    other.provider = "groq";
    add(ledger, other);
    other = entry("model", seconds(3));
    other.model = "gpt-4o-mini";
    add(ledger, other);
    EXPECT_EQ(ids(ledger), "model provider key plain ");
    EXPECT_EQ(ids(ledger, {.api_key = "Production Key"}), "key ");
    EXPECT_EQ(ids(ledger, {.api_key = "production key"}), "");
    EXPECT_EQ(ids(ledger, {.api_key = "Production%"}), "");
    EXPECT_EQ(ids(ledger, {.provider = "groq"}), "provider ");
    EXPECT_EQ(ids(ledger, {.model = "gpt-4o-mini"}), "model ");
    EXPECT_EQ(ids(ledger, {.model = ""}), "");
    EXPECT_EQ(ids(ledger, {.provider = "groq", .model = "gpt-4o-mini"}), "");
    EXPECT_EQ(ids(ledger, {.provider = "openai", .model = "gpt-4o"}), "key plain ");
    EXPECT_EQ(ids(ledger, {.model = "' OR 1=1 --"}), "");
    // From the start on, before the end.
    EXPECT_EQ(ids(ledger, {.start_time = noon + seconds(2)}), "model provider ");
    EXPECT_EQ(ids(ledger, {.end_time = noon + seconds(2)}), "key plain ");
    EXPECT_EQ(ids(ledger, {.start_time = noon + seconds(1), .end_time = noon + seconds(3)}),
              "provider key ");
    EXPECT_EQ(ids(ledger, {.start_time = noon + seconds(3), .end_time = noon + seconds(1)}), "");
    EXPECT_EQ(ids(ledger, {.model = "gpt-4o", .start_time = noon + seconds(1)}), "provider key ");
}

TEST(usage, at_most_so_many_are_listed_and_the_newest_first) {
    SCOPED_TRACE("rule: usage-limit-default");
    usage_ledger ledger(nullptr);
    for (int i = 0; i < 1010; ++i) add(ledger, entry(std::to_string(i), seconds(i % 1000)));
    EXPECT_EQ(ledger.list({})->size(), 100U);
    EXPECT_EQ(ledger.list({.limit = 101})->size(), 101U);
    EXPECT_EQ(ledger.list({.limit = 1001})->size(), 1000U);
    // Of the same time, the one that was recorded last.
    EXPECT_EQ(ids(ledger, {.end_time = noon + seconds(2), .limit = 3}), "1001 1 1000 ");
}

TEST(usage, a_summary_adds_up_all_that_matches) {
    SCOPED_TRACE("rule: sum-totals");
    SCOPED_TRACE("rule: sum-by");
    SCOPED_TRACE("rule: sum-counts");
    SCOPED_TRACE("rule: sum-avg");
    SCOPED_TRACE("rule: sum-no-limit");
    usage_ledger ledger(nullptr);
    for (int i = 0; i < 150; ++i) {
        usage_entry one = entry(std::to_string(i), seconds(i));
        one.latency_ms = i % 2 ? 10 : 11;
        if (i % 3 == 0) one.model = "gpt-4o-mini";
        if (i % 5 == 0) one.provider = "groq";
        if (i % 10 == 0) one.api_key_name = "Production Key";
        if (i % 50 == 0) one.error_code = "provider_error";
        add(ledger, one);
    }
    const wire::usage_summary all = ledger.summary({}).value();
    EXPECT_EQ(all.total_requests, 150);
    EXPECT_EQ(all.total_input_tokens, 150 * 15);
    EXPECT_EQ(all.total_output_tokens, 150 * 8);
    EXPECT_EQ(all.total_tokens, 150 * 23);
    EXPECT_EQ(all.avg_latency_ms, 10.5);
    using counts = std::map<std::string, std::int64_t>;
    EXPECT_EQ(all.by_provider, (counts{{"openai", 120}, {"groq", 30}}));
    EXPECT_EQ(all.by_model, (counts{{"gpt-4o", 100}, {"gpt-4o-mini", 50}}));
    EXPECT_EQ(all.by_api_key, (counts{{"Development Key", 135}, {"Production Key", 15}}));
    EXPECT_EQ(all.success_count, 147);
    EXPECT_EQ(all.error_count, 3);

    const wire::usage_summary some =
        ledger.summary({.provider = "groq", .start_time = noon + seconds(140)}).value();
    EXPECT_EQ(some.total_requests, 2);
    EXPECT_EQ(some.by_provider, (counts{{"groq", 2}}));
}

TEST(usage, a_summary_of_nothing_is_zeros) {
    usage_ledger ledger(nullptr);
    EXPECT_EQ(json::encode(ledger.summary({}).value()),
              R"({"total_requests":0,"total_tokens":0,"total_input_tokens":0,)"
              R"("total_output_tokens":0,"avg_latency_ms":0.0,"by_provider":{},"by_model":{},)"
              R"("by_api_key":{},"success_count":0,"error_count":0})");
}

TEST(usage, in_memory_the_newest_are_kept) {
    usage_ledger ledger(nullptr, 3);
    for (const char* id : {"a", "b", "c", "d", "e"}) add(ledger, entry(id));
    EXPECT_EQ(ids(ledger), "e d c ");
    EXPECT_EQ(ledger.summary({}).value().total_requests, 3);
}

TEST(usage, durable_records_are_told_when_they_are_and_outlive_the_server) {
    const tessera::testing::temporary_folder folder("tessera-usage");
    {
        store::database database(folder.path());
        usage_ledger ledger(&database);
        std::promise<bool> written;
        ledger.record(entry("kept"),
                      [&](const result<void>& outcome) { written.set_value(outcome.has_value()); });
        EXPECT_TRUE(written.get_future().get());
        // Another process would see it now: it is committed.
        EXPECT_EQ(ids(ledger), "kept ");
        usage_ledger memory(nullptr);
        add(memory, entry("lost"));
    }
    store::database database(folder.path());
    usage_ledger ledger(&database);
    EXPECT_EQ(ids(ledger), "kept ");
    add(ledger, entry("second", seconds(1)));
    EXPECT_EQ(ids(ledger), "second kept ");
    database.close();
    bool told = false;
    ledger.record(entry("late"), [&](const result<void>& outcome) { told = !outcome; });
    EXPECT_TRUE(told);
    EXPECT_FALSE(ledger.list({}));
}

}  // namespace usage_tests
}  // namespace
}  // namespace tessera::server::cortex
