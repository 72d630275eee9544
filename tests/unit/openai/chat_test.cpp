#include "tessera/openai/chat.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "tessera/json.hpp"
#include "tessera/openai/chat_events.hpp"
#include "tessera/openai/parse.hpp"
#include "tessera/openai/tool_runner.hpp"

namespace tessera::openai {
namespace {

struct city {
    std::string name{};
};
constexpr auto describe(json::type<city>) {
    return json::object<city>("City", json::field("name", &city::name));
}

const std::string calling =
    R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"t",)"
    R"("type":"function","function":{"name":"f","arguments":"{}"}}],"annotations":[]},)"
    R"("logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,)"
    R"("completion_tokens":2,"total_tokens":3},"service_tier":"default"})";

TEST(chat_response, is_read_with_all_it_says) {
    const chat_response read = json::decode_text<chat_response>(calling).value();
    EXPECT_EQ(read.text(), "");
    EXPECT_EQ(read.usage->total(), 3);
    EXPECT_EQ(read.service_tier, "default");
    const chat_response_message& said = read.choices.at(0).message;
    EXPECT_EQ(said.tool_calls->at(0).function.name, "f");
    EXPECT_EQ(said.extra["annotations"], json::value::array());
    EXPECT_EQ(to_message(said).tool_calls->at(0).id, "t");
}

TEST(chat_response, may_do_without_what_services_leave_out) {
    const chat_response read =
        json::decode_text<chat_response>(
            R"({"id":"c","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",)"
            R"("message":{"role":"assistant","content":"Hi"}}]})")
            .value();
    EXPECT_EQ(read.text(), "Hi");
    EXPECT_FALSE(read.usage);
    EXPECT_EQ(json::decode_text<chat_response>(R"({"id":"c","created":1,"model":"m","choices":[]})")
                  ->text(),
              "");
}

TEST(chat_response, says_null_where_nothing_is_said) {
    const chat_response read =
        json::decode_text<chat_response>(
            R"({"id":"c","created":1,"model":"m","choices":[{"index":0,"finish_reason":"tool_calls",)"
            R"("message":{"role":"assistant"}}]})")
            .value();
    EXPECT_FALSE(read.choices.at(0).message.content);
    EXPECT_NE(json::encode(read).find(R"("content":null)"), std::string::npos);
}

TEST(chat_response, spells_values_and_refusals) {
    const auto said = [](const std::string& message) {
        return json::decode_text<chat_response>(
                   R"({"id":"c","created":1,"model":"m","choices":[{"index":0,)"
                   R"("finish_reason":"stop","message":{"role":"assistant",)" +
                   message + "}}]}")
            .value();
    };
    EXPECT_EQ(parse_answer<city>(said(R"("content":"{\"name\":\"Oslo\"}")"))->name, "Oslo");
    EXPECT_EQ(parse_answer<city>(said(R"("content":null,"refusal":"No.")")).error().kind,
              error_kind::refusal);
}

TEST(chat_request, leaves_out_what_was_not_said) {
    const chat_request asked{.model = "m", .messages = {user("Hi")}, .temperature = 0.5};
    EXPECT_EQ(json::encode(asked),
              R"({"model":"m","messages":[{"content":"Hi","role":"user"}],"temperature":0.5})");
}

TEST(chat_request, goes_on_with_what_the_model_called) {
    tools::detail::tool_loop<detail::conversing, chat_request> loop{
        {.model = "m", .messages = {user("Hi")}}};
    ASSERT_TRUE(loop.take(json::decode_text<chat_response>(calling).value(), 4));
    ASSERT_FALSE(loop.turn.is_over());
    loop.turn[0].told.emplace("done");
    ASSERT_TRUE(loop.settle());
    ASSERT_EQ(loop.request.messages.size(), 3u);
    EXPECT_EQ(std::get<tool_message>(loop.request.messages[2]).tool_call_id, "t");
}

TEST(chat_chunk, adds_up_to_the_answer_and_tells_events) {
    chat_event_accumulator<chat_response, chat_chunk> told;
    std::vector<std::string> grown;
    bool finished = false;
    for (const char* choice :
         {R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null})",
          R"({"index":0,"delta":{"content":"Par"},"finish_reason":null})",
          R"({"index":0,"delta":{"content":"is"},"finish_reason":null})",
          R"({"index":0,"delta":{},"finish_reason":"stop"})"}) {
        EXPECT_FALSE(finished);
        const auto chunk = json::decode_text<chat_chunk>(
            R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[)" +
            std::string(choice) + "]}");
        for (const chat_event& event : told.add(chunk.value())) {
            if (const auto* more = std::get_if<content_grown>(&event)) grown.push_back(more->delta);
            finished = std::holds_alternative<choice_finished>(event);
        }
    }
    EXPECT_TRUE(finished);
    EXPECT_EQ(grown, (std::vector<std::string>{"Par", "is"}));
    EXPECT_EQ(told.response().text(), "Paris");
    EXPECT_EQ(told.response().choices.at(0).finish_reason, finish_reason::stop);
}

}  // namespace
}  // namespace tessera::openai
