#include "run/cpu/forward.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <numeric>
#include <string>

#include "core/error.hpp"
#include "support/random_model.hpp"

namespace tessera::engine {
namespace {

using testing::temporary_folder;
using testing::tiny_config;
using testing::write_random_weights;

nlohmann::json golden(const std::string& name) {
    std::ifstream file(std::string(TESSERA_TEST_DATA) + "/" + name + ".json");
    EXPECT_TRUE(file) << name;
    return nlohmann::json::parse(file);
}

std::vector<int> identity(int blocks) {
    std::vector<int> result(static_cast<std::size_t>(blocks));
    std::iota(result.begin(), result.end(), 0);
    return result;
}

std::vector<float> row_of(forward_pass& pass, int output, int width) {
    const float* logits = pass.logits({&output, 1});
    return {logits, logits + width};
}

// Logits of every position of a sequence, computed at once; and the states, if they are asked for.
std::vector<std::vector<float>> all_logits(const model& m, const std::vector<int>& tokens,
                                           const cpu::kernels& kernels, int threads,
                                           std::vector<std::vector<float>>* states = nullptr) {
    const auto blocks = identity(static_cast<int>(tokens.size()) / cpu::block_positions + 1);
    kv_cache cache(m.config(), static_cast<int>(blocks.size()));
    thread_pool pool(threads);
    const auto slots = identity(static_cast<int>(tokens.size()));
    forward_pass pass(m, cache, pool, static_cast<int>(slots.size()), kernels);
    const sequence_part part{tokens, 0, blocks, slots};
    pass.compute({&part, 1});
    std::vector<std::vector<float>> result;
    for (const int i : slots) {
        result.push_back(row_of(pass, i, m.config().vocab_size));
        if (!states) continue;
        const auto width = static_cast<std::size_t>(m.config().hidden_size);
        auto& state = states->emplace_back(cpu::padded(m.config().hidden_size), 1.0F);
        pass.state(i, state.data());
        EXPECT_TRUE(std::all_of(state.begin() + std::ptrdiff_t(width), state.end(),
                                [](float x) { return x == 0; }));
        state.resize(width);
    }
    return result;
}

class Golden : public ::testing::TestWithParam<const char*> {};

TEST_P(Golden, AgreesWithPyTorch) {
    const auto expected = golden(GetParam());
    const temporary_folder folder("tessera-golden");
    const bool stored_bf16 = expected["stored"] == "bf16";
    write_random_weights(folder.path(), expected["config"], stored_bf16 ? dtype::bf16 : dtype::f32);
    const auto m = model::load(folder.path());
    const auto tokens = expected["tokens"].get<std::vector<int>>();
    for (const auto* kernels : cpu::available_kernels()) {
        const bool rounds_inputs = stored_bf16 && kernels->bf16_input == cpu::element::bf16;
        const double tolerance = rounds_inputs ? 0.05 : 3e-5;
        std::vector<std::vector<float>> states;
        const auto logits = all_logits(*m, tokens, *kernels, 2, &states);
        for (std::size_t i = 0; i < expected["rows"].size(); ++i) {
            const auto place = expected["rows"][i].get<std::size_t>();
            const auto compare = [&](const char* what, const std::vector<float>& row) {
                const auto reference = expected[what][i].get<std::vector<double>>();
                ASSERT_EQ(row.size(), reference.size());
                for (std::size_t t = 0; t < row.size(); ++t) {
                    ASSERT_NEAR(row[t], reference[t], tolerance)
                        << kernels->name << ", " << what << ", row " << place << ", value " << t;
                }
            };
            compare("logits", logits[place]);
            compare("states", states[place]);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden,
                         ::testing::Values("llama3_gqa", "llama_biases", "qwen2_tied", "linear",
                                           "dynamic", "yarn", "bf16"),
                         [](const auto& test) { return std::string(test.param); });

struct ragged_case {
    dtype stored;
    weight_precision precision;
};

class Invariance : public ::testing::TestWithParam<ragged_case> {};

// Sequences of several lengths, cut into parts at random, in shuffled blocks and mixed batches,
// give the bits that each of them gives when computed alone at once.
TEST_P(Invariance, BatchPartsAndBlocksChangeNoBit) {
    const temporary_folder folder("tessera-invariance");
    auto config = tiny_config();
    config["intermediate_size"] = 200;
    write_random_weights(folder.path(), config, GetParam().stored);
    const auto m = model::load(folder.path(), {GetParam().precision, 1});
    const int vocabulary = m->config().vocab_size;
    std::uint64_t random = 12345;
    const auto draw = [&](int n) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        return static_cast<int>((random >> 33) % static_cast<std::uint64_t>(n));
    };
    const std::vector<int> lengths = {1, 5, 16, 17, 33, 64, 70, 131, 1, 2, 3, 8};
    std::vector<std::vector<int>> sequences;
    for (const int length : lengths) {
        auto& tokens = sequences.emplace_back();
        for (int i = 0; i < length; ++i) tokens.push_back(draw(vocabulary));
    }
    for (const auto* kernels : cpu::available_kernels()) {
        std::vector<std::vector<std::vector<float>>> alone;
        for (const auto& tokens : sequences) alone.push_back(all_logits(*m, tokens, *kernels, 1));

        auto free_blocks = identity(40);
        for (std::size_t i = free_blocks.size() - 1; i > 0; --i) {
            std::swap(free_blocks[i],
                      free_blocks[static_cast<std::size_t>(draw(static_cast<int>(i) + 1))]);
        }
        kv_cache cache(m->config(), 40);
        thread_pool pool(2);
        const auto slots = identity(400);
        forward_pass pass(*m, cache, pool, 400, *kernels);
        std::vector<std::vector<int>> blocks(sequences.size());
        std::vector<int> done(sequences.size());
        for (bool more = true; more;) {
            std::vector<sequence_part> parts;
            std::vector<std::size_t> owner;
            std::size_t outputs = 0;
            more = false;
            for (std::size_t s = 0; s < sequences.size(); ++s) {
                const int left = lengths[s] - done[s];
                if (left == 0) continue;
                more = true;
                if (draw(4) == 0) continue;
                const int size = 1 + draw(draw(2) == 0 ? left : std::min(left, 3));
                const auto needed = static_cast<std::size_t>((done[s] + size - 1) / 16 + 1);
                while (blocks[s].size() < needed) {
                    blocks[s].push_back(free_blocks.back());
                    free_blocks.pop_back();
                }
                const auto wanted = static_cast<std::size_t>(draw(2) == 0 ? size : 1);
                parts.push_back({std::span(sequences[s])
                                     .subspan(static_cast<std::size_t>(done[s]),
                                              static_cast<std::size_t>(size)),
                                 done[s], blocks[s], std::span(slots).subspan(outputs, wanted)});
                outputs += wanted;
                owner.push_back(s);
            }
            if (parts.empty()) continue;
            pass.compute(parts);
            int output = 0;
            for (std::size_t i = 0; i < parts.size(); ++i) {
                const auto s = owner[i];
                const int size = static_cast<int>(parts[i].tokens.size());
                for (int t = size - static_cast<int>(parts[i].slots.size()); t < size;
                     ++t, ++output) {
                    const auto row = row_of(pass, output, vocabulary);
                    const auto& expected = alone[s][static_cast<std::size_t>(done[s] + t)];
                    ASSERT_EQ(std::memcmp(row.data(), expected.data(), row.size() * sizeof(float)),
                              0)
                        << kernels->name << ", sequence " << s << ", position " << done[s] + t;
                }
                done[s] += size;
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Precisions, Invariance,
                         ::testing::Values(ragged_case{dtype::f32, weight_precision::as_stored},
                                           ragged_case{dtype::bf16, weight_precision::as_stored},
                                           ragged_case{dtype::f32, weight_precision::bf16}),
                         [](const auto& test) { return std::to_string(test.index); });

TEST(Model, PrecisionIsChosenAtLoad) {
    const temporary_folder folder("tessera-precision");
    write_random_weights(folder.path(), tiny_config(), dtype::bf16);
    EXPECT_EQ(model::load(folder.path())->weights().layers[0].down.type, cpu::element::bf16);
    const auto widened = model::load(folder.path(), {weight_precision::f32, 1});
    EXPECT_EQ(widened->weights().layers[0].down.type, cpu::element::f32);
    // Widened weights are the same numbers.
    const auto narrow = model::load(folder.path());
    std::vector<float> a(64);
    std::vector<float> b(64);
    for (const int row : {0, 15, 16, 63}) {
        narrow->weights().embedding.read_row(row, a.data());
        widened->weights().embedding.read_row(row, b.data());
        EXPECT_EQ(a, b);
    }
}

TEST(Model, NamesTheTensorThatIsWrong) {
    const temporary_folder folder("tessera-wrong");
    write_random_weights(folder.path(), tiny_config());
    const auto load_with = [&](const char* member, int value) {
        auto config = tiny_config();
        config[member] = value;
        std::ofstream(folder.path() / "config.json") << config.dump();
        try {
            model::load(folder.path());
        } catch (const engine_error& error) {
            EXPECT_EQ(error.code, error_code::malformed);
            return std::string(error.what());
        }
        return std::string("loaded");
    };
    EXPECT_NE(load_with("intermediate_size", 128).find("model.layers.0.mlp"), std::string::npos);
    EXPECT_NE(load_with("num_hidden_layers", 3).find("model.layers.2."), std::string::npos);
    EXPECT_NE(load_with("vocab_size", 300).find("model.embed_tokens.weight"), std::string::npos);
}

}  // namespace
}  // namespace tessera::engine
