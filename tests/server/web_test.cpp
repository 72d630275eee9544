// What the web room promises to any API, on APIs made up for it.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "made_up_server.hpp"
#include "tessera/core/secret.hpp"
#include "web/credentials.hpp"

namespace tessera::server::testing {
namespace {
namespace web_tests {

/// An API with GET /x and a GET /problem, whose other manners a test makes up.
struct made_up_api : api {
    made_up_api() {
        add("/x", [this](const exchange_ptr& asked) { handle(asked); });
        add("/problem", [](const exchange_ptr& asked) {
            asked->respond(problem{.status = 404, .message = "no"});
        });
    }
    void add(const char* path, std::function<void(const exchange_ptr&)> call) {
        route& made = all.emplace_back();
        made.id = made.path = path;
        made.method = "GET";
        made.handle = std::move(call);
    }
    std::string_view name() const override { return "made-up"; }
    std::span<const route> routes() const override { return all; }
    std::shared_ptr<request_state> begin(const request&) override {
        return on_begin ? on_begin() : nullptr;
    }
    std::optional<problem> admit(const request&) override {
        if (on_admit) on_admit();
        return std::nullopt;
    }
    answer explain(const request* asked, const problem& reason) const override {
        if (on_explain) on_explain();
        return api::explain(asked, reason);
    }
    void decorate(const request&, http::fields&) override {
        if (on_decorate) on_decorate();
    }

    std::vector<route> all;
    std::function<void(const exchange_ptr&)> handle = [](const exchange_ptr& asked) {
        asked->respond(json_answer(200, "{}"));
    };
    std::function<void()> on_admit, on_explain, on_decorate;
    std::function<std::shared_ptr<request_state>()> on_begin;
};

/// Keeps ends of answers until a test lets them go, and counts itself.
struct made_up_state : request_state {
    explicit made_up_state(std::atomic<int>& counted) : alive(counted) { ++alive; }
    ~made_up_state() override { --alive; }
    void before_end(std::function<void()> go) override { waiting.set_value(std::move(go)); }

