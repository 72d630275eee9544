#include <gtest/gtest.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <string>
#include <thread>
#include <vector>

#include "integration/call_fixture.hpp"

namespace tessera::test {
namespace {

using namespace std::chrono_literals;

struct item_query {
    std::optional<std::string> after{};
    std::optional<std::int64_t> limit{};
    std::optional<std::vector<std::string>> tag{};
};
constexpr auto describe(json::type<item_query>) {
    return json::object<item_query>("ItemQuery", json::field("after", &item_query::after),
                                    json::field("limit", &item_query::limit),
                                    json::field("tag", &item_query::tag));
}

struct order {
    std::string what;
    std::optional<bool> stream{};
};
constexpr auto describe(json::type<order>) {
    return json::object<order>("Order", json::field("what", &order::what),
                               json::field("stream", &order::stream));
}

constexpr http::operation<void, item> get_item{"getItem", "GET", "/v1/items/{id}",
                                               http::auth::none};
constexpr http::operation<void, item, void, item_query> list_items{"listItems", "GET", "/v1/items",
                                                                   http::auth::api_key_header};
constexpr http::operation<order, item, piece> create_order{
    "createOrder", "POST", "/v1/{place}/orders", http::auth::bearer};
constexpr http::operation<void, void> drop_item{"dropItem", "DELETE", "/v1/items/{id}",
                                                http::auth::bearer};

using items_resource =
    call::resource<call::list<list_items>, call::retrieve<get_item>, call::remove<drop_item>>;
using orders_resource = call::resource<call::create<create_order>, call::stream<create_order>>;

// Answers with what was asked; streams where that was asked for.
scripted_server::script echo() {
    return for_each_request([](session& on, const received_request& request, int) {
        const std::string what = request.head.method + " " + request.head.target + " " +
                                 request.header("authorization") + request.header("x-api-key") +
                                 " ";
        if (request.head.method == "DELETE")
            return (void)on.send("HTTP/1.1 204 No Content\r\n\r\n");
        json::value body = request.body.empty() ? json::value() : json::value::parse(request.body);
        if (body.is_object() && body.value("stream", false)) {
            EXPECT_EQ(request.header("accept"), "text/event-stream");
            on.begin_stream();
            for (int i = 0; i < 3; ++i)
                on.event(
                    json::value{{"part", body.at("what").get<std::string>() + std::to_string(i)}}
                        .dump());
            on.event("[DONE]");
            on.end_stream();
            return;
        }
        EXPECT_EQ(request.header("accept"), "application/json");
        on.answer(200, json::value{{"name", what + request.body}}.dump());
    });
}

class Resources : public testing::Test {
  protected:
    scripted_server server_{echo()};
    std::shared_ptr<call::channel> channel_ = channel_to(server_.url(), {.api_key = "k"});
    items_resource items_{channel_};
    orders_resource orders_{channel_};
    order wish_{.what = "tea"};
};

TEST_F(Resources, BlockingForms) {
    EXPECT_EQ(items_.retrieve("a/b c").name, "GET /v1/items/a%2Fb%20c  ");
    EXPECT_EQ(items_.list().name, "GET /v1/items k ");
    EXPECT_EQ(items_.list({.after = "x", .limit = 3, .tag = {{"p", "q"}}}).name,
              "GET /v1/items?after=x&limit=3&tag=p&tag=q k ");
    EXPECT_EQ(items_.list({.limit = 1}, {.query = {{"more", "1"}}}).name,
              "GET /v1/items?limit=1&more=1 k ");
    EXPECT_EQ(orders_.create("here", wish_).name,
              R"(POST /v1/here/orders Bearer k {"what":"tea"})");
    EXPECT_EQ(orders_.create("here", {.what = "milk"}).name,
              R"(POST /v1/here/orders Bearer k {"what":"milk"})");
    EXPECT_EQ(orders_.create("here", wish_, {.extra_body = {{"x", 1}}}).name,
              R"(POST /v1/here/orders Bearer k {"what":"tea","x":1})");
    EXPECT_EQ(orders_.try_create("here", wish_)->name,
              R"(POST /v1/here/orders Bearer k {"what":"tea"})");
    EXPECT_EQ(items_.remove("7").info.status, 204);
    std::string text;
    for (const piece& each : orders_.stream("here", wish_)) text += each.text();
    EXPECT_EQ(text, "tea0tea1tea2");
    EXPECT_TRUE(orders_.try_stream("here", wish_));
}

TEST_F(Resources, ParametersThatChangeThePathAreRefused) {
    for (const char* bad : {"", ".", ".."})
        EXPECT_EQ(items_.try_retrieve(bad).error().kind, error_kind::invalid_argument);
    wish_.stream = true;
    EXPECT_EQ(orders_.try_create("here", wish_).error().kind, error_kind::invalid_argument);
}

TEST_F(Resources, Futures) {
    auto later = items_.async_retrieve("a", asio::use_future);
    auto maybe = items_.async_try_retrieve("b", asio::use_future);
    const item_query query{.limit = 2};
    auto listed = items_.async_list(query, asio::use_future);
    EXPECT_EQ(later.get().name, "GET /v1/items/a  ");
    EXPECT_EQ(maybe.get()->name, "GET /v1/items/b  ");
    EXPECT_EQ(listed.get().name, "GET /v1/items?limit=2 k ");
    auto refused = items_.async_retrieve("..", asio::use_future);
    EXPECT_THROW(refused.get(), invalid_argument_error);
}

TEST_F(Resources, Awaited) {
    asio::io_context context;
    std::string seen;
    bool ended = false;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            // The request goes at once: nothing may refer to it later.
            auto wish = std::make_unique<order>(wish_);
            auto pending = orders_.async_create("here", *wish, asio::use_awaitable);
            wish->what = "changed";
            const response<item> answer = co_await std::move(pending);
            seen = answer.name;
            async_event_stream<piece> stream =
                co_await orders_.async_stream("here", wish_, asio::use_awaitable);
            std::string text;
            while (const std::optional<piece> each =
                       co_await stream.async_next(asio::use_awaitable))
                text += each->text();
            EXPECT_EQ(text, "tea0tea1tea2");
            EXPECT_EQ(stream.info().status, 200);
            const result<std::optional<piece>> after =
                co_await stream.async_try_next(asio::use_awaitable);
            EXPECT_TRUE(after && !*after);
            try {
                (void)co_await items_.async_retrieve(".", asio::use_awaitable);
                ADD_FAILURE();
            } catch (const invalid_argument_error&) {
                ended = true;
            }
        },
        asio::detached);
    context.run();
    EXPECT_TRUE(ended);
    EXPECT_EQ(seen, R"(POST /v1/here/orders Bearer k {"what":"tea"})");
}

