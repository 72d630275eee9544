// Operations of these types against a server that sends what a script says.
#include <gtest/gtest.h>

#include "support/manual_clock.hpp"
#include "support/scripted_server.hpp"
#include "tessera/anthropic/models.hpp"
#include "tessera/call.hpp"
#include "unit/anthropic/transcript.hpp"

namespace tessera::anthropic {
namespace {

using tessera::test::for_each_request;
using tessera::test::received_request;
using tessera::test::scripted_server;
using tessera::test::session;

inline constexpr http::operation<message_request, message, stream_event, void, message_headers>
    create_message{.id = "createMessage",
                   .method = "POST",
                   .path = "/v1/messages",
                   .authentication = http::auth::api_key_header,
                   .stream = stream_rules,
                   .replays = http::replay::safe};
inline constexpr http::operation<void, model_list, void, models_query> list_models{
    .id = "listModels",
    .method = "GET",
    .path = "/v1/models",
    .authentication = http::auth::api_key_header};

using messages_resource = call::resource<call::create<create_message>, call::stream<create_message>,
                                         call::list<list_models>>;

const tessera::test::fast_clock fast;

messages_resource messages_at(const scripted_server& server, const clock& time = fast) {
    static tessera::test::fixed_random random(0);
    client_options options{.api_key = "k", .base_url = server.url()};
    options.headers.set("anthropic-version", "2023-06-01");
    options.clock = &time;
    options.random = &random;
    // Each a thousandth in real time.
    using std::chrono::minutes;
    options.timeout = {minutes(60), minutes(60), minutes(60), minutes(600)};
    return messages_resource(call::channel::make(std::move(options)));
}

const message_request hello{.model = "claude-x", .max_tokens = 9, .messages = {user("Hello.")}};

TEST(messages, are_created) {
    scripted_server server(for_each_request([](session& on, const received_request& asked, int) {
        EXPECT_EQ(asked.head.target, "/v1/messages");
        EXPECT_EQ(asked.header("x-api-key"), "k");
        EXPECT_EQ(asked.header("anthropic-version"), "2023-06-01");
        EXPECT_EQ(asked.body, json::encode(hello));
        on.answer(200, test::spelled);
    }));
    EXPECT_EQ(messages_at(server).create(hello).text(), "In Zürich.");
}

TEST(messages, are_streamed_at_any_split) {
    scripted_server server(for_each_request([](session& on, const received_request& asked, int n) {
        EXPECT_EQ(json::parse(asked.body).value()["stream"], true);
        on.stream_in_two(test::transcript, static_cast<std::size_t>(n));
    }));
    const messages_resource messages = messages_at(server, tessera::test::no_time_passes);
    for (std::size_t split = 1; split < test::transcript.size(); ++split) {
        message_accumulator answer;
        for (const stream_event& event : messages.stream(hello)) answer.add(event);
        ASSERT_TRUE(answer.is_complete()) << split;
        ASSERT_EQ(json::encode(answer.message()), test::spelled) << split;
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST(messages, a_stream_ends_with_its_last_event_whatever_follows) {
    scripted_server server(for_each_request([](session& on, const received_request&, int) {
        on.begin_stream();
        on.chunk(test::transcript);
        on.chunk("event: ping\ndata: {\"type\":\"ping\"}\n\n");
        on.end_stream();
    }));
    std::string last;
    for (const stream_event& event : messages_at(server).stream(hello)) last = event_name(event);
    EXPECT_EQ(last, "message_stop");
}

TEST(messages, a_stream_that_ends_early_is_incomplete) {
    const std::size_t cut = test::transcript.find("event: message_stop");
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.begin_stream();
        on.chunk(test::transcript.substr(0, cut));
        on.end_stream();
    }));
    auto stream = messages_at(server).stream(hello);
    result<std::optional<stream_event>> event = stream.next();
    while (event && *event) event = stream.next();
    ASSERT_FALSE(event);
    EXPECT_EQ(event.error().kind, error_kind::incomplete_stream);
    // What came can be read again.
    EXPECT_NE(event.error().body.find("\"text\":\"In Zür\""), std::string::npos);
}

constexpr std::string_view overloaded =
    "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
    "\"message\":\"Overloaded\"}}\n\n";

TEST(messages, an_error_inside_a_stream_is_one) {
    const std::size_t cut = test::transcript.find("event: content_block_stop");
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.begin_stream();
        on.chunk(test::transcript.substr(0, cut));
        on.chunk(overloaded);
        on.end_stream();
    }));
    auto stream = messages_at(server).stream(hello);
    message_accumulator answer;
    result<std::optional<stream_event>> event = stream.next();
    for (; event && *event; event = stream.next()) answer.add(**event);
    ASSERT_FALSE(event);
    EXPECT_EQ(event.error().status, 529);
    EXPECT_EQ(event.error().type, "overloaded_error");
    EXPECT_NE(event.error().message.find("Overloaded"), std::string::npos);
    EXPECT_EQ(json::encode(answer.message().content),
              R"([{"type":"thinking","thinking":"Where is it?","signature":"EqoB"}])");
}

TEST(messages, an_error_in_front_of_the_first_event_is_tried_again) {
    scripted_server server(for_each_request([](session& on, const received_request&, int n) {
        on.begin_stream();
        on.chunk(n == 1 ? overloaded : test::transcript);
        on.end_stream();
    }));
    message_accumulator answer;
    for (const stream_event& event : messages_at(server).stream(hello)) answer.add(event);
    EXPECT_EQ(answer.message().text(), "In Zürich.");
}

// Text of the answer that looks like an error is none.
TEST(messages, only_the_event_of_that_name_is_an_error) {
    scripted_server server(for_each_request([](session& on, const received_request&, int) {
        on.begin_stream();
        on.chunk(
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
            "\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"},\"error\":{\"message\":\"b\"}}\n\n"
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
        on.end_stream();
    }));
    std::string text;
    for (const stream_event& event : messages_at(server).stream(hello)) text += text_of(event);
    EXPECT_EQ(text, "a");
}

TEST(messages, refusals_carry_the_typed_body) {
    scripted_server server(for_each_request([](session& on, const received_request&, int) {
        on.answer(
            400,
            R"({"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: required"}})");
    }));
    const auto refused = messages_at(server).try_create(hello);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::bad_request);
    EXPECT_EQ(refused.error().type, "invalid_request_error");
    EXPECT_EQ(refused.error().message, "max_tokens: required (HTTP 400)");
    EXPECT_EQ(body_as<error_body>(refused.error())->error.type, error_type::invalid_request_error);
    EXPECT_THROW((void)messages_at(server).stream(hello), bad_request_error);
}

TEST(messages, models_are_listed_by_page) {
    scripted_server server(for_each_request([](session& on, const received_request& asked, int) {
        EXPECT_EQ(asked.head.target, "/v1/models?after_id=claude-x&limit=1");
        on.answer(
            200,
            R"({"data":[{"id":"claude-w","display_name":"Claude W","created_at":"2024-06-20T00:00:00Z","type":"model"}],"has_more":false,"first_id":"claude-w","last_id":"claude-w"})");
    }));
    const auto page = messages_at(server).list(models_query{.after_id = "claude-x", .limit = 1});
    EXPECT_EQ(page.data.at(0).id, "claude-w");
    EXPECT_EQ(page.has_more, false);
    EXPECT_EQ(*page.last_id, "claude-w");
}

}  // namespace
}  // namespace tessera::anthropic
