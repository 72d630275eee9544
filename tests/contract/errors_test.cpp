// Every error of the server, as the SDK tells it.
#include <gtest/gtest.h>

#include <thread>
#include <typeinfo>

#include "contract/service.hpp"

namespace tessera::contract {
namespace {

using cerebras::chat_request;
using cerebras::completion_request;

chat_request short_chat() {
    return {.model = "llama3.1-8b", .messages = {user("Hi")}, .max_completion_tokens = 2};
}
completion_request short_completion() {
    return {.model = "llama3.1-8b", .prompt = "Hi", .max_tokens = 2};
}

/// The error of a call that must throw exactly that exception.
template <class Exception, class Call>
error thrown_by(const Call& call) {
    try {
        (void)call();
    } catch (const exception& thrown) {
        EXPECT_EQ(typeid(thrown), typeid(Exception)) << thrown.what();
        EXPECT_FALSE(std::string_view(thrown.what()).empty());
        EXPECT_EQ(thrown.what(), thrown.error().message);
        EXPECT_TRUE(thrown.error().request_id.starts_with("req_")) << thrown.error().request_id;
        EXPECT_EQ(thrown.error().attempts, 1);
        return thrown.error();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

constexpr http::operation<void, cerebras::model_list> delete_models{
    "deleteModels", "DELETE", "/v1/models", http::auth::bearer};

TEST(errors, a_wrong_key_is_401_in_every_form) {
    client_options options = options_to(running_server::shared());
    options.api_key = "csk-wrong";
    options.max_retries = 2;  // a refusal is not retried
    const cerebras::client stranger(options);
    const chat_request request = short_chat();
    for (const error& failed :
         {thrown_by<authentication_error>(
              [&] { return stranger.chat.completions.create(request); }),
          thrown_by<authentication_error>(
              [&] { return stranger.chat.completions.stream(request); }),
          thrown_by<authentication_error>(
              [&] { return stranger.completions.create(short_completion()); }),
          thrown_by<authentication_error>([&] { return stranger.models.list(); }),
          thrown_by<authentication_error>([&] { return stranger.models.retrieve("tiny"); }),
          thrown_by<authentication_error>([&] {
              return stranger.chat.completions.async_create(request, asio::use_future).get();
          }),
          thrown_by<authentication_error>([&] {
              return stranger.chat.completions.async_stream(request, asio::use_future).get();
          }),
          stranger.chat.completions.try_create(request).error(),
          stranger.chat.completions.try_stream(request).error()}) {
        EXPECT_EQ(failed.kind, error_kind::authentication);
        EXPECT_EQ(failed.status, 401);
        EXPECT_EQ(content_of(failed).code, "wrong_api_key");
        EXPECT_EQ(content_of(failed).type, "authentication_error");
        EXPECT_TRUE(failed.message.starts_with(content_of(failed).message.value()));
        EXPECT_EQ(failed.body.find("csk-wrong"), std::string::npos);
    }
    options.api_key = {};
    EXPECT_EQ(content_of(thrown_by<authentication_error>([&] {
                  return cerebras::client(options).models.list();
              })).code,
              "missing_api_key");
}

TEST(errors, unknown_models_and_paths_are_404) {
    chat_request request = short_chat();
    request.model = "gpt-17";
    completion_request text = short_completion();
    text.model = "gpt-17";
    for (const error& failed :
         {thrown_by<not_found_error>([&] { return client().chat.completions.create(request); }),
          thrown_by<not_found_error>([&] { return client().chat.completions.stream(request); }),
          thrown_by<not_found_error>([&] { return client().completions.create(text); }),
          thrown_by<not_found_error>([&] { return client().models.retrieve("gpt-17"); }),
          thrown_by<not_found_error>([&] { return client().public_models.retrieve("gpt-17"); })}) {
        EXPECT_EQ(failed.status, 404);
        EXPECT_EQ(content_of(failed).code, "model_not_found");
        EXPECT_EQ(content_of(failed).param, "model");
        EXPECT_NE(failed.message.find("gpt-17"), std::string::npos);
    }
    const cerebras::client elsewhere(options_to(running_server::shared(), "/cerebras/other"));
    const error failed = thrown_by<not_found_error>([&] { return elsewhere.models.list(); });
    EXPECT_NE(content_of(failed).code, "model_not_found");
}

TEST(errors, a_method_that_a_path_does_not_have_is_405) {
    const call::resource<call::remove<delete_models>> models(
        call::channel::make(options_to(running_server::shared())));
    const error failed = thrown_by<api_error>([&] { return models.remove(); });
    EXPECT_EQ(failed.kind, error_kind::api);
    EXPECT_EQ(failed.status, 405);
    EXPECT_EQ(content_of(failed).code, "method_not_allowed");
}

TEST(errors, a_body_that_is_too_large_is_413) {
    server::options settings = tiny_options();
    settings.limits.body_bytes = 1000;
    running_server server(settings);
    const cerebras::client own(options_to(server));
    completion_request request = short_completion();
    request.prompt = std::string(200'000, 'x');
    EXPECT_EQ(thrown_by<api_error>([&] { return own.completions.create(request); }).status, 413);
    EXPECT_EQ(thrown_by<api_error>([&] { return own.completions.stream(request); }).status, 413);
    EXPECT_TRUE(own.completions.try_create(short_completion()));
}

TEST(errors, a_body_of_another_type_is_415) {
    call_options options;
    options.headers.set("content-type", "text/plain");
    const chat_request request = short_chat();
    const error failed =
        thrown_by<api_error>([&] { return client().chat.completions.create(request, options); });
    EXPECT_EQ(failed.status, 415);
}

TEST(errors, all_issues_of_a_body_are_told_at_once) {
    call_options options;
    options.extra_body = {{"temperature", "warm"},
                          {"top_p", 2},
                          {"n", 1.5},
                          {"messages", {{{"role", "user"}}}},
                          {"stop", {"a", 1}},
                          {"service_tier", "gold"},
                          {"unheard_of", 1}};
    const chat_request request = short_chat();
    const error failed = thrown_by<unprocessable_error>(
        [&] { return client().chat.completions.create(request, options); });
    EXPECT_EQ(failed.status, 422);
    const auto issues = issues_of(failed);
    const std::map<std::string, std::string> expected = {{"body.temperature", "float_type"},
                                                         {"body.top_p", "less_than_equal"},
                                                         {"body.n", "int_from_float"},
                                                         {"body.service_tier", "enum"},
                                                         {"body.unheard_of", "extra_forbidden"}};
    for (const auto& [place, type] : expected) {
        ASSERT_TRUE(issues.contains(place)) << place << " in " << failed.body;
        EXPECT_EQ(issues.at(place), type) << place;
    }
    const auto some_begin_with = [&](std::string_view place) {
        return std::any_of(issues.begin(), issues.end(),
                           [&](const auto& each) { return each.first.starts_with(place); });
    };
    EXPECT_TRUE(some_begin_with("body.messages.0"));
    EXPECT_TRUE(some_begin_with("body.stop"));

    const completion_request text = short_completion();
    const auto refused = client().completions.try_stream(text, options);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(issues_of(refused.error()).contains("body.messages"));

    call_options format;
    format.query = {{"format", "other"}};
    EXPECT_TRUE(issues_of(thrown_by<unprocessable_error>([&] {
                    return client().public_models.list(format);
                })).contains("query.format"));
    call_options delay;
    delay.headers.set("X-delay-time", "soon");
    EXPECT_TRUE(issues_of(thrown_by<unprocessable_error>([&] {
                    return client().chat.completions.create(request, delay);
                })).contains("header.X-delay-time"));
}

TEST(errors, a_prompt_that_does_not_fit_is_400) {
    chat_request talk = short_chat();
    talk.messages = {user(std::string(context_length, 'x'))};
    completion_request text = short_completion();
    text.prompt = std::vector<int>(context_length, 'x');
    for (const error& failed :
         {thrown_by<bad_request_error>([&] { return client().chat.completions.create(talk); }),
          thrown_by<bad_request_error>([&] { return client().chat.completions.stream(talk); }),
          thrown_by<bad_request_error>([&] { return client().completions.create(text); })}) {
        EXPECT_EQ(failed.status, 400);
        EXPECT_EQ(content_of(failed).code, "context_length_exceeded");
        EXPECT_NE(failed.message.find(std::to_string(context_length)), std::string::npos);
    }
    text.prompt = std::vector<int>(context_length - 1, 'x');
    EXPECT_EQ(client().completions.create(text).usage->completion_tokens, 1);
}

TEST(errors, a_full_queue_is_429) {
    server::options settings = tiny_options();
    settings.max_sequences = 1;
    settings.queue_limit = 1;
    running_server server(settings);
    const cerebras::client own(options_to(server));
    chat_request request = short_chat();
    request.max_completion_tokens = 50;
    request.min_completion_tokens = 50;
    request.n = 100;  // the first must not have ended when the last asks
    for (const error& failed :
         {thrown_by<rate_limit_error>([&] { return own.chat.completions.create(request); }),
          thrown_by<rate_limit_error>([&] { return own.chat.completions.stream(request); })}) {
        EXPECT_EQ(failed.status, 429);
        EXPECT_EQ(content_of(failed).code, "queue_exceeded");
        EXPECT_EQ(failed.retry_after, std::chrono::seconds(1));
    }
    EXPECT_TRUE(comes_true([&] { return load_of(server) == 0; }));
    EXPECT_TRUE(own.chat.completions.try_create(short_chat()));
}

TEST(errors, a_used_up_day_is_429_and_not_waited_for) {
    server::options settings = tiny_options();
    settings.cerebras.requests_per_day = 2;
    running_server server(settings);
    const cerebras::client own(options_to(server));
    const completion_request request = short_completion();
    const auto first = own.completions.create(request);
    EXPECT_EQ(first.info.rate_limit("requests-day").limit, 2);
    EXPECT_EQ(first.info.rate_limit("requests-day").remaining, 1);
    EXPECT_GT(first.info.rate_limit("requests-day").reset.value().count(), 0);
    EXPECT_EQ(own.completions.create(request).info.rate_limit("requests-day").remaining, 0);
    const error failed =
        thrown_by<rate_limit_error>([&] { return own.completions.create(request); });
    EXPECT_EQ(content_of(failed).code, "request_quota_exceeded");
    EXPECT_GT(failed.retry_after.value(), std::chrono::milliseconds(0));
    EXPECT_TRUE(own.models.try_list());  // these are not counted
}

TEST(errors, used_up_tokens_are_429_until_the_minute_ends) {
    server::options settings = tiny_options();
    settings.cerebras.tokens_per_minute = 3;
    running_server server(settings);
    const cerebras::client own(options_to(server));
    const completion_request request = short_completion();
    result<response<cerebras::completion_response>> answer = own.completions.try_create(request);
    ASSERT_TRUE(answer);
    // A minute may end between two requests, not between each two of many.
    for (int i = 0; i < 3 && answer; ++i) answer = own.completions.try_create(request);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, error_kind::rate_limit);
    EXPECT_EQ(content_of(answer.error()).code, "token_quota_exceeded");
    EXPECT_LE(answer.error().retry_after.value(), std::chrono::seconds(60));
}

TEST(errors, too_many_connections_are_503) {
    server::options settings = tiny_options();
    settings.limits.connections = 1;
    running_server server(settings);
    server::testing::raw_client holder(server.port());
    holder.send(server::testing::head_of("GET", "/_tessera/health"));
    EXPECT_EQ(holder.receive().status, 200);
    const cerebras::client own(options_to(server));
    const auto refused = own.models.try_list();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::internal_server);
    EXPECT_EQ(refused.error().status, 503);
    EXPECT_EQ(refused.error().retry_after, std::chrono::seconds(1));
}

TEST(errors, nobody_listens) {
    client_options options;
    options.api_key = "k";
    options.max_retries = 0;
    {
        const running_server gone;
        options.base_url = options_to(gone).base_url;
    }
    const auto refused = cerebras::client(options).models.try_list();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::connection);
}

// What came is not lost.
TEST(errors, a_stream_that_the_server_breaks_off) {
    server::options settings = tiny_options();
    settings.limits.drain_timeout = std::chrono::milliseconds(20);
    running_server server(settings);
    const cerebras::client own(options_to(server));
    completion_request request = short_completion();
    request.max_tokens = -1;
    request.min_tokens = -1;
    request.n = 100;
    auto stream = own.completions.stream(request);
    std::string text;
    auto next = stream.next();
    server.stop();
    for (; next && *next; next = stream.next()) text += (*next)->text();
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().kind, error_kind::incomplete_stream) << next.error().message;
    EXPECT_EQ(next.error().body, text);
}

// A server of one slot, and a client that leaves in the middle of an answer that would take long.
class leaving : public ::testing::Test {
  protected:
    static server::options one_slot() {
        server::options made = tiny_options();
        made.max_sequences = 1;
        return made;
    }
    bool is_busy() { return load_of(server_) > 0; }
    // Tokens are counted when an answer is whole: none was.
    void expect_slot_is_free() {
        EXPECT_TRUE(comes_true([&] { return !is_busy(); }));
        const auto limits = own_.models.list().info.rate_limit("tokens-minute");
        EXPECT_EQ(limits.remaining, limits.limit);
        EXPECT_TRUE(own_.chat.completions.try_create(short_chat()));
    }

