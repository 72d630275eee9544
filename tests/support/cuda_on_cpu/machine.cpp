#include "cuda_on_cpu/machine.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "cuda_on_cpu/fiber.hpp"
#include "cuda_on_cpu/memory.hpp"

namespace tessera::cuda_on_cpu {

namespace {

constexpr unsigned lanes = 32;
constexpr unsigned most_threads = 1024;
constexpr unsigned most_blocks_down = 65535;  // in the second and the third dimension
constexpr std::uint64_t most_idle_yields = 500'000;

struct block;
struct warp;

struct pending_copy {
    std::byte* to;
    const std::byte* from;
    std::size_t bytes;
    std::size_t zeros;
};

struct thread {
    fiber context;
    block* in = nullptr;
    warp* of = nullptr;
    uint3 index{};
    unsigned lane = 0;
    bool waited_for_previous = false;
    std::vector<pending_copy> copies;      // issued, of no group
    std::vector<std::size_t> group_sizes;  // committed, the oldest first
    std::vector<pending_copy> committed;
};

struct meeting {
    std::uint32_t mask;
    std::uint32_t arrived;
    resolver resolve;
    place at;
    void* slots[lanes];
};

struct warp {
    thread* threads = nullptr;  // [lanes]
    std::uint32_t all = 0;      // lanes that there are
    std::uint32_t live = 0;     // that have not ended
    std::uint32_t ready = 0;    // that could run
    std::size_t rank = 0;
    std::vector<meeting> meetings;
};

struct shared_variable {
    const void* key;
    guarded_memory memory;
};

struct block {
    uint3 index{};
    std::uint64_t serial = 0;
    unsigned live = 0;
    std::vector<thread> threads;
    std::vector<warp> warps;
    std::vector<shared_variable> shared;
    unsigned arrived = 0;
    unsigned votes = 0;
    unsigned last_votes = 0;
    place barrier_at;
};

std::string to_text(place at) {
    std::string_view file = at.file_name();
    return std::string(file.substr(file.rfind('/') + 1)) + ":" + std::to_string(at.line());
}
std::string to_text(uint3 i) {
    return "(" + std::to_string(i.x) + "," + std::to_string(i.y) + "," + std::to_string(i.z) + ")";
}
bool same(place a, place b) {
    return a.line() == b.line() && a.column() == b.column() &&
           std::strcmp(a.file_name(), b.file_name()) == 0;
}

uint3 unrolled(std::uint64_t i, dim3 size) {
    return {static_cast<unsigned>(i % size.x), static_cast<unsigned>(i / size.x % size.y),
            static_cast<unsigned>(i / size.x / size.y)};
}

class machine {
  public:
    std::string run(const launch&, const order&);

    /// Nothing that owns memory may wait on the stack that is left.
    template <class... Parts>
    [[noreturn]] void fault(place at, const Parts&... parts) {
        fault_ = to_text(at) + ": ";
        (append(parts), ...);
        add_whereabouts();
        running->context.switch_to(main_);
        std::abort();  // nothing goes on here
    }
    void meet(std::uint32_t mask, void* slot, resolver, place, bool orders_memory);
    unsigned barrier(bool vote, place);
    void yield(place);
    void yield_at_times(place at) {
        if (random_() % 4 == 0) yield(at);
    }
    std::byte* shared_memory(const void* key, std::size_t bytes);
    std::byte* dynamic_shared_memory() { return shared_memory(this, launch_->shared); }

    whereabouts here() const {
        const thread& t = *running;
        return {t.in->serial, static_cast<unsigned>(&t - t.in->threads.data()),
                static_cast<unsigned>(t.in->threads.size()), t.of->live, t.waited_for_previous};
    }
    place launched_at() const { return launch_->at; }

    thread* running = nullptr;

  private:
    void append(std::string_view text) { fault_ += text; }
    void append(std::size_t number) { fault_ += std::to_string(number); }
    void append(place at) { fault_ += to_text(at); }
    void add_whereabouts();
    static void thread_entry();
    void prepare();
    void begin_next(block&);
    void end_thread();
    void end_block(block&);
    void go_on_elsewhere();
    thread* take_ready();
    void enter(thread&);
    void make_ready(warp&, std::uint32_t lanes_of);
    void swap_ranks(std::size_t, std::size_t);
    [[noreturn]] void stuck();

    std::unique_ptr<fiber_stacks> stacks_;
    std::vector<block> blocks_;
    std::size_t threads_a_block_ = 0;
    bool must_prepare_ = true;  // stacks hold what was left in the middle