TEST_F(Resources, CallbacksOnTheClientsExecutor) {
    asio::io_context context;
    const auto on =
        call::channel::make({.base_url = server_.url()}, net::executor(context.get_executor()));
    const items_resource items(on);
    int done = 0;
    const auto thread = std::this_thread::get_id();
    for (int i = 0; i < 10; ++i)
        items.async_retrieve("x", [&](std::exception_ptr failure, response<item> answer) {
            EXPECT_FALSE(failure);
            EXPECT_EQ(answer.name, "GET /v1/items/x  ");
            EXPECT_EQ(std::this_thread::get_id(), thread);
            ++done;
        });
    EXPECT_EQ(done, 0);
    context.run();
    EXPECT_EQ(done, 10);
}

TEST_F(Resources, OnAPoolOfThreads) {
    asio::thread_pool threads(3);
    const auto on =
        call::channel::make({.base_url = server_.url()}, net::executor(threads.get_executor()));
    const items_resource items(on);
    std::vector<std::future<response<item>>> pending;
    for (int i = 0; i < 40; ++i)
        pending.push_back(items.async_retrieve(std::to_string(i), asio::use_future));
    for (int i = 0; i < 40; ++i)
        EXPECT_EQ(pending[static_cast<std::size_t>(i)].get().name,
                  "GET /v1/items/" + std::to_string(i) + "  ");
    threads.join();
}

TEST_F(Resources, StopTokensOnAPoolOfThreads) {
    asio::thread_pool threads(3);
    const auto on =
        call::channel::make({.base_url = server_.url()}, net::executor(threads.get_executor()));
    const items_resource items(on);
    std::vector<std::future<result<response<item>>>> pending;
    std::vector<std::stop_source> stops(40);
    for (std::stop_source& each : stops) {
        const call_options options{.stop = each.get_token()};
        pending.push_back(items.async_try_retrieve("x", options, asio::use_future));
        each.request_stop();
    }
    for (auto& each : pending)
        if (const auto answer = each.get(); !answer) {
            EXPECT_EQ(answer.error().kind, error_kind::cancelled);
        }
    threads.join();
}

