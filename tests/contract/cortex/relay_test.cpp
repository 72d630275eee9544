// What becomes of a request between its client and the providers that may answer it.
#include <gtest/gtest.h>

#include "contract/cortex/gateway.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace relay_tests {

const std::string chat_path = "/v1/chat/completions";
const std::string message_path = "/anthropic/v1/messages";

json::value failing(const char* type = "some_error") {
    return {{"error", {{"message", "not today"}, {"type", type}, {"code", "c1"}}}};
}

std::string chunk(const std::string& delta, const std::string& reason = "null") {
    return R"({"id":"1","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":)"
           R"([{"index":0,"delta":)" +
           delta + R"(,"finish_reason":)" + reason + "}]}";
}

provider streaming(std::vector<std::string> events, bool breaks_off = false) {
    return provider([events, breaks_off](test::session& on, const test::received_request&) {
        on.begin_stream();
        for (const std::string& each : events) on.event(each);
        if (breaks_off)
            on.shut_down();
        else
            on.end_stream();
    });
}

// Two candidates behind one name.
cortex_options first_then(const provider& first, const provider& second) {
    cortex_options made;
    made.providers.clear();
    made.provider_patterns.clear();
    made.providers.emplace_back("first", first.settings(provider_type::custom, {"a"}));
    made.providers.emplace_back("second", second.settings(provider_type::custom, {"b"}));
    made.virtual_models["either"].candidates = {{.model = "a"}, {.model = "b"}};
    return made;
}

TEST(gateway_relay, asks_the_next_candidate_where_the_first_one_fails) {
    for (const int status : {429, 500, 502, 503}) {
        const provider first(failing(), status), second(completion("from the second"));
        gateway of(first_then(first, second));
        const raw_response got = of.post(chat_path, with(hello, {{"model", "either"}}));
        EXPECT_EQ(got.status, 200) << status;
        EXPECT_EQ(got.json()["choices"][0]["message"]["content"], "from the second");
        EXPECT_EQ(second.last()["model"], "b");
    }
    const provider gone([](test::session& on, const test::received_request&) { on.shut_down(); });
    const provider second(completion("from the second"));
    gateway of(first_then(gone, second));
    EXPECT_EQ(of.post(chat_path, with(hello, {{"model", "either"}})).status, 200);
    EXPECT_EQ(of.post(message_path, with(hello, {{"model", "either"}})).status, 200);
}

TEST(gateway_relay, leaves_the_requests_own_faults_to_the_first_candidate) {
    for (const int status : {400, 404, 422}) {
        const provider first(failing(), status), second(completion());
        gateway of(first_then(first, second));
        const raw_response got = of.post(chat_path, with(hello, {{"model", "either"}}));
        EXPECT_EQ(got.status, status == 422 ? 400 : status);
        EXPECT_TRUE(second.asked().empty()) << status;
    }
}

TEST(gateway_relay, asks_nobody_else_once_an_answer_has_begun) {
    const provider first = streaming({chunk(R"({"content":"Hi"})")}, true);
    const provider second = streaming({chunk(R"({"content":"other"})", R"("stop")"), "[DONE]"});
    gateway of(first_then(first, second));
    const json::value asked = with(hello, {{"model", "either"}, {"stream", true}});
    const raw_response got = of.post(chat_path, asked);
    const std::vector<std::string> events = got.events();
    ASSERT_EQ(events.size(), 2U) << got.body;
    EXPECT_NE(events[0].find("Hi"), std::string::npos);
    EXPECT_EQ(json::parse(events[1]).value()["error"]["type"], "provider_error");
    EXPECT_TRUE(second.asked().empty());
    const json::value record = of.get("/usage").json()[0];
    EXPECT_EQ(record["status"], "error");
    EXPECT_EQ(record["provider"], "first");
}

