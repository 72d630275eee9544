#include <gtest/gtest.h>

#include <asio/thread_pool.hpp>
#include <asio/use_future.hpp>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "integration/call_fixture.hpp"

namespace tessera::test {
namespace {

using call::invoke;
using call::try_invoke;
using namespace std::chrono_literals;

// Takes one token, and says which it was shown.
struct guarded_server {
    std::string accepted = "token-2";
    scripted_server server{
        for_each_request([this](session& on, const received_request& request, int) {
            const std::string shown = request.header("authorization");
            if (shown == "Bearer " + accepted)
                on.answer(200, R"({"name":"in"})");
            else
                on.answer(401, R"({"message":"expired )" + shown + R"("})");
        })};
};

TEST(Credentials, AreAskedForBeforeEachAttempt) {
    scripted_server server(
        for_each_request([](session& on, const received_request& request, int n) {
            EXPECT_EQ(request.header("authorization"), "Bearer t" + std::to_string(n));
            on.answer(n < 3 ? 503 : 200, R"({"name":"n"})");
        }));
    client_options options = quick();
    options.api_key = credential::from([n = 0](bool fresh) mutable {
        EXPECT_FALSE(fresh);
        return secret("t" + std::to_string(++n));
    });
    EXPECT_EQ(invoke<item>(*channel_to(server.url(), options), get("/")).info.attempts, 3);
}

TEST(Credentials, AreRefreshedOnceAfterARefusal) {
    guarded_server guarded;
    std::vector<bool> asked;
    client_options options;
    options.max_retries = 0;
    options.api_key = credential::from([&](bool fresh) {
        asked.push_back(fresh);
        return secret(fresh ? "token-2" : "token-1");
    });
    const auto on = channel_to(guarded.server.url(), options);
    call::spec creation = post("/", "{}");
    creation.replayable = false;
    EXPECT_EQ(invoke<item>(*on, creation).info.attempts, 2);
    EXPECT_EQ(asked, (std::vector<bool>{false, true}));

    guarded.accepted = "none";
    const auto refused = try_invoke<item>(*on, get("/"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::authentication);
    EXPECT_EQ(refused.error().attempts, 2);
    EXPECT_EQ(refused.error().body.find("token-2"), std::string::npos) << refused.error().body;
}

TEST(Credentials, FixedOnesAreNot) {
    guarded_server guarded;
    const auto refused =
        try_invoke<item>(*channel_to(guarded.server.url(), {.api_key = "token-1"}), get("/"));
    EXPECT_EQ(refused.error().attempts, 1);
}

TEST(Credentials, OneRefreshServesAllCallsInFlight) {
    guarded_server guarded;
    std::mutex mutex;
    int refreshes = 0;
    std::string current = "token-1";
    std::vector<credential::receiver> waiting;
    client_options options;
    options.api_key = credential::from_async([&](bool fresh, credential::receiver done) {
        const std::lock_guard lock(mutex);
        if (!fresh) return done(secret(current));
        ++refreshes;
        waiting.push_back(std::move(done));
    });
    asio::thread_pool threads(3);
    options.base_url = guarded.server.url();
    const auto on = call::channel::make(options, net::executor(threads.get_executor()));
    std::vector<std::future<response<item>>> pending;
    for (int i = 0; i < 8; ++i)
        pending.push_back(call::async_invoke<item>(*on, get("/"), {}, asio::use_future));
    // Calls that were refused wait for the one refresh, from whichever thread it comes.
    for (bool handed = false; !handed; std::this_thread::yield()) {
        const std::lock_guard lock(mutex);
        if (waiting.empty()) continue;
        current = "token-2";
        handed = true;
    }
    waiting.front()(secret("token-2"));
    for (auto& each : pending) EXPECT_EQ(each.get().name, "in");
    EXPECT_EQ(refreshes, 1);
    threads.join();
}

TEST(Credentials, FailuresOfAProviderAreTheCalls) {
    scripted_server server([](session& on) { EXPECT_FALSE(on.read_request()); });
    client_options options;
    options.api_key = credential::from([](bool) -> result<secret> {
        return error{error_kind::permission_denied, "the vault is closed"};
    });
    auto failed = try_invoke<item>(*channel_to(server.url(), options), get("/"));
    EXPECT_EQ(failed.error().kind, error_kind::permission_denied);
    EXPECT_EQ(failed.error().message, "the vault is closed");
    options.api_key =
        credential::from([](bool) -> secret { throw std::runtime_error("no vault"); });
    failed = try_invoke<item>(*channel_to(server.url(), options), get("/"));
    EXPECT_EQ(failed.error().kind, error_kind::authentication);
    EXPECT_NE(failed.error().message.find("no vault"), std::string::npos);
}

TEST(Credentials, AProviderThatNeverAnswersIsNotWaitedForBeyondTheDeadline) {
    credential::receiver late;
    client_options options;
    options.api_key =
        credential::from_async([&](bool, credential::receiver done) { late = std::move(done); });
    options.timeout.total = 20ms;
    const auto failed = try_invoke<item>(*channel_to("http://127.0.0.1:1", options), get("/"));
    EXPECT_EQ(failed.error().kind, error_kind::timeout);
    // The client is gone, and with it what ran the call.
    late(secret("token-1"));
}

TEST(Credentials, GoIntoTheHeaderThatTheOperationNames) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        on.answer(200, R"({"name":")" + request.header("x-goog-key") + "|" +
                           request.header("authorization") + R"("})");
    }));
    const auto on = channel_to(server.url(), {.api_key = "k"});
    call::spec request = get("/");
    request.authentication = http::auth{"x-goog-key", {}};
    EXPECT_EQ(invoke<item>(*on, request).name, "k|");
    request.authentication = http::auth{"authorization", "Token"};
    EXPECT_EQ(invoke<item>(*on, request).name, "|Token k");
}

}  // namespace
}  // namespace tessera::test
