// What trainings leave, loaded beside the model that they began with; and what heads say.
#include <gtest/gtest.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inference/local/local_model.hpp"
#include "run/backend.hpp"
#include "serve/engine.hpp"
#include "support.hpp"
#include "text/tokenizer.hpp"

namespace tessera::server::testing {
namespace {
namespace trained_tests {

using tessera::testing::temporary_folder;
using tessera::testing::tiny_config;
using tessera::testing::write_random_adapter;
using tessera::testing::write_random_weights;

// Outlives the models, whose threads post to it.
asio::io_context& shared_context() {
    static asio::io_context context;
    return context;
}

local_model& base() {
    shared_context();
    static local_model model(tiny_model(), tiny_options());
    return model;
}

template <class Done>
Done waited_for(std::optional<Done>& made) {
    asio::io_context& context = shared_context();
    context.restart();
    const auto guard = asio::make_work_guard(context);
    while (!made) context.run_one();
    return *std::move(made);
}

std::string continued(model& by, std::string prompt) {
    std::string text;
    std::optional<std::string> whole;
    std::unique_ptr<run> run;
    run = by.start(text_task{.prompts = {std::move(prompt)},
                             .how = {.temperature = 0, .max_tokens = 12, .min_tokens = 12}},
                   shared_context().get_executor(), [&] {
                       std::vector<step> steps;
                       run->take(steps);
                       for (const step& each : steps) {
                           text += each.said.content;
                           if (each.refused) text += each.refused->message;
                           if (each.refused || each.used) whole = text;
                       }
                   });
    return waited_for(whole);
}

std::variant<classification, refusal> asked_of(model& by, std::string input) {
    std::optional<std::variant<classification, refusal>> made;
    const auto run = by.classify({.input = std::move(input)}, shared_context().get_executor(),
                                 [&](auto answer) { made = std::move(answer); });
    EXPECT_FALSE(made);
    return waited_for(made);
}

classification classified(model& by, const std::string& input) {
    auto made = asked_of(by, input);
    if (auto* refused = std::get_if<refusal>(&made)) ADD_FAILURE() << refused->message;
    return std::holds_alternative<classification>(made) ? std::get<classification>(made)
                                                        : classification();
}

nlohmann::json classifier(int labels) {
    nlohmann::json config = tiny_config();
    config["architectures"] = {"LlamaForSequenceClassification"};
    for (int i = 0; i < labels; ++i)
        config["id2label"][std::to_string(i)] = "LABEL_" + std::to_string(i);
    return config;
}

nlohmann::json lora() {
    return {{"peft_type", "LORA"},
            {"r", 4},
            {"lora_alpha", 8},
            {"target_modules", {"q_proj", "down_proj"}}};
}

TEST(trained, whole_weights_speak_as_the_base_does) {
    const temporary_folder folder("tessera-trained");
    nlohmann::json config = tiny_config();
    config["rope_theta"] = 300;  // so that it says something else
    write_random_weights(folder.path() / "own", config);
    const auto own = base().trained({.folder = folder.path() / "own"});
    tessera::testing::write_random_model(folder.path() / "alone", config);
    local_model alone(folder.path() / "alone", tiny_options());
    EXPECT_EQ(continued(*own, "hello"), continued(alone, "hello"));
    EXPECT_NE(continued(*own, "hello"), continued(base(), "hello"));
    EXPECT_EQ(own->card().name, "own");
    EXPECT_EQ(own->card().context_length, base().card().context_length);
    EXPECT_NE(own->card().fingerprint, base().card().fingerprint);
    EXPECT_FALSE(own->card().labels);
}

TEST(trained, weights_go_on_without_the_model_that_they_began_with) {
    const temporary_folder folder("tessera-trained");
    write_random_weights(folder.path() / "own", tiny_config());
    auto lent = lora();
    write_random_adapter(folder.path() / "lent", tiny_config(), lent);
    auto first = std::make_unique<local_model>(tiny_model(), tiny_options());
    const auto own = first->trained({.folder = folder.path() / "own"});
    const auto adapted =
        first->trained({.folder = folder.path() / "lent", .part = trained_part::adapter});
    const std::string said = continued(*adapted, "hello");
    first.reset();
    EXPECT_EQ(continued(*own, "hello"), continued(base(), "hello"));
    EXPECT_EQ(continued(*adapted, "hello"), said);
    EXPECT_NE(said, continued(base(), "hello"));
}

TEST(trained, heads_score_their_labels) {
    const temporary_folder folder("tessera-trained");
    write_random_weights(folder.path() / "own", classifier(3));
    trained_weights left{.folder = folder.path() / "own",
                         .task = training_task::classification,
                         .head = {.labels = {"no", "perhaps", "yes"}}};
    const auto one = base().trained(left);
    EXPECT_EQ(one->card().labels, left.head.labels);
    // What the engine says.
    const auto text = std::make_shared<engine::tokenizer>(engine::tokenizer::load(tiny_model()));
    engine::engine alone(engine::load_model(folder.path() / "own"), text, {.threads = 1});
    std::promise<engine::reading_result> read;
    alone.submit(engine::reading_request{.inputs = {text->encode("hello")}, .classify = true},
                 [&](engine::reading_result made) { read.set_value(std::move(made)); });
    const std::vector<float> outputs = read.get_future().get().states.at(0);
    const classification said = classified(*one, "hello");
    EXPECT_EQ(said.prompt_tokens, 5);
    ASSERT_EQ(said.scores.size(), 3U);
    double exponentials = 0;
    for (const float each : outputs) exponentials += std::exp(double{each});
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(said.scores[i].label, left.head.labels[i]);
        EXPECT_EQ(said.scores[i].logit, outputs[i]);
        EXPECT_NEAR(said.scores[i].probability.value(), std::exp(double{outputs[i]}) / exponentials,
                    1e-6);
    }
    left.head.several = true;
    const classification each = classified(*base().trained(left), "hello");
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(each.scores.at(i).logit, outputs[i]);
        EXPECT_NEAR(each.scores.at(i).probability.value(), 1 / (1 + std::exp(-double{outputs[i]})),
                    1e-6);
    }
    // It does not talk.
    EXPECT_EQ(continued(*one, "hello"),
              "the model classifies and does not generate: it is a LlamaForSequenceClassification");
}

TEST(trained, regressions_estimate_one_value) {
    const temporary_folder folder("tessera-trained");
    write_random_weights(folder.path() / "own", classifier(1));
    const auto value = [&](double offset, double scale) {
        const auto made =
            base().trained({.folder = folder.path() / "own",
                            .task = training_task::regression,
                            .head = {.labels = {"value"}, .offset = offset, .scale = scale}});
        const classification said = classified(*made, "hello");
        EXPECT_EQ(said.scores.size(), 1U);
        EXPECT_EQ(said.scores.at(0).label, "value");
        EXPECT_FALSE(said.scores.at(0).probability);
        return said.scores.at(0).logit;
    };
    const double output = value(0, 1);
    EXPECT_NE(output, 0);
    EXPECT_DOUBLE_EQ(value(40, -8), 40 - 8 * output);
}

TEST(trained, adapters_bring_heads_to_a_model_that_talks) {
    const temporary_folder folder("tessera-trained");
    auto with_head = lora();
    with_head["modules_to_save"] = {"score"};
    write_random_adapter(folder.path() / "own", classifier(2), with_head);
    const auto made = base().trained({.folder = folder.path() / "own",
                                      .part = trained_part::adapter,
                                      .task = training_task::classification,
                                      .head = {.labels = {"bad", "good"}}});
    const classification said = classified(*made, "hello");
    ASSERT_EQ(said.scores.size(), 2U);
    EXPECT_NEAR(said.scores[0].probability.value() + said.scores[1].probability.value(), 1, 1e-6);
    EXPECT_EQ(classified(*made, "hello").scores[0].logit, said.scores[0].logit);
    EXPECT_NE(classified(*made, "goodbye").scores[0].logit, said.scores[0].logit);
}

TEST(trained, models_without_a_head_do_not_classify) {
    const auto refused = std::get<refusal>(asked_of(base(), "hello"));
    EXPECT_EQ(refused.why, refusal::kind::unsupported);
    EXPECT_EQ(refused.part, task_part::labels);
    // Nor is anybody told who does not wait.
    base().classify({.input = "hello"}, shared_context().get_executor(),
                    [](const auto&) { FAIL() << "told of its end"; });
    shared_context().restart();
    shared_context().poll();
}

TEST(trained, what_does_not_fit_is_refused_with_a_reason) {
    const temporary_folder folder("tessera-trained");
    const auto reason = [&](const trained_weights& left) -> std::string {
        try {
            base().trained(left);
        } catch (const std::runtime_error& thrown) {
            return thrown.what();
        }
        return "loaded";
    };
    const auto begins = [](const std::string& text, const std::string& front) {
        return text.starts_with(front) ? front : text;
    };
    const std::string own = (folder.path() / "own").string();
    std::string front = "the model in " + own + " cannot be used: ";
    EXPECT_EQ(begins(reason({.folder = own}), front), front);
    front = "the adapter in " + own + " cannot be used: ";
    EXPECT_EQ(begins(reason({.folder = own, .part = trained_part::adapter}), front), front);
    nlohmann::json other = tiny_config();
    other["vocab_size"] = 300;
    write_random_weights(own, other);
    EXPECT_EQ(reason({.folder = own}), "the model in " + own +
                                           " cannot be used: config.json: vocab_size is not that "
                                           "of the model tiny");
    write_random_weights(own, classifier(3));
    EXPECT_EQ(reason({.folder = own,
                      .task = training_task::classification,
                      .head = {.labels = {"no", "yes"}}}),
              "the head in " + own + " has 3 outputs for 2 labels");
    write_random_weights(own, tiny_config());
    EXPECT_EQ(reason({.folder = own,
                      .task = training_task::classification,
                      .head = {.labels = {"no", "yes"}}}),
              "the head in " + own + " has 0 outputs for 2 labels");
}

#ifndef TESSERA_SANITIZED
// Pages that are resident, in MiB.
double resident() {
    std::ifstream file("/proc/self/statm");
    double pages = 0;
    file >> pages >> pages;
    return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

TEST(trained, twenty_copies_of_the_bundled_model_are_small) {
    const auto folder = bundled_model().value();
    options settings = tiny_options();
    settings.models = {folder};
    const local_model first(folder, settings);
    const double before = resident();
    std::vector<std::unique_ptr<model>> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(first.trained({.folder = folder}));
        EXPECT_FALSE(continued(*all.back(), "What is the capital of France?").empty());
    }
    // Weights of 4 MB and caches of as much, which huge pages make resident at once: half as much
    // is left for the server that they stand in.
    EXPECT_LT(resident() - before, 200);
}
#endif

}  // namespace trained_tests
}  // namespace
}  // namespace tessera::server::testing