TEST(gateway_relay, tells_errors_after_the_first_byte_in_the_clients_dialect) {
    const provider upstream = streaming(
        {chunk(R"({"role":"assistant","content":"Hi"})"),
         R"({"error":{"message":"too much","type":"server_error","code":"overloaded"}})"});
    gateway of(with_provider("openai", upstream.settings(provider_type::openai, {"gpt-4o"})));
    const json::value asked = with(hello, {{"stream", true}});
    const raw_response chat = of.post(chat_path, asked);
    EXPECT_EQ(chat.status, 200);
    EXPECT_TRUE(chat.whole);
    const json::value last = json::parse(chat.events().back()).value();
    EXPECT_NE(last["error"]["message"].get<std::string>().find("too much"), std::string::npos);
    const raw_response messages = of.post(message_path, asked);
    EXPECT_NE(messages.body.find("event: error\ndata: {\"type\":\"error\""), std::string::npos)
        << messages.body;
    EXPECT_EQ(messages.body.find("message_stop"), std::string::npos);
    for (const auto& each : of.get("/usage").json()) EXPECT_EQ(each["status"], "error");
}

TEST(gateway_relay, keeps_the_status_that_clients_can_act_on) {
    struct expected {
        int from, to;
        const char* chat_type;
        const char* message_type;
    };
    for (const expected& each :
         {expected{400, 400, "invalid_request_error", "invalid_request_error"},
          expected{401, 502, "provider_error", "provider_error"},
          expected{403, 502, "provider_error", "provider_error"},
          expected{404, 404, "invalid_request_error", "model_not_found"},
          expected{429, 429, "rate_limit_error", "rate_limit_error"},
          expected{500, 502, "provider_error", "provider_error"}}) {
        SCOPED_TRACE(each.from);
        const provider upstream([&](test::session& on, const test::received_request&) {
            on.answer(each.from, json::encode(failing()), "retry-after: 7\r\n");
        });
        gateway of(with_provider("openai", upstream.settings(provider_type::openai, {"gpt-4o"})));
        for (const bool streams : {false, true}) {
            const json::value asked = with(hello, {{"stream", streams}});
            const raw_response chat = of.post(chat_path, asked);
            EXPECT_EQ(chat.status, each.to);
            EXPECT_EQ(error_type(chat), each.chat_type);
            if (each.to == 429) {
                EXPECT_EQ(chat.header("retry-after"), "7");
            }
            const raw_response messages = of.post(message_path, asked);
            EXPECT_EQ(messages.status, each.to);
            EXPECT_EQ(error_type(messages), each.message_type);
        }
    }
}

TEST(gateway_relay, lets_the_keys_of_a_provider_take_turns) {
    const provider upstream(completion());
    auto settings = upstream.settings(provider_type::openai, {"gpt-4o"});
    settings.api_keys = {{"one", "two", "three"}};
    gateway of(with_provider("openai", settings));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(of.post(chat_path, hello).status, 200);
    std::vector<std::string> shown;
    for (const auto& each : upstream.asked()) shown.push_back(each.header("authorization"));
    EXPECT_EQ(shown,
              (std::vector<std::string>{"Bearer one", "Bearer two", "Bearer three", "Bearer one"}));
}

TEST(gateway_relay, passes_over_keys_that_are_refused_or_limited) {
    const provider upstream([](test::session& on, const test::received_request& asked) {
        const std::string key = asked.header("authorization");
        if (key == "Bearer refused")
            on.answer(401, json::encode(failing()));
        else if (key == "Bearer limited")
            on.answer(429, json::encode(failing()));
        else
            on.answer(200, json::encode(completion("let in")));
    });
    auto settings = upstream.settings(provider_type::openai, {"gpt-4o"});
    settings.api_keys = {{"refused", "limited", "good"}};
    gateway of(with_provider("openai", settings));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(of.post(chat_path, hello).status, 200);
    settings.api_keys = {{"refused", "refused"}};
    gateway shut(with_provider("openai", settings));
    EXPECT_EQ(shut.post(chat_path, hello).status, 502);
    settings.api_keys = {{"refused", "limited"}};
    gateway slow(with_provider("openai", settings));
    EXPECT_EQ(slow.post(chat_path, hello).status, 429);
}

