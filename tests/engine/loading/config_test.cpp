#include "loading/config.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

using nlohmann::json;

json llama() {
    return {{"architectures", {"LlamaForCausalLM"}},
            {"model_type", "llama"},
            {"vocab_size", 1000},
            {"hidden_size", 64},
            {"num_hidden_layers", 2},
            {"num_attention_heads", 4},
            {"num_key_value_heads", 2},
            {"intermediate_size", 128},
            {"max_position_embeddings", 2048},
            {"rms_norm_eps", 1e-5},
            {"rope_theta", 500000.0},
            {"bos_token_id", 1},
            {"eos_token_id", {2, 3, 2}}};
}

std::string verdict(const json& config) {
    try {
        (void)parse_config(config);
        return "ok";
    } catch (const engine_error& e) {
        return std::string(to_string(e.code)) + ": " + e.what();
    }
}

TEST(config, llama_and_its_defaults) {
    const model_config c = parse_config(llama());
    EXPECT_EQ(c.head_dim, 16);
    EXPECT_EQ(c.kv_heads, 2);
    EXPECT_EQ(c.rope.theta, 500000.0);
    EXPECT_EQ(c.rope.kind, rope_kind::none);
    EXPECT_EQ(c.eos_tokens, (std::vector<int>{2, 3}));
    EXPECT_EQ(c.bos_token, 1);
    EXPECT_FALSE(c.attention_bias || c.attention_output_bias || c.mlp_bias || c.tied_embeddings);
    json given = llama();
    given["attention_bias"] = given["mlp_bias"] = given["tie_word_embeddings"] = true;
    given["head_dim"] = 32;
    given.erase("num_key_value_heads");
    given["eos_token_id"] = 7;
    const model_config d = parse_config(given);
    EXPECT_TRUE(d.attention_bias && d.attention_output_bias && d.mlp_bias && d.tied_embeddings);
    EXPECT_EQ(d.head_dim, 32);
    EXPECT_EQ(d.kv_heads, 4);
    EXPECT_EQ(d.eos_tokens, std::vector<int>{7});
}

TEST(config, relatives_of_llama) {
    json qwen = llama();
    qwen["architectures"] = {"Qwen2ForCausalLM"};
    qwen["sliding_window"] = 128;
    const model_config q = parse_config(qwen);
    EXPECT_TRUE(q.attention_bias);
    EXPECT_FALSE(q.attention_output_bias);
    EXPECT_EQ(q.max_position, 2048);
    qwen["use_sliding_window"] = true;
    EXPECT_EQ(parse_config(qwen).max_position, 128);
    json mistral = llama();
    mistral["architectures"] = {"MistralForCausalLM"};
    mistral["sliding_window"] = 1024;
    EXPECT_EQ(parse_config(mistral).max_position, 1024);
    mistral["sliding_window"] = nullptr;
    EXPECT_EQ(parse_config(mistral).max_position, 2048);
    mistral.erase("architectures");
    mistral["model_type"] = "mistral";
    EXPECT_EQ(parse_config(mistral).architecture, "MistralForCausalLM");
}

