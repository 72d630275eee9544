// The Cerebras API in front of another server: of one like itself, and of ones that are scripted.
#include "inference/upstream/upstream_model.hpp"

#include <gtest/gtest.h>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <fstream>
#include <thread>

#include "inference/local/local_model.hpp"
#include "support.hpp"
#include "support/scripted_server.hpp"

namespace tessera::server::testing {
namespace {
namespace upstream_tests {

using test::gate;
using test::received_request;
using test::scripted_server;

options front_options(std::string url, std::string name = "far") {
    options made;
    made.io_threads = 1;
    made.seed = 3;
    made.upstream = {.url = std::move(url), .api_key = "csk-tessera-dev", .model = std::move(name)};
    return made;
}

const std::string chat_path = "/cerebras/v1/chat/completions";
const std::string text_path = "/cerebras/v1/completions";

json::value chat_body(const json::value& more = json::value::object()) {
    json::value body = {{"model", "llama3.1-8b"},
                        {"messages", {{{"role", "user"}, {"content", "Hi"}}}},
                        {"max_completion_tokens", 12},
                        {"seed", 5}};
    body.update(more);
    return body;
}

json::value text_body(const json::value& more = json::value::object()) {
    json::value body = {
        {"model", "llama3.1-8b"}, {"prompt", "ab"}, {"max_tokens", 12}, {"seed", 5}};
    body.update(more);
    return body;
}

/// One that forwards to the server that other tests share.
running_server& front() {
    static running_server server(front_options(
        "http://127.0.0.1:" + std::to_string(running_server::shared().port()) + "/cerebras/v1/",
        "tiny"));
    return server;
}

// What is the same whoever answers.
json::value essence(json::value answer) {
    for (const char* own : {"id", "created", "system_fingerprint", "time_info", "model"})
        answer.erase(own);
    return answer;
}

TEST(upstream, gives_the_answer_that_the_other_server_gives) {
    for (const json::value& more :
         {json::value::object(), json::value{{"n", 2}},
          json::value{{"logprobs", true}, {"top_logprobs", 2}, {"temperature", 0.5}},
          json::value{{"max_tokens", 12}, {"min_tokens", 12}},
          json::value{{"logit_bias", {{"98", 100}}}, {"stop", {"zz", "bbb"}}},
          json::value{
              {"response_format",
               {{"type", "json_schema"},
                {"json_schema", {{"name", "x"}, {"schema", {{"enum", {"red", "green"}}}}}}}}}}) {
        const raw_response here = front().post(chat_path, chat_body(more));
        const raw_response there = running_server::shared().post(chat_path, chat_body(more));
        ASSERT_EQ(here.status, 200) << here.body;
        EXPECT_EQ(essence(here.json()), essence(there.json())) << more;
        EXPECT_EQ(here.json()["model"], "llama3.1-8b");
        EXPECT_GT(here.json()["time_info"]["total_time"], 0);
        EXPECT_FALSE(here.json()["time_info"].contains("queue_time"));
    }
    for (const json::value& more :
         {json::value::object(), json::value{{"echo", true}, {"logprobs", 2}},
          json::value{{"prompt", {97, 98}}}, json::value{{"prompt", {"ab", "cd"}}, {"n", 2}},
          json::value{{"best_of", 4}, {"n", 2}, {"logprobs", 0}, {"min_tokens", 12}}}) {
        const raw_response here = front().post(text_path, text_body(more));
        const raw_response there = running_server::shared().post(text_path, text_body(more));
        ASSERT_EQ(here.status, 200) << here.body;
        EXPECT_EQ(essence(here.json()), essence(there.json())) << more;
    }
}

TEST(upstream, streams_what_it_answers) {
    for (const std::string& path : {chat_path, text_path}) {
        json::value body = path == chat_path ? chat_body({{"n", 2}}) : text_body({{"n", 2}});
        const json::value whole = front().post(path, body).json();
        body["stream"] = true;
        std::map<std::size_t, std::string> texts;
        json::value last;
        for (const json::value& chunk : front().post(path, body).chunks()) {
            const json::value& choice = chunk["choices"][0];
            texts[choice["index"]] +=
                path == chat_path ? choice["delta"].value("content", "") : choice.value("text", "");
            last = chunk;
        }
        for (std::size_t i = 0; i < 2; ++i) {
            const json::value& choice = whole["choices"][i];
            EXPECT_EQ(json::value(texts[i]),
                      path == chat_path ? choice["message"]["content"] : choice["text"]);
        }
        EXPECT_EQ(last["usage"], whole["usage"]);
        EXPECT_EQ(last["choices"][0]["finish_reason"], "length");
    }
}

TEST(upstream, takes_the_first_listed_model_unless_one_is_named) {
    const std::string url =
        "http://127.0.0.1:" + std::to_string(running_server::shared().port()) + "/cerebras";
    running_server any(front_options(url, ""));
    EXPECT_EQ(any.post(chat_path, chat_body()).status, 200);
    EXPECT_EQ(any.ask(head_of("GET", "/_tessera/health")).json()["models"][0]["name"],
              "llama3.1-8b");
    running_server wrong(front_options(url, "gpt-17"));
    const raw_response got = wrong.post(chat_path, chat_body());
    EXPECT_EQ(got.status, 404);
    EXPECT_EQ(got.json()["code"], "model_not_found");
    // It answers under its own name as well.
    EXPECT_EQ(front().post(chat_path, chat_body({{"model", "tiny"}})).status, 200);
    EXPECT_EQ(any.post(chat_path, chat_body({{"model", "tiny"}})).status, 404);
}

TEST(upstream, refuses_by_name_what_the_wire_has_no_words_for) {
    const std::pair<const char*, json::value> of_chats[] = {
        {"prediction", {{"prediction", {{"type", "content"}, {"content", "x"}}}}},
        {"reasoning_format", {{"reasoning_format", "raw"}}},
        {"min_tokens", {{"min_tokens", -1}, {"max_completion_tokens", nullptr}}}};
    const std::pair<const char*, json::value> of_texts[] = {
        {"grammar_root", {{"grammar_root", "root ::= \"x\""}}},
        {"return_raw_tokens", {{"return_raw_tokens", true}}},
        {"reasoning_format", {{"reasoning_format", "parsed"}}},
        {"best_of", {{"best_of", 3}, {"echo", true}}}};
    const auto expect = [](const raw_response& got, const char* name) {
        EXPECT_EQ(got.status, 400) << name << got.body;
        EXPECT_EQ(got.json()["param"], name);
        EXPECT_EQ(got.json()["code"], "unsupported_parameter");
    };
    for (const auto& [name, more] : of_chats)
        expect(front().post(chat_path, chat_body(more)), name);
    for (const auto& [name, more] : of_texts)
        expect(front().post(text_path, text_body(more)), name);
}

TEST(upstream, a_request_that_it_refuses_stays_refused) {
    const json::value much =
        json::value::array({{{"role", "user"}, {"content", std::string(3000, 'x')}}});
    const raw_response long_one = front().post(chat_path, chat_body({{"messages", much}}));
    EXPECT_EQ(long_one.status, 400);
    EXPECT_EQ(long_one.json()["code"], "context_length_exceeded");
    EXPECT_EQ(long_one.json()["param"], "messages");
    const json::value schema = {{"type", "json_schema"},
                                {"json_schema", {{"name", "x"}, {"schema", {{"pattern", "("}}}}}};
    EXPECT_EQ(front().post(chat_path, chat_body({{"response_format", schema}})).status, 400);
}

TEST(upstream, a_client_that_leaves_frees_the_slot_there) {
    running_server far;
    running_server near(
        front_options("http://127.0.0.1:" + std::to_string(far.port()) + "/cerebras", "tiny"));
    for (const bool streams : {true, false}) {
        raw_client client(near.port());
        client.send(post_of(text_path, json::encode(text_body(
                                           {{"max_tokens", -1}, {"n", 20}, {"stream", streams}}))));
        while (far.generations() == 0) {
        }
        client.close();
        while (far.generations() > 0 || near.generations() > 0) {
        }
    }
}

/// Answers a chat of one word from the script, and shows what was asked.
raw_response ask_scripted(const scripted_server::script& script,
                          const json::value& more = json::value::object(),
                          std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
    const scripted_server far(script);
    options settings = front_options(far.url());
    settings.upstream.timeout = timeout;
    running_server near(settings);
    return near.post(chat_path, chat_body(more));
}

scripted_server::script answering(int status, std::string body, std::string headers = "") {
    return test::for_each_request(
        [=](test::session& on, const received_request&, int) { on.answer(status, body, headers); });
}

scripted_server::script streaming(std::vector<std::string> events) {
    return test::for_each_request([=](test::session& on, const received_request&, int) {
        on.begin_stream();
        for (const std::string& each : events) on.event(each);
        on.end_stream();
    });
}

TEST(upstream, errors_are_those_of_a_gateway_but_for_the_clients_own) {
    const std::pair<int, int> statuses[] = {{400, 400}, {422, 400}, {404, 404}, {401, 502},
                                            {403, 502}, {500, 502}, {503, 502}, {418, 502}};
    for (const auto& [theirs, ours] : statuses) {
        const raw_response got = ask_scripted(answering(
            theirs,
            R"({"error":{"message":"too hot","param":"temperature","code":"heat","type":"x"}})"));
        EXPECT_EQ(got.status, ours) << theirs;
        EXPECT_NE(got.json()["message"].get<std::string>().find("too hot"), std::string::npos);
        EXPECT_EQ(got.json()["code"], ours == 502 ? "upstream_error" : "heat");
        EXPECT_EQ(got.json()["param"], ours == 502 ? json::value() : json::value("temperature"));
    }
    const raw_response busy =
        ask_scripted(answering(429, R"({"message":"busy"})", "retry-after: 7\r\n"));
    EXPECT_EQ(busy.status, 429);
    EXPECT_EQ(busy.header("retry-after"), "7");
    EXPECT_EQ(ask_scripted(answering(200, "not a stream")).status, 502);
    EXPECT_EQ(ask_scripted(streaming({"{"})).status, 502);
    EXPECT_EQ(ask_scripted(streaming({"[DONE]"})).status, 502);
    const auto hangs_up = [](test::session& on) { on.read_request(); };
    EXPECT_EQ(ask_scripted(hangs_up).status, 502);
    const auto says_nothing = [](test::session& on) {
        on.read_request();
        on.wait_for_close();
    };
    EXPECT_EQ(
        ask_scripted(says_nothing, json::value::object(), std::chrono::milliseconds(50)).status,
        502);
}

TEST(upstream, nobody_listens) {
    std::string url;
    {
        const scripted_server gone([](test::session&) {});
        url = gone.url();
    }
    running_server near(front_options(url));
    const raw_response got = near.post(chat_path, chat_body());
    EXPECT_EQ(got.status, 502);
    EXPECT_EQ(got.body.find("csk-"), std::string::npos);
    running_server unnamed(front_options(url, ""));
    EXPECT_EQ(unnamed.post(chat_path, chat_body()).status, 502);
}

TEST(upstream, a_stream_that_breaks_ends_with_an_error) {
    const std::string said = R"({"choices":[{"index":0,"delta":{"content":"a"}}]})";
    const raw_response cut = ask_scripted(streaming({said}), {{"stream", true}});
    EXPECT_EQ(cut.status, 200);
    ASSERT_FALSE(cut.events().empty());
    EXPECT_NE(cut.events().back().find("502"), std::string::npos) << cut.body;
    const raw_response failed = ask_scripted(
        streaming({said, R"({"error":{"message":"slow down","code":429}})"}), {{"stream", true}});
    EXPECT_NE(failed.events().back().find("429"), std::string::npos) << failed.body;
    EXPECT_NE(failed.events().back().find("slow down"), std::string::npos);
}

// As servers of several kinds write their chunks.
TEST(upstream, reads_thoughts_calls_and_nulls) {
    const auto script = streaming(
        {R"({"id":"x","choices":[{"index":0,"delta":{"role":"assistant","content":null,)"
         R"("tool_calls":null},"logprobs":null,"finish_reason":null}],"usage":null})",
         R"({"choices":[{"index":0,"delta":{"reasoning_content":"I"}}]})",
         R"({"choices":[{"index":0,"delta":{"reasoning":" see."}}]})",
         R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function",)"
         R"("function":{"name":"f","arguments":""}}]}}]})",
         R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"type":null,)"
         R"("function":{"name":null,"arguments":"{\"a\":"}}]}}]})",
         R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":)"
         R"({"arguments":"1"}},{"index":1,"id":"c2","function":{"name":"g","arguments":"{"}}]}}]})",
         R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":)"
         R"({"arguments":"}"}},{"index":1,"function":{"arguments":"}"}}]}}]})",
         R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls","stop_reason":7}]})",
         R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,)"
         R"("prompt_tokens_details":null}})",
         "[DONE]"});
    const raw_response got = ask_scripted(script);
    ASSERT_EQ(got.status, 200) << got.body;
    const json::value answer = got.json();
    const json::value& choice = answer["choices"][0];
    EXPECT_EQ(choice["finish_reason"], "tool_calls");
    EXPECT_EQ(choice["message"]["reasoning"], "I see.");
    EXPECT_FALSE(choice["message"].contains("content"));
    EXPECT_EQ(choice["message"]["tool_calls"][0]["id"], "c1");
    EXPECT_EQ(choice["message"]["tool_calls"][0]["function"],
              (json::value{{"name", "f"}, {"arguments", "{\"a\":1}"}}));
    EXPECT_EQ(choice["message"]["tool_calls"][1]["function"],
              (json::value{{"name", "g"}, {"arguments", "{}"}}));
    EXPECT_EQ(answer["usage"],
              (json::value{{"prompt_tokens", 3}, {"completion_tokens", 4}, {"total_tokens", 7}}));
    const raw_response hidden = ask_scripted(script, {{"reasoning_format", "hidden"}});
    EXPECT_FALSE(hidden.json()["choices"][0]["message"].contains("reasoning"));
}

