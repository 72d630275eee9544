// The three operations of Cerebrium on the wire: every status, and what a function's parameters,
// results and streams become.
#include "cerebrium_support.hpp"
#include "core/jwt.hpp"
#include "support/manual_clock.hpp"

namespace tessera::server::testing {
namespace {
namespace cerebrium_tests {

const std::string accept_events = "accept: text/event-stream\r\n";

function_server& shared() {
    static function_server instance(R"({
        "allow_commands": true,
        "projects": {"p-tessera": {
            "own": {"functions": {
                "prompted": {"prompt": "{what}{{}} {more}", "parameters": {"more": "b"},
                             "max_tokens": 4},
                "fixed": {"reply": {"a": [1, 2]}, "parameters": {"x": null, "y": 3}},
                "teapot": {"reply": {"status_code": 418, "message": "short"}},
                "odd": {"reply": {"status_code": 99}},
                "upper": {"command": ["tr", "a-z", "A-Z"]},
                "lines": {"command": ["/bin/sh", "-c",
                          "cat >/dev/null; echo '{\"n\": 1}'; echo text; echo wrong >&2"]},
                "broken": {"command": ["/bin/sh", "-c", "echo why >&2; exit 3"]},
                "_hidden": {"reply": 1}}},
            "_secret": {"functions": {"run": {"reply": 1}}}},
         "p-other": {"own": {"functions": {"run": {"reply": "theirs"}}}}}})");
    return instance;
}

// The paths of the three operations for one function, and the alias.
std::vector<std::string> all_paths(const std::string& function) {
    return {function, function + "/chat/completions", function + "/embedding",
            function + "/embeddings"};
}

std::string message_of(const raw_response& got) {
    return got.json()["error"]["message"].get<std::string>();
}

raw_response with_token(const std::string& path, const std::string& token) {
    return shared().ask(post_of("/cerebrium/v4/p-tessera/" + path, "{}",
                                token.empty() ? "" : "authorization: " + token + "\r\n"),
                        "POST");
}

TEST(cerebrium, without_a_valid_token_every_operation_is_401) {
    const options& settings = shared().settings();
    const std::string good = cerebrium::token_for(settings, "p-tessera", std::chrono::seconds(100));
    const std::string expired =
        cerebrium::token_for(settings, "p-tessera", std::chrono::seconds(0));
    for (const std::string& path : all_paths("echo/run"))
        for (const std::string& token :
             {std::string(), std::string("Bearer"), std::string("Bearer x"), "Basic " + good,
              "Bearer " + expired, "Bearer " + good + "x", std::string("Bearer a.b.c")}) {
            const raw_response got = with_token(path, token);
            EXPECT_EQ(got.status, 401) << path << " with " << token;
            EXPECT_EQ(got.header("www-authenticate"), "Bearer");
            EXPECT_EQ(got.json()["error"]["type"], "authentication_error");
        }
    EXPECT_EQ(with_token("echo/run", "Bearer " + good).status, 200);
    EXPECT_EQ(with_token("echo/run", "bearer " + good).status, 200);
}

TEST(cerebrium, a_token_without_a_project_is_401) {
    for (const char* claims : {"{}", R"({"projectId":null})", R"({"projectId":["p-tessera"]})",
                               R"({"project_id":"p-tessera"})"}) {
        const std::string token =
            sign_jwt(json::value::parse(claims), shared().settings().cerebrium.jwt_secret);
        EXPECT_EQ(with_token("echo/run", "Bearer " + token).status, 401) << claims;
    }
}

TEST(cerebrium, a_token_for_another_project_is_403_on_every_operation) {
    const std::string token =
        "Bearer " + cerebrium::token_for(shared().settings(), "p-other", std::chrono::hours(1));
    for (const std::string& path : all_paths("echo/run")) {
        const raw_response got = with_token(path, token);
        EXPECT_EQ(got.status, 403) << path;
        EXPECT_EQ(got.json()["error"]["code"], "wrong_project");
    }
    // Also where nothing is: a stranger learns nothing of a project's apps.
    EXPECT_EQ(with_token("absent/run", token).status, 403);
    const raw_response own = shared().ask(
        post_of("/cerebrium/v4/p-other/own/run", "{}", "authorization: " + token + "\r\n"), "POST");
    EXPECT_EQ(own.json()["result"], "theirs");
}

TEST(cerebrium, unknown_and_private_functions_are_404_on_every_operation) {
    for (const char* function : {"absent/run", "echo/absent", "own/_hidden", "_secret/run"})
        for (const std::string& path : all_paths(function)) {
            const raw_response got = shared().call(path, json::value::object());
            EXPECT_EQ(got.status, 404) << path;
            EXPECT_EQ(got.json()["error"]["code"], "function_not_found") << path;
        }
}

TEST(cerebrium, a_function_that_throws_is_500_on_every_operation) {
    for (const std::string& path : all_paths("failing/run")) {
        const raw_response got = shared().call(path, {{"message", "as asked"}});
        EXPECT_EQ(got.status, 500) << path;
        EXPECT_EQ(message_of(got), "as asked");
        EXPECT_EQ(shared().record(got.json()["run_id"])["error"], "as asked");
    }
}

TEST(cerebrium, a_run_answers_with_its_id_its_time_and_its_result) {
    const json::value given = {{"b", {1, nullptr, {{"c", "\u00e9"}}}}, {"a", 2.5}};
    const raw_response got = shared().call("echo/run", given);
    EXPECT_EQ(got.status, 200);
    const json::value body = got.json();
    EXPECT_EQ(body["result"].dump(), given.dump());  // in the same order
    EXPECT_EQ(body["run_id"].get<std::string>().size(), 36U);
    EXPECT_GE(body["run_time_ms"].get<double>(), 0);
    // The body may be absent.
    const raw_response empty = shared().ask(
        head_of("POST", "/cerebrium/v4/p-tessera/echo/run", shared().authorization()), "POST");
    EXPECT_EQ(empty.json()["result"], json::value::object());
}

TEST(cerebrium, parameters_that_are_missing_or_unknown_are_named) {
    const auto refusal = [](const std::string& function, const json::value& body) {
        const raw_response got = shared().call(function, body);
        EXPECT_EQ(got.status, 400) << function;
        return got.status == 400 ? message_of(got) : std::string();
    };
    const auto says = [](const std::string& text, const std::string& part) {
        EXPECT_NE(text.find(part), std::string::npos) << part << " is not in: " << text;
    };
    const std::string missing = refusal("own/fixed", {{"z", 1}, {"y", 1}});
    says(missing, "z: is no parameter");
    says(missing, "x: is missing");
    says(refusal("hello/predict", {{"promt", "x"}}), "promt: is no parameter");
    says(refusal("hello/predict", json::value::object()), "prompt: is missing");
    says(refusal("slow/run", {{"seconds", "many"}}), "seconds: ");
    says(refusal("slow/run", {{"pace", 1}}), "pace: ");
    says(refusal(endpoint, chat_of("Hi", {{"top_k", 3}})), "top_k: is no parameter");
    says(refusal(endpoint, {{"model", "m"}}), "messages: ");
    says(refusal(endpoint + "/chat/completions", chat_of("Hi", {{"temperature", 9}})),
         "temperature: ");
    says(refusal(endpoint + "/chat/completions", chat_of("Hi", {{"audio", json::value::object()}})),
         "audio: ");
    says(refusal(endpoint + "/embedding", {{"model", "m"}, {"input", ""}}), "input");
    says(refusal(endpoint + "/embedding", {{"model", "m"}, {"input", "a"}, {"size", 2}}), "size: ");
    const raw_response list = shared().call("echo/run", json::value::array());
    EXPECT_EQ(list.status, 400);
    EXPECT_EQ(shared().call("own/fixed", {{"x", 1}}).json()["result"],
              json::value({{"a", {1, 2}}}));
}

TEST(cerebrium, a_result_may_set_the_status) {
    const raw_response got = shared().call("own/teapot", json::value::object());
    EXPECT_EQ(got.status, 418);
    EXPECT_EQ(got.json()["result"]["message"], "short");
    EXPECT_EQ(shared().call("echo/run", {{"status_code", 201}}).status, 201);
    EXPECT_EQ(shared().call("echo/run", {{"status_code", "201"}}).status, 500);
    EXPECT_EQ(shared().call("own/odd", json::value::object()).status, 500);
}

TEST(cerebrium, what_is_yielded_is_streamed_by_either_wish) {
    const json::value steps = {{"seconds", 0}, {"steps", 3}};
    const std::vector<std::string> expected{R"({"step":1,"seconds":0.0})",
                                            R"({"step":2,"seconds":0.0})",
                                            R"({"step":3,"seconds":0.0})"};
    json::value by_member = steps;
    by_member["stream"] = true;
    for (const raw_response& got :
         {shared().call("slow/run", steps, accept_events), shared().call("slow/run", by_member)}) {
        EXPECT_EQ(got.status, 200);
        EXPECT_EQ(got.header("content-type"), "text/event-stream; charset=utf-8");
        EXPECT_EQ(got.events(), expected);
        EXPECT_TRUE(got.whole);
    }
    // Without the wish, a list.
    by_member["stream"] = false;
    EXPECT_EQ(shared().call("slow/run", by_member).json()["result"].size(), 3U);
    // A function that yields nothing gives what it returns.
    EXPECT_EQ(shared().call("own/fixed", {{"x", 1}}, accept_events).events(),
              std::vector<std::string>{R"({"a":[1,2]})"});
}

TEST(cerebrium, a_stream_that_fails_ends_with_an_error) {
    const raw_response inside = shared().call("failing/run", {{"after", 2}}, accept_events);
    EXPECT_EQ(inside.status, 200);
    ASSERT_EQ(inside.events().size(), 3U);
    EXPECT_EQ(inside.events()[1], "2");
    EXPECT_NE(inside.body.find("event: error\n"), std::string::npos);
    EXPECT_EQ(json::value::parse(inside.events()[2])["error"]["message"],
              "this function always fails");
    EXPECT_EQ(shared().call("failing/run", json::value::object(), accept_events).status, 500);
}

TEST(cerebrium, an_asynchronous_run_is_accepted_and_ends_in_the_journal) {
    const raw_response got =
        shared().call("own/fixed?async=true", {{"x", 1}, {"stream", true}}, accept_events);
    EXPECT_EQ(got.status, 202);
    EXPECT_EQ(got.json().size(), 1U);
    const json::value record = shared().record_when(got.json()["run_id"], "state", "succeeded");
    EXPECT_EQ(record["result"], json::value({{"a", {1, 2}}}));
    EXPECT_EQ(record["async"], true);
    EXPECT_EQ(record["app"], "own");
    const raw_response failing = shared().call("failing/run?async=true", json::value::object());
    EXPECT_EQ(failing.status, 202);
    EXPECT_EQ(shared().record_when(failing.json()["run_id"], "state", "failed")["error"],
              "this function always fails");
    // What cannot be run is refused at once.
    EXPECT_EQ(shared().call("own/fixed?async=true", json::value::object()).status, 400);
    EXPECT_EQ(shared().call("own/absent?async=true", json::value::object()).status, 404);
    EXPECT_EQ(shared().call("echo/run?async=false", json::value::object()).status, 200);
    EXPECT_EQ(shared().call("echo/run?async=perhaps", json::value::object()).status, 400);
}

TEST(cerebrium, the_journal_is_for_this_machine) {
    const raw_response all = shared().ask(head_of("GET", "/_tessera/cerebrium/runs"));
    EXPECT_TRUE(all.json()["runs"].is_array());
    EXPECT_EQ(
        shared().ask("GET /_tessera/cerebrium/runs HTTP/1.1\r\nhost: example.com\r\n\r\n").status,
        403);
    EXPECT_EQ(
        shared().ask(head_of("GET", "/_tessera/cerebrium/runs", "origin: http://a.com\r\n")).status,
        403);
    EXPECT_EQ(shared().ask(head_of("GET", "/_tessera/cerebrium/runs/absent")).status, 404);
}

TEST(cerebrium, a_prompt_is_filled_in_and_answered) {
    const json::value body = {{"what", "a"}};
    const raw_response whole = shared().call("own/prompted", body);
    ASSERT_EQ(whole.status, 200) << whole.body;
    EXPECT_FALSE(whole.json()["result"].get<std::string>().empty());
    EXPECT_EQ(shared().call("own/prompted", {{"what", {1}}, {"more", true}}).status, 200);
    EXPECT_GT(shared().call("own/prompted", body, accept_events).events().size(), 0U);
}

TEST(cerebrium, programs_get_parameters_and_give_lines) {
    EXPECT_EQ(shared().call("own/upper", {{"a", "b"}}).json()["result"], json::value({{"A", "B"}}));
    const raw_response lines = shared().call("own/lines", json::value::object());
    EXPECT_EQ(lines.json()["result"], json::value::array({{{"n", 1}}, "text"}));
    EXPECT_EQ(shared().record(lines.json()["run_id"])["log"], "wrong\n");
    EXPECT_EQ(shared().call("own/lines", json::value::object(), accept_events).events(),
              (std::vector<std::string>{R"({"n":1})", "text"}));
    const raw_response broken = shared().call("own/broken", json::value::object());
    EXPECT_EQ(broken.status, 500);
    EXPECT_NE(message_of(broken).find("status 3"), std::string::npos);
    EXPECT_EQ(shared().record(broken.json()["run_id"])["log"], "why\n");
}

TEST(cerebrium, programs_are_refused_unless_they_are_allowed) {
    const auto refusal = [](const std::string& text) {
        const auto read = with_settings(tiny_options(), text, "it.yaml");
        EXPECT_FALSE(read);
        return read ? std::string() : read.error().message;
    };
    const std::string said = refusal(
        "cerebrium:\n  projects:\n    p-x:\n      a:\n        functions:\n          f:\n"
        "            command: [ls]\n");
    EXPECT_NE(said.find("it.yaml, line 7"), std::string::npos) << said;
    EXPECT_NE(said.find("allow_commands"), std::string::npos) << said;
    for (const char* function :
         {"{}", "{prompt: a, reply: 1}", "{reply: 1, timeout_ms: 3}", "{prompt: 'a {', system: b}",
          "{prompt: '{a}', parameters: {b: 1}}", "{openai: m, parameters: {a: 1}}",
          "{reply: 1, temperature: 1}"})
        EXPECT_NE(refusal("cerebrium: {projects: {p-x: {a: {functions: {f: " +
                          std::string(function) + "}}}}}")
                      .find("cerebrium.projects.p-x.a.functions.f"),
                  std::string::npos)
            << function;
    EXPECT_NE(refusal("cerebrium: {jwt_secret: short}").find("jwt_secret"), std::string::npos);
}

TEST(cerebrium, a_function_of_any_kind_may_take_openai_requests) {
    const json::value given = {{"model", "m"}, {"any", 1}};
    // Without the envelope of a run.
    EXPECT_EQ(shared().call("echo/run/chat/completions", given).json(), given);
    EXPECT_EQ(shared().call("echo/run/embedding", given).json(), given);
    EXPECT_EQ(shared().call("echo/run/embeddings", given).json(), given);
    EXPECT_EQ(
        shared().call("slow/run/chat/completions", {{"seconds", 0}}, accept_events).events().size(),
        1U);
    const raw_response failed =
        shared().call("failing/run/chat/completions", {{"after", 1}}, accept_events);
    EXPECT_EQ(failed.body.find("event:"), std::string::npos);
    EXPECT_TRUE(json::value::parse(failed.events().back()).contains("error"));
}

TEST(cerebrium, cold_starts_and_limits_go_by_the_servers_clock) {
    test::manual_clock clock;
    function_server server(R"({"projects": {"p-tessera": {"echo": {
        "scaling": {"max_replicas": 1, "queue_limit": 1, "cold_start_ms": 3000,
                    "cooldown_ms": 60000}}}}})",
                           &clock);
    const auto accepted = server.call("echo/run?async=true", {{"a", 1}});
    EXPECT_EQ(accepted.status, 202);
    const std::string run_id = accepted.json()["run_id"];
    EXPECT_EQ(server.record(run_id)["state"], "waiting");
    const std::string second = server.call("echo/run?async=true", {{"a", 2}}).json()["run_id"];
    const raw_response refused = server.call("echo/run", {{"a", 3}});
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.header("retry-after"), "1");
    EXPECT_EQ(server.record(run_id)["state"], "waiting");
    clock.advance(std::chrono::milliseconds(3000));
    EXPECT_EQ(server.record_when(run_id, "state", "succeeded")["result"], json::value({{"a", 1}}));
    server.record_when(second, "state", "succeeded");
    EXPECT_EQ(server.call("echo/run", {{"a", 4}}).status, 200);
}

}  // namespace cerebrium_tests
}  // namespace
}  // namespace tessera::server::testing
