// Tools and structs over messages, as over chats.
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "tessera/anthropic/tool_runner.hpp"
#include "tessera/openai/tool_runner.hpp"
#include "unit/cortex/client_fixture.hpp"

namespace tessera::cortex::test {
namespace {

struct place {
    std::string city{};
};
constexpr auto describe(json::type<place>) {
    return json::object<place>("Place", json::field("city", &place::city, json::length(1)));
}

std::string answer_of(const json::value& content, const std::string& stop_reason) {
    return json::value{{"id", "msg_1"},
                       {"type", "message"},
                       {"role", "assistant"},
                       {"content", content},
                       {"model", "claude-x"},
                       {"stop_reason", stop_reason},
                       {"stop_sequence", nullptr},
                       {"usage", {{"input_tokens", 1}, {"output_tokens", 2}}}}
        .dump();
}

json::value use_of(const std::string& id, const json::value& input,
                   const std::string& name = "weather") {
    return {{"type", "tool_use"}, {"id", id}, {"name", name}, {"input", input}};
}

class tools_over_messages : public gateway {
  protected:
    using answering = std::function<std::string(const json::value& request, int number)>;

    void answer_with(answering answer) {
        serve(
            [this, answer = std::move(answer)](session& on, const received_request& asked, int n) {
                const json::value request = json::value::parse(asked.body);
                {
                    const std::lock_guard lock(mutex_);
                    requests_.push_back(request);
                }
                on.answer(200, answer(request, n));
            });
    }
    // Calls for two cities, then says that it has read the results.
    void call_for_two_cities() {
        answer_with([](const json::value&, int n) {
            if (n > 1) return answer_of({{{"type", "text"}, {"text", "Wet."}}}, "end_turn");
            return answer_of({{{"type", "thinking"}, {"thinking", "Two."}, {"signature", "s"}},
                              use_of("a", {{"city", "Oslo"}}),
                              use_of("b", {{"city", "Rome"}})},
                             "tool_use");
        });
    }
    tools::function_tool weather() {
        return tool("weather", "Looks outside.", [this](const place& where) {
            ++runs_;
            if (where.city == "Rome") throw std::runtime_error("no window");
            return "rain in " + where.city;
        });
    }

    std::atomic<int> runs_{0};
    std::mutex mutex_;
    std::vector<json::value> requests_;
};

TEST_F(tools_over_messages, results_of_one_answer_are_one_message) {
    call_for_two_cities();
    anthropic::tool_runner talk(at_gateway().messages, message, {weather()});
    EXPECT_EQ(talk.run().text(), "Wet.");
    EXPECT_EQ(runs_, 2);
    ASSERT_EQ(requests_.size(), 2u);
    EXPECT_EQ(requests_[0]["tools"][0]["name"], "weather");
    EXPECT_EQ(requests_[0]["tools"][0]["input_schema"]["required"].dump(), R"(["city"])");
    const json::value& messages = requests_[1]["messages"];
    ASSERT_EQ(messages.size(), 3u);
    // The thought goes back with its signature.
    EXPECT_EQ(messages[1]["content"][0]["signature"], "s");
    EXPECT_EQ(
        messages[2]["content"].dump(),
        R"([{"type":"tool_result","tool_use_id":"a","content":"rain in Oslo"},)"
        R"({"type":"tool_result","tool_use_id":"b","content":"{\"error\":\"no window\"}","is_error":true}])");
    EXPECT_EQ(talk.request().messages.size(), 4u);
}

TEST_F(tools_over_messages, runs_are_asynchronous_as_well) {
    call_for_two_cities();
    anthropic::tool_runner talk(at_gateway().messages, message, {weather()});
    EXPECT_EQ(talk.async_run(asio::use_future).get().text(), "Wet.");
    EXPECT_EQ(runs_, 2);
}

TEST_F(tools_over_messages, an_answer_that_pauses_is_gone_on_with) {
    answer_with([](const json::value&, int n) {
        return answer_of({{{"type", "text"}, {"text", n == 1 ? "First" : "Last"}}},
                         n == 1 ? "pause_turn" : "end_turn");
    });
    anthropic::tool_runner talk(at_gateway().messages, message, {weather()});
    EXPECT_EQ(talk.run().text(), "Last");
    EXPECT_EQ(requests_.at(1)["messages"].size(), 2u);
}

TEST_F(tools_over_messages, a_forced_choice_holds_once) {
    call_for_two_cities();
    anthropic::message_request forced = message;
    forced.tool_choice = {.type = anthropic::tool_choice_type::tool,
                          .name = "weather",
                          .disable_parallel_tool_use = true};
    anthropic::tool_runner(at_gateway().messages, forced, {weather()}).run();
    EXPECT_EQ(requests_.at(0)["tool_choice"]["type"], "tool");
    EXPECT_EQ(requests_.at(1)["tool_choice"].dump(),
              R"({"type":"auto","disable_parallel_tool_use":true})");
}

TEST_F(tools_over_messages, rounds_and_calls_are_limited) {
    answer_with([](const json::value&, int n) {
        return answer_of(json::value::array({use_of(std::to_string(n), {{"city", "Oslo"}})}),
                         "tool_use");
    });
    anthropic::tool_runner talk(at_gateway().messages, message, {weather()}, {.max_rounds = 3});
    const auto said = talk.try_run();
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().kind, error_kind::tool_limit);
    EXPECT_EQ(requests_.size(), 3u);
    const auto so_far = json::decode_text<std::vector<anthropic::input_message>>(said.error().body);
    ASSERT_TRUE(so_far);
    EXPECT_EQ(so_far->size(), 6u);
    call_for_two_cities();
    EXPECT_EQ(anthropic::tool_runner(at_gateway().messages, message, {weather()}, {.max_calls = 1})
                  .try_run()
                  .error()
                  .kind,
              error_kind::tool_limit);
}