TEST(upstream, figures_that_it_does_not_give_are_left_out) {
    const raw_response got = ask_scripted(streaming(
        {R"({"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]})", "[DONE]"}));
    ASSERT_EQ(got.status, 200) << got.body;
    EXPECT_EQ(got.json()["usage"], json::value::object());
    EXPECT_EQ(got.json()["choices"][0]["message"]["content"], "a");
}

// llama.cpp speaks of each choice by itself, and begins with nothing at all.
TEST(upstream, what_choices_took_is_counted_once_and_never_guessed) {
    const auto usage_after = [](const std::vector<int>& reports) {
        std::vector<std::string> events{"null"};
        for (const char* index : {"0", "1"})
            events.push_back(std::string(R"({"choices":[{"index":)") + index +
                             R"(,"delta":{"content":"a"},"finish_reason":"stop"}]})");
        for (const int each : reports)
            events.push_back(R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":)" +
                             std::to_string(each) + "}}");
        events.push_back("[DONE]");
        const raw_response got = ask_scripted(streaming(events), {{"n", 2}});
        EXPECT_EQ(got.status, 200) << got.body;
        return got.json()["usage"];
    };
    EXPECT_EQ(usage_after({7}),
              (json::value{{"prompt_tokens", 5}, {"completion_tokens", 7}, {"total_tokens", 12}}));
    EXPECT_EQ(usage_after({3, 4}), usage_after({7}));
    EXPECT_EQ(usage_after({1, 2, 3}), json::value::object());
}

