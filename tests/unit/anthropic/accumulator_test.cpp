#include "tessera/anthropic/accumulator.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <initializer_list>

#include "support/arbitrary.hpp"
#include "unit/anthropic/transcript.hpp"
#include "unit/http/splits.hpp"

namespace tessera::anthropic {
namespace {

using test::event;

message accumulated(std::initializer_list<std::string_view> events) {
    message_accumulator answer;
    for (const std::string_view each : events) answer.add(event(each));
    return answer.message();
}

std::string content_of(std::initializer_list<std::string_view> events) {
    return json::encode(accumulated(events).content);
}

constexpr std::string_view start =
    R"({"type":"message_start","message":{"id":"m","content":[],"model":"c","usage":{"input_tokens":5,"output_tokens":1}}})";

TEST(message_accumulator, a_stream_becomes_the_message_however_it_is_cut) {
    const std::string whole = http::test::at_every_split(test::transcript, [](const auto& pieces) {
        message_accumulator answer;
        for (const http::sse_event& each : test::events_in(pieces)) {
            EXPECT_FALSE(answer.is_complete());
            answer.add(event(each.data));
        }
        EXPECT_TRUE(answer.is_complete());
        return json::encode(answer.message());
    });
    EXPECT_EQ(whole, test::spelled);
}

TEST(message_accumulator, gives_what_came_so_far) {
    message_accumulator answer;
    EXPECT_TRUE(answer.message().content.empty());
    answer.add(event(start));
    answer.add(event(
        R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})"));
    answer.add(event(
        R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":[1,\"tw"}})"));
    const message partial = answer.message();
    EXPECT_TRUE(partial.stop_reason.is_null());
    EXPECT_FALSE(answer.is_complete());
    EXPECT_EQ(partial.tool_calls().at(0).input.members.dump(), R"({"a":[1,"tw"]})");
    answer.add(event(
        R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"o\"]}"}})"));
    EXPECT_EQ(answer.message().tool_calls().at(0).input.members.dump(), R"({"a":[1,"two"]})");
}

TEST(message_accumulator, a_block_that_never_ends_is_there) {
    EXPECT_EQ(
        content_of(
            {start,
             R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}})",
             R"({"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})",
             R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}})",
             R"({"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":3}})",
             R"({"type":"message_stop"})"}),
        R"([{"type":"text","text":"a"},{"type":"tool_use","id":"t","name":"f","input":{}}])");
}

TEST(message_accumulator, a_delta_begins_the_block_that_never_began) {
    EXPECT_EQ(
        content_of(
            {start,
             R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"b"}})",
             R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x\":1}"}})"}),
        R"([{"type":"text","text":"ab"},{"type":"tool_use","id":"","name":"","input":{"x":1}}])");
}

TEST(message_accumulator, text_and_a_call_under_one_index_are_two_blocks) {
    EXPECT_EQ(
        content_of(
            {start,
             R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"x\""}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":":1}"}})"}),
        R"([{"type":"tool_use","id":"t","name":"f","input":{"x":1}},{"type":"text","text":"a"}])");
}

TEST(message_accumulator, a_block_that_begins_twice_is_two_blocks) {
    EXPECT_EQ(
        content_of(
            {start,
             R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"s","name":"f","input":{}}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"x\":1}"}})",
             R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"x\":2}"}})"}),
        R"([{"type":"tool_use","id":"s","name":"f","input":{"x":1}},{"type":"tool_use","id":"t","name":"f","input":{"x":2}}])");
}

TEST(message_accumulator, blocks_may_come_alternately) {
    EXPECT_EQ(
        content_of(
            {start,
             R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})",
             R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}})",
             R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"b"}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}})",
             R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"B"}})"}),
        R"([{"type":"text","text":"a"},{"type":"text","text":"bB"}])");
}

TEST(message_accumulator, a_whole_input_may_come_with_the_beginning) {
    EXPECT_EQ(
        content_of(
            {start,
             R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"x":1}}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}})",
             R"({"type":"content_block_stop","index":0})"}),
        R"([{"type":"tool_use","id":"t","name":"f","input":{"x":1}}])");
}

TEST(message_accumulator, an_input_that_is_no_json_is_kept_as_far_as_it_is) {
    EXPECT_EQ(
        content_of(
            {start,
             R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"x\":1,]"}})",
             R"({"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"u","name":"f","input":{}}})",
             R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"[1]"}})"}),
        R"([{"type":"tool_use","id":"t","name":"f","input":{"x":1}},{"type":"tool_use","id":"u","name":"f","input":{}}])");
}

