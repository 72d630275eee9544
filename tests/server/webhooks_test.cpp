// Deliveries of answers, against a receiver that does as it is told.
#include "cerebrium/webhooks.hpp"

#include <gtest/gtest.h>

#include <mutex>

#include "cerebrium_support.hpp"
#include "support/manual_clock.hpp"
#include "support/scripted_server.hpp"
#include "tessera/cerebrium/webhook.hpp"

namespace tessera::server::testing {
namespace {
namespace webhook_tests {

using std::chrono::seconds;

// Keeps what it is sent, and answers with the statuses of a list, of which the last goes on; 0
// breaks the connection.
class receiver {
  public:
    explicit receiver(std::vector<int> statuses)
        : server_(test::for_each_request([this, statuses = std::move(statuses)](
                                             test::session& on, const test::received_request& got,
                                             int number) {
              const int status = statuses[std::min<std::size_t>(static_cast<std::size_t>(number),
                                                                statuses.size()) -
                                          1];
              {
                  const std::lock_guard lock(mutex_);
                  received_.push_back(got);
              }
              if (status == 0) return on.shut_down();
              on.answer(status, "{}", status == 302 ? "location: http://127.0.0.1:1/\r\n" : "");
          })) {}

    std::string url(const std::string& path = "/hook?a=b%20c") const {
        return server_.url() + path;
    }
    std::vector<test::received_request> received() {
        const std::lock_guard lock(mutex_);
        return received_;
    }

