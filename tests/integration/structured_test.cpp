// Typed answers and events of streams, over a connection.
#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <string>

#include "integration/call_fixture.hpp"
#include "tessera/cerebras.hpp"
#include "tessera/cerebras/events.hpp"

namespace tessera::test {
namespace {

struct town {
    std::string name{};
    std::optional<std::int64_t> people{};
};
constexpr auto describe(json::type<town>) {
    return json::object<town>("Town", json::field("name", &town::name),
                              json::field("people", &town::people, json::min(0)));
}

// Answers a question with itself, whole or a byte at a time.
void say_it_back(session& on, const received_request& request, int) {
    const json::value asked = json::value::parse(request.body);
    const std::string content = asked["messages"][0]["content"];
    json::value answer{{"id", "a"}, {"created", 1}, {"model", "m"}, {"system_fingerprint", "f"}};
    if (!asked.value("stream", false)) {
        answer["object"] = "chat.completion";
        answer["usage"] = answer["time_info"] = json::value::object();
        answer["choices"] = {{{"index", 0},
                              {"finish_reason", "stop"},
                              {"message", {{"role", "assistant"}, {"content", content}}}}};
        answer["asked"] = asked;
        return (void)on.answer(200, answer.dump(), "x-request-id: r1\r\n");
    }
    on.begin_stream();
    answer["object"] = "chat.completion.chunk";
    for (const char c : content) {
        answer["choices"] = {{{"index", 0}, {"delta", {{"content", std::string(1, c)}}}}};
        on.event(answer.dump());
    }
    answer["choices"] = {
        {{"index", 0}, {"delta", json::value::object()}, {"finish_reason", "stop"}}};
    on.event(answer.dump());
    on.event("[DONE]");
    on.end_stream();
}

class Structured : public testing::Test {
  protected:
    cerebras::chat_request asking(std::string text) {
        return {.model = "m", .messages = {user(std::move(text))}};
    }
    scripted_server server_{for_each_request(say_it_back)};
    cerebras::client client_{[&] {
        client_options options = quick();
        options.base_url = server_.url();
        return options;
    }()};
    cerebras::chat_request good_ = asking(R"({"name":"Bergen","people":null})");
    cerebras::chat_request bad_ = asking(R"({"name":"Bergen","people":-1})");
};

TEST_F(Structured, TheAnswerIsTypedAndWhole) {
    const auto reply = client_.chat.completions.parse<town>(good_);
    EXPECT_EQ(reply.value.name, "Bergen");
    EXPECT_FALSE(reply.value.people);
    EXPECT_EQ(reply.id, "a");
    EXPECT_EQ(reply.text(), text_of(std::get<openai::user_message>(good_.messages[0]).content));
    EXPECT_EQ(reply.info.request_id, "r1");
    const json::value format = reply.extra["asked"]["response_format"];
    EXPECT_EQ(format["type"], "json_schema");
    EXPECT_EQ(format["json_schema"]["name"], "Town");
    EXPECT_EQ(format["json_schema"]["strict"], true);
    EXPECT_EQ(format["json_schema"]["schema"]["required"].dump(), R"(["name","people"])");
}

TEST_F(Structured, AnAnswerThatDoesNotFitIsAnErrorThatCarriesIt) {
    const auto reply = client_.chat.completions.try_parse<town>(bad_);
    ASSERT_FALSE(reply);
    const error& reason = reply.error();
    EXPECT_EQ(reason.kind, error_kind::decode);
    EXPECT_EQ(reason.message,
              "the answer could not be read: the content is not what was asked for: "
              "people: expected at least 0");
    EXPECT_EQ(reason.request_id, "r1");
    EXPECT_EQ(reason.attempts, 1);
    const auto whole = json::decode_text<cerebras::chat_response>(reason.body);
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->text(), R"({"name":"Bergen","people":-1})");
    EXPECT_THROW((void)client_.chat.completions.parse<town>(bad_), decode_error);
    EXPECT_THROW((void)client_.chat.completions.parse<town>(asking("")), empty_answer_error);
}

TEST_F(Structured, AsynchronousForms) {
    const auto& completions = client_.chat.completions;
    const call_options options{.max_retries = 0};
    EXPECT_EQ(completions.async_parse<town>(good_, asio::use_future).get().value.name, "Bergen");
    EXPECT_EQ(completions.async_parse<town>(good_, options, asio::use_future).get().value.name,
              "Bergen");
    EXPECT_THROW((void)completions.async_parse<town>(bad_, asio::use_future).get(), decode_error);
    EXPECT_EQ(completions.async_try_parse<town>(good_, asio::use_future).get()->value.name,
              "Bergen");
    const auto awaits = [&]() -> asio::awaitable<error_kind> {
        const auto reply =
            co_await completions.async_try_parse<town>(bad_, options, asio::use_awaitable);
        co_return reply.error().kind;
    };
    asio::io_context context;
    auto kind = asio::co_spawn(context, awaits(), asio::use_future);
    context.run();
    EXPECT_EQ(kind.get(), error_kind::decode);
}

TEST_F(Structured, AStreamIsEventsAndThenATypedAnswer) {
    auto stream =
        cerebras::events(client_.chat.completions.stream(openai::answering_with<town>(good_)));
    json::partial_reader shown;
    std::size_t grown = 0;
    std::string last;
    for (const openai::chat_event& event : stream) {
        if (const auto* content = std::get_if<openai::content_grown>(&event)) {
            ++grown;
            ASSERT_TRUE(shown.feed(content->delta));
            last = *content->so_far;
        }
    }
    EXPECT_EQ(grown, last.size());
    EXPECT_EQ(shown.so_far()["name"], "Bergen");
    const auto value = openai::parse_answer<town>(stream.response());
    ASSERT_TRUE(value);
    EXPECT_EQ(value->name, "Bergen");
}

TEST_F(Structured, AStreamThatBreaksOffThrowsAfterWhatCame) {
    scripted_server breaks(for_each_request([](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(
            R"({"id":"a","created":1,"model":"m","system_fingerprint":"f",)"
            R"("object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"x"}}]})");
        on.end_stream();
    }));
    cerebras::client client{{.base_url = breaks.url()}};
    auto stream = cerebras::events(client.chat.completions.stream(good_));
    ASSERT_TRUE(stream.next());
    const auto failed = stream.next();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, error_kind::incomplete_stream);
    EXPECT_EQ(stream.response().text(), "x");
}

}  // namespace
}  // namespace tessera::test
