// What the Cerebras API answers to requests that generate nothing.
#include <gtest/gtest.h>

#include "support.hpp"

namespace tessera::server::testing {
namespace {

const std::string chat = "/cerebras/v1/chat/completions";
const std::string completions = "/cerebras/v1/completions";

raw_response get(std::string_view target, std::string_view more = key_line) {
    return running_server::shared().ask(head_of("GET", target, more));
}
raw_response post(std::string_view target, const json::value& body,
                  std::string_view more = key_line) {
    return running_server::shared().post(target, body, more);
}

json::value chat_body(const json::value& more = json::value::object()) {
    json::value body = {{"model", "llama3.1-8b"},
                        {"messages", {{{"role", "user"}, {"content", "Hi"}}}},
                        {"max_completion_tokens", 1}};
    body.update(more);
    return body;
}
json::value completion_body(const json::value& more = json::value::object()) {
    json::value body = {{"model", "llama3.1-8b"}, {"prompt", "Hi"}, {"max_tokens", 1}};
    body.update(more);
    return body;
}

TEST(cerebras, models) {
    const json::value list = get("/cerebras/v1/models").json();
    EXPECT_EQ(list["object"], "list");
    std::vector<std::string> ids;
    for (const auto& each : list["data"]) ids.push_back(each["id"]);
    EXPECT_EQ(ids.front(), "llama3.1-8b");
    EXPECT_EQ(ids.back(), "tiny");
    const json::value one = get("/cerebras/v1/models/llama3.1-8b").json();
    EXPECT_EQ(one, list["data"][0]);
    EXPECT_EQ(one["owned_by"], "Meta");
    const raw_response unknown = get("/cerebras/v1/models/none");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.json()["code"], "model_not_found");
    EXPECT_EQ(unknown.json()["param"], "model");
}

TEST(cerebras, public_models_in_three_formats_without_a_key) {
    const std::string path = "/cerebras/public/v1/models";
    const json::value standard = get(path, "").json()["data"][0];
    EXPECT_EQ(standard["limits"]["max_context_length"], 2048);
    EXPECT_EQ(standard["quantization"], "FP32");
    EXPECT_EQ(standard, get(path + "/llama3.1-8b?format=default", "").json());
    const json::value router = get(path + "?format=openrouter", "").json();
    EXPECT_FALSE(router.contains("object"));
    EXPECT_EQ(router["data"][0]["quantization"], "fp32");
    EXPECT_EQ(router["data"][0], get(path + "/llama3.1-8b?format=openrouter", "").json());
    const json::value face = get(path + "?format=huggingface", "").json();
    EXPECT_EQ(face["data"][0]["pricing"]["input"], 0);
    EXPECT_EQ(face["data"][0], get(path + "/llama3.1-8b?format=huggingface", "").json());
    const raw_response wrong = get(path + "?format=other", "");
    EXPECT_EQ(wrong.status, 422);
    EXPECT_EQ(wrong.json()["detail"][0]["loc"], json::value::array({"query", "format"}));
    EXPECT_EQ(get(path + "/none", "").status, 404);
}

TEST(cerebras, warming_needs_no_key) {
    const raw_response got = get("/cerebras/v1/tcp_warming", "");
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, "{}");
}

TEST(cerebras, keys_are_checked_first) {
    for (const char* line :
         {"", "authorization: Bearer wrong\r\n", "authorization: csk-tessera-dev\r\n",
          "authorization: Basic csk-tessera-dev\r\n", "authorization: Bearer \r\n"}) {
        const raw_response got = post(chat, {{"nonsense", 1}}, line);
        EXPECT_EQ(got.status, 401) << line;
        EXPECT_EQ(got.json()["type"], "authentication_error");
        EXPECT_EQ(got.header("www-authenticate"), "Bearer");
    }
    EXPECT_EQ(get("/cerebras/v1/models", "Authorization: bearer csk-tessera-dev\r\n").status, 200);
}

TEST(cerebras, every_answer_tells_the_limits) {
    for (const raw_response& got :
         {get("/cerebras/v1/models"), get("/cerebras/v1/models", ""), get("/cerebras/other"),
          get(chat), post(chat, json::value::object())})
        for (const char* what : {"limit", "remaining", "reset"})
            for (const char* unit : {"requests-day", "tokens-minute"})
                EXPECT_TRUE(got.headers.contains(std::string("x-ratelimit-") + what + "-" + unit))
                    << got.status;
}

TEST(cerebras, a_used_up_quota_is_429) {
    options settings = tiny_options();
    settings.cerebras.requests_per_day = 1;
    running_server server(settings);
    EXPECT_EQ(server.post(chat, chat_body()).status, 200);
    const raw_response got = server.post(chat, chat_body());
    EXPECT_EQ(got.status, 429);
    EXPECT_EQ(got.json()["type"], "too_many_requests_error");
    EXPECT_GT(std::stoi(got.header("retry-after")), 0);
    EXPECT_EQ(server.ask(head_of("GET", "/cerebras/v1/models", key_line)).status, 200);
}

