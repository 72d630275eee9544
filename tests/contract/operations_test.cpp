// Every operation in every form: blocking, result, future, awaited, streamed.
#include <gtest/gtest.h>

#include <variant>

#include "contract/service.hpp"

namespace tessera::contract {
namespace {

using namespace cerebras;

// What the four forms of a call that takes these arguments answer, as it came.
template <class Blocking, class Try, class Async>
std::string same_in_all_forms(const Blocking& blocking, const Try& tried, const Async& async) {
    const std::string text = blocking().info.raw;
    const auto result = tried();
    EXPECT_TRUE(result);
    if (result) {
        EXPECT_EQ(result->info.raw, text);
    }
    EXPECT_EQ(async(asio::use_future).get().info.raw, text);
    const auto answer = awaited(async(asio::use_awaitable));
    EXPECT_EQ(answer.info.raw, text);
    EXPECT_EQ(answer.info.status, 200);
    EXPECT_EQ(answer.info.attempts, 1);
    EXPECT_TRUE(answer.info.request_id.starts_with("req_"));
    return text;
}

TEST(operations, list_models) {
    const auto& models = client().models;
    same_in_all_forms([&] { return models.list(); }, [&] { return models.try_list(); },
                      [&](auto token) { return models.async_list(token); });
    const auto listed = models.list();
    EXPECT_EQ(listed.data.front().id, "llama3.1-8b");
    EXPECT_EQ(listed.data.back().id, "tiny");
}

TEST(operations, get_model) {
    const auto& models = client().models;
    for (const cerebras::model& each : models.list().data) {
        same_in_all_forms([&] { return models.retrieve(each.id); },
                          [&] { return models.try_retrieve(each.id); },
                          [&](auto token) { return models.async_retrieve(each.id, token); });
        EXPECT_TRUE(json::equal<cerebras::model>(models.retrieve(each.id), each));
    }
}

TEST(operations, list_public_models) {
    const auto& models = client().public_models;
    std::set<std::string> texts;
    for (const model_format format :
         {model_format::standard, model_format::openrouter, model_format::huggingface}) {
        const public_models_query query{.format = format};
        texts.insert(same_in_all_forms(
            [&] { return models.list(query); }, [&] { return models.try_list(query); },
            [&](auto token) { return models.async_list(query, token); }));
    }
    EXPECT_EQ(texts.size(), 3U);
    EXPECT_TRUE(std::holds_alternative<public_model_list>(models.list()));
    EXPECT_TRUE(std::holds_alternative<open_router_model_list>(
        models.list({.format = model_format::openrouter})));
    EXPECT_TRUE(std::holds_alternative<hugging_face_model_list>(
        models.list({.format = model_format::huggingface})));
}

TEST(operations, get_public_model) {
    const auto& models = client().public_models;
    std::set<std::string> texts;
    for (const model_format format :
         {model_format::standard, model_format::openrouter, model_format::huggingface}) {
        const public_models_query query{.format = format};
        texts.insert(same_in_all_forms(
            [&] { return models.retrieve("tiny", query); },
            [&] { return models.try_retrieve("tiny", query); },
            [&](auto token) { return models.async_retrieve("tiny", query, token); }));
    }
    EXPECT_EQ(texts.size(), 3U);
    const auto found = models.retrieve("tiny");
    ASSERT_TRUE(std::holds_alternative<public_model>(found));
    EXPECT_EQ(std::get<public_model>(found).limits.max_context_length, context_length);
}

TEST(operations, public_ones_and_warming_need_no_key) {
    client_options options = options_to(running_server::shared());
    options.api_key = {};
    const cerebras::client stranger(options);
    EXPECT_TRUE(stranger.public_models.try_list());
    EXPECT_TRUE(stranger.public_models.try_retrieve("tiny"));
    EXPECT_TRUE(stranger.try_warm());
    EXPECT_EQ(stranger.models.try_list().error().kind, error_kind::authentication);
}

TEST(operations, warming) {
    client().warm();
    EXPECT_TRUE(client().try_warm());
    const call::resource<warm_tcp<operations::warm_tcp>> warming(
        call::channel::make(options_to(running_server::shared())));
    EXPECT_EQ(same_in_all_forms([&] { return warming.warm_tcp(); },
                                [&] { return warming.try_warm_tcp(); },
                                [&](auto token) { return warming.async_warm_tcp(token); }),
              "{}");
    EXPECT_TRUE(warming.warm_tcp().info.connection_reused);
}

// What an operation that generates says in each form; the same everywhere.
template <class Resource, class Request>
asio::awaitable<std::string> stream_awaited(const Resource& resource, const Request& request) {
    auto stream = co_await resource.async_stream(request, asio::use_awaitable);
    std::string text;
    while (const auto chunk = co_await stream.async_next(asio::use_awaitable))
        text += chunk->text();
    co_return text;
}

template <class Resource, class Request>
void says_the_same_in_all_forms(const Resource& resource, const Request& request) {
    const std::string text(resource.create(request).text());
    EXPECT_EQ(text.size(), 16U);
    EXPECT_EQ(resource.try_create(request).value().text(), text);
    EXPECT_EQ(resource.async_create(request, asio::use_future).get().text(), text);
    EXPECT_EQ(resource.async_try_create(request, asio::use_future).get().value().text(), text);
    EXPECT_EQ(awaited(resource.async_create(request, asio::use_awaitable)).text(), text);

    std::string streamed;
    for (const auto& chunk : resource.stream(request)) streamed += chunk.text();
    EXPECT_EQ(streamed, text);
    auto opened = resource.try_stream(request);
    ASSERT_TRUE(opened);
    streamed.clear();
    while (const auto chunk = opened->next().value()) streamed += chunk->text();
    EXPECT_EQ(streamed, text);
    EXPECT_EQ(opened->info().status, 200);
    auto later = resource.async_stream(request, asio::use_future).get();
    streamed.clear();
    while (const auto chunk = later.async_next(asio::use_future).get()) streamed += chunk->text();
    EXPECT_EQ(streamed, text);
    EXPECT_EQ(awaited(stream_awaited(resource, request)), text);
}

const openai::logit_bias the_letter_b{{"98", 100}};

TEST(operations, create_chat_completion) {
    const chat_request request{.model = "llama3.1-8b",
                               .messages = {user("Hi")},
                               .logit_bias = the_letter_b,
                               .max_completion_tokens = 16};
    says_the_same_in_all_forms(client().chat.completions, request);
}

TEST(operations, create_completion) {
    const completion_request request{
        .model = "llama3.1-8b", .prompt = "ab", .logit_bias = the_letter_b, .max_tokens = 16};
    says_the_same_in_all_forms(client().completions, request);
}

TEST(operations, a_stream_may_be_left_at_any_chunk) {
    const completion_request request{
        .model = "llama3.1-8b", .prompt = "ab", .logit_bias = the_letter_b, .max_tokens = 16};
    for (int wanted = 0; wanted < 18; ++wanted) {
        auto opened = client().completions.stream(request);
        for (int i = 0; i < wanted && opened.next().value(); ++i) {
        }
    }
    EXPECT_EQ(client().completions.create(request).text(), std::string(16, 'b'));
}

}  // namespace
}  // namespace tessera::contract