TEST(gateway_relay, hands_on_what_it_does_not_know_within_a_dialect) {
    json::value answer = completion();
    answer["new_member"] = {{"deep", 1}};
    answer["choices"][0]["message"]["audio"] = {{"id", "x"}};
    const provider chats(answer);
    gateway of(with_provider("openai", chats.settings(provider_type::openai, {"gpt-4o"})));
    const json::value told =
        of.post(chat_path, with(hello, {{"brand_new", {1, 2}}, {"top_k", 4}})).json();
    EXPECT_EQ(chats.last()["brand_new"], json::value({1, 2}));
    EXPECT_EQ(chats.last()["top_k"], 4);
    EXPECT_EQ(told["new_member"]["deep"], 1);
    EXPECT_EQ(told["choices"][0]["message"]["audio"]["id"], "x");

    json::value said = message();
    said["content"].push_back({{"type", "future_block"}, {"x", 2}});
    const provider messages(said);
    gateway other(
        with_provider("anthropic", messages.settings(provider_type::anthropic, {"claude"})));
    const json::value given =
        other.post(message_path, with(hello, {{"model", "claude"}, {"brand_new", true}})).json();
    EXPECT_EQ(messages.last()["brand_new"], true);
    EXPECT_EQ(given["content"][1], said["content"][1]);
    // In the other dialect what is not named has no meaning.
    EXPECT_EQ(other.post(chat_path, with(hello, {{"model", "claude"}, {"brand_new", true}})).status,
              200);
    EXPECT_FALSE(messages.last().contains("brand_new"));
}