    fiber main_;
    const launch* launch_ = nullptr;
    order order_;
    std::uint64_t blocks_begun_ = 0;
    std::uint64_t blocks_in_all_ = 0;
    std::size_t resident_ = 0;
    std::vector<warp*> by_rank_;
    std::vector<std::uint64_t> ready_ranks_;
    std::minstd_rand random_;
    std::uint64_t idle_yields_ = 0;
    std::string fault_;
};

machine the_machine;

void machine::thread_entry() {
    fiber::entered();
    for (;;) {
        the_machine.launch_->kernel();
        the_machine.end_thread();
    }
}

/// Blocks and their fibers for launches of this shape.
void machine::prepare() {
    const std::size_t count = launch_->block.x * launch_->block.y * launch_->block.z;
    const std::size_t resident = static_cast<std::size_t>(std::max(1, order_.resident_blocks));
    if (!must_prepare_ && count == threads_a_block_ && resident == blocks_.size()) return;
    must_prepare_ = false;
    threads_a_block_ = count;
    if (!stacks_ || stacks_->count() < count * resident)
        stacks_ = std::make_unique<fiber_stacks>(count * resident);
    blocks_.clear();
    blocks_.resize(resident);
    std::size_t stack = 0;
    for (block& b : blocks_) {
        b.threads.resize(count);
        b.warps.resize((count + lanes - 1) / lanes);
        for (std::size_t w = 0; w != b.warps.size(); ++w) {
            const std::size_t size = std::min<std::size_t>(lanes, count - w * lanes);
            b.warps[w].threads = &b.threads[w * lanes];
            b.warps[w].all = size == lanes ? ~0U : (1U << size) - 1;
        }
        for (std::size_t i = 0; i != count; ++i) {
            thread& t = b.threads[i];
            t.context = stacks_->make(stack++, thread_entry);
            t.in = &b;
            t.of = &b.warps[i / lanes];
            t.lane = static_cast<unsigned>(i % lanes);
        }
    }
}

std::string machine::run(const launch& l, const order& o) {
    launch_ = &l;
    order_ = o;
    fault_.clear();
    idle_yields_ = 0;
    const std::uint64_t threads = std::uint64_t{l.block.x} * l.block.y * l.block.z;
    blocks_in_all_ = std::uint64_t{l.grid.x} * l.grid.y * l.grid.z;
    if (threads == 0 || threads > most_threads || blocks_in_all_ == 0 ||
        std::max(l.grid.y, l.grid.z) > most_blocks_down)
        return to_text(l.at) + ": a grid of " + std::to_string(blocks_in_all_) + " blocks of " +
               std::to_string(threads) + " threads";
    if (l.shared > most_shared)
        return to_text(l.at) + ": " + std::to_string(l.shared) + " bytes of shared memory";
    prepare();
    random_.seed(static_cast<unsigned>(o.seed * 2654435761U + 1));
    blockDim = l.block;
    gridDim = l.grid;
    blocks_begun_ = 0;
    resident_ = 0;
    by_rank_.clear();
    for (block& b : blocks_) {
        b.shared.clear();
        for (thread& t : b.threads)
            t.index = unrolled(static_cast<std::uint64_t>(&t - b.threads.data()), l.block);
        for (warp& w : b.warps) by_rank_.push_back(&w);
    }
    std::shuffle(by_rank_.begin(), by_rank_.end(), random_);
    ready_ranks_.assign((by_rank_.size() + 63) / 64, 0);
    for (std::size_t i = 0; i != by_rank_.size(); ++i) by_rank_[i]->rank = i;
    for (block& b : blocks_)
        if (blocks_begun_ != blocks_in_all_) begin_next(b);
    thread* first = take_ready();
    if (watching != nullptr) watching->grid_begins(l);
    enter(*first);
    main_.switch_to(first->context);
    running = nullptr;
    must_prepare_ = !fault_.empty();
    return fault_;
}

void machine::begin_next(block& b) {
    b.serial = blocks_begun_++;
    b.index = unrolled(b.serial, launch_->grid);
    ++resident_;
    b.live = static_cast<unsigned>(b.threads.size());
    b.arrived = b.votes = 0;
    for (const shared_variable& variable : b.shared) {
        variable.memory.poison();
        if (watching != nullptr)
            watching->shared_memory_begins(variable.memory.data(), variable.memory.size());
    }
    for (thread& t : b.threads) t.waited_for_previous = false;
    for (warp& w : b.warps) {
        w.live = w.all;
        make_ready(w, w.all);
    }
}

void machine::make_ready(warp& w, std::uint32_t lanes_of) {
    if (lanes_of == 0) return;
    w.ready |= lanes_of;
    ready_ranks_[w.rank / 64] |= std::uint64_t{1} << (w.rank % 64);
}

void machine::swap_ranks(std::size_t a, std::size_t b) {
    std::swap(by_rank_[a], by_rank_[b]);
    for (const std::size_t i : {a, b}) {
        by_rank_[i]->rank = i;
        const std::uint64_t bit = std::uint64_t{1} << (i % 64);
        if (by_rank_[i]->ready != 0)
            ready_ranks_[i / 64] |= bit;
        else
            ready_ranks_[i / 64] &= ~bit;
    }
}

/// The highest rank goes first, so that a warp gets as far ahead of others as it can.
thread* machine::take_ready() {
    if (random_() % 128 == 0) swap_ranks(random_() % by_rank_.size(), random_() % by_rank_.size());
    for (std::size_t word = ready_ranks_.size(); word-- != 0;) {
        if (ready_ranks_[word] == 0) continue;
        const auto bit = static_cast<std::size_t>(std::bit_width(ready_ranks_[word]) - 1);
        warp& w = *by_rank_[word * 64 + bit];
        const int lane_of =
            order_.reversed ? std::bit_width(w.ready) - 1 : std::countr_zero(w.ready);
        w.ready &= ~(1U << lane_of);
        if (w.ready == 0) ready_ranks_[word] &= ~(std::uint64_t{1} << bit);
        return w.threads + lane_of;
    }
    return nullptr;
}

void machine::enter(thread& t) {
    running = &t;
    threadIdx = t.index;
    blockIdx = t.in->index;
}

void machine::go_on_elsewhere() {
    thread& from = *running;
    thread* to = take_ready();
    if (to == nullptr) stuck();
    enter(*to);
    if (to != &from) from.context.switch_to(to->context);
}

void machine::end_thread() {
    thread& t = *running;
    block& b = *t.in;
    warp& w = *t.of;
    if (launch_->overlaps && !t.waited_for_previous)
        fault(launch_->at, "a thread ends without wait_for_previous()");
    t.copies.insert(t.copies.begin(), t.committed.begin(), t.committed.end());
    t.committed.clear();
    t.group_sizes.clear();
    if (!t.copies.empty()) fault(launch_->at, "a thread ends before its copies have");
    w.live &= ~(1U << t.lane);
    for (const meeting& m : w.meetings)
        if ((m.mask >> t.lane & 1U) != 0)
            fault(m.at, "a thread ends that others wait for at ", m.at);
    if (b.arrived != 0)
        fault(b.barrier_at, "a thread ends that others wait for at the barrier of ", b.barrier_at);
    idle_yields_ = 0;
    if (--b.live == 0) end_block(b);
    if (resident_ == 0) {
        t.context.switch_to(main_);
        return;
    }
    go_on_elsewhere();
}

void machine::end_block(block& b) {
    std::size_t in_all = 0;
    for (const shared_variable& variable : b.shared) {
        if (!variable.memory.intact())
            fault(launch_->at, "something was written beside shared memory of ",
                  variable.memory.size(), " bytes");
        in_all += variable.memory.size();
    }
    if (in_all > most_shared) fault(launch_->at, in_all, " bytes of shared memory");
    if (watching != nullptr) watching->block_ends();
    --resident_;
    if (blocks_begun_ != blocks_in_all_) begin_next(b);
}

void machine::add_whereabouts() {
    fault_ += " (kernel launched at " + to_text(launch_->at) + ", block " +
              to_text(running->in->index) + ", thread " + to_text(running->index) + ")";
}

void machine::stuck() {
    for (const block& b : blocks_) {
        for (const warp& w : b.warps)
            for (const meeting& m : w.meetings)
                fault(m.at, "lanes wait for others that do not come");
        if (b.live != 0 && b.arrived != 0)
            fault(b.barrier_at, "threads wait at a barrier for others that do not come");
    }
    fault(launch_->at, "nothing can run");
}

void machine::meet(std::uint32_t mask, void* slot, resolver resolve, place at, bool orders_memory) {
    thread& t = *running;
    warp& w = *t.of;
    const std::uint32_t bit = 1U << t.lane;
    if ((mask & bit) == 0) fault(at, "a lane names a mask without itself");
    if ((mask & ~w.all) != 0) fault(at, "a mask names lanes that the block has not");
    if ((mask & ~w.live) != 0) fault(at, "a mask names lanes that have ended");
    auto m = std::find_if(w.meetings.begin(), w.meetings.end(),
                          [&](const meeting& other) { return (other.mask & mask) != 0; });
    if (m == w.meetings.end()) {
        w.meetings.push_back({mask, 0, resolve, at, {}});
        m = w.meetings.end() - 1;
    } else if (m->mask != mask || m->resolve != resolve || !same(m->at, at)) {
        fault(at, "lanes of one warp are here and at ", m->at);
    }
    m->slots[t.lane] = slot;
    m->arrived |= bit;
    if (m->arrived == mask) {
        idle_yields_ = 0;
        resolve(m->slots, mask);
        if (watching != nullptr) watching->meet(mask, orders_memory);
        w.meetings.erase(m);
        make_ready(w, mask & ~bit);
    } else {
        go_on_elsewhere();
    }
}

unsigned machine::barrier(bool vote, place at) {
    block& b = *running->in;
    if (b.live != b.threads.size()) fault(at, "a barrier after a thread of the block has ended");
    if (b.arrived != 0 && !same(at, b.barrier_at))
        fault(at, "threads of one block are at this barrier and at that of ", b.barrier_at);
    b.barrier_at = at;
    b.votes += vote ? 1 : 0;
    if (++b.arrived == b.threads.size()) {
        idle_yields_ = 0;
        if (watching != nullptr) watching->barrier();
        b.last_votes = b.votes;
        b.arrived = b.votes = 0;
        for (warp& w : b.warps)
            make_ready(w, &w == running->of ? w.all & ~(1U << running->lane) : w.all);
        if (random_() % 2 == 0) yield(at);
    } else {
        go_on_elsewhere();
    }
    return b.last_votes;
}

void machine::yield(place at) {
    if (++idle_yields_ > most_idle_yields) fault(at, "threads spin, and none goes on");
    warp& w = *running->of;
    make_ready(w, 1U << running->lane);
    swap_ranks(w.rank, random_() % by_rank_.size());
    go_on_elsewhere();
}

std::byte* machine::shared_memory(const void* key, std::size_t bytes) {
    std::vector<shared_variable>& shared = running->in->shared;
    for (const shared_variable& variable : shared)
        if (variable.key == key) return variable.memory.data();
    shared.push_back({key, guarded_memory(bytes)});
    if (watching != nullptr) watching->shared_memory_begins(shared.back().memory.data(), bytes);
    return shared.back().memory.data();
}

}  // namespace

std::string run(const launch& l, const order& o) { return the_machine.run(l, o); }

bool is_running() { return the_machine.running != nullptr; }
whereabouts here() { return the_machine.here(); }

void fault(const char* what, place at) { the_machine.fault(at, what); }
void fault(const std::string& what) { the_machine.fault(the_machine.launched_at(), what); }
unsigned lane() { return the_machine.running->lane; }
void meet(std::uint32_t mask, void* slot, resolver resolve, place at, bool orders_memory) {
    the_machine.meet(mask, slot, resolve, at, orders_memory);
}
unsigned barrier(bool vote, place at) { return the_machine.barrier(vote, at); }
void yield(place at) { the_machine.yield(at); }
std::byte* shared_memory(const void* key, std::size_t bytes) {
    return the_machine.shared_memory(key, bytes);
}
std::byte* dynamic_shared_memory() { return the_machine.dynamic_shared_memory(); }
void yield_at_times(place at) { the_machine.yield_at_times(at); }
void wait_for_previous() { the_machine.running->waited_for_previous = true; }

void copy_later(void* to, const void* from, std::size_t bytes, std::size_t zeros, place at) {
    if (reinterpret_cast<std::uintptr_t>(to) % (bytes + zeros) != 0 ||
        reinterpret_cast<std::uintptr_t>(from) % (bytes + zeros) != 0)
        fault("copy_async of addresses that are not aligned", at);
    if (bytes != 0) touch(from, bytes, false, at);
    touch(to, bytes + zeros, true, at);
    std::memset(to, 0xff, bytes + zeros);
    the_machine.running->copies.push_back(
        {static_cast<std::byte*>(to), static_cast<const std::byte*>(from), bytes, zeros});
}

void commit_copies() {
    thread& t = *the_machine.running;
    t.committed.insert(t.committed.end(), t.copies.begin(), t.copies.end());
    t.group_sizes.push_back(t.copies.size());
    t.copies.clear();
}

void wait_for_copies(std::size_t groups) {
    thread& t = *the_machine.running;
    std::size_t done = 0;
    while (t.group_sizes.size() > groups) {
        for (std::size_t end = done + t.group_sizes.front(); done != end; ++done) {
            const pending_copy& copy = t.committed[done];
            std::memcpy(copy.to, copy.from, copy.bytes);
            std::memset(copy.to + copy.bytes, 0, copy.zeros);
        }
        t.group_sizes.erase(t.group_sizes.begin());
    }
    t.committed.erase(t.committed.begin(), t.committed.begin() + static_cast<std::ptrdiff_t>(done));
}

}  // namespace tessera::cuda_on_cpu
