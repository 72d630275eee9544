#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "constrain/answer_form.hpp"
#include "engine/cuda/runners.hpp"
#include "engine/serve/support.hpp"

// The engine of the house above a GPU that the processors stand for.
namespace tessera::engine {
namespace {

using namespace cuda_test;
using serve_test::few;
using serve_test::request_of;
using serve_test::run;

std::filesystem::path bundled_model() {
    const char* const named = std::getenv("TESSERA_BUNDLED_MODEL");
    return named ? named : TESSERA_SOURCE_DIR "/reference-engine/bundled";
}

std::vector<token_id> tokens_of(const serve_test::outcome& got) {
    std::vector<token_id> made;
    for (const auto& info : got.heard->tokens) made.push_back(info.id);
    return made;
}

engine::options few_at_once() {
    auto options = few();
    options.kv_tokens = 1024;
    options.max_sequences = 4;
    options.token_budget = 48;
    return options;
}

TEST(CudaEngine, TheBundledModelSaysTheSame) {
    const auto bundled = bundled_model();
    const auto text = std::make_shared<tokenizer>(tokenizer::load(bundled));
    std::vector<std::vector<token_id>> said;
    for (const auto* device : {&cpu_backend(), &gpu()}) {
        engine e(load_model(bundled, {.threads = 1}, *device), text, few_at_once());
        generation_request r{.prompt = text->encode("The capital of France is"),
                             .sampling = {.temperature = 0},
                             .max_tokens = 5};
        const auto got = run(e, r);
        EXPECT_EQ(got.result.error, "");
        said.push_back(tokens_of(got));
    }
    EXPECT_EQ(said[1], said[0]);
    EXPECT_FALSE(said[1].empty());
}

TEST(CudaEngine, ExpectedAnswersKeepToTheirSchema) {
    const folder_of_model folder;
    const auto text = std::make_shared<tokenizer>(tokenizer::load(folder.folder.path()));
    answer_compiler compiler(text, {serve_test::end_token});
    answer_form form;
    form.schema = nlohmann::ordered_json::parse(R"({"enum": ["a red boat", "a green boat"]})");
    const auto grammar = compiler.compile(form);
    const auto ask = [&](engine& e, const std::vector<token_id>& predicted) {
        auto r = request_of(20, 3, 40);
        r.sampling.temperature = 0;
        r.limits = grammar->begin();
        r.predicted = predicted;
        auto got = run(e, r);
        EXPECT_EQ(got.result.reason, finish_reason::stop) << got.result.error;
        return got;
    };
    engine cpu(folder.on(cpu_backend()), text, few_at_once());
    const auto expected = tokens_of(ask(cpu, {}));
    engine on_gpu(folder.on(gpu()), text, few_at_once());
    const auto plain = ask(on_gpu, {});
    EXPECT_EQ(tokens_of(plain), expected);
    const auto drafted = ask(on_gpu, expected);
    EXPECT_TRUE(serve_test::same_bits(drafted.heard->tokens, plain.heard->tokens));
    EXPECT_GT(drafted.result.accepted_predicted_tokens, 5);
    auto wrong = expected;
    wrong[4] = 'q';
    EXPECT_TRUE(serve_test::same_bits(ask(on_gpu, wrong).heard->tokens, plain.heard->tokens));
}

TEST(CudaEngine, ManyRequestsHaveTheBytesOfEach) {
    const folder_of_model folder;
    const auto text = std::make_shared<tokenizer>(tokenizer::load(folder.folder.path()));
    engine e(folder.on(gpu(), weight_precision::bf16), text, few_at_once());
    std::vector<generation_request> requests;
    for (int i = 0; i < 6; ++i) requests.push_back(request_of(5 + 13 * i, i, 6));
    std::vector<serve_test::outcome> alone;
    for (const auto& r : requests) alone.push_back(run(e, r));
    std::vector<std::shared_ptr<serve_test::recorder>> heard;
    for (const auto& r : requests)
        e.submit(r, heard.emplace_back(std::make_shared<serve_test::recorder>()));
    for (std::size_t i = 0; i < requests.size(); ++i) {
        EXPECT_EQ(heard[i]->wait().error, "");
        EXPECT_TRUE(serve_test::same_bits(heard[i]->tokens, alone[i].heard->tokens)) << i;
    }
    EXPECT_EQ(cuda_on_cpu::first_fault(), "");
}

}  // namespace
}  // namespace tessera::engine
