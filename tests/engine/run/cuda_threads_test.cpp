// Adapters come and go by one thread while another one computes, on a device that computes nothing: its
// kernels of adapters only look at what they are given, so that ThreadSanitizer sees who reads what.
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <mutex>
#include <numeric>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "run/cuda/cuda_backend.hpp"
#include "support/random_model.hpp"

namespace tessera::engine {
namespace cuda {

struct stream_handle {
    bool records = false;
};
struct event_handle {};
struct graph_handle {
    std::vector<adapt> adapts;
};

}  // namespace cuda

namespace {

using cuda::status;
using cuda::stream;

// Of the thread that computes.
std::vector<cuda::adapt> recorded;
std::set<int> seen_ranks;
int graphs_run = 0;

void look_at(const cuda::adapt& a) {
    for (int i = 0; i < a.counts->adapted; ++i) {
        const auto* of = a.matrices + a.stretches[i].adapter * a.adapter_stride;
        for (int p = 0; p < a.projections; ++p) {
            if (of[p].down.outer == 0) continue;
            seen_ranks.insert(of[p].down.outer);
            // Memory that is there.
            EXPECT_NE(of[p].down.weights[0], std::byte{0xff});
        }
    }
}

template <class Work>
status does_nothing(const Work&, stream) {
    return 0;
}

cuda::library table_that_looks() {
    const auto copy = [](void* to, const void* from, std::size_t bytes, stream) -> status {
        std::memcpy(to, from, bytes);
        return 0;
    };
    cuda::library t{};
    t.version = cuda::library_version;
    t.describe_status = [](status) { return "it fails"; };
    t.is_lost = [](status) { return false; };
    t.is_out_of_memory = [](status) { return false; };
    t.versions = [](int* driver, int* runtime) {
        *driver = *runtime = 13000;
        return 0;
    };
    t.devices = [](int* count) {
        *count = 1;
        return 0;
    };
    t.properties = [](int, cuda::device_properties* to) {
        *to = {};
        to->major = 9;
        to->multiprocessors = 4;
        to->memory = to->free_memory = std::size_t{1} << 34;
        return 0;
    };
    t.use = [](int) { return 0; };
    t.reset = [] { return 0; };
    t.allocate = [](std::size_t bytes, void** to) {
        *to = std::malloc(bytes);
        return 0;
    };
    t.free = [](void* memory) { std::free(memory); };
    t.allocate_host = t.allocate;
    t.free_host = t.free;
    t.make_stream = [](stream* to) {
        *to = new cuda::stream_handle;
        return 0;
    };
    t.end_stream = [](stream s) { delete s; };
    t.make_event = [](cuda::event* to) {
        *to = new cuda::event_handle;
        return 0;
    };
    t.end_event = [](cuda::event e) { delete e; };
    t.record = [](cuda::event, stream) { return 0; };
    t.wait_for = [](stream, cuda::event) { return 0; };
    t.finish = [](stream) { return 0; };
    t.to_device = copy;
    t.to_host = copy;
    t.copy = copy;
    t.clear = [](void* to, std::size_t bytes, stream) {
        std::memset(to, 0, bytes);
        return 0;
    };
    t.begin_graph = [](stream s) {
        s->records = true;
        return 0;
    };
    t.end_graph = [](stream s, cuda::graph* to) {
        s->records = false;
        *to = new cuda::graph_handle{std::exchange(recorded, {})};
        return 0;
    };
    t.run_graph = [](cuda::graph g, stream) {
        ++graphs_run;
        for (const auto& each : g->adapts) look_at(each);
        return 0;
    };
    t.free_graph = [](cuda::graph g) { delete g; };
    t.adapt = [](const cuda::adapt& a, stream s) {
        s->records ? recorded.push_back(a) : look_at(a);
        return 0;
    };
    t.embed = does_nothing;
    t.weigh = does_nothing;
    t.normalise = does_nothing;
    t.convert = does_nothing;
    t.multiply = does_nothing;
    t.unpack = does_nothing;
    t.rotate_and_store = does_nothing;
    t.attend = does_nothing;
    t.gate = does_nothing;
    t.keep = does_nothing;
    t.draw = does_nothing;
    t.describe = does_nothing;
    return t;
}

// Adapters that are attached, the oldest first.
class shared_adapters {
  public:
    struct attached {
        int number;
        int rank;
        int times = 0;  // that it was computed by
        bool in_step = false;
        bool leaves = false;
    };

