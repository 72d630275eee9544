#include <gtest/gtest.h>

#include <fstream>

#include "support.hpp"

namespace tessera::server::testing {
namespace {
namespace models_tests {

using tessera::testing::temporary_folder;

running_server serving(const std::filesystem::path& folder) {
    options settings = tiny_options();
    settings.models = {folder};
    return running_server(settings);
}

raw_response complete(running_server& server, const char* prompt) {
    return server.post("/cerebras/v1/completions",
                       json::value{{"model", "tiny"}, {"prompt", prompt}, {"max_tokens", 3}});
}

TEST(models, a_tokenizer_whose_tokens_have_no_text) {
    const temporary_folder folder("tessera-silent");
    tessera::testing::write_random_model(folder.path() / "tiny");
    std::ofstream(folder.path() / "tiny" / "tokenizer.json") << R"({
        "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []},
        "decoder": {"type": "Replace", "pattern": {"String": "a"}, "content": ""}})";
    running_server server = serving(folder.path() / "tiny");
    const raw_response answer = complete(server, "aaa");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json()["usage"]["prompt_tokens"], 3);
}

TEST(models, a_tokenizer_that_knows_more_than_its_model) {
    const temporary_folder folder("tessera-narrow");
    auto config = tessera::testing::tiny_config();
    config["vocab_size"] = 258;
    tessera::testing::write_random_model(folder.path() / "tiny", config);
    running_server server = serving(folder.path() / "tiny");
    EXPECT_EQ(complete(server, "hello").status, 200);
    const raw_response refused = complete(server, "hello<|user|>");
    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.body.find("token 258, which is outside the vocabulary"), std::string::npos)
        << refused.body;
}

}  // namespace models_tests
}  // namespace
}  // namespace tessera::server::testing