TEST_F(Resources, IdleContextsAreNoMoreThanConnections) {
    const auto on = channel_to(server_.url(), {.max_idle_connections = 2});
    {
        std::vector<call::channel::context_lease> busy;
        for (int i = 0; i < 5; ++i) busy.push_back(on->lease_context());
    }
    EXPECT_EQ(on->idle_contexts(), 2u);
}

// Throws once, when it is told to.
class failing_clock : public clock {
  public:
    std::chrono::steady_clock::time_point now() const override {
        if (fails_.exchange(false)) throw std::runtime_error("the clock is broken");
        return clock::now();
    }
    void fail() { fails_ = true; }

  private:
    mutable std::atomic<bool> fails_ = false;
};

TEST(AsyncStreams, AStepAfterAnExceptionGivesItAgain) {
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(R"({"part":"a"})");
        on.wait_for_close();
    }));
    failing_clock time;
    const orders_resource orders(channel_to(server.url(), {.clock = &time}));
    asio::io_context context;
    bool ended = false;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            const order wish{.what = "tea"};
            auto stream = co_await orders.async_stream("here", wish, asio::use_awaitable);
            EXPECT_TRUE(co_await stream.async_next(asio::use_awaitable));
            time.fail();
            for (int i = 0; i < 2; ++i) {
                const auto next = co_await stream.async_try_next(asio::use_awaitable);
                EXPECT_NE(next.error().message.find("the clock is broken"), std::string::npos);
            }
            ended = true;
        },
        asio::detached);
    context.run();
    EXPECT_TRUE(ended);
}

TEST_F(Resources, WhatIsNoJsonTakesNoExtraMembers) {
    const auto refused = items_.try_retrieve("x", {.extra_body = {{"a", 1}}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::invalid_argument);
    EXPECT_NE(refused.error().message.find("extra_body"), std::string::npos);
}

TEST_F(Resources, WarmingAsynchronously) {
    call::async_warm(*channel_, {}, asio::use_future).get();
    EXPECT_EQ(channel_->transport().pool.size(), 1u);
}

TEST(AsyncCancellation, SlotsReachTheRead) {
    gate reached;
    scripted_server server([&](session& on) {
        (void)on.read_request();
        reached.open();
        on.wait_for_close();
    });
    const items_resource items(channel_to(server.url()));
    asio::io_context context;
    asio::cancellation_signal signal;
    std::optional<error_kind> seen;
    items.async_try_retrieve(
        "x", asio::bind_cancellation_slot(
                 signal.slot(), asio::bind_executor(context, [&](result<response<item>> answer) {
                     ASSERT_FALSE(answer);
                     seen = answer.error().kind;
                 })));
    std::thread stopper([&] {
        reached.wait();
        asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
    });
    auto work = asio::make_work_guard(context);
    while (!seen) {
        context.run_for(10ms);
        context.restart();
    }
    stopper.join();
    EXPECT_EQ(seen, error_kind::cancelled);
}

TEST(AsyncCancellation, DestroyingAStreamEndsIt) {
    gate gone;
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(R"({"part":"a"})");
        on.wait_for_close();
        gone.open();
    }));
    const orders_resource orders(channel_to(server.url()));
    const order wish{.what = "tea"};
    asio::io_context context;
    std::optional<error_kind> seen;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            auto stream = std::make_unique<async_event_stream<piece>>(
                co_await orders.async_stream("here", wish, asio::use_awaitable));
            const std::optional<piece> first = co_await stream->async_next(asio::use_awaitable);
            EXPECT_TRUE(first);
            stream->async_try_next([&](result<std::optional<piece>> next) {
                ASSERT_FALSE(next);
                seen = next.error().kind;
            });
            stream.reset();
        },
        asio::detached);
    context.run();
    EXPECT_EQ(seen, error_kind::cancelled);
    EXPECT_TRUE(gone.wait_for(5s));
}

TEST(AsyncCancellation, AContextMayGoWithCallsUnderWay) {
    gate reached;
    scripted_server server([&](session& on) {
        (void)on.read_request();
        reached.open();
        on.wait_for_close();
    });
    const auto on = channel_to(server.url());
    const items_resource items(on);
    bool called = false;
    {
        asio::io_context context;
        items.async_retrieve(
            "x", asio::bind_executor(context,
                                     [&](std::exception_ptr, response<item>) { called = true; }));
        while (!reached.wait_for(0ms)) context.run_for(5ms);
    }
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace tessera::test