TEST(gateway_relay, hands_on_parts_that_it_does_not_know_within_a_dialect) {
    const json::value sound = {{"type", "input_audio"},
                               {"input_audio", {{"data", "AAAA"}, {"format", "wav"}}}};
    const json::value file = {{"type", "file"}, {"file", {{"file_id", "file-1"}}}};
    const json::value image = {{"type", "image_url"}, {"image_url", {{"url", "https://a.b/c"}}}};
    const json::value call = {{"id", "call_1"},
                              {"type", "function"},
                              {"function", {{"name", "look"}, {"arguments", "{}"}}}};
    const auto asks = [](const char* model, const json::value& messages) {
        return with(hello, {{"model", model}, {"messages", messages}});
    };
    const auto shown = [&](const json::value& part) {
        return json::value{{{"role", "user"}, {"content", "Look."}},
                           {{"role", "assistant"}, {"tool_calls", {call}}},
                           {{"role", "tool"}, {"tool_call_id", "call_1"}, {"content", {part}}}};
    };
    const json::value said = {{{"role", "user"}, {"content", {sound, file, image}}}};
    const json::value refused = {
        {{"role", "user"}, {"content", "Hi"}},
        {{"role", "assistant"}, {"content", {{{"type", "refusal"}, {"refusal", "No."}}}}},
        {{"role", "user"}, {"content", "Why?"}}};
    const provider chats(completion());
    gateway of(with_provider("openai", chats.settings(provider_type::openai, {"gpt-4o"})));
    for (const json::value& messages : {said, shown(image), shown(file), refused}) {
        const raw_response got = of.post(chat_path, asks("gpt-4o", messages));
        EXPECT_EQ(got.status, 200) << got.body;
        // The order of members means nothing.
        EXPECT_EQ(nlohmann::json(chats.last()["messages"]), nlohmann::json(messages));
    }
    // The other dialect has images, of results as well, and refuses what it has no form for.
    const provider messages(message());
    gateway other(
        with_provider("anthropic", messages.settings(provider_type::anthropic, {"claude"})));
    EXPECT_EQ(other.post(chat_path, asks("claude", shown(image))).status, 200);
    EXPECT_EQ(
        messages.last()["messages"][2]["content"][0]["content"][0],
        json::parse(R"({"type":"image","source":{"type":"url","url":"https://a.b/c"}})").value());
    for (const auto& each : {said, shown(file)}) {
        const raw_response got = other.post(chat_path, asks("claude", each));
        EXPECT_EQ(got.status, 400) << got.body;
        EXPECT_NE(got.body.find("content[0].type"), std::string::npos) << got.body;
    }
    // The engine reads text alone.
    const raw_response read = gateway::bundled().post(chat_path, asks("gpt-4o", said));
    EXPECT_EQ(read.status, 400);
    EXPECT_NE(read.body.find("sounds"), std::string::npos) << read.body;
}

TEST(gateway_relay, hands_on_events_that_it_does_not_know) {
    const provider upstream([](test::session& on, const test::received_request&) {
        on.begin_stream();
        const auto event = [&](const std::string& name, const std::string& data) {
            on.chunk("event: " + name + "\ndata: " + data + "\n\n");
        };
        event("message_start", R"({"type":"message_start","message":)" +
                                   json::encode(with(message(), {{"content", json::value::array()},
                                                                 {"stop_reason", nullptr}})) +
                                   "}");
        event("novelty", R"({"type":"novelty","x":{"y":1}})");
        event("message_delta", R"({"type":"message_delta","delta":{"stop_reason":"end_turn",)"
                               R"("stop_sequence":null},"usage":{"output_tokens":2}})");
        event("message_stop", R"({"type":"message_stop"})");
        on.end_stream();
    });
    gateway of(with_provider("anthropic", upstream.settings(provider_type::anthropic, {"claude"})));
    const raw_response got =
        of.post(message_path, with(hello, {{"model", "claude"}, {"stream", true}}));
    EXPECT_NE(got.body.find("event: novelty\ndata: {\"type\":\"novelty\",\"x\":{\"y\":1}}"),
              std::string::npos)
        << got.body;
    EXPECT_TRUE(got.body.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
}

TEST(gateway_relay, shows_anthropic_a_version_the_clients_where_it_has_one) {
    const provider upstream(message());
    gateway of(with_provider("anthropic", upstream.settings(provider_type::anthropic, {"claude"})));
    const json::value asked = with(hello, {{"model", "claude"}});
    EXPECT_EQ(of.post(message_path, asked).status, 200);
    EXPECT_EQ(upstream.asked().back().header("anthropic-version"), "2023-06-01");
    EXPECT_EQ(upstream.asked().back().header("x-api-key"), "upstream-key");
    EXPECT_EQ(upstream.asked().back().head.target, "/v1/messages");
    of.post(message_path, asked,
            key_line + "anthropic-version: 2024-01-01\r\nanthropic-beta: some-beta\r\n");
    EXPECT_EQ(upstream.asked().back().header("anthropic-version"), "2024-01-01");
    EXPECT_EQ(upstream.asked().back().header("anthropic-beta"), "some-beta");
}

TEST(gateway_relay, asks_for_usage_and_tells_it_to_whom_asked) {
    const provider upstream = streaming(
        {"null", chunk(R"({"role":"assistant","content":"Hi"})"), chunk("{}", R"("stop")"),
         R"({"id":"1","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[],)"
         R"("usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}})",
         "[DONE]"});
    gateway of(with_provider("openai", upstream.settings(provider_type::openai, {"gpt-4o"})));
    const raw_response plain = of.post(chat_path, with(hello, {{"stream", true}}));
    EXPECT_EQ(upstream.last()["stream_options"]["include_usage"], true);
    EXPECT_EQ(plain.chunks().size(), 2U) << plain.body;
    const raw_response told = of.post(
        chat_path, with(hello, {{"stream", true}, {"stream_options", {{"include_usage", true}}}}));
    EXPECT_EQ(told.chunks().back()["usage"]["total_tokens"], 7);
    for (const auto& each : of.get("/usage").json()) {
        EXPECT_EQ(each["input_tokens"], 5);
        EXPECT_EQ(each["output_tokens"], 2);
    }
}

