// What translations have in common: ids, reasons, usage, inputs, errors.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <set>

#include "cortex/translation/call_ids.hpp"
#include "cortex/translation/errors.hpp"
#include "cortex/translation/inputs.hpp"
#include "cortex/translation/reasons.hpp"
#include "cortex/translation/usage.hpp"
#include "support.hpp"
#include "tessera/call/error_body.hpp"

namespace tessera::server::cortex::translation_tests {
namespace {
namespace parts_tests {

bool is_portable(const std::string& id) { return is_plain_id(id) && id.size() <= 40; }

TEST(ids_of_calls, of_good_letters_stay_as_they_are) {
    for (const char* id :
         {"toolu_01A09q90qw90lq917835lq9", "call_abc", "a-b_C9", "chatcmpl-tool-1Q2"}) {
        EXPECT_EQ(portable_id(id), id);
        EXPECT_EQ(original_id(id), id);
    }
}

TEST(ids_of_calls, of_other_letters_come_back) {
    for (const std::string id : {"functions.get_current_weather:0", "call:1/2", "", " ", "größe",
                                 "tc-a", "tb-", "Q.Q", "a b\n", "call|fc_1"}) {
        EXPECT_TRUE(is_portable(portable_id(id))) << portable_id(id);
        EXPECT_NE(portable_id(id), id);
        EXPECT_EQ(original_id(portable_id(id)), id);
    }
}

TEST(ids_of_calls, that_are_long_are_still_told_apart) {
    const std::string first = std::string(60, 'x') + "1", second = std::string(60, 'x') + "2";
    EXPECT_TRUE(is_portable(portable_id(first)));
    EXPECT_NE(portable_id(first), portable_id(second));
    EXPECT_EQ(portable_id(first), portable_id(first));
    // What stands in its place is no other id's.
    EXPECT_NE(portable_id(portable_id(first)), portable_id(first));
}

TEST(ids_of_calls, that_never_were_made_here_are_nobodys) {
    for (const char* id : {"tc-Qzz", "tc-Q4", "tc-abc", "tb-!!", "tb-YWJj", "td-abc"})
        EXPECT_EQ(original_id(id), id);
}

RC_GTEST_PROP(ids_of_calls, are_portable_and_never_collide, ()) {
    const auto ids = *rc::gen::container<std::set<std::string>>(rc::gen::oneOf(
        rc::gen::arbitrary<std::string>(),
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("abQ.:/-_tcbd0")))));
    std::set<std::string> made;
    for (const std::string& id : ids) {
        const std::string name = portable_id(id);
        RC_ASSERT(is_portable(name));
        RC_ASSERT(made.insert(name).second);
        if (id.size() <= 12) RC_ASSERT(original_id(name) == id);
    }
}

TEST(ids_of_calls, that_an_upstream_did_not_give_are_made) {
    EXPECT_TRUE(is_portable(made_id("chatcmpl-1", 0)));
    EXPECT_EQ(made_id("chatcmpl-1", 0), made_id("chatcmpl-1", 0));
    EXPECT_NE(made_id("chatcmpl-1", 0), made_id("chatcmpl-1", 1));
    EXPECT_NE(made_id("chatcmpl-1", 0), made_id("chatcmpl-2", 0));
}

TEST(reasons, of_messages_in_chats) {
    using stop = anthropic::stop_reason;
    using finish = openai::finish_reason;
    EXPECT_EQ(finish_reason_of(stop::end_turn, false), finish::stop);
    EXPECT_EQ(finish_reason_of(stop::stop_sequence, false), finish::stop);
    EXPECT_EQ(finish_reason_of(stop::pause_turn, false), finish::stop);
    EXPECT_EQ(finish_reason_of(stop::max_tokens, false), finish::length);
    EXPECT_EQ(finish_reason_of(stop::max_tokens, true), finish::length);
    EXPECT_EQ(finish_reason_of(stop::model_context_window_exceeded, false), finish::length);
    EXPECT_EQ(finish_reason_of(stop::refusal, false), finish::content_filter);
    EXPECT_EQ(finish_reason_of(stop::tool_use, true), finish::tool_calls);
    EXPECT_EQ(finish_reason_of(stop::end_turn, true), finish::tool_calls);
    EXPECT_EQ(finish_reason_of(stop::tool_use, false), finish::stop);
    EXPECT_EQ(finish_reason_of(json::open_enum<stop>("compaction"), false), finish::stop);
    EXPECT_EQ(finish_reason_of(nullptr, false), finish::stop);
}

TEST(reasons, of_chats_in_messages) {
    using stop = anthropic::stop_reason;
    using finish = openai::finish_reason;
    EXPECT_EQ(stop_reason_of(finish::stop, false, false, false), stop::end_turn);
    EXPECT_EQ(stop_reason_of(finish::stop, true, false, false), stop::tool_use);
    EXPECT_EQ(stop_reason_of(finish::stop, false, false, true), stop::stop_sequence);
    EXPECT_EQ(stop_reason_of(finish::stop, false, true, false), stop::refusal);
    EXPECT_EQ(stop_reason_of(finish::length, false, false, false), stop::max_tokens);
    EXPECT_EQ(stop_reason_of(finish::length, true, false, false), stop::max_tokens);
    EXPECT_EQ(stop_reason_of(finish::content_filter, false, false, false), stop::refusal);
    EXPECT_EQ(stop_reason_of(finish::tool_calls, true, false, false), stop::tool_use);
    EXPECT_EQ(stop_reason_of(finish::tool_calls, false, false, false), stop::end_turn);
    EXPECT_EQ(stop_reason_of(json::open_enum<finish>("eos"), false, false, false), stop::end_turn);
    EXPECT_EQ(stop_reason_of(json::open_enum<finish>("function_call"), true, false, false),
              stop::tool_use);
    EXPECT_EQ(stop_reason_of(std::nullopt, false, false, false), stop::end_turn);
}

TEST(usage_counts, cached_tokens_are_counted_once) {
    const auto used = from_json<anthropic::usage>(R"({"input_tokens":10,"output_tokens":5,
        "cache_read_input_tokens":100,"cache_creation_input_tokens":20})");
    const document chat = shown(chat_usage(counts_of(used)));
    EXPECT_EQ(chat["prompt_tokens"], 130);
    EXPECT_EQ(chat["completion_tokens"], 5);
    EXPECT_EQ(chat["total_tokens"], 135);
    EXPECT_EQ(chat["prompt_tokens_details"]["cached_tokens"], 100);
    const auto other = from_json<openai::usage>(R"({"prompt_tokens":130,"completion_tokens":5,
        "total_tokens":135,"prompt_tokens_details":{"cached_tokens":100}})");
    const document message = shown(message_usage(counts_of(other)));
    EXPECT_EQ(message["input_tokens"], 30);
    EXPECT_EQ(message["cache_read_input_tokens"], 100);
    EXPECT_EQ(message["output_tokens"], 5);
    EXPECT_FALSE(shown(chat_usage(counts_of(
                           from_json<anthropic::usage>(R"({"input_tokens":1,"output_tokens":2})"))))
                     .contains("prompt_tokens_details"));
}