  private:
    std::mutex mutex_;
    std::vector<test::received_request> received_;
    test::scripted_server server_;
};

std::string delivered_to(const std::string& function, const std::string& url) {
    return function + (function.find('?') == function.npos ? "?" : "&") +
           "webhookEndpoint=" + http::percent_encode(url);
}

json::value deliveries_when(function_server& server, const std::string& run_id, std::size_t count) {
    for (;;) {
        json::value all = server.record(run_id)["deliveries"];
        if (all.size() == count) return all;
        std::this_thread::yield();
    }
}

TEST(webhooks, the_body_of_the_answer_is_delivered_and_signed) {
    test::manual_clock clock;
    function_server server("{}", &clock);
    receiver hook({200});
    const raw_response got = server.call(delivered_to("echo/run", hook.url()), {{"a", 1}},
                                         "x-webhook-secret: our secret\r\n");
    EXPECT_EQ(got.status, 200);
    const json::value noted = deliveries_when(server, got.json()["run_id"], 1);
    EXPECT_EQ(noted[0]["status"], 200);
    const test::received_request sent = hook.received().at(0);
    EXPECT_EQ(sent.head.method, "POST");
    EXPECT_EQ(sent.head.target, "/hook?a=b%20c");
    EXPECT_EQ(sent.header("content-type"), "application/json");
    EXPECT_EQ(sent.body, got.body);
    EXPECT_EQ(sent.header("x-request-id"), got.json()["run_id"].get<std::string>());
    EXPECT_EQ(sent.header("x-cerebrium-webhook-timestamp"), "1700000000");
    const tessera::cerebrium::webhook_options how{.clock = &clock};
    EXPECT_TRUE(
        tessera::cerebrium::verify_webhook("our secret", sent.head.headers, sent.body, how));
    EXPECT_FALSE(tessera::cerebrium::verify_webhook("another", sent.head.headers, sent.body, how));
    EXPECT_FALSE(
        tessera::cerebrium::verify_webhook("our secret", sent.head.headers, sent.body + " ", how));
}

TEST(webhooks, every_operation_and_every_outcome_is_delivered) {
    function_server server;
    receiver hook({204});
    const auto call = [&](const std::string& function, const json::value& body) {
        return server.call(delivered_to(function, hook.url("/")), body);
    };
    std::vector<std::string> expected{call("echo/run", {{"a", 1}}).body,
                                      call("failing/run", json::value::object()).body,
                                      call(endpoint + "/chat/completions", chat_of()).body,
                                      call("echo/run/embedding", {{"model", "m"}}).body};
    std::string stream = call("slow/run", {{"seconds", 0}, {"steps", 2}, {"stream", true}}).body;
    expected.push_back(stream);
    const raw_response accepted = call("echo/run?async=true", {{"b", 2}});
    EXPECT_EQ(accepted.status, 202);
    while (hook.received().size() < 6) std::this_thread::yield();
    std::vector<std::string> bodies;
    for (const test::received_request& each : hook.received()) {
        EXPECT_EQ(each.header("x-cerebrium-webhook-signature"), "");
        if (each.header("x-request-id") != accepted.json()["run_id"].get<std::string>())
            bodies.push_back(each.body);
        else
            EXPECT_EQ(json::value::parse(each.body)["result"], json::value({{"b", 2}}));
    }
    std::sort(bodies.begin(), bodies.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(bodies, expected);
}

TEST(webhooks, a_streamed_chat_is_delivered_whole) {
    function_server server;
    receiver hook({200});
    const raw_response got = server.call(delivered_to(endpoint + "/chat/completions", hook.url()),
                                         chat_of("Hi", {{"stream", true}}));
    while (hook.received().empty()) std::this_thread::yield();
    EXPECT_EQ(hook.received()[0].body + "data: [DONE]\n\n", got.body);
    EXPECT_EQ(hook.received()[0].header("content-type"), "text/event-stream");
}

// The statuses of a receiver, and how many attempts they lead to.
TEST(webhooks, a_delivery_is_repeated_after_404_and_broken_connections_alone) {
    const std::vector<std::pair<std::vector<int>, std::size_t>> cases{
        {{404, 200}, 2}, {{404}, 3},      {{0, 200}, 2}, {{0}, 3},          {{500}, 1},
        {{503}, 1},      {{400}, 1},      {{429}, 1},    {{408}, 1},        {{409}, 1},
        {{302}, 3},      {{404, 500}, 2}, {{201}, 1},    {{404, 0, 200}, 3}};
    for (const auto& [statuses, attempts] : cases) {
        test::manual_clock clock;
        function_server server("{}", &clock);
        receiver hook(statuses);
        const raw_response got = server.call(delivered_to("echo/run", hook.url()), {{"a", 1}});
        const std::string run_id = got.json()["run_id"];
        for (std::size_t i = 1; i <= attempts; ++i) {
            EXPECT_EQ(deliveries_when(server, run_id, i).size(), i);
            // None comes before its time.
            clock.advance(std::chrono::milliseconds(4999));
            EXPECT_EQ(hook.received().size(), i);
            clock.advance(std::chrono::milliseconds(1));
        }
        clock.advance(seconds(60));
        // The loop has looked at the clock since: a delivery that is due would come before this.
        const std::string later =
            server.call(delivered_to("echo/run", hook.url("/last")), {{"a", 2}}).json()["run_id"];
        deliveries_when(server, later, 1);
        EXPECT_EQ(server.record(run_id)["deliveries"].size(), attempts)
            << "after " << statuses.front();
        for (const test::received_request& each : hook.received())
            if (each.head.target != "/last") {
                EXPECT_EQ(each.body, got.body);
            }
    }
}

TEST(webhooks, an_address_where_nobody_listens_is_tried_three_times) {
    test::manual_clock clock;
    function_server server("{}", &clock);
    const std::string run_id =
        server.call(delivered_to("echo/run", "http://127.0.0.1:1/"), {{"a", 1}}).json()["run_id"];
    for (std::size_t i = 1; i <= 3; ++i) {
        const json::value all = deliveries_when(server, run_id, i);
        EXPECT_TRUE(all.back().contains("error"));
        clock.advance(seconds(5));
    }
}

TEST(webhooks, targets_off_this_machine_have_to_be_allowed) {
    function_server server(R"({"webhook_hosts": ["hooks.example.invalid"]})");
    for (const char* url :
         {"http://example.com/", "https://169.254.169.254/latest", "ftp://127.0.0.1/", "127.0.0.1",
          "http://127.0.0.1.example.com/", "http://[2001:db8::1]/", "http://localhost.example.com/",
          "http://0.0.0.0/", "file:///etc/passwd"}) {
        const raw_response got = server.call(delivered_to("echo/run", url), {{"a", 1}});
        EXPECT_EQ(got.status, 400) << url;
        EXPECT_EQ(got.json()["error"]["param"], "webhookEndpoint");
    }
    const raw_response refused =
        server.call(delivered_to("echo/run?async=true", "http://example.com/"), {{"a", 1}});
    EXPECT_NE(refused.body.find("webhook_hosts"), std::string::npos);
    EXPECT_EQ(
        server.call(delivered_to("echo/run", "http://hooks.example.invalid/"), {{"a", 1}}).status,
        200);
    loop background(clock::system());
    cerebrium::journal noted;
    const auto any =
        std::make_shared<cerebrium::webhooks>(std::vector<std::string>{"*"}, background, noted);
    EXPECT_TRUE(any->target("https://example.com/a?b", "key"));
    EXPECT_FALSE(any->target("nonsense", ""));
}

TEST(webhooks, a_server_that_stops_ends_deliveries) {
    test::gate arrived;
    test::scripted_server silent([&](test::session& on) {
        (void)on.read_request();
        arrived.open();
        on.wait_for_close();
    });
    function_server server;
    EXPECT_EQ(server.call(delivered_to("echo/run", silent.url() + "/"), {{"a", 1}}).status, 200);
    arrived.wait();
    server.stop();
}

}  // namespace webhook_tests
}  // namespace
}  // namespace tessera::server::testing
