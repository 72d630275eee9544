// OAuth without the gateway around it, where a test says what comes first.
#include "cortex/oauth/service.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <future>

#include "cortex/oauth/handlers.hpp"
#include "server/made_up_server.hpp"
#include "support/manual_clock.hpp"
#include "support/scripted_server.hpp"
#include "tessera/http/url.hpp"

namespace tessera::server::cortex {
namespace {
namespace oauth_service_tests {

using testing::comes_true;
using testing::head_of;
using outcome = std::variant<oauth_token, oauth_refusal>;

// Answers when a test lets it.
struct gated_provider {
    test::gate codes, refreshes;
    std::atomic<int> asked_for_codes{0}, asked_for_refreshes{0};
    test::scripted_server server{
        test::for_each_request([this](test::session& on, const test::received_request& asked, int) {
            const bool refreshes_one =
                asked.body.find("grant_type=refresh_token") != std::string::npos;
            ++(refreshes_one ? asked_for_refreshes : asked_for_codes);
            (refreshes_one ? refreshes : codes).wait();
            on.answer(200, refreshes_one ? R"({"access_token":"refreshed","refresh_token":"next"})"
                                         : R"({"access_token":"of-a-code"})");
        })};
};

// Counts the requests whose handlers have returned.
class counting_api : public api {
  public:
    counting_api(oauth_service& of, std::atomic<int>& handled) : routes_(oauth_routes(of)) {
        for (route& each : routes_)
            each.handle = [&handled, handle = std::move(each.handle)](const exchange_ptr& asked) {
                handle(asked);
                ++handled;
            };
    }
    std::string_view name() const override { return "cortex"; }
    std::span<const route> routes() const override { return routes_; }

  private:
    std::vector<route> routes_;
};

class oauth_service_test : public ::testing::Test {
  protected:
    oauth_service_test() {
        std::promise<void> stored;
        of.tokens.put("google", {.access_token = "first", .refresh_token = "one"},
                      [&](const result<void>&) { stored.set_value(); });
        stored.get_future().wait();
    }
    ~oauth_service_test() override {
        upstream.codes.open();
        upstream.refreshes.open();
        of.stop();
        database.close();
    }

    static auto keep(std::promise<outcome>& in) {
        return [&in](outcome came) { in.set_value(std::move(came)); };
    }
    std::string access_token() { return of.tokens.find("google").value().access_token; }