TEST(usage_counts, never_fall_below_nothing) {
    const auto odd = from_json<openai::usage>(
        R"({"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":9}})");
    EXPECT_EQ(message_usage(counts_of(odd)).input_tokens, 0);
    EXPECT_EQ(counts_of(from_json<openai::usage>("{}")), token_counts());
}

TEST(usage_counts, of_any_size_have_a_sum) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    const anthropic::usage vast{
        .input_tokens = most, .output_tokens = most, .cache_read_input_tokens = most};
    EXPECT_EQ(vast.total(), most);
    EXPECT_EQ((openai::usage{.prompt_tokens = most, .completion_tokens = most}).total(), most);
    const token_counts counted = counts_of(vast);
    EXPECT_EQ(chat_usage(counted).total_tokens, counted.prompt + counted.answer);
    EXPECT_EQ(message_usage(counted).input_tokens, 0);
}

RC_GTEST_PROP(usage_counts, come_back_from_the_other_dialect,
              (std::uint16_t in, std::uint16_t out)) {
    anthropic::usage used{.input_tokens = in, .output_tokens = out};
    if (*rc::gen::arbitrary<bool>()) {
        used.cache_read_input_tokens = *rc::gen::inRange(0, 1000);
        used.cache_creation_input_tokens = *rc::gen::inRange(0, 1000);
    }
    const auto back = from_json<openai::usage>(json::encode(chat_usage(counts_of(used))));
    RC_ASSERT(json::equal(message_usage(counts_of(back)), used));
}