TEST(message_accumulator, a_signature_without_a_thought_is_a_block) {
    EXPECT_EQ(
        content_of(
            {start,
             R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"Ep4"}})",
             R"({"type":"content_block_stop","index":0})",
             R"({"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"gA"}})",
             R"({"type":"content_block_delta","index":2,"delta":{"type":"signature_delta","signature":"Eq5"}})"}),
        R"([{"type":"thinking","thinking":"","signature":"Ep4"},{"type":"redacted_thinking","data":"gA"},{"type":"thinking","thinking":"","signature":"Eq5"}])");
}

TEST(message_accumulator, counts_grow_and_never_shrink) {
    const auto counted = [](std::string_view usage, std::string_view more) {
        message_accumulator answer;
        answer.add(event(
            R"({"type":"message_start","message":{"id":"m","content":[],"model":"c","usage":)" +
            std::string(usage) + "}}"));
        answer.add(
            event(R"({"type":"message_delta","delta":{},"usage":)" + std::string(more) + "}"));
        return json::encode(answer.message().usage);
    };
    EXPECT_EQ(counted(R"({"input_tokens":0,"output_tokens":0})",
                      R"({"input_tokens":9,"output_tokens":4,"cache_read_input_tokens":2})"),
              R"({"input_tokens":9,"output_tokens":4,"cache_read_input_tokens":2})");
    EXPECT_EQ(counted(R"({"input_tokens":9,"output_tokens":1,"cache_read_input_tokens":2})",
                      R"({"input_tokens":0,"output_tokens":4,"cache_read_input_tokens":null})"),
              R"({"input_tokens":9,"output_tokens":4,"cache_read_input_tokens":2})");
    EXPECT_EQ(
        counted(R"({"input_tokens":9,"output_tokens":1})",
                R"({"output_tokens":1,"server_tool_use":{"web_search_requests":1},"joules":7})"),
        R"({"input_tokens":9,"output_tokens":1,"server_tool_use":{"web_search_requests":1},"joules":7})");
}

TEST(message_accumulator, several_message_deltas_add_up) {
    const message whole = accumulated(
        {start,
         R"({"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END","container":{"id":"c1"}},"usage":{"output_tokens":3}})",
         R"({"type":"message_delta","delta":{"stop_reason":null,"stop_sequence":null},"usage":{"output_tokens":8},"context_management":{}})",
         R"({"type":"message_delta","delta":{}})"});
    ASSERT_FALSE(whole.stop_reason.is_null());
    EXPECT_EQ(*whole.stop_reason, stop_reason::stop_sequence);
    EXPECT_EQ(*whole.stop_sequence, "END");
    EXPECT_EQ(whole.usage.output_tokens, 8);
    EXPECT_EQ(whole.extra["container"]["id"], "c1");
    EXPECT_TRUE(whole.extra.contains("context_management"));
}