TEST(upstream, the_public_catalogue_knows_the_context_that_it_tells) {
    for (const char* told : {R"("max_model_len":4096)", R"("meta":{"n_ctx":4096})"}) {
        const scripted_server far(
            test::for_each_request([&](test::session& on, const received_request& request, int) {
                if (request.head.method == "GET")
                    on.answer(200, std::string(R"({"data":[{"id":"far",)") + told + "}]}");
                else
                    on.answer(400, "{}");
            }));
        running_server near(front_options(far.url(), ""));
        const auto listed = [&] {
            return near.ask(head_of("GET", "/cerebras/public/v1/models")).json()["data"];
        };
        EXPECT_TRUE(listed().empty());
        near.post(chat_path, chat_body());
        EXPECT_EQ(listed()[0]["limits"]["max_context_length"], 4096);
    }
}

TEST(upstream, is_asked_in_words_that_all_such_servers_know) {
    json::value body;
    std::string key, target;
    const auto script =
        test::for_each_request([&](test::session& on, const received_request& request, int) {
            body = json::parse(request.body).value();
            key = request.header("authorization");
            target = request.head.target;
            on.answer(400, "{}");
        });
    const json::value parameters = {{"type", "object"}};
    const json::value tool = {{"type", "function"},
                              {"function", {{"name", "f"}, {"parameters", parameters}}}};
    ask_scripted(script, {{"messages",
                           {{{"role", "developer"}, {"content", "Be brief."}},
                            {{"role", "assistant"}, {"content", "Hm."}, {"reasoning", "Why?"}},
                            {{"role", "user"}, {"content", {{{"type", "text"}, {"text", "Hi"}}}}}}},
                          {"temperature", 0.5},
                          {"reasoning_effort", "low"},
                          {"service_tier", "priority"},
                          {"tools", json::value::array({tool})},
                          {"tool_choice", {{"type", "function"}, {"function", {{"name", "f"}}}}},
                          {"parallel_tool_calls", false}});
    EXPECT_EQ(target, "/v1/chat/completions");
    EXPECT_EQ(key, "Bearer csk-tessera-dev");
    const json::value expected = {
        {"model", "far"},
        {"stream", true},
        {"stream_options", {{"include_usage", true}}},
        {"temperature", 0.5},
        {"max_tokens", 12},
        {"seed", 5},
        {"messages",
         {{{"content", "Be brief."}, {"role", "system"}},
          {{"content", "Hm."},
           {"reasoning", "Why?"},
           {"role", "assistant"},
           {"reasoning_content", "Why?"}},
          {{"content", {{{"type", "text"}, {"text", "Hi"}}}}, {"role", "user"}}}},
        {"reasoning_effort", "low"},
        {"service_tier", "priority"},
        {"tools", json::value::array({tool})},
        {"tool_choice", {{"type", "function"}, {"function", {{"name", "f"}}}}},
        {"parallel_tool_calls", false}};
    EXPECT_EQ(json::value::diff(expected, body), json::value::array()) << body;
}

