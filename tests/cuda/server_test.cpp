// A server whose models a GPU computes and trains, for which the processors stand: by the library that
// the program opens.
#include <gtest/gtest.h>

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
