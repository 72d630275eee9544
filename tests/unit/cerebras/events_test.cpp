#include "tessera/cerebras/events.hpp"

#include <gtest/gtest.h>

#include "tessera/json.hpp"

namespace tessera::cerebras {
namespace {

chat_chunk chunk_of(const std::string& choices) {
    return json::decode_text<chat_chunk>(
               R"({"id":"c1","created":7,"model":"m","system_fingerprint":"f",
                   "object":"chat.completion.chunk","choices":[)" +
               choices + "]}")
        .value();
}

chat_chunk delta(const std::string& members, const std::string& more = "") {
    return chunk_of(R"({"index":0,"delta":{)" + members + "}" + more + "}");
}

chat_chunk call(const std::string& members) { return delta(R"("tool_calls":[{)" + members + "}]"); }

// An event in a line of text.
std::string line(const openai::chat_event& event) {
    const auto place = [](const auto& e) {
        return std::to_string(e.choice) + "/" + std::to_string(e.index) + " ";
    };
    struct {
        decltype(place)& at;
        std::string operator()(const openai::content_grown& e) const {
            return "content " + std::to_string(e.choice) + " +" + e.delta + " = " + *e.so_far;
        }
        std::string operator()(const openai::reasoning_grown& e) const {
            return "reasoning " + std::to_string(e.choice) + " +" + e.delta + " = " + *e.so_far;
        }
        std::string operator()(const openai::tool_call_begun& e) const {
            return "begun " + at(e) + e.id + " " + e.name;
        }
        std::string operator()(const openai::tool_call_grown& e) const {
            return "grown " + at(e) + e.delta + " = " + *e.so_far + " = " + e.arguments->dump();
        }
        std::string operator()(const openai::tool_call_complete& e) const {
            return "complete " + at(e) + e.call.id + " " + e.call.function.name + " " +
                   (e.arguments ? e.arguments->dump() : "invalid " + e.call.function.arguments);
        }
        std::string operator()(const openai::choice_finished& e) const {
            return "finished " + std::to_string(e.choice) + " " + e.reason;
        }
    } text{place};
    return std::visit(text, event);
}

// The events, a line each, as they stood when each chunk came.
std::vector<std::string> events_of(const std::vector<chat_chunk>& chunks) {
    chat_event_accumulator told;
    std::vector<std::string> lines;
    for (const chat_chunk& each : chunks)
        for (const openai::chat_event& event : told.add(each)) lines.push_back(line(event));
    for (const openai::chat_event& event : told.end()) lines.push_back(line(event));
    return lines;
}

using lines = std::vector<std::string>;

TEST(chat_events, text_and_reasoning_grow) {
    EXPECT_EQ(events_of({delta(R"("role":"assistant","content":"")"), delta(R"("reasoning":"Hm")"),
                         delta(R"("reasoning":".")"), delta(R"("content":"Par")"),
                         delta(R"("content":"is")", R"(,"finish_reason":"stop")")}),
              (lines{"reasoning 0 +Hm = Hm", "reasoning 0 +. = Hm.", "content 0 +Par = Par",
                     "content 0 +is = Paris", "finished 0 stop"}));
}

TEST(chat_events, calls_take_shape) {
    EXPECT_EQ(events_of({call(R"("index":0,"id":"a","function":{"name":"f","arguments":""})"),
                         call(R"("index":0,"function":{"arguments":"{\"city\":\"Os"})"),
                         call(R"("index":0,"function":{"arguments":"lo\"}"})"),
                         call(R"("index":1,"id":"b","function":{"name":"g","arguments":"{}"})"),
                         delta("", R"(,"finish_reason":"tool_calls")")}),
              (lines{"begun 0/0 a f", R"(grown 0/0 {"city":"Os = {"city":"Os = {"city":"Os"})",
                     R"(grown 0/0 lo"} = {"city":"Oslo"} = {"city":"Oslo"})",
                     R"(complete 0/0 a f {"city":"Oslo"})", "begun 0/1 b g",
                     "grown 0/1 {} = {} = {}", "complete 0/1 b g {}", "finished 0 tool_calls"}));
}

TEST(chat_events, calls_that_take_turns_are_complete_when_they_are) {
    EXPECT_EQ(events_of({call(R"("index":0,"id":"a","function":{"name":"f","arguments":"[1"})"),
                         call(R"("index":1,"id":"b","function":{"name":"g","arguments":"[2"})"),
                         call(R"("index":0,"function":{"arguments":"]"})"),
                         call(R"("index":1,"function":{"arguments":"]"})"),
                         call(R"("index":0,"function":{"arguments":" late"})")}),
              (lines{"begun 0/0 a f", "grown 0/0 [1 = [1 = []", "begun 0/1 b g",
                     "grown 0/1 [2 = [2 = []", "grown 0/0 ] = [1] = [1]", "complete 0/0 a f [1]",
                     "grown 0/1 ] = [2] = [2]", "complete 0/1 b g [2]"}));
}

TEST(chat_events, arguments_that_are_no_json_are_told_as_they_came) {
    EXPECT_EQ(events_of({call(R"("index":0,"id":"a","function":{"name":"f","arguments":"{x"})"),
                         call(R"("function":{"arguments":"y"})"),
                         delta("", R"(,"finish_reason":"length")")}),
              (lines{"begun 0/0 a f", "grown 0/0 {x = {x = {}", "grown 0/0 y = {xy = {}",
                     "complete 0/0 a f invalid {xy", "finished 0 length"}));
}

TEST(chat_events, a_stream_that_ends_early_completes_what_began) {
    EXPECT_EQ(events_of({call(R"("index":0,"id":"a","function":{"name":"f","arguments":"{"})")}),
              (lines{"begun 0/0 a f", "grown 0/0 { = { = {}", "complete 0/0 a f invalid {"}));
}

TEST(chat_events, choices_are_told_apart_and_finish_once) {
    EXPECT_EQ(
        events_of({chunk_of(R"({"index":1,"delta":{"content":"b"}},
                                  {"index":0,"delta":{"content":"a"},"finish_reason":"stop"})"),
                   chunk_of(R"({"index":1,"delta":{"content":"B"}})"),
                   chunk_of(R"({"index":0,"delta":{"content":"A"},"finish_reason":"stop"})")}),
        (lines{"content 1 +b = b", "content 0 +a = a", "finished 0 stop", "content 1 +B = bB",
               "content 0 +A = aA"}));
}

TEST(chat_events, pointers_outlive_a_move) {
    chat_event_accumulator first;
    const auto told = first.add(delta(R"("content":"a")"));
    chat_event_accumulator second = std::move(first);
    (void)second.add(delta(R"("content":"b")"));
    EXPECT_EQ(*std::get<openai::content_grown>(told.at(0)).so_far, "ab");
    EXPECT_EQ(second.response().text(), "ab");
}

}  // namespace
}  // namespace tessera::cerebras