TEST(cerebras, a_full_queue_is_429) {
    options settings = tiny_options();
    settings.max_sequences = 1;
    settings.queue_limit = 1;
    running_server server(settings);
    const raw_response got = server.post(
        completions, completion_body({{"n", 100}, {"min_tokens", 50}, {"max_tokens", 50}}));
    EXPECT_EQ(got.status, 429);
    EXPECT_EQ(got.json()["code"], "queue_exceeded");
    EXPECT_EQ(got.header("retry-after"), "1");
    // What had been accepted of the request is given up at once.
    while (server.generations() > 0) {
    }
    EXPECT_EQ(server.post(completions, completion_body()).status, 200);
}

TEST(cerebras, media_types) {
    const auto with = [&](std::string_view lines) {
        return running_server::shared()
            .ask(head_of("POST", chat, std::string(lines) + key_line + "content-length: 2\r\n") +
                     "{}",
                 "POST")
            .status;
    };
    EXPECT_EQ(with(""), 415);
    EXPECT_EQ(with("content-type: text/plain\r\n"), 415);
    EXPECT_EQ(with("content-type: application/x-www-form-urlencoded\r\n"), 415);
    EXPECT_EQ(with("content-type: application/json; charset=latin1\r\n"), 415);
    EXPECT_EQ(with("content-type: application/json\r\ncontent-encoding: gzip\r\n"), 415);
    EXPECT_EQ(with("content-type: Application/JSON ; charset=UTF-8\r\n"), 422);
    EXPECT_EQ(with("content-type: application/vnd.x+json\r\n"), 422);
}

// The types of all issues, by place.
std::map<std::string, std::string> issues_of(const raw_response& got) {
    EXPECT_EQ(got.status, 422) << got.body;
    std::map<std::string, std::string> all;
    const json::value answer = got.json();
    for (const auto& each : answer["detail"]) {
        std::string place;
        for (const auto& step : each["loc"])
            place += (place.empty() ? "" : ".") +
                     (step.is_string() ? step.get<std::string>() : step.dump());
        EXPECT_FALSE(each["msg"].get<std::string>().empty());
        all[place] = each["type"];
    }
    return all;
}

TEST(cerebras, every_issue_of_a_body_is_told_with_its_place) {
    const auto issues =
        issues_of(post(chat, {{"messages", json::value::array({{{"role", "user"}}})},
                              {"temperature", 3},
                              {"top_p", "x"},
                              {"service_tier", "none"},
                              {"stop", {"a", 1}},
                              {"unknown", 1}}));
    EXPECT_EQ(issues.at("body.model"), "missing");
    EXPECT_EQ(issues.at("body.unknown"), "extra_forbidden");
    EXPECT_EQ(issues.at("body.temperature"), "less_than_equal");
    EXPECT_TRUE(issues.contains("body.top_p"));
    EXPECT_TRUE(issues.contains("body.service_tier"));
    EXPECT_GE(issues.size(), 7U);
}

