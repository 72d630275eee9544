// Embeddings of a local model, and what a handler needs to answer them.
#include "chat/embeddings.hpp"

#include <gtest/gtest.h>

#include <asio/post.hpp>
#include <cmath>
#include <fstream>
#include <future>
#include <thread>

#include "inference/local/local_model.hpp"
#include "inference/local/local_reading.hpp"
#include "made_up_server.hpp"
#include "run/backend.hpp"
#include "web/api.hpp"

namespace tessera::server::testing {
namespace {
namespace embeddings_tests {

using vectors = std::vector<std::vector<float>>;

// Outlives the models, whose threads post to it.
asio::io_context& shared_context() {
    static asio::io_context context;
    return context;
}

local_model& shared_model() {
    shared_context();
    static local_model model(tiny_model(), tiny_options());
    return model;
}

std::variant<embeddings, refusal> asked_of(model& by, embedding_task task) {
    asio::io_context& context = shared_context();
    context.restart();
    std::optional<std::variant<embeddings, refusal>> made;
    const auto guard = asio::make_work_guard(context);
    const auto run =
        by.embed(std::move(task), context.get_executor(),
                 [&](std::variant<embeddings, refusal> answer) { made = std::move(answer); });
    EXPECT_FALSE(made);
    while (!made) context.run_one();
    return *std::move(made);
}

embeddings embedded(embedding_task task) {
    auto made = asked_of(shared_model(), std::move(task));
    if (auto* refused = std::get_if<refusal>(&made)) ADD_FAILURE() << refused->message;
    return std::holds_alternative<embeddings>(made) ? std::get<embeddings>(std::move(made))
                                                    : embeddings();
}

refusal refused(embedding_task task) {
    auto made = asked_of(shared_model(), std::move(task));
    EXPECT_TRUE(std::holds_alternative<refusal>(made));
    return std::holds_alternative<refusal>(made) ? std::get<refusal>(made) : refusal();
}

double length_of(const std::vector<float>& vector) {
    double squares = 0;
    for (const float each : vector) squares += double{each} * each;
    return std::sqrt(squares);
}

TEST(embeddings, are_the_mean_of_the_engines_states_made_of_length_one) {
    const embeddings made = embedded({.inputs = {"hello", "a"}});
    EXPECT_EQ(made.prompt_tokens, 6);
    const auto weights = engine::load_model(tiny_model(), {.threads = 1});
    const auto text = std::make_shared<engine::tokenizer>(engine::tokenizer::load(tiny_model()));
    engine::engine alone(weights, text, {.threads = 1});
    std::promise<engine::reading_result> result;
    alone.submit(engine::reading_request{.inputs = {text->encode("hello"), text->encode("a")}},
                 [&](engine::reading_result read) { result.set_value(std::move(read)); });
    const vectors means = result.get_future().get().states;
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_NEAR(length_of(made.vectors.at(i)), 1, 1e-6);
        const double length = length_of(means[i]);
        for (std::size_t d = 0; d < 64; ++d)
            EXPECT_NEAR(made.vectors[i].at(d), means[i][d] / length, 1e-6);
    }
}

TEST(embeddings, are_the_same_bits_alone_and_in_a_batch_from_text_and_from_tokens) {
    embedding_task task;
    embedding_task tokens;
    for (int i = 0; i < 60; ++i) {
        const std::string text = std::string(static_cast<std::size_t>(1 + i * 7 % 50), 'b') + "cd";
        task.inputs.emplace_back(text);
        tokens.inputs.emplace_back(std::vector<int>(text.begin(), text.end()));
    }
    const vectors together = embedded(task).vectors;
    EXPECT_TRUE(embedded(tokens).vectors == together);
    for (std::size_t i = 0; i < task.inputs.size(); i += 7)
        EXPECT_TRUE(embedded({.inputs = {task.inputs[i]}}).vectors.at(0) == together.at(i)) << i;
}

TEST(embeddings, of_fewer_dimensions_are_cut_and_made_of_length_one_again) {
    const std::vector<float> whole = embedded({.inputs = {"hello"}}).vectors.at(0);
    for (const int size : {1, 10, 63, 64}) {
        const auto cut = embedded({.inputs = {"hello"}, .dimensions = size}).vectors.at(0);
        ASSERT_EQ(cut.size(), static_cast<std::size_t>(size));
        EXPECT_NEAR(length_of(cut), 1, 1e-6);
        const double length = length_of({whole.begin(), whole.begin() + size});
        for (std::size_t d = 0; d < cut.size(); ++d) EXPECT_NEAR(cut[d], whole[d] / length, 1e-6);
    }
    EXPECT_EQ(embedded({.inputs = {"hello"}, .dimensions = 64}).vectors.at(0), whole);
    for (const int size : {0, 65}) {
        const refusal reason = refused({.inputs = {"a"}, .dimensions = size});
        EXPECT_EQ(reason.part, task_part::dimensions);
        EXPECT_EQ(reason.message, "the model's vectors have 64 dimensions; ask for 1 to 64");
    }
    EXPECT_EQ(unit_vector({0, 0, 0}, 2), (std::vector<float>{0, 0}));
}

TEST(embeddings, of_texts_over_the_context_are_refused) {
    EXPECT_EQ(embedded({.inputs = {std::string(2048, 'a')}}).prompt_tokens, 2048);
    refusal reason = refused({.inputs = {"a", std::string(2049, 'a')}});
    EXPECT_EQ(reason.why, refusal::kind::too_long);
    EXPECT_EQ(reason.part, task_part::prompt);
    EXPECT_EQ(reason.message, "text 1 has 2049 tokens; the model's context holds 2048");
    reason = refused({.inputs = {std::vector<int>(3000, 1)}});
    EXPECT_EQ(reason.message, "the text has 3000 tokens; the model's context holds 2048");
    reason = refused({.inputs = {std::vector<int>{300}}});
    EXPECT_EQ(reason.why, refusal::kind::invalid);
    embedding_task many;
    for (int i = 0; i < 147; ++i) many.inputs.emplace_back(std::vector<int>(2048, 1));
    EXPECT_EQ(refused(many).message,
              "the inputs have more than 300000 tokens, all together; send fewer at once");
}

TEST(embeddings, that_nobody_waits_for_any_more_are_not_computed) {
    asio::io_context context;
    local_model model(tiny_model(), tiny_options());
    embedding_task task;
    for (int i = 0; i < 140; ++i) task.inputs.emplace_back(std::vector<int>(2048, i));
    auto run = model.embed(std::move(task), context.get_executor(),
                           [](const auto&) { FAIL() << "told of its end"; });
    while (model.current().running == 0) std::this_thread::yield();
    run.reset();
    while (model.current().running + model.current().queued > 0) std::this_thread::yield();
    context.run();
    // One that has not begun.
    model.embed({.inputs = {"a"}}, context.get_executor(),
                [](const auto&) { FAIL() << "told of its end"; });
    while (model.current().preparing + model.current().running > 0) std::this_thread::yield();
    context.restart();
    context.run();
}

TEST(embeddings, under_way_end_with_the_model) {
    asio::io_context context;
    std::optional<std::variant<embeddings, refusal>> made;
    auto model = std::make_unique<local_model>(tiny_model(), tiny_options());
    embedding_task task;
    for (int i = 0; i < 140; ++i) task.inputs.emplace_back(std::vector<int>(2048, i));
    const auto run =
        model->embed(std::move(task), context.get_executor(),
                     [&](std::variant<embeddings, refusal> answer) { made = std::move(answer); });
    while (model->current().running == 0) std::this_thread::yield();
    model.reset();
    context.run();
    ASSERT_TRUE(made);
    EXPECT_EQ(std::get<refusal>(*made).why, refusal::kind::stopping);
}

/// An API whose one operation is OpenAI's.
struct embedding_api : api {
    explicit embedding_api(model& of) {
        static constexpr http::operation<openai::embedding_request, openai::embedding_response>
            create{.id = "create", .method = "POST", .path = "/v1/embeddings"};
        all.push_back(make_route(
            create, [&of](const exchange_ptr& asked, const openai::embedding_request& request) {
                begin_embedding(
                    asked, of, request, "the-" + request.model,
                    [asked](const openai::embedding_response& made) { succeed(*asked, made); });
            }));
    }
    std::string_view name() const override { return "embedding"; }
    std::span<const route> routes() const override { return all; }
    std::vector<route> all;
};

struct embedding_server {
    std::unique_ptr<local_model> model =
        std::make_unique<local_model>(tiny_model(), tiny_options());
    made_up_server web{std::make_unique<embedding_api>(*model)};