    std::atomic<int>& alive;
    std::promise<std::function<void()>> waiting;
};

const auto fails = [] { throw std::runtime_error("out of order"); };
const auto fails_oddly = [] { throw 7; };

TEST(web, what_admit_throws_is_a_500) {
    for (const std::function<void()>& failure : {std::function<void()>(fails), {fails_oddly}}) {
        auto served = std::make_unique<made_up_api>();
        served->on_admit = failure;
        made_up_server server(std::move(served));
        EXPECT_EQ(server.get("/x").status, 500);
        EXPECT_EQ(server.get("/nowhere").status, 404);
    }
}

TEST(web, what_explain_throws_is_a_500) {
    auto served = std::make_unique<made_up_api>();
    served->on_explain = fails;
    made_up_server server(std::move(served));
    EXPECT_EQ(server.get("/x").status, 200);
    for (const char* path : {"/problem", "/nowhere"}) {
        const raw_response got = server.get(path);
        EXPECT_EQ(got.status, 500);
        EXPECT_EQ(got.json()["message"], "out of order");
    }
}

TEST(web, what_decorate_throws_is_a_500) {
    auto served = std::make_unique<made_up_api>();
    served->on_decorate = fails;
    served->add("/stream", [](const exchange_ptr& asked) {
        asked->start({});
        asked->body() += "said";
        asked->finish();
    });
    made_up_server server(std::move(served));
    for (const char* path : {"/x", "/problem", "/nowhere"}) {
        const raw_response got = server.get(path);
        EXPECT_EQ(got.status, 500) << path;
        EXPECT_EQ(got.json()["message"], "out of order");
        EXPECT_TRUE(got.headers.contains("x-request-id"));
    }
    const raw_response streamed = server.get("/stream");
    EXPECT_EQ(streamed.status, 500);
    EXPECT_TRUE(streamed.whole);
    EXPECT_EQ(streamed.body, "said");
}

TEST(web, what_a_handler_throws_is_a_500) {
    auto served = std::make_unique<made_up_api>();
    served->handle = [](const exchange_ptr&) { fails_oddly(); };
    made_up_server server(std::move(served));
    EXPECT_EQ(server.get("/x").status, 500);
}

TEST(web, an_exchange_that_has_ended_keeps_no_callbacks) {
    std::weak_ptr<exchange> left;
    {
        auto served = std::make_unique<made_up_api>();
        served->handle = [&](const exchange_ptr& asked) {
            asked->respond(json_answer(200, "{}"));
            left = asked;
            asked->on_gone([asked] {});
            asked->on_room([asked] {});
        };
        made_up_server server(std::move(served));
        EXPECT_EQ(server.get("/x").status, 200);
    }
    EXPECT_TRUE(left.expired());
}

TEST(web, an_answer_ends_when_the_requests_state_lets_it) {
    for (const char* path : {"/x", "/problem", "/stream", "/refused"}) {
        SCOPED_TRACE(path);
        std::atomic<int> alive{0};
        std::promise<made_up_state*> made;
        {
            auto served = std::make_unique<made_up_api>();
            served->on_begin = [&] {
                auto state = std::make_shared<made_up_state>(alive);
                made.set_value(state.get());
                return state;
            };
            served->add("/stream", [](const exchange_ptr& asked) {
                asked->start({});
                asked->body() += "first";
                asked->flush();
                asked->finish(", last");
            });
            served->add("/refused", [](const exchange_ptr&) {});
            if (path == std::string("/refused")) served->on_admit = fails;
            made_up_server server(std::move(served));
            raw_client client(server.port());
            client.send(head_of("GET", path));
            made_up_state* const state = made.get_future().get();
            const std::function<void()> go = state->waiting.get_future().get();
            EXPECT_EQ(client.unread().find("last"), std::string_view::npos);
            EXPECT_EQ(alive, 1);
            std::thread(go).join();  // on any thread
            const raw_response got = client.receive();
            EXPECT_TRUE(got.whole);
            if (path == std::string("/stream")) {
                EXPECT_EQ(got.body, "first, last");
            }
        }
        EXPECT_EQ(alive, 0);
    }
}

TEST(web, a_state_goes_with_the_client_that_left) {
    std::atomic<int> alive{0};
    std::promise<void> asked_for;
    auto served = std::make_unique<made_up_api>();
    served->on_begin = [&] { return std::make_shared<made_up_state>(alive); };
    served->handle = [&](const exchange_ptr&) { asked_for.set_value(); };
    {
        made_up_server server(std::move(served));
        raw_client client(server.port());
        client.send(head_of("GET", "/x"));
        asked_for.get_future().wait();
        EXPECT_EQ(alive, 1);
        client.close();
    }
    EXPECT_EQ(alive, 0);
}

TEST(web, an_api_is_found_however_its_name_is_written) {
    made_up_server server(std::make_unique<made_up_api>());
    EXPECT_EQ(server.get("/made-up/x").status, 200);
    EXPECT_EQ(server.get("/%6dade-up/x").status, 200);
    EXPECT_EQ(server.get("/%6dade-up/nowhere").status, 404);
    EXPECT_EQ(server.get("/%zz/x").status, 404);
}

TEST(credentials, only_the_same_secret_is_the_same) {
    EXPECT_TRUE(same_secret("key", "key"));
    for (const char* other : {"", "ke", "keys", "kez", "keykey"})
        EXPECT_FALSE(same_secret(other, "key")) << other;
    EXPECT_FALSE(same_secret("", ""));
    EXPECT_FALSE(same_secret("key", ""));
}

TEST(credentials, are_where_the_operation_says) {
    request asked;
    const auto found = [&](http::auth way) {
        return std::string(credential_of(asked, way).value_or("(none)"));
    };
    EXPECT_EQ(found(http::auth::bearer), "(none)");
    asked.head.headers.set("authorization", "bEARER  key ");
    EXPECT_EQ(found(http::auth::bearer), "key");
    EXPECT_EQ(found(http::auth::api_key_header), "(none)");
    EXPECT_EQ(found(http::auth::none), "(none)");
    for (const char* other : {"Basic key", "Bearer", "Bearer ", "Bearerkey", "key"}) {
        asked.head.headers.set("authorization", other);
        EXPECT_EQ(found(http::auth::bearer), "(none)") << other;
    }
    asked.head.headers.set("x-api-key", "other");
    EXPECT_EQ(found(http::auth::api_key_header), "other");
}

}  // namespace web_tests
}  // namespace
}  // namespace tessera::server::testing