    gated_provider upstream;
    test::manual_clock clock;
    options how = [this] {
        options made;
        made.clock = &clock;
        oauth_provider_settings google;
        google.client_id = "client";
        google.authorize_url = upstream.server.url() + "/authorize";
        google.token_url = upstream.server.url() + "/token";
        made.cortex.oauth.providers = {{"google", google}};
        return made;
    }();
    id_source ids{1};
    const catalog models{std::vector<catalog::entry>()};
    store::database database{std::nullopt};
    const services with{how, ids, models, database};
    setting<token_refresh_settings> refreshing{{}};
    oauth_service of{with, refreshing, [this] { return how.cortex; }};
};

// A rotating refresh token is good once: many that want a new token get the one.
TEST_F(oauth_service_test, refreshes_once_however_many_want_it) {
    std::atomic<int> handled{0}, shown{0};
    testing::made_up_server server(std::make_unique<counting_api>(of, handled));
    std::deque<testing::raw_client> clients;
    for (int i = 0; i < 20; ++i)
        clients.emplace_back(server.port())
            .send(head_of("POST", "/oauth/google/refresh", "content-length: 0\r\n"));
    const credential::async_provider shows = of.shows("google");
    for (int i = 0; i < 20; ++i)
        shows(true, [&](result<secret> token) {
            if (token && token->reveal() == "refreshed") ++shown;
        });
    ASSERT_TRUE(comes_true([&] { return handled == 20 && upstream.asked_for_refreshes >= 1; }));
    upstream.refreshes.open();
    for (testing::raw_client& each : clients) EXPECT_EQ(each.receive("POST").status, 200);
    EXPECT_TRUE(comes_true([&] { return shown == 20; }));
    EXPECT_EQ(upstream.asked_for_refreshes, 1);
    EXPECT_EQ(access_token(), "refreshed");
}

TEST_F(oauth_service_test, keeps_what_a_person_gave_while_it_refreshed) {
    const oauth_client google = of.client("google").value();
    std::promise<outcome> exchanged, refreshed;
    of.exchange(google, {.provider = "google", .redirect_uri = "http://localhost/"}, "code",
                keep(exchanged));
    of.refresh("google", keep(refreshed));
    ASSERT_TRUE(comes_true(
        [&] { return upstream.asked_for_codes == 1 && upstream.asked_for_refreshes == 1; }));
    upstream.codes.open();
    EXPECT_TRUE(std::holds_alternative<oauth_token>(exchanged.get_future().get()));
    upstream.refreshes.open();
    EXPECT_TRUE(std::holds_alternative<oauth_refusal>(refreshed.get_future().get()));
    EXPECT_EQ(access_token(), "of-a-code");
}

TEST_F(oauth_service_test, takes_what_a_person_gives_after_a_refresh) {
    const oauth_client google = of.client("google").value();
    std::promise<outcome> exchanged, refreshed;
    of.exchange(google, {.provider = "google", .redirect_uri = "http://localhost/"}, "code",
                keep(exchanged));
    of.refresh("google", keep(refreshed));
    upstream.refreshes.open();
    EXPECT_TRUE(std::holds_alternative<oauth_token>(refreshed.get_future().get()));
    EXPECT_EQ(access_token(), "refreshed");
    upstream.codes.open();
    EXPECT_TRUE(std::holds_alternative<oauth_token>(exchanged.get_future().get()));
    EXPECT_EQ(access_token(), "of-a-code");
}

TEST_F(oauth_service_test, stops_while_a_provider_does_not_answer) {
    std::atomic<bool> told = false;
    of.refresh("google", [&](outcome) { told = true; });
    ASSERT_TRUE(comes_true([&] { return upstream.asked_for_refreshes == 1; }));
    of.stop();
    upstream.refreshes.open();
    EXPECT_FALSE(told);
    EXPECT_EQ(access_token(), "first");
}

TEST(oauth_flows, are_taken_once_where_they_began) {
    test::manual_clock clock;
    oauth_flows flows(clock);
    const auto begin = [&] { return flows.begin({.provider = "google", .redirect_uri = "there"}); };
    const flow_handle one = begin(), other = begin();
    EXPECT_EQ(flows.take(one.state, "google", one.cookie).value().redirect_uri, "there");
    EXPECT_FALSE(flows.take(one.state, "google", one.cookie));
    EXPECT_FALSE(flows.take(other.state, "google", one.cookie));
    EXPECT_FALSE(flows.take(other.state, "google", other.cookie));
    const flow_handle third = begin();
    EXPECT_FALSE(flows.take(third.state, "anthropic", third.cookie));
    const flow_handle late = begin();
    clock.advance(oauth_flows::life);
    EXPECT_FALSE(flows.take(late.state, "google", late.cookie));
}

TEST(oauth_flows, make_room_for_new_ones) {
    test::manual_clock clock;
    oauth_flows flows(clock);
    std::deque<flow_handle> all;
    for (std::size_t i = 0; i < oauth_flows::most + 1; ++i)
        all.push_back(flows.begin({.provider = "google", .redirect_uri = "there"}));
    EXPECT_FALSE(flows.take(all[0].state, "google", all[0].cookie));
    EXPECT_TRUE(flows.take(all[1].state, "google", all[1].cookie));
    EXPECT_TRUE(flows.take(all.back().state, "google", all.back().cookie));
}

}  // namespace oauth_service_tests
}  // namespace
}  // namespace tessera::server::cortex
