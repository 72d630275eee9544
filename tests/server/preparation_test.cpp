// What is done before a generation starts is done beside the I/O threads.
#include "inference/local/preparation.hpp"

#include <gtest/gtest.h>

#include "support.hpp"
#include "support/scripted_server.hpp"

namespace tessera::server::testing {
namespace {
namespace preparation_tests {

preparation::flag never() { return std::make_shared<std::atomic<bool>>(false); }

TEST(preparation, does_not_take_more_than_may_wait) {
    test::gate begun, go_on;
    std::atomic<int> done{0};
    const auto cancelled = std::make_shared<std::atomic<bool>>(false);
    {
        preparation threads(1, 2);
        ASSERT_TRUE(threads.add(never(), [&] {
            begun.open();
            go_on.wait();
        }));
        begun.wait();
        EXPECT_TRUE(threads.add(cancelled, [&] { done += 100; }));
        EXPECT_TRUE(threads.add(never(), [&] { ++done; }));
        EXPECT_FALSE(threads.add(never(), [&] { done += 100; }));
        EXPECT_EQ(threads.size(), 3U);
        // The work of a client that has left makes room.
        *cancelled = true;
        test::gate all_done;
        EXPECT_TRUE(threads.add(never(), [&] {
            ++done;
            all_done.open();
        }));
        go_on.open();
        all_done.wait();
    }
    EXPECT_EQ(done, 2);
}

TEST(preparation, does_nothing_for_clients_that_have_left) {
    test::gate begun, go_on, all_done;
    std::atomic<int> done{0};
    const auto cancelled = std::make_shared<std::atomic<bool>>(false);
    preparation threads(1, 8);
    threads.add(never(), [&] {
        begun.open();
        go_on.wait();
    });
    begun.wait();
    threads.add(cancelled, [&] { ++done; });
    *cancelled = true;
    threads.add(never(), [&] { all_done.open(); });
    go_on.open();
    all_done.wait();
    EXPECT_EQ(done, 0);
}

// Each attempt is another schema, since the latest ones are kept. It takes a while.
json::value large_schema(int attempt) {
    json::value members = json::value::object();
    for (int i = 0; i < 400; ++i)
        members["m" + std::to_string(attempt) + "_" + std::to_string(i)] = {
            {"type", "string"},
            {"pattern", "^(a|b)*a(a|b){" + std::to_string(3 + i % 5) + "}[0-9]{1," +
                            std::to_string(20 + i) + "}$"}};
    return {{"type", "object"}, {"properties", members}};
}

// With one I/O thread, an answer that says that something is being made ready is proof: the thread
// that gave it was not the one that made it ready.
TEST(preparation, the_io_thread_answers_while_rules_are_compiled) {
    options settings = tiny_options();
    settings.io_threads = 1;
    running_server server(settings);
    bool seen = false;
    for (int attempt = 0; attempt < 10 && !seen; ++attempt) {
        raw_client client(server.port());
        const json::value format = {
            {"type", "json_schema"},
            {"json_schema", {{"name", "x"}, {"schema", large_schema(attempt)}}}};
        client.send(
            post_of("/cerebras/v1/chat/completions",
                    json::encode(json::value{{"model", "tiny"},
                                             {"messages", {{{"role", "user"}, {"content", "Hi"}}}},
                                             {"max_completion_tokens", 1},
                                             {"response_format", format}})));
        for (int i = 0; i < 20 && !seen; ++i)
            seen =
                server.ask(head_of("GET", "/_tessera/health")).json()["models"][0]["preparing"] > 0;
        EXPECT_EQ(client.receive("POST").status, 200);
    }
    EXPECT_TRUE(seen);
}

}  // namespace preparation_tests
}  // namespace
}  // namespace tessera::server::testing
