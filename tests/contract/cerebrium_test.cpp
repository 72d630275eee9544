// Cerebrium's client and server together: every status of the specification on every operation,
// and chats with all that they have elsewhere.
#include <gtest/gtest.h>

#include <map>

#include "contract/service.hpp"
#include "server/cerebrium_support.hpp"
#include "tessera/cerebrium.hpp"

namespace tessera::contract {
namespace {
namespace cerebrium_tests {

using server::testing::function_server;

function_server& backend() {
    static function_server instance;
    return instance;
}

cerebrium::client client_of(function_server& of, const std::string& token) {
    client_options made;
    made.api_key = secret(token);
    made.base_url = "http://127.0.0.1:" + std::to_string(of.port()) + "/cerebrium";
    made.max_retries = 0;
    return cerebrium::client(made);
}

std::string token(const char* project = "p-tessera",
                  std::chrono::seconds life = std::chrono::hours(1)) {
    return server::cerebrium::token_for(backend().settings(), project, life);
}

cerebrium::function function_of(const std::string& key, std::string app, std::string name = "run") {
    return client_of(backend(), key).function("p-tessera", std::move(app), std::move(name));
}

cerebrium::function endpoint(function_server& of = backend()) {
    return client_of(of, token()).function("p-tessera", "1-openai-compatible-endpoint", "run");
}

openai::chat_request chat(std::string text = "Hi") {
    openai::chat_request made{.model = "any", .messages = {user(std::move(text))}};
    made.max_tokens = 8;
    made.seed = 1;
    return made;
}

const openai::embedding_request texts{.model = "any",
                                      .input = std::vector<std::string>{"One text", "another"}};

// The errors of all operations in all their forms.
std::map<std::string, error> errors_of(const cerebrium::function& function) {
    const json::value nothing = json::value::object();
    std::map<std::string, error> all;
    const auto add = [&](const char* form, const auto& outcome) {
        EXPECT_FALSE(outcome) << form;
        if (!outcome) all[form] = outcome.error();
    };
    add("run", function.try_run(nothing));
    add("stream", function.try_stream(nothing));
    add("run_async", function.try_run_async(nothing));
    add("chat", function.chat.completions.try_create(chat()));
    add("chat stream", function.chat.completions.try_stream(chat()));
    add("embedding", function.embeddings.try_create(texts));
    return all;
}

TEST(cerebrium_statuses, a_missing_or_wrong_token_is_401_everywhere) {
    for (const std::string& key :
         {std::string("nonsense"), token("p-tessera", std::chrono::seconds(0))})
        for (const auto& [form, failed] : errors_of(function_of(key, "echo"))) {
            EXPECT_EQ(failed.kind, error_kind::authentication) << form;
            EXPECT_EQ(failed.status, 401) << form;
        }
}

TEST(cerebrium_statuses, a_token_of_another_project_is_403_everywhere) {
    for (const auto& [form, failed] : errors_of(function_of(token("p-other"), "echo")))
        EXPECT_EQ(failed.kind, error_kind::permission_denied) << form;
}

TEST(cerebrium_statuses, an_unknown_or_private_function_is_404_everywhere) {
    for (const char* name : {"absent", "_run"})
        for (const auto& [form, failed] : errors_of(function_of(token(), "echo", name))) {
            EXPECT_EQ(failed.kind, error_kind::not_found) << form;
            EXPECT_NE(failed.message.find("function"), std::string::npos) << failed.message;
        }
}

TEST(cerebrium_statuses, a_function_that_fails_is_500_everywhere) {
    function_server own(R"({"allow_commands": true, "projects": {"p-tessera": {"broken": {
        "functions": {"run": {"command": ["false"]}}}}}})");
    const auto function = client_of(own, token()).function("p-tessera", "broken", "run");
    const json::value nothing = json::value::object();
    for (const error& failed :
         {function.try_run(nothing).error(), function.try_stream(nothing).error(),
          function.chat.completions.try_create(chat()).error(),
          function.chat.completions.try_stream(chat()).error(),
          function.embeddings.try_create(texts).error()}) {
        EXPECT_EQ(failed.kind, error_kind::internal_server);
        EXPECT_EQ(failed.status, 500);
        const auto run = body_as<cerebrium::failed_run>(failed);
        ASSERT_TRUE(run);
        EXPECT_EQ(own.record(run->run_id)["state"], "failed");
    }
}

TEST(cerebrium_statuses, success_is_200_and_202) {
    const auto echo = function_of(token(), "echo");
    const json::value given = {{"a", 1}};
    const auto whole = echo.run(given);
    EXPECT_EQ(whole.info.status, 200);
    EXPECT_EQ(whole.result, given);
    EXPECT_TRUE(whole.run_time_ms);
    const auto accepted = echo.run_async(given);
    EXPECT_EQ(accepted.info.status, 202);
    EXPECT_EQ(backend().record_when(accepted.run_id, "state", "succeeded")["result"], given);
    std::vector<std::string> events;
    for (const auto& event : echo.stream(given)) events.push_back(event.data);
    EXPECT_EQ(events, std::vector<std::string>{R"({"a":1})"});
}