TEST(upstream, is_a_section_of_the_settings) {
    const tessera::testing::temporary_folder folder("tessera-upstream");
    const auto file = folder.path() / "settings.json";
    std::ofstream(file) << R"({"server":{"upstream":{"url":"http://a","api_key":"k",)"
                           R"("model":"m","context_length":9,"timeout_ms":5}}})";
    const auto read = with_settings({}, file);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->upstream.url, "http://a");
    EXPECT_EQ(read->upstream.api_key, "k");
    EXPECT_EQ(read->upstream.model, "m");
    EXPECT_EQ(read->upstream.context_length, 9);
    EXPECT_EQ(read->upstream.timeout, std::chrono::milliseconds(5));
    options wrong;
    wrong.upstream.url = "ftp://a";
    EXPECT_THROW(server{wrong}, std::runtime_error);
}

chat_task task_saying(std::string text) {
    chat_task made;
    made.messages = {user(std::move(text))};
    return made;
}

// Everything has come to this machine, and yet no more is read than has room.
TEST(upstream, reads_no_further_than_its_steps_are_taken) {
    constexpr std::size_t count = 1000;
    gate sent;
    const scripted_server far([&](test::session& on) {
        on.read_request();
        on.begin_stream();
        for (std::size_t i = 0; i < count; ++i)
            on.event(R"({"choices":[{"index":0,"delta":{"content":"x"}}]})");
        on.event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
        on.event("[DONE]");
        on.end_stream();
        sent.open();
        on.wait_for_close();
    });
    upstream_model asked({.url = far.url(), .model = "far"});
    asio::io_context context;
    const auto work = asio::make_work_guard(context);
    bool ready = false;
    const auto under_way =
        asked.start(task_saying("Hi"), context.get_executor(), [&] { ready = true; });
    while (!ready) context.run_one();
    sent.wait();
    while (context.poll() > 0) {
    }
    std::vector<step> steps;
    under_way->take(steps);
    EXPECT_LE(steps.size(), 100U);
    std::string text;
    bool ended = false;
    while (!ended) {
        for (const step& each : steps) {
            ASSERT_FALSE(each.refused) << each.refused->message;
            text += each.said.content;
            ended |= each.used.has_value();
        }
        if (ended) break;
        context.run_one();
        under_way->take(steps);
    }
    EXPECT_EQ(text, std::string(count, 'x'));
}

