#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/cuda/runners.hpp"

namespace tessera::engine {
namespace {

using namespace cuda_test;

struct model_case {
    const char* name;
    nlohmann::json changes;
    dtype stored;
    weight_precision precision;
    kv_precision cached;
    float tolerance;
};

const std::vector<model_case>& model_cases() {
    static const std::vector<model_case> cases{
        {"f32", {}, dtype::f32, weight_precision::as_stored, kv_precision::f32, 2e-4F},
        {"one key-value head, biases, an own head",
         {{"num_key_value_heads", 1}, {"attention_bias", true}, {"tie_word_embeddings", false}},
         dtype::f32,
         weight_precision::as_stored,
         kv_precision::f32,
         2e-4F},
        {"bf16",
         {{"num_key_value_heads", 4}},
         dtype::bf16,
         weight_precision::as_stored,
         kv_precision::bf16,
         0.06F},
        {"int8", {}, dtype::f32, weight_precision::int8, kv_precision::f32, 0.02F},
        {"heads of 18 numbers, odd widths",
         {{"head_dim", 18}, {"intermediate_size", 90}, {"hidden_size", 72}},
         dtype::bf16,
         weight_precision::bf16,
         kv_precision::f32,
         0.06F}};
    return cases;
}

TEST(CudaRunner, ComputesWhatTheProcessorsCompute) {
    for (const auto& c : model_cases()) {
        SCOPED_TRACE(c.name);
        auto config = small_config();
        if (!c.changes.is_null()) config.update(c.changes);
        const folder_of_model folder(config, c.stored);
        const auto cpu = folder.on(cpu_backend(), c.precision)->start(few_slots(c.cached));
        const auto gpu = folder.on(cuda_test::gpu(), c.precision)->start(few_slots(c.cached));
        for (auto* by : {cpu.get(), gpu.get()}) {
            // More than a batch has rows; then one token, by a graph.
            fed_sequence sequence(text_of(71, 1), 3, 5);
            ASSERT_TRUE(by->compute(std::vector{sequence.next(70)}, {}));
            ASSERT_TRUE(by->compute(std::vector{sequence.next(1)}, {}));
        }
        expect_near(state_of(*gpu, 5), state_of(*cpu, 5), c.tolerance);
        ASSERT_EQ(cuda_on_cpu::first_fault(), "");
    }
}

TEST(CudaRunner, SaysTheSameTextAsTheProcessors) {
    const folder_of_model folder;
    const auto cpu = folder.on(cpu_backend())->start(few_slots());
    const auto gpu = folder.on(cuda_test::gpu())->start(few_slots());
    const fed_sequence sequence(text_of(20, 2), 0, 0);
    EXPECT_EQ(greedy(*gpu, sequence, 12), greedy(*cpu, sequence, 12));
}

TEST(CudaRunner, AStateDependsOnItsTokensAlone) {
    for (const auto precision :
         {weight_precision::f32, weight_precision::bf16, weight_precision::int8}) {
        const folder_of_model folder;
        const auto by = folder.on(gpu(), precision)->start(few_slots());
        fed_sequence alone(text_of(60, 3), 0, 0);
        by->compute(std::vector{alone.rest()}, {});
        const auto expected = state_of(*by, 0);
        // Cut into parts, in other blocks, among others.
        fed_sequence cut(text_of(60, 3), 10, 1);
        fed_sequence other(text_of(40, 4), 20, 2);
        fed_sequence third(text_of(40, 5), 30, 3);
        by->compute(std::vector{other.next(7), cut.next(13)}, {});
        by->compute(std::vector{cut.next(1), third.next(30), other.next(1)}, {});
        by->compute(std::vector{third.next(3), cut.next(45), other.next(16)}, {});
        by->compute(std::vector{cut.next(1), other.next(1)}, {});
        EXPECT_EQ(state_of(*by, 1), expected);
    }
}

TEST(CudaRunner, ALibraryMayMultiplyWhereBitsMayDependOnTheBatch) {
    const folder_of_model folder(small_config(), dtype::bf16);
    std::vector<std::vector<float>> states;
    for (const bool invariant : {true, false}) {
        auto options = few_slots();
        options.tokens = 256;
        options.invariant = invariant;
        const auto by = folder.on(gpu())->start(options);
        fed_sequence sequence(text_of(256, 9), 0, 0);
        by->compute(std::vector{sequence.rest()}, {});
        states.push_back(state_of(*by, 0));
    }
    expect_near(states[0], states[1], 0.06F);
    ASSERT_EQ(cuda_on_cpu::first_fault(), "");
}

TEST(CudaRunner, AnInterruptedStepLeavesTheRestAsItWas) {
    const folder_of_model folder;
    const auto by = folder.on(gpu())->start(few_slots());
    fed_sequence kept(text_of(9, 6), 0, 0);
    by->compute(std::vector{kept.rest()}, {});
    const auto expected = state_of(*by, 0);
    for (int at = 1; at <= 3; ++at) {
        SCOPED_TRACE(at);
        fed_sequence broken(text_of(90, 7), 8, 1);
        int asked = 0;
        double last = 1.1;
        const bool whole = by->compute(std::vector{broken.rest()}, [&](double left) {
            EXPECT_LT(left, last);
            EXPECT_GT(left, 0);
            last = left;
            return ++asked == at;
        });
        EXPECT_FALSE(whole);
        EXPECT_EQ(asked, at);
        EXPECT_EQ(state_of(*by, 0), expected);
    }
    fed_sequence whole(text_of(90, 7), 8, 1);
    EXPECT_TRUE(by->compute(std::vector{whole.rest()}, {}));
}

TEST(CudaRunner, AdaptersAreComputedInOneBatch) {
    const std::vector<std::string> all{"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                       "gate_proj", "up_proj", "down_proj"};
    for (const auto precision :
         {weight_precision::f32, weight_precision::bf16, weight_precision::int8}) {
        const folder_of_model folder;
        const auto& path = folder.folder.path();
        testing::write_random_adapter(path / "all", small_config(), lora(4, all));
        testing::write_random_adapter(path / "some", small_config(), lora(9, {"v_proj", "up_proj"}),
                                      dtype::f32, "other");
        const auto cpu = folder.on(cpu_backend(), precision)->start(few_slots());
        const auto gpu = folder.on(cuda_test::gpu(), precision)->start(few_slots());
        for (const char* name : {"all", "some"}) {
            const auto files = adapter_files::open(path / name);
            EXPECT_EQ(cpu->attach(files.config(), files), gpu->attach(files.config(), files));
        }
        std::vector<std::vector<float>> alone;
        for (auto* by : {cpu.get(), gpu.get()}) {
            for (int i = 0; i < 3; ++i) {
                fed_sequence one(text_of(11, 8), 4 * i, i, i);
                by->compute(std::vector{one.rest()}, {});
                alone.push_back(state_of(*by, i));
            }
        }
        const float tolerance = precision == weight_precision::f32 ? 3e-4F : 0.12F;
        for (std::size_t i = 0; i < 3; ++i) expect_near(alone[i], alone[3 + i], tolerance);
        EXPECT_NE(alone[3], alone[4]);
        EXPECT_NE(alone[4], alone[5]);
        // Each has the bits that it has alone.
        std::vector<fed_sequence> all_of_them;
        std::vector<sequence_part> parts;
        for (int i = 0; i < 5; ++i)
            all_of_them.emplace_back(text_of(11, 8), 20 + 4 * i, 10 + i, (i + 1) % 3);
        for (auto& each : all_of_them) parts.push_back(each.rest());
        gpu->compute(parts, {});
        for (int i = 0; i < 5; ++i) {
            EXPECT_EQ(state_of(*gpu, 10 + i), alone[static_cast<std::size_t>(3 + (i + 1) % 3)])
                << i;
        }
        gpu->detach(1);
        fed_sequence left(text_of(11, 8), 0, 0, 2);
        gpu->compute(std::vector{left.rest()}, {});
        EXPECT_EQ(state_of(*gpu, 0), alone[5]);
    }
}

void attach_two_adapters(const folder_of_model& folder, runner& to) {
    attach_random_adapter(folder, to, lora(4, {"q_proj", "v_proj", "o_proj", "down_proj"}), "one");
    attach_random_adapter(folder, to, lora(9, {"k_proj", "up_proj"}), "two");
}

TEST(CudaRunner, OfALongStepTheLastLayerHasTheBitsOfShortOnes) {
    struct {
        int tokens;
        int wanted;  // states, of the last
        int adapter;
    } const parts_of[] = {{90, 3, 0}, {70, 0, 2}, {1, 1, 2}, {33, 33, 1}, {20, 1, 1}, {4, 1, 0}};
    for (const auto& [precision, cached] : {std::pair{weight_precision::f32, kv_precision::f32},
                                            std::pair{weight_precision::bf16, kv_precision::bf16},
                                            std::pair{weight_precision::int8, kv_precision::f32}}) {
        for (const bool adapts : {false, true}) {
            SCOPED_TRACE(std::to_string(static_cast<int>(precision)) +
                         (adapts ? " with adapters" : ""));
            const folder_of_model folder;
            const auto model = folder.on(gpu(), precision);
            auto options = few_slots(cached);
            const auto apart = model->start(options);
            options.tokens = 256;
            const auto together = model->start(options);
            if (adapts) attach_two_adapters(folder, *apart);
            if (adapts) attach_two_adapters(folder, *together);
            std::vector<int> slots(64);
            std::iota(slots.begin(), slots.end(), 0);
            std::vector<fed_sequence> sequences;
            std::vector<sequence_part> parts;
            sequences.reserve(std::size(parts_of));
            int wanted = 0;
            for (const auto& of : parts_of) {
                const int number = static_cast<int>(sequences.size());
                const int adapter = adapts ? of.adapter : 0;
                auto& one =
                    sequences.emplace_back(text_of(of.tokens, number), 7 * number, 63, adapter);
                parts.push_back(one.rest());
                parts.back().slots = std::span(slots).subspan(static_cast<std::size_t>(wanted),
                                                              static_cast<std::size_t>(of.wanted));
                fed_sequence alone(text_of(of.tokens, number), 0, 63, adapter);
                if (of.tokens > of.wanted)
                    apart->compute(std::vector{alone.next(of.tokens - of.wanted)}, {});
                for (int i = 0; i < of.wanted; ++i, ++wanted) {
                    auto part = alone.next(1);
                    part.slots = {&slots[static_cast<std::size_t>(wanted)], 1};
                    apart->compute(std::vector{part}, {});
                }
            }
            ASSERT_TRUE(together->compute(parts, {}));
            for (int slot = 0; slot < wanted; ++slot)
                ASSERT_EQ(state_of(*together, slot), state_of(*apart, slot)) << slot;
            ASSERT_EQ(cuda_on_cpu::first_fault(), "");
        }
    }
}

std::vector<int> multiplied;  // rows of products
int attended = 0;             // tasks of attention, of the last call

TEST(CudaRunner, TheLastLayerGoesOnWithWantedRowsAlone) {
    auto table = cuda::device_under_test();
    table.multiply = [](const cuda::product& p, cuda::stream s) {
        multiplied.push_back(p.rows);
        return cuda::device_under_test().multiply(p, s);
    };
    table.attend = [](const cuda::attention& a, cuda::stream s) {
        attended = a.tasks;
        return cuda::device_under_test().attend(a, s);
    };
    const auto counting = cuda::make_backend(table);
    const folder_of_model folder;
    auto options = few_slots();
    options.tokens = 256;
    const auto by = folder.on(*counting)->start(options);
    fed_sequence first(text_of(90, 1), 0, 0);
    fed_sequence second(text_of(30, 2), 10, 1);
    multiplied.clear();
    by->compute(std::vector{first.rest(), second.rest()}, {});
    EXPECT_EQ(multiplied, (std::vector{120, 120, 120, 120, 120, 2, 2, 2}));
    EXPECT_EQ(attended, 2);
    fed_sequence third(text_of(90, 1), 20, 2);
    auto unwanted = third.rest();
    unwanted.slots = {};
    multiplied.clear();
    by->compute(std::vector{unwanted}, {});
    EXPECT_EQ(multiplied, (std::vector{90, 90, 90, 90, 90}));
}

TEST(CudaRunner, ClassifiesByTheModelsHeadOrTheAdapters) {
    auto config = small_config();
    config["architectures"] = {"LlamaForSequenceClassification"};
    config["id2label"] = {{"0", "bad"}, {"1", "good"}, {"2", "odd"}};
    config["label2id"] = {{"bad", 0}, {"good", 1}, {"odd", 2}};
    const testing::temporary_folder folder("tessera-cuda");
    testing::write_random_weights(folder.path(), config);
    auto adapter = lora(4, {"q_proj"});
    adapter["modules_to_save"] = {"score"};
    testing::write_random_adapter(folder.path() / "adapter", config, adapter);
    const auto files = adapter_files::open(folder.path() / "adapter");
    std::vector<std::vector<float>> outputs;
    for (const auto* device : {&cpu_backend(), &gpu()}) {
        const auto by = load_model(folder.path(), {.threads = 1}, *device)->start(few_slots());
        const int number = by->attach(files.config(), files);
        EXPECT_EQ(by->labels(0), 3);
        EXPECT_EQ(by->labels(number), 3);
        for (const int of : {0, number}) {
            fed_sequence text(text_of(15, 9), 0, 0, of);
            by->compute(std::vector{text.rest()}, {});
            by->classify(0, outputs.emplace_back(3));
        }
    }
    expect_near(outputs[2], outputs[0], 3e-4F);
    expect_near(outputs[3], outputs[1], 3e-4F);
    EXPECT_NE(outputs[2], outputs[3]);
}

// Kernels that a table is asked for.
int asked_for = 0;

template <auto Member>
struct counted;
template <class Argument, cuda::status (*cuda::library::*Member)(const Argument&, cuda::stream)>
struct counted<Member> {
    static cuda::status call(const Argument& a, cuda::stream s) {
        ++asked_for;
        return (cuda::device_under_test().*Member)(a, s);
    }
};

TEST(CudaRunner, ALayerOfOneTokenIsFewLaunches) {
    auto table = cuda::device_under_test();
    table.normalise = counted<&cuda::library::normalise>::call;
    table.convert = counted<&cuda::library::convert>::call;
    table.multiply = counted<&cuda::library::multiply>::call;
    table.weigh = counted<&cuda::library::weigh>::call;
    table.rotate_and_store = counted<&cuda::library::rotate_and_store>::call;
    table.attend = counted<&cuda::library::attend>::call;
    table.gate = counted<&cuda::library::gate>::call;
    const auto counting = cuda::make_backend(table);
    for (const auto& [precision, expected] :
         {std::pair{weight_precision::bf16, 5}, std::pair{weight_precision::int8, 9}}) {
        int counts[2] = {};
        for (const int layers : {2, 3}) {
            auto config = small_config();
            config["num_hidden_layers"] = layers;
            const folder_of_model folder(config);
            const auto by = folder.on(*counting, precision)->start(few_slots());
            fed_sequence one(text_of(1, 1), 0, 0);
            asked_for = 0;
            by->compute(std::vector{one.rest()}, {});
            counts[layers - 2] = asked_for;
        }
        EXPECT_EQ(counts[1] - counts[0], expected);
    }
}

}  // namespace
}  // namespace tessera::engine
