#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/cuda/runners.hpp"

// Steps that are recorded once and run again.
namespace tessera::engine {
namespace {

using namespace cuda_test;

int graphs_recorded = 0;
int graphs_run = 0;

cuda::library table_that_counts_graphs() {
    auto table = cuda::device_under_test();
    table.end_graph = [](cuda::stream s, cuda::graph* to) {
        ++graphs_recorded;
        return cuda::device_under_test().end_graph(s, to);
    };
    table.run_graph = [](cuda::graph g, cuda::stream s) {
        ++graphs_run;
        return cuda::device_under_test().run_graph(g, s);
    };
    return table;
}

struct counting_runner {
    cuda::library table = table_that_counts_graphs();
    std::unique_ptr<backend> device = cuda::make_backend(table);
    folder_of_model folder;
    std::unique_ptr<runner> by;

    explicit counting_runner(weight_precision precision) {
        auto options = few_slots();
        options.tokens = 128;
        by = folder.on(*device, precision)->start(options);
        graphs_recorded = graphs_run = 0;
    }
    int attach(int rank, const std::string& salt) {
        return attach_random_adapter(folder, *by, lora(rank, {"q_proj", "o_proj", "gate_proj"}),
                                     salt);
    }
    // Of ten tokens by each of these adapters, computed in one step.
    std::vector<std::vector<float>> states(const std::vector<int>& adapters) {
        return states_beside(adapters, {});
    }
    // The same beside so much that the step is launched at once.
    std::vector<std::vector<float>> states_at_once(const std::vector<int>& adapters) {
        const int before = graphs_run;
        fed_sequence other(text_of(70, 3), 50, 60);
        auto rest = other.rest();
        const auto made = states_beside(adapters, {&rest, 1});
        EXPECT_EQ(graphs_run, before);
        return made;
    }

  private:
    std::vector<std::vector<float>> states_beside(const std::vector<int>& adapters,
                                                  std::span<const sequence_part> others) {
        std::vector<fed_sequence> sequences;
        std::vector<sequence_part> parts;
        sequences.reserve(adapters.size());
        for (const int adapter : adapters) {
            const int i = static_cast<int>(sequences.size());
            sequences.emplace_back(text_of(10, 1), i, i, adapter);
            parts.push_back(sequences.back().rest());
        }
        parts.insert(parts.end(), others.begin(), others.end());
        EXPECT_TRUE(by->compute(parts, {}));
        std::vector<std::vector<float>> made;
        for (const auto& each : sequences) made.push_back(state_of(*by, each.slot()));
        return made;
    }
};

TEST(CudaGraphs, RowsWithAdaptersHaveTheirBits) {
    for (const auto precision :
         {weight_precision::f32, weight_precision::bf16, weight_precision::int8}) {
        SCOPED_TRACE(static_cast<int>(precision));
        counting_runner on(precision);
        on.attach(4, "one");
        on.attach(9, "two");
        const std::vector<int> mixed{0, 1, 2, 2, 1};
        const auto expected = on.states_at_once(mixed);
        EXPECT_EQ(expected[2], expected[3]);
        EXPECT_NE(expected[0], expected[1]);
        EXPECT_NE(expected[1], expected[2]);
        for (int turn = 0; turn < 3; ++turn) {
            EXPECT_EQ(graphs_run, std::max(0, turn - 1));
            EXPECT_EQ(on.states(mixed), expected);
        }
        EXPECT_EQ(graphs_recorded, 1);
        // Fewer rows and stretches, in other orders, by the same graph.
        EXPECT_EQ(on.states({2, 2, 0, 1}),
                  (std::vector{expected[2], expected[2], expected[0], expected[1]}));
        EXPECT_EQ(graphs_recorded, 1);
        EXPECT_EQ(graphs_run, 3);
        // One without any is another graph.
        for (int turn = 0; turn < 2; ++turn)
            EXPECT_EQ(on.states({0, 0, 0, 0}), std::vector(4, expected[0]));
        EXPECT_EQ(graphs_recorded, 2);
        ASSERT_EQ(cuda_on_cpu::first_fault(), "");
    }
}

TEST(CudaGraphs, AdaptersComeAndGoBetweenSteps) {
    counting_runner on(weight_precision::bf16);
    const int kept = on.attach(4, "one");
    const int left = on.attach(9, "two");
    const auto expected = on.states_at_once({kept, left});
    const auto run_by_graph = [&](const std::vector<int>& adapters) {
        for (int turn = 0; turn < 2; ++turn) on.states(adapters);
        const int before = graphs_run;
        auto made = on.states(adapters);
        EXPECT_EQ(graphs_run, before + 1);
        return made;
    };
    EXPECT_EQ(run_by_graph({kept, left}), expected);
    // Another one at the same place, by the same graph.
    on.by->detach(left);
    const int came = on.attach(9, "three");
    int recorded = graphs_recorded;
    auto now = on.states({kept, came});
    EXPECT_EQ(graphs_recorded, recorded);
    EXPECT_EQ(now[0], expected[0]);
    EXPECT_NE(now[1], expected[1]);
    EXPECT_EQ(now, on.states_at_once({kept, came}));
    // One of more ranks than there was room for: graphs are made anew.
    const int wide = on.attach(40, "wide");
    EXPECT_EQ(run_by_graph({kept, came}), now);
    EXPECT_EQ(graphs_recorded, recorded + 1);
    EXPECT_EQ(run_by_graph({wide, kept}), on.states_at_once({wide, kept}));
    // So many that their table moves.
    recorded = graphs_recorded;
    int last = 0;
    for (int i = 0; i < 20; ++i) last = on.attach(2, "many" + std::to_string(i));
    EXPECT_EQ(run_by_graph({kept, came}), now);
    EXPECT_EQ(graphs_recorded, recorded + 1);
    EXPECT_EQ(run_by_graph({last, kept}), on.states_at_once({last, kept}));
    ASSERT_EQ(cuda_on_cpu::first_fault(), "");
}

}  // namespace
}  // namespace tessera::engine
