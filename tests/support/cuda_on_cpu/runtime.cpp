#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "backend/cuda/launchers.hpp"
#include "cuda_on_cpu/library.hpp"
#include "cuda_on_cpu/memory.hpp"
#include "cuda_on_cpu/streams.hpp"

// What streams do is done in their order, and late: by who waits for it, so that host code which
// does not wait sees what it would at worst see on a device.

using tessera::engine::cuda::event;
using tessera::engine::cuda::graph;
using tessera::engine::cuda::status;
using tessera::engine::cuda::stream;
using work = std::function<void()>;

namespace tessera::engine::cuda {

struct graph_handle {
    std::vector<work> works;
    std::thread::id recorder;
    bool spoilt = false;
};

struct stream_handle {
    std::deque<work> works;
    std::unique_ptr<graph_handle> recording;
};

struct event_handle {
    stream recorded_by = nullptr;
    const graph_handle* recorded_in = nullptr;
    std::uint64_t recorded = 0;
    std::uint64_t reached = 0;
};

}  // namespace tessera::engine::cuda

namespace tessera::cuda_on_cpu {

namespace {

// CUDA's numbers.
constexpr status good = 0;
constexpr status invalid_value = 1;
constexpr status out_of_memory = 2;
constexpr status launch_failure = 719;
constexpr status capture_unsupported = 900;
constexpr status capture_invalidated = 901;
constexpr status capture_isolation = 905;

class device {
  public:
    status add(stream s, work w) {
        if (!fault_.empty()) return launch_failure;
        if (s->recording) {
            s->recording->works.push_back(std::move(w));
            return good;
        }
        s->works.push_back(std::move(w));
        if (at_once_) drain(s);
        return fault_.empty() ? good : launch_failure;
    }

    // What may not be asked for by a thread that records a graph: it spoils what is recorded.
    status refused_to_recorder() {
        for (const auto& s : streams_) {
            if (!s->recording || s->recording->recorder != std::this_thread::get_id()) continue;
            s->recording->spoilt = true;
            return capture_unsupported;
        }
        return good;
    }

    void drain(stream s) {
        while (!s->works.empty()) {
            const work next = std::move(s->works.front());
            s->works.pop_front();
            if (fault_.empty()) next();
        }
    }
    void drain_all() {
        for (const auto& s : streams_) drain(s.get());
        if (watching != nullptr) watching->forget();
    }

    void run_kernel(const launch& l) {
        order o = order_;
        o.seed += ++launches_;
        note(run(l, o));
        for (const guarded_memory& m : memories_)
            if (!m.intact())
                note("something was written beside memory of " + std::to_string(m.size()) +
                     " bytes (kernel launched at line " + std::to_string(l.at.line()) + " of " +
                     l.at.file_name() + ")");
    }
    void note(const std::string& fault) {
        if (fault_.empty()) fault_ = fault;
    }

    bool has(const void* first, std::size_t size) const {
        return std::any_of(memories_.begin(), memories_.end(),
                           [&](const guarded_memory& m) { return m.contains(first, size); });
    }
    std::size_t allocated() const {
        std::size_t all = 0;
        for (const guarded_memory& m : memories_) all += m.size();
        return all;
    }
    status allocate(std::size_t bytes, void** to) {
        if (const status refused = refused_to_recorder(); refused != good) return refused;
        if (allocated() + bytes > memory_) return out_of_memory;
        memories_.emplace_back(bytes);
        *to = memories_.back().data();
        return good;
    }
    void free(void* p) {
        if (refused_to_recorder() != good) return;
        drain_all();
        const auto m = std::find_if(memories_.begin(), memories_.end(),
                                    [&](const guarded_memory& one) { return one.data() == p; });
        if (m != memories_.end())
            memories_.erase(m);
        else if (p != nullptr)
            note("free() of what allocate() did not give");
    }
    stream make_stream() {
        streams_.push_back(std::make_unique<engine::cuda::stream_handle>());
        return streams_.back().get();
    }
    void end(stream s) {
        drain(s);
        streams_.remove_if([&](const auto& one) { return one.get() == s; });
    }
    // What remains is streams and memory: tests of kernels keep theirs.
    void reset() {
        for (const auto& s : streams_) s->works.clear();
        host_memories_.clear();
        events_.clear();
        graphs_.clear();
        fault_.clear();
        if (watching != nullptr) watching->forget();
    }