TEST(gateway_relay, takes_streams_that_err) {
    // No [DONE], no ids, no index, "" for null.
    const provider upstream = streaming(
        {R"({"choices":[{"delta":{"role":"assistant","content":"Hi"},"finish_reason":""}]})",
         R"({"choices":[{"delta":{},"finish_reason":"stop"}]})"});
    gateway of(with_provider("openai", upstream.settings(provider_type::openai, {"gpt-4o"})));
    const raw_response got = of.post(chat_path, with(hello, {{"stream", true}}));
    const auto chunks = got.chunks();
    ASSERT_EQ(chunks.size(), 2U) << got.body;
    EXPECT_FALSE(chunks[0]["choices"][0].contains("finish_reason"));
    EXPECT_EQ(chunks[1]["choices"][0]["finish_reason"], "stop");
    EXPECT_EQ(chunks[0]["model"], "gpt-4o");
    const raw_response messages = of.post(message_path, with(hello, {{"stream", true}}));
    EXPECT_NE(messages.body.find("\"stop_reason\":\"end_turn\""), std::string::npos);
}

TEST(gateway_relay, ends_messages_that_gave_their_reason_and_no_more) {
    for (const bool gives_reason : {true, false}) {
        const provider upstream([&](test::session& on, const test::received_request&) {
            on.begin_stream();
            on.chunk("event: message_start\ndata: " +
                     json::encode(json::value{{"type", "message_start"}, {"message", message()}}) +
                     "\n\n");
            if (gives_reason)
                on.chunk(
                    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":"
                    "{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n");
            on.end_stream();
        });
        gateway of(
            with_provider("anthropic", upstream.settings(provider_type::anthropic, {"claude"})));
        const raw_response got =
            of.post(message_path, with(hello, {{"model", "claude"}, {"stream", true}}));
        EXPECT_EQ(got.body.find("event: message_stop") != std::string::npos, gives_reason)
            << got.body;
        EXPECT_EQ(got.body.find("event: error") == std::string::npos, gives_reason) << got.body;
        EXPECT_EQ(of.get("/usage").json()[0]["status"], gives_reason ? "success" : "error");
    }
}

TEST(gateway_relay, ends_the_providers_call_when_the_client_leaves) {
    for (const bool streams : {false, true})
        for (const std::string& path : {chat_path, message_path}) {
            SCOPED_TRACE(path + (streams ? " streamed" : ""));
            test::gate asked, left;
            const provider upstream([&](test::session& on, const test::received_request&) {
                asked.open();
                on.wait_for_close();
                left.open();
            });
            gateway of(
                with_provider("openai", upstream.settings(provider_type::openai, {"gpt-4o"})));
            raw_client client(of.port());
            of.send(client, "POST", path, json::encode(with(hello, {{"stream", streams}})));
            asked.wait();
            client.close();
            EXPECT_TRUE(left.wait_for(std::chrono::seconds(20)));
        }
}

TEST(gateway_relay, finds_models_by_all_forms_of_their_names) {
    const provider upstream(completion());
    cortex_options how;
    how.provider_patterns["own"] = "own/";
    how.providers.emplace_back("own", upstream.settings(provider_type::custom, {"m", "a:b"}));
    how.providers.emplace_back("any", upstream.settings(provider_type::custom, {}));
    how.aliases["short"] = "own:m";
    how.virtual_models["v"].candidates = {{.model = "m", .enabled = false}, {.model = "own:a:b"}};
    gateway of(how);
    const auto reached = [&](const std::string& name) {
        const raw_response got = of.post(chat_path, with(hello, {{"model", name}}));
        if (got.status != 200) return std::to_string(got.status);
        return upstream.last()["model"].get<std::string>();
    };
    EXPECT_EQ(reached("m"), "m");
    EXPECT_EQ(reached("own:m"), "m");
    EXPECT_EQ(reached("own/m"), "m");
    EXPECT_EQ(reached("short"), "m");
    EXPECT_EQ(reached("v"), "a:b");
    EXPECT_EQ(reached("a:b"), "a:b");  // no provider is called "a"
    EXPECT_EQ(reached("own:a:b"), "a:b");
    // A server whose models nobody listed knows for itself which it has.
    EXPECT_EQ(reached("any:whatever"), "whatever");
    for (const char* unknown : {"whatever", "nobody:m", "own:", "own/", "own:x", ":m", "openai:m"})
        EXPECT_EQ(reached(unknown), "404") << unknown;
    EXPECT_EQ(reached(""), "400");
}

}  // namespace relay_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