TEST(message_accumulator, what_is_unknown_changes_nothing) {
    message_accumulator answer;
    answer.add(event(start));
    const std::string before = json::encode(answer.message());
    for (const char* each :
         {R"({"type":"moon_phase","phase":1})", R"({"type":"ping"})",
          R"({"type":"content_block_delta","index":0,"delta":{"type":"smell_delta","smell":"x"}})",
          R"({"type":"content_block_stop","index":7})",
          R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"})
        answer.add(event(each));
    EXPECT_EQ(json::encode(answer.message()), before);
    EXPECT_FALSE(answer.is_complete());
}

TEST(message_accumulator, a_second_beginning_begins_anew) {
    message_accumulator answer;
    for (const http::sse_event& each : test::events_in(test::transcript))
        answer.add(event(each.data));
    answer.add(event(start));
    EXPECT_FALSE(answer.is_complete());
    EXPECT_EQ(json::encode(answer.message()), json::encode(accumulated({start})));
}

// A stream of many small pieces, which anything but linear time would make felt.
TEST(message_accumulator, takes_many_small_pieces) {
    constexpr int pieces = 200'000;
    message_accumulator answer;
    answer.add(event(start));
    const stream_event text = content_block_delta{.index = 0, .delta = text_delta{.text = "abcd"}};
    const auto input = [](const char* json) {
        return content_block_delta{.index = 1, .delta = input_json_delta{.partial_json = json}};
    };
    answer.add(input("{\"x\":\""));
    for (int i = 0; i < pieces; ++i) {
        answer.add(text);
        answer.add(input("efgh"));
        message_delta more;
        more.delta.extra["x" + std::to_string(i)] = i;
        answer.add(more);
    }
    answer.add(input("\"}"));
    const message whole = answer.message();
    EXPECT_EQ(whole.text().size(), 4u * pieces);
    EXPECT_EQ(whole.tool_calls().at(0).input.members["x"].get_ref<const std::string&>().size(),
              4u * pieces);
    EXPECT_EQ(whole.extra.size(), std::size_t{pieces});
}

// A text in random pieces, some of them empty.
std::vector<std::string> in_pieces(std::string_view text) {
    std::vector<std::string> pieces;
    while (!text.empty()) {
        if (*rc::gen::arbitrary<bool>()) pieces.emplace_back();
        const std::size_t size = *rc::gen::inRange<std::size_t>(1, text.size() + 1);
        pieces.emplace_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return pieces;
}

// How a service would stream a message.
std::vector<stream_event> streamed(const message& whole) {
    message begun = whole;
    begun.content.clear();
    begun.stop_reason.reset();
    begun.stop_sequence.reset();
    begun.usage.output_tokens = 0;
    std::vector<stream_event> events{message_start{.message = begun}};
    for (std::size_t i = 0; i < whole.content.size(); ++i) {
        const auto index = static_cast<std::int64_t>(i);
        std::vector<content_delta> deltas;
        content_block first = whole.content[i];
        if (auto* text = std::get_if<text_block>(&first)) {
            for (std::string& each : in_pieces(std::exchange(text->text, {})))
                deltas.push_back(text_delta{.text = std::move(each)});
            if (text->citations)
                for (citation& each : std::exchange(*text->citations, {}))
                    deltas.push_back(citations_delta{.citation = std::move(each)});
        } else if (auto* thought = std::get_if<thinking_block>(&first)) {
            for (std::string& each : in_pieces(std::exchange(thought->thinking, {})))
                deltas.push_back(thinking_delta{.thinking = std::move(each)});
            deltas.push_back(signature_delta{.signature = std::exchange(thought->signature, {})});
        } else if (auto* call = std::get_if<tool_use_block>(&first)) {
            for (std::string& each : in_pieces(json::encode(std::exchange(call->input, {}))))
                deltas.push_back(input_json_delta{.partial_json = std::move(each)});
        }
        events.push_back(content_block_start{.index = index, .content_block = std::move(first)});
        for (content_delta& each : deltas)
            events.push_back(content_block_delta{.index = index, .delta = std::move(each)});
        events.push_back(content_block_stop{.index = index});
    }
    events.push_back(message_delta{
        .delta = {.stop_reason = whole.stop_reason, .stop_sequence = whole.stop_sequence},
        .usage = {.output_tokens = whole.usage.output_tokens}});
    events.push_back(message_stop{});
    return events;
}

RC_GTEST_PROP(message_accumulator, any_message_survives_being_streamed, ()) {
    const message whole = tessera::test::draw<message>({});
    message_accumulator answer;
    for (const stream_event& each : streamed(whole)) {
        answer.add(each);
        if (*rc::gen::inRange(0, 10) == 0) answer.add(ping{});
    }
    RC_ASSERT(answer.is_complete());
    RC_ASSERT(json::encode(answer.message()) == json::encode(whole));
}

// Whatever is sent in whatever order, the answer can be read, and sent back.
RC_GTEST_PROP(message_accumulator, any_events_make_a_message, ()) {
    message_accumulator answer;
    for (int i = *rc::gen::inRange(0, 20); i > 0; --i) {
        stream_event drawn = tessera::test::draw<stream_event>({});
        if (auto* grown = std::get_if<content_block_delta>(&drawn)) grown->index %= 3;
        if (auto* begun = std::get_if<content_block_start>(&drawn)) begun->index %= 3;
        answer.add(drawn);
    }
    const std::string text = json::encode(answer.message());
    const auto again = json::decode_text<message>(text);
    RC_ASSERT(again.has_value());
    RC_ASSERT(json::encode(*again) == text);
}

}  // namespace
}  // namespace tessera::anthropic