    std::mutex mutex;
    std::list<std::unique_ptr<std::byte[]>> host_memories_;
    std::list<std::unique_ptr<engine::cuda::event_handle>> events_;
    std::list<std::unique_ptr<engine::cuda::graph_handle>> graphs_;
    order order_;
    bool at_once_ = false;
    std::size_t memory_ = std::size_t{1} << 40;
    std::string fault_;
    std::uint64_t launches_ = 0;  // in this order

  private:
    std::list<guarded_memory> memories_;
    std::list<std::unique_ptr<engine::cuda::stream_handle>> streams_;
};

device& the_device() {
    static device one;
    return one;
}

auto locked() { return std::lock_guard(the_device().mutex); }

template <class T>
void forget(std::list<std::unique_ptr<T>>& all, const void* one) {
    all.remove_if([one](const auto& each) { return each.get() == one; });
}

engine::cuda::library make_library() {
    static std::string text;
    engine::cuda::library table{};
    table.version = engine::cuda::library_version;
    table.describe_status = [](status s) {
        const auto lock = locked();
        text = s == good             ? "no error"
               : s == invalid_value  ? "invalid argument"
               : s == out_of_memory  ? "out of memory"
               : s == launch_failure ? the_device().fault_
                                     : "error " + std::to_string(s);
        return text.c_str();
    };
    table.is_lost = [](status s) { return s == launch_failure; };
    table.is_out_of_memory = [](status s) { return s == out_of_memory; };
    table.versions = [](int* driver, int* runtime) {
        *driver = *runtime = 13000;
        return good;
    };
    table.devices = [](int* count) {
        *count = 1;
        return good;
    };
    table.properties = [](int, engine::cuda::device_properties* to) {
        const auto lock = locked();
        *to = {};
        std::strcpy(to->name, "this processor");
        to->major = 9;
        to->multiprocessors = 4;
        to->memory = the_device().memory_;
        to->free_memory = to->memory - the_device().allocated();
        to->driver = to->runtime = 13000;
        return good;
    };
    table.use = [](int device) { return device == 0 ? good : invalid_value; };
    table.reset = [] {
        const auto lock = locked();
        the_device().reset();
        return good;
    };
    table.allocate = [](std::size_t bytes, void** to) {
        const auto lock = locked();
        return the_device().allocate(bytes, to);
    };
    table.free = [](void* p) {
        const auto lock = locked();
        the_device().free(p);
    };
    table.allocate_host = [](std::size_t bytes, void** to) {
        const auto lock = locked();
        if (const status refused = the_device().refused_to_recorder(); refused != good)
            return refused;
        *to = the_device().host_memories_.emplace_back(new std::byte[bytes]).get();
        return good;
    };
    table.free_host = [](void* p) {
        const auto lock = locked();
        the_device().drain_all();
        forget(the_device().host_memories_, p);
    };
    table.make_stream = [](stream* to) {
        const auto lock = locked();
        *to = the_device().make_stream();
        return good;
    };
    table.end_stream = [](stream s) {
        const auto lock = locked();
        the_device().end(s);
    };
    table.make_event = [](event* to) {
        const auto lock = locked();
        *to = the_device().events_.emplace_back(new engine::cuda::event_handle).get();
        return good;
    };
    table.end_event = [](event e) {
        const auto lock = locked();
        the_device().drain_all();
        forget(the_device().events_, e);
    };
    table.record = [](event e, stream s) {
        const auto lock = locked();
        e->recorded_by = s;
        e->recorded_in = s->recording.get();
        return the_device().add(s, [e, turn = ++e->recorded] { e->reached = turn; });
    };
    table.wait_for = [](stream s, event e) {
        const auto lock = locked();
        if (e->recorded_in != s->recording.get()) {
            if (s->recording) s->recording->spoilt = true;
            return capture_isolation;
        }
        return the_device().add(s, [e, turn = e->recorded] {
            if (e->reached < turn) the_device().drain(e->recorded_by);
        });
    };
    table.finish = [](stream s) {
        const auto lock = locked();
        if (const status refused = the_device().refused_to_recorder(); refused != good)
            return refused;
        if (s->recording) return capture_unsupported;
        the_device().drain(s);
        if (watching != nullptr) watching->forget();
        return the_device().fault_.empty() ? good : launch_failure;
    };
    table.seconds_between = [](event, event, float* to) {
        *to = 0;
        return good;
    };
    table.to_device = [](void* to, const void* from, std::size_t bytes, stream s) {
        const auto lock = locked();
        if (!the_device().has(to, bytes)) return invalid_value;
        return the_device().add(s, [=] {
            std::copy_n(static_cast<const std::byte*>(from), bytes, static_cast<std::byte*>(to));
        });
    };
    table.to_host = [](void* to, const void* from, std::size_t bytes, stream s) {
        const auto lock = locked();
        if (!the_device().has(from, bytes)) return invalid_value;
        return the_device().add(s, [=] {
            std::copy_n(static_cast<const std::byte*>(from), bytes, static_cast<std::byte*>(to));
        });
    };
    table.copy = [](void* to, const void* from, std::size_t bytes, stream s) {
        const auto lock = locked();
        if (!the_device().has(to, bytes) || !the_device().has(from, bytes)) return invalid_value;
        return the_device().add(s, [=] {
            std::copy_n(static_cast<const std::byte*>(from), bytes, static_cast<std::byte*>(to));
        });
    };
    table.clear = [](void* to, std::size_t bytes, stream s) {
        const auto lock = locked();
        if (!the_device().has(to, bytes)) return invalid_value;
        return the_device().add(s, [=] { std::memset(to, 0, bytes); });
    };
    table.begin_graph = [](stream s) {
        const auto lock = locked();
        if (s->recording) return capture_unsupported;
        s->recording = std::make_unique<engine::cuda::graph_handle>();
        s->recording->recorder = std::this_thread::get_id();
        return good;
    };
    table.end_graph = [](stream s, graph* to) {
        const auto lock = locked();
        *to = nullptr;
        auto recorded = std::move(s->recording);
        if (!recorded || recorded->spoilt) return capture_invalidated;
        *to = the_device().graphs_.emplace_back(std::move(recorded)).get();
        return good;
    };
    table.run_graph = [](graph g, stream s) {
        const auto lock = locked();
        for (const work& one : g->works)
            if (const status failed = the_device().add(s, one); failed != good) return failed;
        return good;
    };
    table.free_graph = [](graph g) {
        const auto lock = locked();
        the_device().drain_all();
        forget(the_device().graphs_, g);
    };
    engine::cuda::add_launchers(table);
    return table;
}

}  // namespace

status enqueue(stream s, launch l) {
    const auto lock = locked();
    return the_device().add(s, [l = std::move(l)] { the_device().run_kernel(l); });
}

const engine::cuda::library& library() {
    static const engine::cuda::library table = make_library();
    return table;
}

void use_order(const order& o, bool at_once) {
    const auto lock = locked();
    the_device().order_ = o;
    the_device().at_once_ = at_once;
    the_device().launches_ = 0;
}
std::string first_fault() {
    const auto lock = locked();
    return the_device().fault_;
}
void use_memory(std::size_t bytes) {
    const auto lock = locked();
    the_device().memory_ = bytes;
}
std::size_t allocated_memory() {
    const auto lock = locked();
    return the_device().allocated();
}

}  // namespace tessera::cuda_on_cpu