std::variant<embeddings, refusal> embedded(model& by, embedding_task task) {
    asio::io_context context;
    std::optional<std::variant<embeddings, refusal>> made;
    const auto run =
        by.embed(std::move(task), context.get_executor(),
                 [&](std::variant<embeddings, refusal> answer) { made = std::move(answer); });
    while (!made) context.run_one();
    return *std::move(made);
}

TEST(embeddings, come_from_an_upstream_in_the_order_of_the_texts) {
    json::value asked;
    const scripted_server far(
        test::for_each_request([&](test::session& on, const received_request& request, int number) {
            asked = json::parse(request.body).value();
            if (number == 1)
                on.answer(200, R"({"data":[{"index":1,"embedding":[3,4]},)"
                               R"({"index":0,"embedding":[1,2.5]}],"usage":{"prompt_tokens":6}})");
            else
                on.answer(200, R"({"data":[{"index":2,"embedding":[3,4]}]})");
        }));
    upstream_model model({.url = far.url(), .model = "far"});
    const auto got = embedded(model, {.inputs = {"a", "b"}, .dimensions = 2});
    ASSERT_TRUE(std::holds_alternative<embeddings>(got)) << std::get<refusal>(got).message;
    EXPECT_EQ(std::get<embeddings>(got).vectors,
              (std::vector<std::vector<float>>{{1, 2.5F}, {3, 4}}));
    EXPECT_EQ(std::get<embeddings>(got).prompt_tokens, 6);
    EXPECT_EQ(asked, (json::value{{"model", "far"},
                                  {"input", {"a", "b"}},
                                  {"dimensions", 2},
                                  {"encoding_format", "float"}}));
    const auto short_of_one = embedded(model, {.inputs = {"a"}, .dimensions = 2});
    ASSERT_TRUE(std::holds_alternative<refusal>(short_of_one));
    EXPECT_EQ(std::get<refusal>(short_of_one).status, 502);
}