    running_server server_{one_slot()};
    const cerebras::client own_{options_to(server_)};
    const completion_request endless_{
        .model = "tiny", .prompt = "ab", .max_tokens = -1, .min_tokens = -1, .n = 100};
};

TEST_F(leaving, a_stream_that_is_dropped) {
    {
        auto stream = own_.completions.stream(endless_);
        EXPECT_TRUE(stream.next().value());
    }
    expect_slot_is_free();
}

// At once, that is: a machine that is busy otherwise gets several chances.
TEST_F(leaving, frees_the_slot_within_100_ms) {
    auto least = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 20 && least >= std::chrono::milliseconds(100); ++i) {
        auto stream = own_.completions.stream(endless_);
        EXPECT_TRUE(stream.next().value());
        const auto left = std::chrono::steady_clock::now();
        stream.close();
        EXPECT_TRUE(comes_true([&] { return !is_busy(); }));
        least = std::min(least, std::chrono::steady_clock::now() - left);
    }
    EXPECT_LT(least, std::chrono::milliseconds(100));
}

TEST_F(leaving, a_stream_that_is_closed) {
    auto stream = own_.completions.stream(endless_);
    EXPECT_TRUE(stream.next().value());
    stream.close();
    EXPECT_FALSE(stream.next());
    expect_slot_is_free();
}

