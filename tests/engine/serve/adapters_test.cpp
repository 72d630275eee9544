#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "engine/serve/support.hpp"
#include "loading/adapter.hpp"

namespace tessera::engine {
namespace {

using namespace serve_test;

nlohmann::json lora(int rank, std::vector<std::string> targets) {
    return {
        {"peft_type", "LORA"}, {"r", rank}, {"lora_alpha", 2 * rank}, {"target_modules", targets}};
}

const std::vector<std::string> all_projections = {"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                                  "gate_proj", "up_proj", "down_proj"};

std::vector<std::vector<float>> adapted_states(engine& e, reading_request r) {
    std::promise<reading_result> done;
    e.submit(std::move(r), [&](reading_result read) { done.set_value(std::move(read)); });
    const auto result = done.get_future().get();
    EXPECT_EQ(result.reason, finish_reason::stop) << result.error;
    return result.states;
}

int attach(engine& e, const std::filesystem::path& folder) {
    const auto files = adapter_files::open(folder);
    return e.attach(files.config(), files);
}

TEST(Adapters, AgreeWithPyTorch) {
    for (const std::string name : {"llama_lora", "qwen2_lora", "bf16_lora"}) {
        SCOPED_TRACE(name);
        std::ifstream file(TESSERA_SOURCE_DIR "/tests/engine/run/data/" + name + ".json");
        const auto expected = nlohmann::json::parse(file);
        const testing::temporary_folder folder("tessera-adapters");
        const bool bf16 = expected["stored"] == "bf16";
        const auto type = bf16 ? dtype::bf16 : dtype::f32;
        testing::write_random_weights(folder.path(), expected["config"], type);
        testing::write_random_adapter(folder.path() / "adapter", expected["config"],
                                      expected["adapter"], type);
        const auto weights = load_model(folder.path());
        auto o = few(2);
        o.max_sequences = 3;
        o.token_budget = 21;
        engine e(weights, shared().text, o);
        const int adapter = attach(e, folder.path() / "adapter");
        const auto states =
            adapted_states(e, {.inputs = {expected["tokens"].get<std::vector<token_id>>()},
                               .pool = pooling::none,
                               .adapter = adapter})
                .at(0);
        const auto width = static_cast<std::size_t>(weights->config().hidden_size);
        for (std::size_t i = 0; i < expected["rows"].size(); ++i) {
            const auto row = expected["rows"][i].get<std::size_t>();
            for (std::size_t k = 0; k < width; ++k) {
                ASSERT_NEAR(states[row * width + k], expected["states"][i][k].get<double>(),
                            bf16 ? 0.05 : 5e-5)
                    << row << " " << k;
            }
        }
    }
}

// A model with three adapters of different ranks and targets.
struct adapted {
    testing::temporary_folder folder{"tessera-adapters"};

    adapted() {
        const auto config = testing::tiny_config();
        const auto add = [&](const char* name, const nlohmann::json& adapter) {
            testing::write_random_adapter(folder.path() / name, config, adapter, dtype::f32, name);
        };
        add("a", lora(4, {"q_proj", "v_proj"}));
        add("b", lora(17, all_projections));
        add("c", lora(1, {"down_proj"}));
    }
    std::vector<int> attach_to(engine& e) const {
        std::vector<int> numbers{0};
        for (const char* name : {"a", "b", "c"}) numbers.push_back(attach(e, folder.path() / name));
        return numbers;
    }
};

TEST(Adapters, OfOneBatchChangeNoBitOfOthers) {
    const adapted made;
    engine alone(shared().weights, shared().text, few());
    const auto by = made.attach_to(alone);
    const auto request = [&](int i) {
        auto r = request_of(1 + i * 7 % 90, i, 30);
        r.adapter = by[static_cast<std::size_t>(i % 4)];
        return r;
    };
    std::vector<outcome> expected;
    for (int i = 0; i < 24; ++i) expected.push_back(run(alone, request(i)));
    reading_request reads{.inputs = {prompt_of(50, 3)}, .adapter = by[2]};
    const auto state = adapted_states(alone, reads);
    // They are not the model's own.
    for (int i = 1; i < 4; ++i) {
        auto r = request(i);
        r.adapter = 0;
        EXPECT_FALSE(same_bits(run(alone, r).heard->tokens,
                               expected[static_cast<std::size_t>(i)].heard->tokens))
            << i;
    }
    for (const int kv_tokens : {200, 8192}) {
        auto o = few(2);
        o.token_budget = 37;
        o.max_sequences = 12;
        o.kv_tokens = kv_tokens;
        engine e(shared().weights, shared().text, o);
        made.attach_to(e);
        std::vector<std::shared_ptr<recorder>> heard;
        for (int i = 0; i < 24; ++i) {
            heard.push_back(std::make_shared<recorder>());
            e.submit(request(i), heard.back());
        }
        EXPECT_EQ(adapted_states(e, reads), state);
        for (std::size_t i = 0; i < heard.size(); ++i) {
            heard[i]->wait();
            EXPECT_TRUE(same_bits(heard[i]->tokens, expected[i].heard->tokens)) << i;
        }
    }
}

TEST(Adapters, HaveBlocksOfTheirOwnInTheCache) {
    const adapted made;
    engine e(shared().weights, shared().text, few());
    const auto by = made.attach_to(e);
    for (int round = 0; round < 2; ++round) {
        for (const int adapter : by) {
            auto r = request_of(100, 7, 20);
            r.adapter = adapter;
            const auto got = run(e, r);
            EXPECT_EQ(got.result.cached_tokens, round == 0 ? 0 : 96);
            engine fresh(shared().weights, shared().text, few());
            made.attach_to(fresh);
            EXPECT_TRUE(same_bits(run(fresh, r).heard->tokens, got.heard->tokens));
        }
    }
}

TEST(Adapters, AreFreedWhenNobodyRunsByThem) {
    const adapted made;
    engine e(shared().weights, shared().text, few());
    const auto by = made.attach_to(e);
    std::promise<void> gate;
    const auto heard = std::make_shared<recorder>();
    heard->hook = [opened = gate.get_future().share()] { opened.wait(); };
    auto r = request_of(20, 1, 20);
    r.min_tokens = 20;
    r.adapter = by[1];
    e.submit(r, heard);
    heard->wait_for_tokens(1);
    auto freed = e.detach(by[1]);
    const auto refused = [&](auto submit) {
        try {
            submit();
        } catch (const engine_error& error) {
            EXPECT_EQ(error.code, error_code::invalid_argument);
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    const std::string why = "no adapter is attached by the number " + std::to_string(by[1]);
    EXPECT_EQ(refused([&] { e.submit(r, std::make_shared<recorder>()); }), why);
    EXPECT_EQ(refused([&] { e.detach(by[1]); }), why);
    EXPECT_EQ(refused([&] {
                  e.submit(reading_request{.inputs = {{1}}, .adapter = by[1]},
                           [](const reading_result&) {});
              }),
              why);
    EXPECT_EQ(freed.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    gate.set_value();
    EXPECT_EQ(heard->wait().completion_tokens, 20);
    freed.get();
    e.detach(by[2]).get();
    // Whoever comes after it is another.
    const int again = attach(e, made.folder.path() / "a");
    EXPECT_GT(again, by[3]);
    r.adapter = again;
    const auto got = run(e, r);
    EXPECT_EQ(got.result.cached_tokens, 0);
    EXPECT_TRUE(same_bits(got.heard->tokens, heard->tokens));
}

TEST(Adapters, BringHeadsToClassifiers) {
    auto config = testing::tiny_config();
    config["architectures"] = {"LlamaForSequenceClassification"};
    config["id2label"] = {{"0", "no"}, {"1", "perhaps"}, {"2", "yes"}};
    const testing::temporary_folder folder("tessera-adapters");
    testing::write_random_weights(folder.path(), config);
    auto adapter = lora(4, {"q_proj"});
    testing::write_random_adapter(folder.path() / "plain", config, adapter);
    adapter["modules_to_save"] = {"score"};
    testing::write_random_adapter(folder.path() / "head", config, adapter);
    engine e(load_model(folder.path()), shared().text, few());
    const int plain = attach(e, folder.path() / "plain");
    const int head = attach(e, folder.path() / "head");
    const reading_request r{.inputs = {prompt_of(20, 1)}, .classify = true};
    const auto by = [&](int number) {
        auto own = r;
        own.adapter = number;
        return adapted_states(e, own).at(0);
    };
    EXPECT_EQ(by(plain).size(), 3U);
    EXPECT_NE(by(plain), by(0));
    EXPECT_NE(by(head), by(plain));
    EXPECT_EQ(by(head), by(head));
}

TEST(Adapters, ClassifyBesideAModelThatGenerates) {
    const testing::temporary_folder folder("tessera-adapters");
    auto adapter = lora(4, {"q_proj"});
    testing::write_random_adapter(folder.path() / "plain", testing::tiny_config(), adapter);
    adapter["modules_to_save"] = {"score"};
    // The same layers below the same head, in a model that classifies.
    auto config = testing::tiny_config();
    config["architectures"] = {"LlamaForSequenceClassification"};
    config["id2label"] = {{"0", "no"}, {"1", "perhaps"}, {"2", "yes"}};
    testing::write_random_weights(folder.path() / "classifier", config);
    testing::write_random_adapter(folder.path() / "three", config, adapter);
    config["id2label"] = {{"0", "no"}, {"1", "yes"}};
    testing::write_random_adapter(folder.path() / "two", config, adapter);
    engine e(shared().weights, shared().text, few());
    const int plain = attach(e, folder.path() / "plain");
    const int two = attach(e, folder.path() / "two");
    const int three = attach(e, folder.path() / "three");
    reading_request r{.inputs = {prompt_of(40, 1), prompt_of(9, 2)}, .classify = true};
    const auto submitted = [&](int number) {
        auto own = r;
        own.adapter = number;
        return own;
    };
    // Together, and beside what is generated.
    const auto heard = std::make_shared<recorder>();
    e.submit(request_of(30, 4, 20), heard);
    std::promise<reading_result> done;
    e.submit(submitted(two), [&](reading_result read) { done.set_value(std::move(read)); });
    const auto by_three = adapted_states(e, submitted(three));
    const auto by_two = done.get_future().get().states;
    ASSERT_EQ(by_two.size(), 2U);
    EXPECT_EQ(by_two.at(0).size(), 2U);
    EXPECT_EQ(by_three.at(0).size(), 3U);
    heard->wait();
    EXPECT_TRUE(same_bits(run(e, request_of(30, 4, 20)).heard->tokens, heard->tokens));
    engine other(load_model(folder.path() / "classifier"), shared().text, few());
    EXPECT_EQ(adapted_states(other, submitted(attach(other, folder.path() / "three"))), by_three);
    EXPECT_THROW(e.submit(submitted(plain), [](const reading_result&) {}), engine_error);
}

TEST(Adapters, AreRefusedWithAReason) {
    engine e(shared().weights, shared().text, few());
    const testing::temporary_folder folder("tessera-adapters");
    const auto refusal = [&](const nlohmann::json& adapter, const nlohmann::json& model) {
        testing::write_random_adapter(folder.path(), model, adapter);
        try {
            attach(e, folder.path());
        } catch (const engine_error& error) {
            return std::string(to_string(error.code)) + ": " + error.what();
        }
        return std::string("accepted");
    };
    const auto model = testing::tiny_config();
    auto wider = model;
    wider["hidden_size"] = 96;
    wider["head_dim"] = 16;
    EXPECT_EQ(refusal(lora(4, {"q_proj"}), model), "accepted");
    const auto shape = refusal(lora(4, {"q_proj"}), wider);
    EXPECT_TRUE(
        shape.starts_with("malformed: tensor base_model.model.model.layers.0.self_attn."
                          "q_proj.lora_A.weight has shape [4, 96]"))
        << shape;
    auto deeper = model;
    deeper["num_hidden_layers"] = 3;
    EXPECT_TRUE(refusal(lora(4, {"q_proj"}), deeper).starts_with("unsupported: "));
    const std::pair<const char*, nlohmann::json> members[] = {{"peft_type", "IA3"},
                                                              {"use_dora", true},
                                                              {"bias", "all"},
                                                              {"fan_in_fan_out", true},
                                                              {"rank_pattern", {{"q", 3}}},
                                                              {"r", 0},
                                                              {"r", 1e9},
                                                              {"lora_alpha", "much"},
                                                              {"use_rslora", 1},
                                                              {"target_modules", {"lm_head"}},
                                                              {"target_modules", {1}}};
    for (const auto& [name, value] : members) {
        auto adapter = lora(4, {"q_proj"});
        adapter[name] = value;
        std::ofstream(folder.path() / "adapter_config.json") << adapter.dump();
        try {
            attach(e, folder.path());
            ADD_FAILURE() << name;
        } catch (const engine_error& error) {
            EXPECT_NE(std::string(error.what()).find("adapter_config.json: "), std::string::npos)
                << error.what();
        }
    }
}

}  // namespace
}  // namespace tessera::engine