TEST(embeddings, of_tokens_are_asked_for_by_their_numbers_and_come_in_base64_too) {
    json::value asked;
    const scripted_server far(
        test::for_each_request([&](test::session& on, const received_request& request, int) {
            asked = json::parse(request.body).value();
            on.answer(200, R"({"data":[{"index":0,"embedding":"AACAPwAAIMA="}]})");
        }));
    upstream_model model({.url = far.url(), .model = "far"});
    const auto got = embedded(model, {.inputs = {std::vector{1, 2}}});
    ASSERT_TRUE(std::holds_alternative<embeddings>(got)) << std::get<refusal>(got).message;
    EXPECT_EQ(std::get<embeddings>(got).vectors, (std::vector<std::vector<float>>{{1, -2.5F}}));
    EXPECT_EQ(std::get<embeddings>(got).prompt_tokens, std::nullopt);
    EXPECT_EQ(asked,
              (json::value{{"model", "far"}, {"input", {{1, 2}}}, {"encoding_format", "float"}}));
}

TEST(embeddings, that_nobody_waits_for_any_more_end_at_the_upstream) {
    gate asked;
    gate left;
    const scripted_server far([&](test::session& on) {
        on.read_request();
        asked.open();
        on.wait_for_close();
        left.open();
    });
    upstream_model model({.url = far.url(), .model = "far"});
    asio::io_context context;
    auto run = model.embed({.inputs = {"a"}}, context.get_executor(),
                           [](const auto&) { FAIL() << "told of its end"; });
    EXPECT_EQ(model.current().running, 1);
    std::thread on_its_own([&] { context.run(); });
    asked.wait();
    asio::post(context, [&] { run.reset(); });
    left.wait();
    on_its_own.join();
    EXPECT_EQ(model.current().running, 0);
}

}  // namespace upstream_tests
}  // namespace
}  // namespace tessera::server::testing