TEST_F(tools_over_messages, an_answer_that_says_nothing_is_no_message) {
    answer_with(
        [](const json::value&, int) { return answer_of(json::value::array(), "end_turn"); });
    anthropic::tool_runner talk(at_gateway().messages, message, {weather()});
    EXPECT_EQ(talk.run().text(), "");
    EXPECT_EQ(talk.request().messages.size(), 1u);
}

TEST_F(tools_over_messages, a_toolbox_answers_calls_that_come_another_way) {
    const anthropic::toolbox tools{weather()};
    const auto call = [](const char* city) {
        return anthropic::tool_use_block{.id = "a", .name = "weather", .input = {{{"city", city}}}};
    };
    EXPECT_EQ(json::encode(tools.call(call("Oslo"))),
              R"({"type":"tool_result","tool_use_id":"a","content":"rain in Oslo"})");
    EXPECT_EQ(tools.call(call("Rome")).is_error, true);
    EXPECT_EQ(tools.call(call("")).is_error, true);
    // Models write nothing at all for a function without arguments.
    const anthropic::toolbox bare{tool("now", "", [] { return 7; })};
    EXPECT_EQ(std::get<std::string>(
                  *bare.call(anthropic::tool_use_block{.id = "a", .name = "now"}).content),
              "7");
    EXPECT_EQ(tools.definitions().at(0).description, "Looks outside.");
}

// One function serves both dialects.
TEST_F(tools_over_messages, the_same_tool_runs_over_chats) {
    serve([](session& on, const received_request&, int n) {
        const char* said =
            n == 1
                ? R"("content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}])"
                : R"("content":"Wet.")";
        on.answer(
            200,
            R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant",)" +
                std::string(said) + R"(},"finish_reason":"stop"}]})");
    });
    openai::tool_runner talk(at_gateway().chat.completions, chat, {weather()});
    EXPECT_EQ(talk.run().text(), "Wet.");
    EXPECT_EQ(runs_, 1);
}

TEST_F(tools_over_messages, an_answer_is_a_struct) {
    answer_with([](const json::value& request, int) {
        EXPECT_EQ(request["tool_choice"].dump(),
                  R"({"type":"tool","name":"Place","disable_parallel_tool_use":true})");
        EXPECT_EQ(request["tools"][0]["name"], "Place");
        return answer_of(json::value::array({use_of("a", {{"city", "Oslo"}}, "Place")}),
                         "tool_use");
    });
    const client api = at_gateway();
    const auto reply = api.messages.parse<place>(message);
    EXPECT_EQ(reply.value.city, "Oslo");
    EXPECT_EQ(reply.usage.output_tokens, 2);
    EXPECT_EQ(reply.info.status, 200);
    EXPECT_EQ(api.messages.try_parse<place>(message)->value.city, "Oslo");
    EXPECT_EQ(api.messages.async_parse<place>(message, asio::use_future).get().value.city, "Oslo");
    EXPECT_TRUE(api.messages.async_try_parse<place>(message, asio::use_future).get());
}

TEST_F(tools_over_messages, what_is_no_struct_is_an_error_with_its_place) {
    const auto parsed = [&](const json::value& content, const char* stop_reason) {
        answer_with([=](const json::value&, int) { return answer_of(content, stop_reason); });
        return at_gateway().messages.try_parse<place>(message).error();
    };
    const error wrong =
        parsed(json::value::array({use_of("a", {{"city", ""}}, "Place")}), "tool_use");
    EXPECT_EQ(wrong.kind, error_kind::decode);
    EXPECT_NE(wrong.message.find("city"), std::string::npos);
    EXPECT_EQ(
        parsed(json::value::array({use_of("a", {{"city", "O"}}, "Place")}), "max_tokens").kind,
        error_kind::incomplete_answer);
    EXPECT_EQ(parsed({{{"type", "text"}, {"text", "No."}}}, "refusal").kind, error_kind::refusal);
    EXPECT_EQ(parsed({{{"type", "text"}, {"text", "Hm."}}}, "end_turn").kind,
              error_kind::empty_answer);
}

}  // namespace
}  // namespace tessera::cortex::test
