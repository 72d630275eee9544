// Functions of this program as functions of its server.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "support.hpp"
#include "tessera/server.hpp"

namespace tessera::server::testing {
namespace {
namespace deploy_tests {

struct greeting {
    std::string name;
    int times = 1;
};

constexpr auto describe(json::type<greeting>) {
    return json::object<greeting>(
        "Greeting", json::field("name", &greeting::name),
        json::field("times", &greeting::times, json::min(1), json::defaults(1)));
}

struct greeted {
    std::string text;
};

constexpr auto describe(json::type<greeted>) {
    return json::object<greeted>("Greeted", json::field("text", &greeted::text));
}

local tiny() { return local({.models = {tiny_model()}}); }

std::string request_for(const local& of, const std::string& path, const json::value& body,
                        std::string_view more = {}, const std::string& project = "p-x") {
    return post_of("/cerebrium/v4/" + project + "/" + path, json::encode(body),
                   "authorization: Bearer " + of.token(project) + "\r\n" + std::string(more));
}

raw_response call(const local& of, const std::string& path, const json::value& body,
                  std::string_view more = {}) {
    raw_client client(of.port());
    client.send(request_for(of, path, body, more));
    return client.receive("POST");
}

const std::string accept_events = "accept: text/event-stream\r\n";

TEST(deploy, parameters_and_results_are_described_types) {
    local backend = tiny();
    backend.deploy("p-x", "greeter", "run", [](const greeting& given) {
        return greeted{"Hello, " + given.name + std::string(std::size_t(given.times), '!')};
    });
    EXPECT_EQ(call(backend, "greeter/run", {{"name", "Ada"}, {"times", 2}}).json()["result"],
              json::value({{"text", "Hello, Ada!!"}}));
    EXPECT_EQ(call(backend, "greeter/run", {{"name", "Ada"}}).json()["result"]["text"],
              "Hello, Ada!");
    const raw_response wrong = call(backend, "greeter/run", {{"nam", "Ada"}, {"times", 0}});
    EXPECT_EQ(wrong.status, 400);
    for (const char* part : {"nam: is no parameter", "name: ", "times: "})
        EXPECT_NE(wrong.body.find(part), std::string::npos) << part << " in " << wrong.body;
    EXPECT_EQ(call(backend, "greeter/other", json::value::object()).status, 404);
}

TEST(deploy, functions_have_many_forms) {
    local backend = tiny();
    const auto result_of = [&](const char* name, const json::value& body) {
        return call(backend, std::string("app/") + name, body).json()["result"];
    };
    const json::value one = {{"a", 1}};
    backend.deploy("p-x", "app", "value", [](json::value given) { return given["a"]; });
    EXPECT_EQ(result_of("value", one), 1);
    backend.deploy("p-x", "app", "nothing", [] { return "text"; });
    EXPECT_EQ(result_of("nothing", json::value::object()), "text");
    EXPECT_EQ(call(backend, "app/nothing", one).status, 400);
    backend.deploy("p-x", "app", "map", [](const std::map<std::string, int>& given) {
        return static_cast<int>(given.size());
    });
    EXPECT_EQ(result_of("map", one), 1);
    backend.deploy("p-x", "app", "run_alone", [](invocation& run) { return run.run_id(); });
    const json::value body = call(backend, "app/run_alone", json::value::object()).json();
    EXPECT_EQ(body["result"], body["run_id"]);
    backend.deploy("p-x", "app", "texts", [](const greeting& given, invocation& run) {
        for (int i = 0; i < given.times; ++i) run.yield(given.name);
    });
    EXPECT_EQ(result_of("texts", {{"name", "ab"}, {"times", 3}}), "ababab");
    backend.deploy("p-x", "app", "values", [](invocation& run) {
        run.yield(1);
        run.yield(greeted{"two"});
        run.yield(json::value(nullptr));
    });
    EXPECT_EQ(result_of("values", json::value::object()),
              json::value::array({1, {{"text", "two"}}, nullptr}));
    backend.deploy("p-x", "app", "silent", [] {});
    EXPECT_EQ(result_of("silent", json::value::object()), nullptr);
    // The latest of a name counts.
    backend.deploy("p-x", "app", "silent", [] { return 2; });
    EXPECT_EQ(result_of("silent", json::value::object()), 2);
}

TEST(deploy, what_is_thrown_is_told) {
    local backend = tiny();
    backend.deploy("p-x", "app", "run", []() -> int { throw std::runtime_error("out of cheese"); });
    backend.deploy("p-x", "app", "odd", []() -> int { throw 3; });
    const raw_response got = call(backend, "app/run", json::value::object());
    EXPECT_EQ(got.status, 500);
    EXPECT_EQ(got.json()["error"]["message"], "out of cheese");
    EXPECT_TRUE(got.json().contains("run_id"));
    EXPECT_EQ(call(backend, "app/odd", json::value::object()).status, 500);
}

TEST(deploy, values_are_streamed_as_they_are_yielded) {
    local backend = tiny();
    std::promise<void> go;
    backend.deploy("p-x", "app", "run", [&](invocation& run) {
        run.yield("a line\nand another");
        go.get_future().wait();
        run.yield(2);
    });
    raw_client client(backend.port());
    client.send(request_for(backend, "app/run", json::value::object(), accept_events));
    while (client.unread().find("data: and another\n\n") == std::string_view::npos) {
        ASSERT_TRUE(client.more());
    }
    go.set_value();
    EXPECT_EQ(client.receive("POST").events(),
              (std::vector<std::string>{"a line\nand another", "2"}));
}

TEST(deploy, a_client_that_leaves_stops_its_function) {
    local backend = tiny();
    std::promise<void> begun, stopped;
    std::atomic<bool> told{true};
    backend.deploy("p-x", "app", "run", [&](invocation& run) {
        begun.set_value();
        while (run.yield(std::string(1000, 'x'))) {
        }
        told = run.yield("nobody hears this");
        if (run.stop().stop_requested()) stopped.set_value();
    });
    {
        // Never reads: what is yielded waits, and memory does not grow.
        raw_client client(backend.port());
        client.send(request_for(backend, "app/run", json::value::object(), accept_events));
        begun.get_future().wait();
    }
    stopped.get_future().wait();
    EXPECT_FALSE(told);
}

TEST(deploy, a_client_that_leaves_stops_what_it_waits_for) {
    local backend = tiny();
    std::promise<void> begun, stopped;
    backend.deploy("p-x", "app", "run", [&](invocation& run) {
        const std::stop_callback then(run.stop(), [&] { stopped.set_value(); });
        begun.set_value();
        while (!run.stop().stop_requested()) std::this_thread::yield();
    });
    raw_client client(backend.port());
    client.send(request_for(backend, "app/run", json::value::object()));
    begun.get_future().wait();
    client.close();
    stopped.get_future().wait();
}

TEST(deploy, long_runs_hold_nobody_up) {
    local backend = tiny();
    std::promise<void> go;
    const auto gone = go.get_future().share();
    std::atomic<int> waiting{0};
    backend.deploy("p-x", "app", "wait", [&] {
        ++waiting;
        gone.wait();
    });
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<raw_client>(backend.port()));
        clients.back()->send(request_for(backend, "app/wait", json::value::object()));
    }
    while (waiting < 20) std::this_thread::yield();
    raw_client client(backend.port());
    client.send(head_of("GET", "/_tessera/health"));
    EXPECT_EQ(client.receive().status, 200);
    go.set_value();
    for (const auto& each : clients) EXPECT_EQ(each->receive("POST").status, 200);
}

TEST(deploy, stopping_the_server_asks_runs_to_stop_and_waits_for_them) {
    std::promise<void> begun;
    std::atomic<bool> ended{false};
    local backend = tiny();
    backend.deploy("p-x", "app", "run", [&](invocation& run) {
        begun.set_value();
        while (!run.stop().stop_requested()) std::this_thread::yield();
        ended = true;
    });
    EXPECT_EQ(call(backend, "app/run?async=true", json::value::object()).status, 202);
    begun.get_future().wait();
    backend.stop();
    EXPECT_TRUE(ended);
}

TEST(deploy, needs_a_server_that_has_functions) {
    local backend({.api = "cerebras", .models = {tiny_model()}});
    EXPECT_THROW(backend.deploy("p-x", "app", "run", [] {}), std::invalid_argument);
    EXPECT_THROW(backend.token("p-x"), std::invalid_argument);
}

}  // namespace deploy_tests
}  // namespace
}  // namespace tessera::server::testing