    // Its threads post to the web's.
    ~embedding_server() { model.reset(); }
};

raw_response ask(embedding_server& server, const json::value& body) {
    return server.web.ask(post_of("/v1/embeddings", json::encode(body), ""), "POST");
}

openai::embedding_response answered(embedding_server& server, const json::value& body) {
    const raw_response got = ask(server, body);
    EXPECT_EQ(got.status, 200) << got.body;
    auto read = json::decode_text<openai::embedding_response>(got.body);
    EXPECT_TRUE(read) << read.error().message;
    return read ? *std::move(read) : openai::embedding_response();
}

TEST(embeddings, are_answered_as_openai_answers_them) {
    embedding_server server;
    const auto numbers = answered(server, {{"model", "m"}, {"input", {"hello", "a"}}});
    EXPECT_EQ(numbers.object, "list");
    EXPECT_EQ(numbers.model, "the-m");
    EXPECT_EQ(numbers.usage.prompt_tokens, 6);
    EXPECT_EQ(numbers.usage.total_tokens, 6);
    ASSERT_EQ(numbers.data.size(), 2U);
    const vectors expected = embedded({.inputs = {"hello", "a"}}).vectors;
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(numbers.data[i].object, "embedding");
        EXPECT_EQ(numbers.data[i].index, static_cast<std::int64_t>(i));
        EXPECT_EQ(numbers.data[i].embedding, openai::embedding_vector(expected[i]));
    }
    const auto base64 = answered(
        server, {{"model", "m"}, {"input", {"hello", "a"}}, {"encoding_format", "base64"}});
    for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ(base64.data.at(i).embedding,
                  openai::embedding_vector(expected[i], openai::embedding_encoding::base64));
    EXPECT_EQ(answered(server, {{"model", "m"}, {"input", "a"}}).data.at(0).embedding,
              openai::embedding_vector(expected[1]));
    const int a = 'a';  // a byte is its own token
    EXPECT_EQ(answered(server, {{"model", "m"}, {"input", {a}}}).data.at(0).embedding,
              openai::embedding_vector(expected[1]));
    EXPECT_EQ(answered(server, {{"model", "m"}, {"input", {{a}, {a}}}}).data.at(1).embedding,
              openai::embedding_vector(expected[1]));
    EXPECT_EQ(answered(server, {{"model", "m"}, {"input", "a"}, {"dimensions", 5}})
                  .data.at(0)
                  .embedding.values()
                  .size(),
              5U);
}

TEST(embeddings, say_what_is_wrong_with_a_request) {
    embedding_server server;
    const auto said = [&](const json::value& more) {
        json::value body = {{"model", "m"}, {"input", "a"}};
        body.update(more);
        const raw_response got = ask(server, body);
        return std::to_string(got.status) + " " + got.json()["message"].get<std::string>();
    };
    const std::vector<std::pair<json::value, std::string>> cases = {
        {{{"input", ""}}, "400 expected at least 1 characters"},
        {{{"input", json::value::array()}}, "400 expected at least 1 items"},
        {{{"input", {"a", ""}}}, "400 must not be empty"},
        {{{"input", {{1}, json::value::array()}}}, "400 must not be empty"},
        {{{"input", {{1}, {264}}}}, "400 is not a token id from 0 to 263"},
        {{{"input", {-1}}}, "400 is not a token id from 0 to 263"},
        {{{"input", std::vector<std::string>(2049, "a")}}, "400 must have at most 2048 texts"},
        {{{"dimensions", 0}}, "400 expected at least 1"},
        {{{"encoding_format", "int8"}}, "400 expected one of 'float', 'base64'"},
        {{{"dimensions", 65}}, "400 the model's vectors have 64 dimensions; ask for 1 to 64"},
        {{{"input", std::string(3000, 'a')}},
         "400 the text has 3000 tokens; the model's context holds 2048"}};
    for (const auto& [more, expected] : cases) EXPECT_EQ(said(more), expected);
}

TEST(embeddings, of_a_client_that_leaves_are_not_computed) {
    embedding_server server;
    const local_model& model = *server.model;
    raw_client client(server.web.port());
    const json::value body = {{"model", "m"}, {"input", std::vector(140, std::vector(2048, 1))}};
    client.send(post_of("/v1/embeddings", json::encode(body), ""));
    while (model.current().running == 0) std::this_thread::yield();
    client.close();
    while (model.current().running + model.current().queued > 0) std::this_thread::yield();
    EXPECT_EQ(answered(server, {{"model", "m"}, {"input", "a"}}).usage.total_tokens, 1);
}

// Two adapters and their model share one engine, and each answers for itself.
TEST(embeddings, of_adapters_of_a_model) {
    const tessera::testing::temporary_folder folder("tessera-local-adapter");
    const auto make = [&](const char* name) {
        tessera::testing::write_random_adapter(
            folder.path() / name, tessera::testing::tiny_config(),
            {{"peft_type", "LORA"}, {"r", 2}, {"lora_alpha", 4}, {"target_modules", {"q_proj"}}},
            engine::dtype::f32, name);
        return shared_model().with_adapter(folder.path() / name);
    };
    const auto vector_of = [](model& by) {
        auto made = asked_of(by, {.inputs = {text_prompt("hello")}});
        if (auto* refused = std::get_if<refusal>(&made)) ADD_FAILURE() << refused->message;
        return std::get<embeddings>(std::move(made)).vectors.at(0);
    };
    const auto plain = vector_of(shared_model());
    auto first = make("first");
    EXPECT_EQ(first->card().name, "first");
    EXPECT_EQ(first->card().fingerprint == shared_model().card().fingerprint, false);
    const auto by_first = vector_of(*first);
    {
        const auto second = make("second");
        EXPECT_NE(vector_of(*second), by_first);
        EXPECT_NE(vector_of(*second), plain);
    }
    EXPECT_EQ(vector_of(*first), by_first);
    first.reset();
    EXPECT_EQ(vector_of(shared_model()), plain);
    std::ofstream(folder.path() / "first" / "adapter_config.json") << "{}";
    try {
        (void)shared_model().with_adapter(folder.path() / "first");
        ADD_FAILURE();
    } catch (const std::runtime_error& thrown) {
        EXPECT_NE(std::string(thrown.what()).find("peft_type"), std::string::npos) << thrown.what();
    }
}

}  // namespace embeddings_tests
}  // namespace
}  // namespace tessera::server::testing