TEST(cerebrium_chats, a_stream_says_what_the_answer_says) {
    const auto function = endpoint();
    const auto whole = function.chat.completions.create(chat());
    EXPECT_EQ(whole.object, "chat.completion");
    EXPECT_EQ(whole.model, "tessera");
    EXPECT_EQ(whole.usage.value().completion_tokens, 8);
    EXPECT_EQ(whole.choices.at(0).finish_reason, openai::finish_reason::length);
    std::string text;
    std::vector<cerebrium::chat_chunk> chunks;
    for (const auto& chunk : function.chat.completions.stream(chat())) {
        text += chunk.text();
        chunks.push_back(chunk);
    }
    EXPECT_EQ(text, whole.text());
    ASSERT_GT(chunks.size(), 2U);
    for (const auto& chunk : chunks) {
        EXPECT_EQ(chunk.object, "chat.completion");
        EXPECT_EQ(chunk.id, chunks[0].id);
        EXPECT_TRUE(chunk.choices.at(0).delta);
        EXPECT_TRUE(chunk.choices[0].text);
        EXPECT_EQ(chunk.choices[0].finish_reason.value(), &chunk == &chunks.back()
                                                              ? openai::finish_reason::length
                                                              : openai::finish_reason::stop);
    }
    EXPECT_FALSE(chunks.back().usage);
    EXPECT_EQ(backend().record(chunks[0].id)["state"], "succeeded");
}

TEST(cerebrium_chats, the_pages_form_has_text_alone) {
    function_server own(R"({"page_chunks": true})");
    const auto function = endpoint(own);
    std::string text;
    for (const auto& chunk : function.chat.completions.stream(chat())) {
        EXPECT_FALSE(chunk.choices.at(0).delta);
        EXPECT_FALSE(chunk.usage);
        EXPECT_FALSE(chunk.system_fingerprint);
        text += chunk.text();
    }
    EXPECT_EQ(text, endpoint().chat.completions.create(chat()).text());
    openai::chat_request with_tools = chat();
    with_tools.tools = {openai::tool{.function = {.name = "f"}}};
    const error refused = function.chat.completions.try_stream(with_tools).error();
    EXPECT_EQ(refused.kind, error_kind::bad_request);
    EXPECT_NE(refused.message.find("tools: have no place"), std::string::npos) << refused.message;
}

TEST(cerebrium_chats, a_plain_run_yields_the_same_chunks) {
    const auto function = endpoint();
    std::string text;
    for (const auto& chunk : function.stream<cerebrium::chat_chunk>(json::to_value(chat()))) {
        EXPECT_FALSE(chunk.choices.at(0).delta);
        text += chunk.text();
    }
    EXPECT_EQ(text, function.chat.completions.create(chat()).text());
    const auto all = function.run<std::vector<cerebrium::chat_chunk>>(json::to_value(chat()));
    std::string again;
    for (const auto& chunk : all.result) again += chunk.text();
    EXPECT_EQ(again, text);
}

TEST(cerebrium_chats, parameters_have_their_effect) {
    const auto function = endpoint();
    openai::chat_request several = chat();
    several.n = 3;
    several.logprobs = true;
    several.top_logprobs = 2;
    const auto made = function.chat.completions.create(several);
    ASSERT_EQ(made.choices.size(), 3U);
    EXPECT_EQ(made.choices[2].index, 2);
    const auto& tokens = made.choices[0].logprobs.value().content.value();
    EXPECT_EQ(tokens.size(), 8U);
    EXPECT_EQ(tokens[0].top_logprobs.size(), 2U);
    std::map<std::int64_t, std::string> streamed;
    several.stream_options = openai::stream_options{.include_usage = true};
    std::optional<openai::usage> used;
    std::size_t with_logprobs = 0;
    for (const auto& chunk : function.chat.completions.stream(several)) {
        const auto& choice = chunk.choices.at(0);
        streamed[choice.index] += choice.text.value();
        with_logprobs += !choice.logprobs.is_null();
        if (chunk.usage) used = chunk.usage;
    }
    EXPECT_GT(with_logprobs, 0U);
    EXPECT_EQ(used.value().completion_tokens, 24);
    for (const auto& choice : made.choices)
        EXPECT_EQ(streamed[choice.index], choice.message.content.value());
    for (const auto& name : {"audio", "web_search_options"}) {
        call_options more;
        more.extra_body = {{name, json::value::object()}};
        const auto refused = function.chat.completions.try_create(chat(), more);
        ASSERT_FALSE(refused);
        EXPECT_NE(refused.error().message.find(name), std::string::npos);
    }
}

TEST(cerebrium_embeddings, vectors_are_numbers_or_base64) {
    const auto function = endpoint();
    const auto numbers = function.embeddings.create(texts);
    EXPECT_EQ(numbers.model, "tessera");
    ASSERT_EQ(numbers.data.size(), 2U);
    EXPECT_GT(numbers.usage.prompt_tokens, 0);
    openai::embedding_request encoded = texts;
    encoded.encoding_format = openai::embedding_encoding::base64;
    const auto bytes = function.embeddings.create(encoded);
    EXPECT_EQ(std::vector<float>(bytes.data[1].embedding.values().begin(),
                                 bytes.data[1].embedding.values().end()),
              std::vector<float>(numbers.data[1].embedding.values().begin(),
                                 numbers.data[1].embedding.values().end()));
}

}  // namespace cerebrium_tests
}  // namespace
}  // namespace tessera::contract
