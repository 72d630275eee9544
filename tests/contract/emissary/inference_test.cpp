// Completions, chats, embeddings and classification of base models, and every documented refusal.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "contract/service.hpp"
#include "tessera/emissary.hpp"

namespace tessera::contract {
namespace {
namespace emissary_inference_tests {

const std::string model = "Llama-3.2-1B-Instruct";

emissary::client client_of(const std::string& key) {
    auto options = options_to(running_server::shared(), "/emissary");
    options.api_key = secret(key);
    return emissary::client(std::move(options));
}

const emissary::client& client() {
    static const emissary::client made = client_of(server::emissary_options().api_key);
    return made;
}

std::string key_line() {
    return "x-api-key: " + std::string(server::emissary_options().api_key) + "\r\n";
}

TEST(emissary_completions, go_on_with_a_text) {
    const emissary::completion_request request{.model = model,
                                               .prompt = "The capital of France is",
                                               .temperature = 0,
                                               .max_completion_tokens = 5};
    const auto made = client().completions.create(request);
    EXPECT_TRUE(made.id.starts_with("cmpl-")) << made.id;
    EXPECT_EQ(made.object, "text_completion");
    EXPECT_EQ(made.model, model);
    EXPECT_TRUE(made.created);
    ASSERT_EQ(made.choices.size(), 1U);
    EXPECT_EQ(made.choices[0].index, 0);
    EXPECT_EQ(made.choices[0].finish_reason, "length");
    EXPECT_EQ(made.usage->prompt_tokens, 24);
    EXPECT_EQ(made.usage->completion_tokens, 5);
    EXPECT_EQ(made.usage->total_tokens, 29);
    EXPECT_EQ(client().completions.create(request).text(), made.text());
    // The likeliest token alone is what no temperature takes.
    auto likeliest = request;
    likeliest.temperature = 1.7;
    likeliest.top_k = 1;
    EXPECT_EQ(client().completions.create(likeliest).text(), made.text());
    likeliest.top_k = std::nullopt;
    likeliest.top_p = 0;
    EXPECT_EQ(client().completions.create(likeliest).text(), made.text());
    likeliest.top_p = 1;
    likeliest.top_k = 5'000'000'000;
    EXPECT_EQ(client().completions.create(likeliest).usage->completion_tokens, 5);
}

TEST(emissary_chats, are_answered_whole_and_streamed) {
    const emissary::chat_request request{
        .model = model,
        .messages = {emissary::system("Be brief."), emissary::user("Hello."),
                     emissary::assistant("Hello!"), emissary::user("And now?")},
        .temperature = 0,
        .max_tokens = 9};
    const auto whole = client().chat.completions.create(request);
    EXPECT_TRUE(whole.id.starts_with("chatcmpl-")) << whole.id;
    EXPECT_EQ(whole.object, "chat.completion");
    EXPECT_EQ(whole.model, model);
    EXPECT_TRUE(whole.system_fingerprint);
    ASSERT_EQ(whole.choices.size(), 1U);
    EXPECT_EQ(whole.choices[0].finish_reason, openai::finish_reason::length);
    EXPECT_EQ(whole.usage->completion_tokens, 9);

    std::string text;
    std::string role;
    std::vector<std::string> reasons;
    int with_usage = 0;
    auto streamed = request;
    for (const bool usage : {false, true}) {
        text.clear();
        streamed.stream_options = openai::stream_options{.include_usage = usage};
        for (const auto& chunk : client().chat.completions.stream(streamed)) {
            EXPECT_TRUE(chunk.id.starts_with("chatcmpl-"));
            EXPECT_EQ(chunk.object, "chat.completion.chunk");
            EXPECT_EQ(chunk.model, model);
            text += chunk.text();
            if (chunk.usage) {
                ++with_usage;
                EXPECT_TRUE(chunk.choices.empty());
                EXPECT_EQ(chunk.usage->total_tokens, whole.usage->total_tokens);
                continue;
            }
            ASSERT_EQ(chunk.choices.size(), 1U);
            const auto& only = chunk.choices[0];
            if (only.delta && only.delta->role) role += only.delta->role->text();
            if (only.finish_reason) reasons.emplace_back(only.finish_reason->text());
        }
        EXPECT_EQ(text, whole.text());
        EXPECT_EQ(with_usage, usage ? 1 : 0);
    }
    EXPECT_EQ(role, "assistantassistant");
    EXPECT_EQ(reasons, (std::vector<std::string>{"length", "length"}));
    auto likeliest = request;
    likeliest.temperature = 1.7;
    likeliest.top_k = 1;
    EXPECT_EQ(client().chat.completions.create(likeliest).text(), whole.text());
}

TEST(emissary_embeddings, tell_how_near_two_texts_are) {
    emissary::embedding_request request{
        .model = model, .input = "A cat sleeps.", .target = "A kitten naps."};
    const auto plain = client().embeddings.create(request);
    EXPECT_TRUE(plain.id.value_or("").starts_with("rq-"));
    EXPECT_TRUE(plain.vectors.cosine_score);
    EXPECT_FALSE(plain.vectors.manhattan_distance);
    EXPECT_FALSE(plain.vectors.euclidean_distance);
    request.cosine = request.manhattan = request.euclidean = true;
    const auto pair = client().embeddings.create(request).vectors;
    ASSERT_EQ(pair.input_embedding.size(), 64U);
    ASSERT_EQ(pair.target_embedding.size(), 64U);
    double product = 0, own = 0, other = 0, sum = 0, squares = 0;
    for (std::size_t i = 0; i < 64; ++i) {
        const double a = pair.input_embedding[i], b = pair.target_embedding[i];
        product += a * b;
        own += a * a;
        other += b * b;
        sum += std::abs(a - b);
        squares += (a - b) * (a - b);
    }
    EXPECT_NEAR(pair.cosine_score.value(), product / std::sqrt(own * other), 1e-14);
    EXPECT_NEAR(pair.manhattan_distance.value(), sum, 1e-13);
    EXPECT_NEAR(pair.euclidean_distance.value(), std::sqrt(squares), 1e-14);
    request.cosine = false;
    request.target = request.input;
    const auto same = client().embeddings.create(request).vectors;
    EXPECT_FALSE(same.cosine_score);
    EXPECT_EQ(same.manhattan_distance, 0);
    EXPECT_EQ(same.euclidean_distance, 0);
}

struct refusal_case {
    std::string path;
    json::value body;
    int status;
    std::string error;  // what it begins with
};

TEST(emissary_inference, says_what_is_wrong_with_a_request) {
    const std::string completions = "/completions", chats = "/chat/completions",
                      embeddings = "/embeddings", labels = "/classification";
    const json::value said = {{{"role", "user"}, {"content", "Hello."}}};
    const std::string unknown = "there is no deployment or base model \"absent\"";
    const std::vector<refusal_case> cases = {
        {completions, {{"model", "absent"}, {"prompt", "a"}}, 404, unknown},
        {chats, {{"model", "absent"}, {"messages", said}}, 404, unknown},
        {embeddings, {{"model", "absent"}, {"input", "a"}, {"target", "b"}}, 404, unknown},
        {labels, {{"model", "absent"}, {"input", "a"}}, 404, unknown},

        {completions, {{"prompt", "a"}}, 400, "model: "},
        {completions, {{"model", model}}, 400, "prompt: "},
        {completions, {{"model", model}, {"prompt", 3}}, 400, "prompt: "},
        {completions,
         {{"model", model}, {"prompt", "a"}, {"temperature", -1}},
         400,
         "temperature: must be from 0 to 2"},
        {completions,
         {{"model", model}, {"prompt", "a"}, {"temperature", "warm"}},
         400,
         "temperature: "},
        {completions,
         {{"model", model}, {"prompt", "a"}, {"top_p", 1.5}},
         400,
         "top_p: must be from 0 to 1"},
        {completions,
         {{"model", model}, {"prompt", "a"}, {"top_k", 0}},
         400,
         "top_k: must be at least 1"},
        {completions, {{"model", model}, {"prompt", "a"}, {"top_k", 1.5}}, 400, "top_k: "},
        {completions,
         {{"model", model}, {"prompt", "a"}, {"max_completion_tokens", 0}},
         400,
         "max_completion_tokens: must be at least 1"},
        {completions,
         {{"model", model}, {"prompt", std::string(3000, 'a')}},
         400,
         "the prompt has 3000 tokens; the model's context holds 2048"},
        {completions,
         {{"model", "Qwen3-Embedding-0.6B"}, {"prompt", "a"}},
         400,
         "model: \"Qwen3-Embedding-0.6B\" is a base model of the type embeddings, and does not "
         "write text"},

        {chats, {{"messages", said}}, 400, "model: "},
        {chats, {{"model", model}}, 400, "messages: "},
        {chats,
         {{"model", model}, {"messages", json::value::array()}},
         400,
         "messages: must not be empty"},
        {chats,
         {{"model", model}, {"messages", {{{"role", "user"}}}}},
         400,
         "messages[0].content: "},
        {chats, {{"model", model}, {"messages", {{{"content", "a"}}}}}, 400, "messages[0].role: "},
        {chats,
         {{"model", model}, {"messages", {{{"role", "tool"}, {"content", "a"}}}}},
         400,
         "messages[0].role: "},
        {chats,
         {{"model", model}, {"messages", {{{"role", "user"}, {"content", {1}}}}}},
         400,
         "messages[0].content: "},
        {chats,
         {{"model", model}, {"messages", said}, {"top_k", -3}},
         400,
         "top_k: must be at least 1"},
        {chats,
         {{"model", model}, {"messages", said}, {"top_p", -0.1}},
         400,
         "top_p: must be from 0 to 1"},
        {chats,
         {{"model", model}, {"messages", said}, {"temperature", 2.5}},
         400,
         "temperature: must be from 0 to 2"},
        {chats,
         {{"model", model}, {"messages", said}, {"max_tokens", -1}},
         400,
         "max_tokens: must be at least 1"},
        {chats, {{"model", model}, {"messages", said}, {"stream", "yes"}}, 400, "stream: "},
        {chats,
         {{"model", "Llama-3.2-1B-Completion"}, {"messages", said}},
         400,
         "model: \"Llama-3.2-1B-Completion\" is a base model of the type completion, and does not "
         "answer conversations"},

        {embeddings, {{"model", model}, {"input", "a"}}, 400, "target: "},
        {embeddings, {{"model", model}, {"target", "a"}}, 400, "input: "},
        {embeddings, {{"input", "a"}, {"target", "a"}}, 400, "model: "},
        {embeddings,
         {{"model", model}, {"input", ""}, {"target", "b"}},
         400,
         "input: must not be empty"},
        {embeddings,
         {{"model", model}, {"input", "a"}, {"target", ""}},
         400,
         "target: must not be empty"},
        {embeddings,
         {{"model", model}, {"input", "a"}, {"target", "b"}, {"cosine", 1}},
         400,
         "cosine: "},
        {embeddings,
         {{"model", model}, {"input", "a"}, {"target", std::string(3000, 'a')}},
         400,
         "text 1 has 3000 tokens; the model's context holds 2048"},

        {labels, {{"model", model}}, 400, "input: "},
        {labels, {{"input", "a"}}, 400, "model: "},
        {labels, {{"model", model}, {"input", ""}}, 400, "input: must not be empty"},
        {labels,
         {{"model", model}, {"input", "a"}, {"data_format", "stars"}},
         400,
         "data_format: expected one of 'logits', 'probs'"},
        {labels,
         {{"model", model}, {"input", "a"}},
         400,
         "model: \"" + model + "\" is a base model of the type chat, and does not classify"}};
    for (const auto& [path, body, status, error] : cases) {
        SCOPED_TRACE(path + " " + body.dump().substr(0, 200));
        const auto got = running_server::shared().post("/emissary/v1" + path, body, key_line());
        EXPECT_EQ(got.status, status) << got.body;
        const json::value told = got.json();
        EXPECT_EQ(told["status"], status);
        const auto message = told["error"].get<std::string>();
        EXPECT_EQ(message.substr(0, error.size()), error);
        EXPECT_EQ(told.value("code", "none"), status == 404 ? "object_not_found" : "none");
    }
}

TEST(emissary_inference, reads_bodies_that_are_no_json_and_members_that_it_does_not_know) {
    const auto ask = [&](const std::string& path, const std::string& body) {
        return running_server::shared().ask(
            server::testing::post_of("/emissary/v1" + path, body, key_line()), "POST");
    };
    for (const char* path :
         {"/completions", "/chat/completions", "/embeddings", "/classification"}) {
        for (const char* body : {"", "{", "[]", "\"text\"", "null"}) {
            const auto got = ask(path, body);
            EXPECT_EQ(got.status, 400) << path << ' ' << body;
            EXPECT_EQ(got.json()["status"], 400) << got.body;
        }
    }
    EXPECT_EQ(ask("/completions", R"({"model":")" + model +
                                      R"(","prompt":"a","max_completion_tokens":1,"more":[1]})")
                  .status,
              200);
}

TEST(emissary_inference, needs_the_key) {
    const auto refused = [](const emissary::client& by) {
        std::vector<error> all;
        const auto add = [&](const auto& answered) {
            EXPECT_FALSE(answered);
            if (!answered) all.push_back(answered.error());
        };
        add(by.completions.try_create({.model = model, .prompt = "a"}));
        add(by.chat.completions.try_create({.model = model, .messages = {emissary::user("a")}}));
        add(by.embeddings.try_create({.model = model, .input = "a", .target = "b"}));
        add(by.classification.try_create({.model = model, .input = "a"}));
        return all;
    };
    for (const error& each : refused(client_of("wrong"))) {
        EXPECT_EQ(each.kind, error_kind::authentication);
        const auto body = body_as<emissary::error_body>(each);
        ASSERT_TRUE(body);
        EXPECT_EQ(body->status, 401);
        EXPECT_FALSE(body->code);
    }
}

}  // namespace emissary_inference_tests
}  // namespace
}  // namespace tessera::contract