TEST_F(leaving, an_asynchronous_stream_that_is_dropped) {
    {
        auto stream = own_.completions.async_stream(endless_, asio::use_future).get();
        EXPECT_TRUE(stream.async_next(asio::use_future).get());
    }
    expect_slot_is_free();
}

TEST_F(leaving, a_call_that_is_stopped) {
    std::stop_source source;
    call_options options;
    options.stop = source.get_token();
    std::thread stopping([&] {
        EXPECT_TRUE(comes_true([&] { return is_busy(); }));
        source.request_stop();
    });
    const auto stopped = own_.completions.try_create(endless_, options);
    stopping.join();
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().kind, error_kind::cancelled);
    expect_slot_is_free();
}

TEST_F(leaving, a_call_whose_time_is_over) {
    call_options options;
    options.timeout.total = std::chrono::milliseconds(100);
    const auto late = own_.completions.try_create(endless_, options);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind, error_kind::timeout);
    expect_slot_is_free();
}

TEST_F(leaving, a_call_that_is_stopped_while_it_is_delayed) {
    std::stop_source source;
    call_options options;
    options.stop = source.get_token();
    options.headers.set("X-delay-time", "3000");
    std::thread stopping([&] { source.request_stop(); });
    const auto stopped = own_.chat.completions.try_create(short_chat(), options);
    stopping.join();
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().kind, error_kind::cancelled);
    expect_slot_is_free();
}

}  // namespace
}  // namespace tessera::contract
