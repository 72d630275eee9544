// A server whose models a GPU computes and trains, for which the processors stand: by the library that
// the program opens.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "inference/local/local_model.hpp"
#include "run/backend.hpp"
#include "server/support.hpp"

namespace tessera::server::testing {
namespace {
namespace cuda_tests {

using messages = std::vector<openai::message>;
using tessera::testing::temporary_folder;

options on_device(weight_precision precision = weight_precision::automatic) {
    setenv("TESSERA_CUDA_LIBRARY", TESSERA_CUDA_ON_CPU, 1);
    options made = tiny_options();
    made.backend = backend_kind::cuda;
    made.precision = precision;
    return made;
}

std::size_t free_memory() {
    return engine::choose_backend(engine::backend_kind::cuda).computes->card().free_memory;
}

// As long as it lives, the device has no more memory than what is in use.
class no_memory_left {
  public:
    no_memory_left() { use(whole_ - free_memory()); }
    ~no_memory_left() { use(whole_); }

  private:
    static void use(std::size_t bytes) {
        void* const library = dlopen(TESSERA_CUDA_ON_CPU, RTLD_NOW);
        reinterpret_cast<void (*)(std::size_t)>(dlsym(library, "tessera_cuda_use_memory"))(bytes);
    }
    const std::size_t whole_ =
        engine::choose_backend(engine::backend_kind::cuda).computes->card().memory;
};

std::vector<training_example> taught() {
    return {conversation_example{{user("say"), assistant("said")}},
            conversation_example{{user("ask"), assistant("asked")}},
            conversation_example{{user("go"), assistant("gone")}}};
}

std::vector<double> losses_of(training_session& by, int steps) {
    std::vector<std::size_t> all(taught().size());
    std::iota(all.begin(), all.end(), 0);
    std::vector<double> made;
    for (int i = 0; i < steps; ++i) made.push_back(by.learn(all, {}));
    made.push_back(by.evaluate(all, {}));
    return made;
}

struct training_case {
    trained_part part;
    weight_precision precision;
    double tolerance;  // of losses
};
const training_case training_cases[] = {
    {trained_part::whole, weight_precision::f32, 1e-3},
    {trained_part::adapter, weight_precision::f32, 1e-3},
    {trained_part::whole, weight_precision::bf16, 0.03},
    {trained_part::adapter, weight_precision::bf16, 0.03},
};

TEST(server_on_cuda, learns_what_it_learns_on_the_processors) {
    for (const auto& each : training_cases) {
        SCOPED_TRACE(std::to_string(static_cast<int>(each.part)) + ' ' +
                     std::to_string(static_cast<int>(each.precision)));
        options settings = on_device(each.precision);
        local_model there(tiny_model(), settings);
        EXPECT_EQ(there.card().device, "this processor");
        settings.backend = backend_kind::cpu;
        local_model here(tiny_model(), settings);
        const training_options how{.part = each.part, .steps = 6, .learning_rate = 0.003};
        const auto before = free_memory();
        auto session = there.train(how);
        // Weights, gradients and two moments.
        const std::size_t least = each.part == trained_part::whole ? 16 * there.parameters() : 1;
        EXPECT_GE(before - free_memory(), least);
        const auto expected = here.train(how);
        session->add(taught());
        expected->add(taught());
        const auto losses = losses_of(*session, 4);
        const auto others = losses_of(*expected, 4);
        EXPECT_LT(losses.back(), losses.front());
        for (std::size_t i = 0; i < losses.size(); ++i)
            EXPECT_NEAR(losses[i], others[i], each.tolerance) << i;

        const std::vector<messages> asked{{user("say")}};
        EXPECT_EQ(session->draw(asked, {.max_tokens = 4, .seed = 3}, {}).size(), 1U);
        // What it leaves is served by the device.
        const temporary_folder folder("tessera-cuda");
        session->save(folder.path() / "left");
        session.reset();
        const auto deployed = there.trained({.folder = folder.path() / "left", .part = each.part});
        EXPECT_EQ(deployed->card().device, "this processor");
    }
}

std::vector<std::string> texts_of(training_session& by) {
    const std::vector<messages> asked{{user("say")}, {user("ask")}};
    std::vector<std::string> made;
    for (const drawn_answer& each : by.draw(asked, {.temperature = 0, .max_tokens = 6}, {}))
        made.push_back(each.text);
    return made;
}

void expect_the_same_answers(training_session& by, training_session& expected) {
    EXPECT_EQ(texts_of(by), texts_of(expected));
    const std::vector<std::string> texts{"say", "something else"};
    const auto vectors = by.vectors(texts, {});
    const auto others = expected.vectors(texts, {});
    for (std::size_t i = 0; i < texts.size(); ++i)
        for (std::size_t k = 0; k < others[i].size(); ++k)
            EXPECT_NEAR(vectors[i][k], others[i][k], 1e-3);
}

// What its weights answer between two steps, by an engine beside the trainer.
TEST(server_on_cuda, asks_what_it_trains_where_there_is_room) {
    options settings = on_device(weight_precision::f32);
    local_model there(tiny_model(), settings);
    settings.backend = backend_kind::cpu;
    local_model here(tiny_model(), settings);
    const training_options how{.steps = 20, .learning_rate = 0.01};
    const auto session = there.train(how);
    const auto expected = here.train(how);
    for (auto* each : {session.get(), expected.get()}) {
        each->add(taught());
        losses_of(*each, 8);
    }
    const auto before = free_memory();
    expect_the_same_answers(*session, *expected);
    EXPECT_GE(before - free_memory(), sizeof(float) * there.parameters());
    for (auto* each : {session.get(), expected.get()}) losses_of(*each, 1);
    EXPECT_EQ(free_memory(), before);
    const no_memory_left none;
    expect_the_same_answers(*session, *expected);
    EXPECT_EQ(free_memory(), 0U);
}

TEST(server_on_cuda, reads_the_head_that_it_trains) {
    options settings = on_device(weight_precision::f32);
    local_model there(tiny_model(), settings);
    settings.backend = backend_kind::cpu;
    local_model here(tiny_model(), settings);
    const training_options how{.task = training_task::classification,
                               .head = {.labels = {"good", "bad"}},
                               .steps = 4,
                               .learning_rate = 0.003};
    std::vector<std::vector<std::vector<double>>> outputs;
    for (auto* of : {&there, &here}) {
        const auto session = of->train(how);
        session->add(std::vector<training_example>{labelled_example{"fine", {{"good", true}}},
                                                   labelled_example{"broken", {{"bad", true}}}});
        session->learn(std::vector<std::size_t>{0, 1}, {});
        outputs.push_back(session->outputs(std::vector<std::string>{"fine", "broken"}, {}));
    }
    ASSERT_EQ(outputs[0].size(), 2U);
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t label = 0; label < 2; ++label)
            EXPECT_NEAR(outputs[0][i][label], outputs[1][i][label], 1e-3);
}

// The first draw makes the reference, before which the engine goes.
TEST(server_on_cuda, draws_the_same_beside_a_reference) {
    local_model model(tiny_model(), on_device());
    const auto session = model.train({.steps = 4, .learning_rate = 0.003});
    const std::vector<messages> asked{{user("say")}};
    const drawing_options how{.answers = 2, .max_tokens = 4, .seed = 3};
    const auto before = free_memory();
    const auto first = session->draw(asked, how, {});
    const auto learning = free_memory();
    EXPECT_GE(before - learning, 16 * model.parameters());
    const auto second = session->draw(asked, how, {});
    EXPECT_GT(learning, free_memory());
    ASSERT_EQ(first.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(first[i].tokens, second[i].tokens);
        EXPECT_EQ(first[i].log_probabilities, second[i].log_probabilities);
        EXPECT_EQ(first[i].reference, first[i].log_probabilities);
    }
    const judged_answer judged[] = {{&second[0], 1}, {&second[1], -1}};
    EXPECT_TRUE(std::isfinite(session->reinforce(judged, {})));
}

TEST(server_on_cuda, a_training_goes_on_from_its_state) {
    const temporary_folder folder("tessera-cuda");
    local_model model(tiny_model(), on_device());
    for (const trained_part part : {trained_part::whole, trained_part::adapter}) {
        const training_options how{.part = part, .steps = 6, .learning_rate = 0.003, .seed = 5};
        auto session = model.train(how);
        session->add(taught());
        losses_of(*session, 2);
        session->save_state(folder.path() / "state");
        const auto expected = losses_of(*session, 2);
        session = model.train(how);
        session->add(taught());
        session->load_state(folder.path() / "state");
        EXPECT_EQ(session->steps(), 2);
        EXPECT_EQ(losses_of(*session, 2), expected);
    }
}

TEST(server_on_cuda, gives_back_what_a_training_took) {
    local_model model(tiny_model(), on_device());
    const auto before = free_memory();
    for (const trained_part part : {trained_part::whole, trained_part::adapter}) {
        auto session = model.train({.part = part, .steps = 2});
        session->add(taught());
        losses_of(*session, 1);
    }
    EXPECT_EQ(free_memory(), before);
}

TEST(server_on_cuda, answers_and_says_what_computes) {
    running_server server(on_device());
    const json::value health = server.ask(head_of("GET", "/_tessera/health")).json()["models"][0];
    EXPECT_EQ(health["device"], "this processor");
    EXPECT_EQ(health["kernels"], "cuda sm_90");
    EXPECT_GT(health["device_memory"], 0);
    json::value asked;
    asked["model"] = "tiny";
    asked["messages"] = {{{"role", "user"}, {"content", "hello"}}};
    asked["max_tokens"] = 4;
    const raw_response answered = server.post("/cerebras/v1/chat/completions", asked);
    EXPECT_EQ(answered.status, 200) << answered.body;
    EXPECT_GT(answered.json()["usage"]["completion_tokens"], 0);
}

}  // namespace cuda_tests
}  // namespace
}  // namespace tessera::server::testing