TEST(cerebras, bodies_that_are_no_json) {
    for (const char* body : {"{", "", "[1,]", "\xff", "{\"a\":1}x"}) {
        const raw_response got = running_server::shared().ask(post_of(chat, body), "POST");
        const auto issues = issues_of(got);
        EXPECT_EQ(issues.size(), 1U);
        EXPECT_TRUE(issues.contains("body"));
    }
    EXPECT_EQ(
        issues_of(running_server::shared().ask(post_of(chat, std::string(100'000, '[')), "POST"))
            .at("body"),
        "json_invalid");
    EXPECT_TRUE(issues_of(post(chat, json::value::array())).contains("body"));
}

TEST(cerebras, parameters_that_contradict_each_other) {
    const auto chat_issue = [&](const json::value& more) {
        return issues_of(post(chat, chat_body(more)));
    };
    EXPECT_TRUE(chat_issue({{"max_tokens", 2}}).contains("body.max_tokens"));
    EXPECT_TRUE(
        chat_issue({{"min_tokens", 1}, {"min_completion_tokens", 0}}).contains("body.min_tokens"));
    EXPECT_TRUE(chat_issue({{"min_tokens", 2}}).contains("body.min_completion_tokens"));
    EXPECT_TRUE(chat_issue({{"max_completion_tokens", -2}}).contains("body.max_completion_tokens"));
    EXPECT_TRUE(chat_issue({{"top_logprobs", 2}}).contains("body.top_logprobs"));
    EXPECT_TRUE(chat_issue({{"n", 0}}).contains("body.n"));
    EXPECT_TRUE(chat_issue({{"n", 129}}).contains("body.n"));
    EXPECT_TRUE(chat_issue({{"stop", ""}}).contains("body.stop"));
    EXPECT_TRUE(chat_issue({{"stop", {"a", ""}}}).contains("body.stop.1"));
    EXPECT_TRUE(chat_issue({{"stop", {"a", "b", "c", "d", "e"}}}).contains("body.stop"));
    EXPECT_TRUE(chat_issue({{"logit_bias", {{"x", 1}}}}).contains("body.logit_bias.x"));
    EXPECT_TRUE(chat_issue({{"logit_bias", {{"99999", 1}}}}).contains("body.logit_bias.99999"));
    EXPECT_TRUE(chat_issue({{"logit_bias", {{"1", 101}}}}).contains("body.logit_bias.1"));
    const auto text_issue = [&](const json::value& more) {
        return issues_of(post(completions, completion_body(more)));
    };
    EXPECT_TRUE(text_issue({{"n", 3}, {"best_of", 2}}).contains("body.best_of"));
    EXPECT_TRUE(text_issue({{"best_of", 2}, {"stream", true}}).contains("body.best_of"));
    EXPECT_TRUE(text_issue({{"prompt", json::value::array()}}).contains("body.prompt"));
    EXPECT_TRUE(text_issue({{"prompt", {1, 99999}}}).contains("body.prompt.1"));
    EXPECT_TRUE(text_issue({{"prompt", {{1}, {2, -1}}}}).contains("body.prompt.1.1"));
    EXPECT_TRUE(text_issue({{"prompt", {"a", "b"}}, {"n", 65}}).contains("body.prompt"));
}

TEST(cerebras, what_the_model_cannot_do_is_refused_by_name) {
    const json::value function = {{"type", "function"}, {"function", {{"name", "f"}}}};
    const std::tuple<const char*, json::value, json::value> refused[] = {
        {"tools", json::value::array({function}), chat_body()},
        {"reasoning_effort", "high", chat_body()},
        {"suffix", "x", completion_body()}};
    for (auto [name, value, body] : refused) {
        body[name] = value;
        const raw_response got = post(body.contains("prompt") ? completions : chat, body);
        EXPECT_EQ(got.status, 400) << name;
        EXPECT_EQ(got.json()["param"], name);
        EXPECT_NE(got.json()["message"].get<std::string>().find(name), std::string::npos);
    }
}

TEST(cerebras, what_asks_for_the_usual_is_fine) {
    const json::value usual = {{"response_format", {{"type", "text"}}},
                               {"tools", json::value::array()},
                               {"tool_choice", "none"},
                               {"parallel_tool_calls", true},
                               {"reasoning_format", "none"},
                               {"reasoning_effort", nullptr},
                               {"disable_reasoning", false},
                               {"user", "someone"},
                               {"service_tier", "flex"},
                               {"prediction", nullptr}};
    const raw_response got = post(chat, chat_body(usual));
    EXPECT_EQ(got.status, 200) << got.body;
    EXPECT_EQ(got.json()["service_tier"], "flex");
}

TEST(cerebras, unknown_models_and_prompts_that_do_not_fit) {
    EXPECT_EQ(post(chat, chat_body({{"model", "none"}})).status, 404);
    EXPECT_EQ(post(completions, completion_body({{"model", "none"}})).status, 404);
    for (const std::size_t length : {2048U, 100'000U}) {
        const std::string text(length, 'x');
        const raw_response long_chat =
            post(chat, chat_body({{"messages", {{{"role", "user"}, {"content", text}}}}}));
        EXPECT_EQ(long_chat.status, 400);
        EXPECT_EQ(long_chat.json()["code"], "context_length_exceeded");
        const raw_response long_text = post(completions, completion_body({{"prompt", text}}));
        EXPECT_EQ(long_text.status, 400);
        EXPECT_EQ(long_text.json()["code"], "context_length_exceeded");
    }
}

TEST(cerebras, images_are_refused) {
    const json::value part = {{"type", "image_url"}, {"image_url", {{"url", "data:,"}}}};
    const json::value message = {{"role", "user"}, {"content", json::value::array({part})}};
    const raw_response got = post(chat, chat_body({{"messages", json::value::array({message})}}));
    EXPECT_EQ(got.status, 400);
    EXPECT_EQ(got.json()["param"], "messages");
}

TEST(cerebras, a_delay_is_waited_for) {
    const auto began = std::chrono::steady_clock::now();
    const raw_response got = post(chat, chat_body(), key_line + "x-delay-time: 0.15\r\n");
    EXPECT_EQ(got.status, 200);
    EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(150));
    for (const char* wrong : {"x", "-1", "1e9", "nan", ""}) {
        const raw_response refused =
            post(chat, chat_body(), key_line + "x-delay-time: " + wrong + "\r\n");
        EXPECT_EQ(issues_of(refused).count("header.X-delay-time"), 1U) << wrong;
    }
}

}  // namespace
}  // namespace tessera::server::testing