TEST(config, rope_variants_in_old_and_new_spelling) {
    const auto with = [](json scaling) {
        json c = llama();
        c["rope_scaling"] = std::move(scaling);
        return parse_config(c).rope;
    };
    EXPECT_EQ(with(nullptr).kind, rope_kind::none);
    EXPECT_EQ(with({{"type", "default"}}).kind, rope_kind::none);
    EXPECT_EQ(with({{"type", "linear"}, {"factor", 2}}).kind, rope_kind::linear);
    const rope_config dynamic = with({{"rope_type", "dynamic"}, {"factor", 2.5}});
    EXPECT_EQ(dynamic.kind, rope_kind::dynamic_ntk);
    EXPECT_EQ(dynamic.original_max_position, 2048);
    const rope_config three = with({{"rope_type", "llama3"},
                                    {"factor", 8.0},
                                    {"low_freq_factor", 1.0},
                                    {"high_freq_factor", 4.0},
                                    {"original_max_position_embeddings", 512}});
    EXPECT_EQ(three.kind, rope_kind::llama3);
    EXPECT_EQ(three.original_max_position, 512);
    const rope_config yarn =
        with({{"type", "yarn"}, {"factor", 4.0}, {"original_max_position_embeddings", 512}});
    EXPECT_EQ(yarn.kind, rope_kind::yarn);
    EXPECT_NEAR(yarn.attention_factor, 0.1 * std::log(4.0) + 1, 1e-12);
    EXPECT_EQ(with({{"type", "yarn"}, {"factor", 4.0}, {"attention_factor", 1.5}}).attention_factor,
              1.5);
    EXPECT_EQ(with({{"type", "yarn"}, {"factor", 4.0}, {"mscale", 2}, {"mscale_all_dim", 2}})
                  .attention_factor,
              1);

    json c = llama();
    c.erase("rope_theta");
    c["rope_parameters"] = {{"rope_type", "linear"}, {"factor", 3}, {"rope_theta", 1e6}};
    const rope_config rope = parse_config(c).rope;
    EXPECT_EQ(rope.kind, rope_kind::linear);
    EXPECT_EQ(rope.theta, 1e6);
}

TEST(config, survives_its_own_json) {
    json c = llama();
    for (const json& scaling :
         {json(nullptr), json{{"type", "linear"}, {"factor", 2}},
          json{{"type", "dynamic"}, {"factor", 2}},
          json{{"type", "llama3"}, {"factor", 8}, {"low_freq_factor", 1}, {"high_freq_factor", 4}},
          json{{"type", "yarn"}, {"factor", 4}, {"beta_fast", 30}, {"truncate", false}}}) {
        for (const char* name : {"LlamaForCausalLM", "Qwen2ForCausalLM", "MistralForCausalLM"}) {
            c["rope_scaling"] = scaling;
            c["architectures"] = {name};
            const json once = to_json(parse_config(c));
            EXPECT_EQ(to_json(parse_config(once)), once);
            EXPECT_EQ(parse_config(once).rope.kind, parse_config(c).rope.kind);
            EXPECT_EQ(parse_config(once).rope.attention_factor,
                      parse_config(c).rope.attention_factor);
            EXPECT_EQ(parse_config(once).eos_tokens, parse_config(c).eos_tokens);
        }
    }
}

TEST(config, classifiers) {
    json c = llama();
    EXPECT_FALSE(parse_config(c).classifier);
    c["architectures"] = {"LlamaForSequenceClassification"};
    const auto usual = parse_config(c);
    ASSERT_TRUE(usual.classifier);
    EXPECT_EQ(usual.classifier->labels, (std::vector<std::string>{"LABEL_0", "LABEL_1"}));
    EXPECT_EQ(usual.classifier->problem, problem_kind::single_label);
    EXPECT_EQ(usual.mlp_bias, parse_config(llama()).mlp_bias);
    c["num_labels"] = 1;
    EXPECT_EQ(parse_config(c).classifier->problem, problem_kind::regression);
    c["num_labels"] = 3;
    EXPECT_EQ(parse_config(c).classifier->labels.back(), "LABEL_2");
    c["id2label"] = {{"2", "sad"}, {"0", "glad"}, {"1", "calm"}};
    c["problem_type"] = "multi_label_classification";
    const auto named = parse_config(c);
    EXPECT_EQ(named.classifier->labels, (std::vector<std::string>{"glad", "calm", "sad"}));
    EXPECT_EQ(named.classifier->problem, problem_kind::multi_label);
    EXPECT_EQ(to_json(parse_config(to_json(named))), to_json(named));
    EXPECT_EQ(parse_config(to_json(named)).classifier->labels, named.classifier->labels);

    const std::pair<const char*, json> rows[] = {{"num_labels", 2},
                                                 {"num_labels", 0},
                                                 {"id2label", {{"1", "a"}, {"2", "b"}}},
                                                 {"id2label", {{"0", 1}}},
                                                 {"id2label", json::array()}};
    for (const auto& [name, x] : rows) {
        json wrong = c;
        wrong[name] = x;
        EXPECT_TRUE(verdict(wrong).starts_with("malformed: config.json: ")) << verdict(wrong);
    }
    c["problem_type"] = "ranking";
    EXPECT_TRUE(verdict(c).starts_with("unsupported: config.json: ")) << verdict(c);
}