TEST(inputs, end_where_the_object_ends) {
    const auto taken = [](const std::vector<std::string>& pieces) {
        input_scanner scanner;
        std::string all;
        for (const std::string& each : pieces) all += scanner.feed(each);
        return all + (scanner.is_whole() ? "|" : "");
    };
    EXPECT_EQ(taken({"{}"}), "{}|");
    EXPECT_EQ(taken({"", " {\"a", "\":\"}", "\\\"}", "\"}", " "}), R"({"a":"}\"}"}|)");
    EXPECT_EQ(taken({R"({"a":[{}]}{"b":1})"}), R"({"a":[{}]}|)");
    EXPECT_EQ(taken({"{\"a\""}), "{\"a\"");
    EXPECT_EQ(taken({"nu", "ll"}), "|");
    EXPECT_EQ(taken({" ", ""}), "");
    EXPECT_EQ(input_of_text(R"({"a":"b)"), json::value({{"a", "b"}}));
    EXPECT_EQ(input_of_text("null"), json::value::object());
    EXPECT_EQ(input_of_text(""), json::value::object());
}

error answered(int status, std::string body = {}) { return call::error_of_answer(status, body); }

TEST(upstream_errors, have_the_status_of_what_they_are_to_the_client) {
    for (const auto& [upstream, ours] : std::initializer_list<std::pair<int, int>>{{400, 400},
                                                                                   {401, 502},
                                                                                   {403, 502},
                                                                                   {404, 404},
                                                                                   {405, 400},
                                                                                   {408, 502},
                                                                                   {413, 400},
                                                                                   {422, 400},
                                                                                   {429, 429},
                                                                                   {500, 502},
                                                                                   {503, 502},
                                                                                   {529, 502}})
        EXPECT_EQ(problem_of(answered(upstream), "p").status, ours) << upstream;
    for (const error_kind kind :
         {error_kind::connection, error_kind::timeout, error_kind::tls, error_kind::protocol,
          error_kind::incomplete_stream, error_kind::decode})
        EXPECT_EQ(problem_of({.kind = kind, .message = "why"}, "p").status, 502);
}

TEST(upstream_errors, keep_what_the_upstream_said) {
    error limited = answered(
        429, R"({"error":{"message":"Slow down.","type":"tokens","code":"rate_limit_exceeded"}})");
    limited.retry_after = std::chrono::milliseconds(1200);
    const problem made = problem_of(limited, "openai");
    EXPECT_EQ(made.message, "Slow down.");
    EXPECT_EQ(made.code, "rate_limit_exceeded");
    EXPECT_EQ(made.retry_after, std::chrono::seconds(2));
    EXPECT_EQ(shown(chat_error_of(made)),
              read(R"({"error":{"message":"Slow down.","type":"rate_limit_error","param":null,
                       "code":"rate_limit_exceeded"}})"));
    EXPECT_EQ(
        shown(message_error_of(made)),
        read(R"({"type":"error","error":{"type":"rate_limit_error","message":"Slow down."}})"));

    const problem wrong = problem_of(answered(400, R"({"type":"error","error":{
        "type":"invalid_request_error","message":"max_tokens: too many"}})"),
                                     "anthropic");
    EXPECT_EQ(wrong.message, "max_tokens: too many");
    EXPECT_EQ(error_type_of(wrong.status, dialect::chat), "invalid_request_error");

    const problem busy = problem_of(answered(529, R"({"type":"error","error":{
        "type":"overloaded_error","message":"Overloaded"}})"),
                                    "anthropic");
    EXPECT_EQ(busy.code, "overloaded_error");
    EXPECT_NE(busy.message.find("Overloaded"), std::string::npos);
    EXPECT_NE(busy.message.find("anthropic"), std::string::npos);
    EXPECT_EQ(shown(message_error_of(busy))["error"]["type"], "provider_error");
}

TEST(upstream_errors, tell_nothing_of_the_gateways_keys) {
    const problem made =
        problem_of(answered(401, R"({"error":{"message":"Incorrect API key provided: sk-abc.",
        "type":"invalid_request_error","code":"invalid_api_key"}})"),
                   "openai");
    EXPECT_EQ(made.message.find("sk-"), std::string::npos);
    EXPECT_EQ(made.code, "");
    EXPECT_EQ(shown(chat_error_of(made))["error"]["type"], "provider_error");
}

TEST(upstream_errors, an_unknown_model_is_one_in_both_dialects) {
    const problem made =
        problem_of(answered(404, R"({"type":"error","error":{"type":"not_found_error",
        "message":"model: x"}})"),
                   "anthropic");
    EXPECT_EQ(shown(chat_error_of(made))["error"]["code"], "model_not_found");
    EXPECT_EQ(shown(chat_error_of(made))["error"]["type"], "invalid_request_error");
    EXPECT_EQ(shown(message_error_of(made))["error"]["type"], "model_not_found");
}

}  // namespace parts_tests
}  // namespace
}  // namespace tessera::server::cortex::translation_tests