    void add(int number, int rank) {
        const std::lock_guard lock(mutex_);
        all_.push_back({number, rank});
        changed_.notify_all();
    }
    // Nobody adds any more.
    void end() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }
    // Those that a step is to be computed by; waits for some. Empty: there will be none.
    std::vector<attached> begin_step() {
        std::unique_lock lock(mutex_);
        std::vector<attached> made;
        changed_.wait(lock, [&] {
            std::ranges::copy_if(all_, std::back_inserter(made),
                                 [](const auto& each) { return !each.leaves; });
            return !made.empty() || ended_;
        });
        for (auto& each : all_) each.in_step = !each.leaves;
        return made;
    }
    void end_step() {
        const std::lock_guard lock(mutex_);
        for (auto& each : all_) each.times += std::exchange(each.in_step, false) ? 1 : 0;
        changed_.notify_all();
    }
    // Where there are so many, the oldest, when some steps were computed by it and none is; else 0.
    int take_back(std::size_t least, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        if (all_.size() < least) return 0;
        auto wait_until = [&](auto is) { return changed_.wait(lock, stop, is); };
        if (!wait_until([&] { return all_.front().times >= 3; })) return 0;
        all_.front().leaves = true;
        if (!wait_until([&] { return !all_.front().in_step; })) return 0;
        const int taken = all_.front().number;
        all_.erase(all_.begin());
        changed_.notify_all();
        return taken;
    }

  private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<attached> all_;
    bool ended_ = false;
};

TEST(CudaThreads, AdaptersComeAndGoWhileStepsAreComputed) {
    const testing::temporary_folder folder("tessera-threads");
    testing::write_random_model(folder.path());
    const auto table = table_that_looks();
    const auto device = cuda::make_backend(table);
    const auto by = load_model(folder.path(), {.threads = 1}, *device)
                        ->start({.sequences = 32, .tokens = 64, .kv_tokens = 1024, .slots = 32});
    const int ranks[] = {2, 9, 20, 33};
    std::vector<adapter_files> files;
    for (const int rank : ranks) {
        const auto path = folder.path() / std::to_string(rank);
        testing::write_random_adapter(path, testing::tiny_config(),
                                      {{"peft_type", "LORA"},
                                       {"r", rank},
                                       {"lora_alpha", rank},
                                       {"target_modules", {"q_proj", "down_proj"}}});
        files.push_back(adapter_files::open(path));
    }
    // More at once than the first table has room for, and places are taken again.
    constexpr int all = 40;
    constexpr int at_once = 20;
    shared_adapters adapters;
    std::jthread comes_and_goes([&](const std::stop_token& stop) {
        for (int i = 0; i < all; ++i) {
            const auto& from = files[static_cast<std::size_t>(i) % files.size()];
            adapters.add(by->attach(from.config(), from), from.config().rank);
            if (const int one = adapters.take_back(at_once, stop); one != 0) by->detach(one);
        }
        while (const int one = adapters.take_back(1, stop)) by->detach(one);
        adapters.end();
    });
    const token_id token = 1;
    std::vector<int> numbers(64);
    std::iota(numbers.begin(), numbers.end(), 0);
    const std::span<const int> places(numbers);
    std::vector<float> state(static_cast<std::size_t>(by->config().hidden_size));
    for (;;) {
        const auto taken = adapters.begin_step();
        if (taken.empty()) break;
        std::vector<sequence_part> parts;
        std::set<int> expected;
        for (std::size_t i = 0; i < taken.size(); ++i) {
            parts.push_back({.tokens = {&token, 1},
                             .blocks = places.subspan(i, 1),
                             .slots = places.subspan(i, 1),
                             .adapter = taken[i].number});
            expected.insert(taken[i].rank);
        }
        seen_ranks.clear();
        EXPECT_TRUE(by->compute(parts, {}));
        by->states(places.subspan(0, 1), state);
        EXPECT_EQ(seen_ranks, expected);
        adapters.end_step();
    }
    EXPECT_GT(graphs_run, 0);
}

}  // namespace
}  // namespace tessera::engine