TEST(config, every_number_is_checked) {
    const std::pair<const char*, json> rows[] = {
        {"vocab_size", 0},
        {"vocab_size", -1},
        {"vocab_size", 1e30},
        {"vocab_size", "1000"},
        {"vocab_size", 1000.0},
        {"vocab_size", nullptr},
        {"vocab_size", UINT64_MAX},
        {"hidden_size", 1 << 20},
        {"hidden_size", 66},
        {"num_hidden_layers", 5000},
        {"num_attention_heads", 0},
        {"num_key_value_heads", 3},
        {"num_key_value_heads", 8},
        {"head_dim", 15},
        {"head_dim", 1},
        {"head_dim", 1 << 20},
        {"intermediate_size", 0},
        {"max_position_embeddings", 0},
        {"rms_norm_eps", 0},
        {"rms_norm_eps", -1},
        {"rms_norm_eps", "x"},
        {"rope_theta", 0},
        {"rope_theta", -1},
        {"rope_theta", true},
        {"eos_token_id", 1000},
        {"eos_token_id", {1, -1}},
        {"eos_token_id", "x"},
        {"bos_token_id", 1000},
        {"tie_word_embeddings", 1},
        {"rope_scaling", 3},
        {"rope_scaling", {{"type", "linear"}}},
        {"rope_scaling", {{"type", "linear"}, {"factor", 0}}},
        {"rope_scaling", {{"type", "llama3"}, {"factor", 8}}},
        {"rope_scaling",
         {{"type", "llama3"}, {"factor", 8}, {"low_freq_factor", 4}, {"high_freq_factor", 4}}},
        {"rope_scaling", {{"type", "yarn"}, {"factor", 8}, {"beta_fast", 1}, {"beta_slow", 2}}},
        {"architectures", json::array()},
    };
    for (const auto& [name, x] : rows) {
        json c = llama();
        c[name] = x;
        const std::string said = verdict(c);
        EXPECT_TRUE(said.starts_with("malformed: config.json: "))
            << name << "=" << x << " " << said;
    }
    EXPECT_TRUE(verdict(json::array()).starts_with("malformed"));
}

TEST(config, names_what_it_does_not_know) {
    const std::pair<const char*, json> rows[] = {
        {"architectures", {"GPT2LMHeadModel"}},
        {"hidden_act", "gelu"},
        {"quantization_config", json::object()},
        {"partial_rotary_factor", 0.5},
        {"rope_scaling", {{"type", "longrope"}, {"factor", 2}}}};
    for (const auto& [name, x] : rows) {
        json c = llama();
        c[name] = x;
        EXPECT_TRUE(verdict(c).starts_with("unsupported: config.json: ")) << verdict(c);
    }
}

TEST(config, generation_config_adds_ends) {
    const auto dir =
        std::filesystem::temp_directory_path() / ("tessera-config-" + std::to_string(::getpid()));
    std::filesystem::create_directories(dir);
    std::ofstream(dir / "config.json") << llama();
    EXPECT_EQ(load_config(dir).eos_tokens, (std::vector<int>{2, 3}));
    std::ofstream(dir / "generation_config.json") << R"({"eos_token_id":[3,9],"bos_token_id":8})";
    EXPECT_EQ(load_config(dir).eos_tokens, (std::vector<int>{2, 3, 9}));
    EXPECT_EQ(load_config(dir).bos_token, 8);
    std::ofstream(dir / "generation_config.json") << R"({"eos_token_id":[3,9999]})";
    EXPECT_THROW((void)load_config(dir), engine_error);
    std::ofstream(dir / "config.json") << R"({"vocab_size":1,"vocab_size":2})";
    EXPECT_THROW((void)load_config(dir), engine_error);
    std::filesystem::remove_all(dir);
    EXPECT_THROW((void)load_config(dir), engine_error);
}

}  // namespace
}  // namespace tessera::engine
