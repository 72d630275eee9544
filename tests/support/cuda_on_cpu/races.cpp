#include "cuda_on_cpu/races.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cuda_on_cpu/machine.hpp"
#include "cuda_on_cpu/memory.hpp"

// Defines what clang calls for every access of code that is compiled with -fsanitize=thread. Two
// accesses to the same bytes, one of them a write, are a race unless one happens before the other:
// in one thread; with a barrier of the block, or a __syncwarp() of both lanes, between them; by an
// atomic behind a fence; in different kernels, after wait_for_previous().

namespace tessera::cuda_on_cpu {

namespace {

/// Where an access stands: an address of the program, or a place.
using spot = std::uintptr_t;
constexpr spot is_place = spot{1} << 63;

struct clock_of {
    std::uint64_t grid = 0;  // 0: never
    std::uint64_t block = 0;
    std::uint32_t thread = 0;
    std::uint32_t block_epoch = 0;
    std::uint32_t warp_epoch = 0;
    std::uint32_t lane_clock = 0;
    std::uint32_t fences = 0;
};

struct record {
    clock_of when;
    spot at = 0;
    std::uint8_t bytes = 0;  // of the word, as bits
    bool atomic = false;
};

struct cell {
    record write;
    std::array<record, 3> reads;
    unsigned next_read = 0;
};
using page = std::array<cell, 1024>;

/// What was before a fence of a thread.
struct published {
    std::uint64_t block;
    std::uint32_t thread;
    std::uint32_t block_epoch;
    std::uint32_t fences;
};
using published_list = std::vector<published>;

struct request {
    std::uint32_t lanes = 0;
    std::size_t bytes = 0;
    std::array<std::uintptr_t, 32> addresses{};
};
struct requests_of_spot {
    std::vector<request> requests;
    std::array<std::uint32_t, 32> made{};  // by lane
};

struct lane_state {
    std::uint32_t clock = 0;
    std::array<std::uint32_t, 32> seen{};  // clocks of the warp's lanes
    std::uint32_t fences = 0;
    std::uint32_t fenced_epoch = 0;  // of the block at the last fence
    published_list known;
};
struct warp_state {
    std::uint32_t epoch = 1;
    std::unordered_map<spot, requests_of_spot> global, shared;
};
struct block_state {
    std::uint32_t epoch = 1;
    std::vector<lane_state> threads;
    std::vector<warp_state> warps;
    published_list known;
    std::uint32_t fenced_until = 0;  // what is before this epoch, by all of its threads
};

class race_checker final : public observer {
  public:
    void grid_begins(const launch& l) override {
        const spot entry = reinterpret_cast<spot>(l.entry);
        std::size_t& shared = launches_[{entry, l.block.x * l.block.y * l.block.z}];
        shared = std::max(shared, l.shared);
        ++grid_;
        blocks_.clear();
        synchronised_.clear();
        shared_.clear();
        ranges_ = {};
        block_ = nullptr;
    }
    void block_ends() override {
        const whereabouts w = here();
        for (warp_state& warp : state(w).warps) count(warp);
        blocks_.erase(w.block);
        block_ = nullptr;
    }
    void forget() override {
        pages_.clear();
        recent_pages_ = {};
        ranges_ = {};
        first_grid_ = grid_ + 1;
    }
    void shared_memory_begins(const std::byte* first, std::size_t size) override {
        shared_.insert(reinterpret_cast<std::uintptr_t>(first));
        ranges_ = {};
        for (std::size_t i = 0; i < size; i += 4)
            if (cell* c = find(reinterpret_cast<std::uintptr_t>(first) + i)) *c = {};
    }

    void access(const void* p, std::size_t size, bool writes, place at) override {
        note(p, size, writes, false, spot_of(at));
    }
    void atomic(const void* p, std::size_t size, place at) override {
        // Acquires what others have released here, and releases what stands before the last fence.
        const whereabouts w = here();
        lane_state& lane = state(w).threads[w.thread];
        published_list& list = synchronised_[reinterpret_cast<std::uintptr_t>(p)];
        add(lane.known, list);
        note(p, size, true, true, spot_of(at));
        const std::uint32_t until = std::max(lane.fenced_epoch, state(w).fenced_until);
        if (until != 0) add(list, {{w.block, w.thread, until, lane.fences}});
        add(list, lane.known);
    }
    void fence() override {
        const whereabouts w = here();
        block_state& b = state(w);
        b.threads[w.thread].fences++;
        b.threads[w.thread].fenced_epoch = b.epoch;
    }
    void barrier() override {
        block_state& b = state(here());
        const auto has_fenced = [&](const lane_state& lane) {
            return lane.fenced_epoch == b.epoch;
        };
        if (std::all_of(b.threads.begin(), b.threads.begin() + here().threads, has_fenced))
            b.fenced_until = b.epoch + 1;
        ++b.epoch;
        for (lane_state& lane : b.threads) {
            add(b.known, lane.known);
            lane.known.clear();
        }
        for (warp_state& w : b.warps) count(w);
    }
    void meet(std::uint32_t mask, bool orders_memory) override {
        const whereabouts w = here();
        block_state& b = state(w);
        warp_state& warp = b.warps[w.thread / 32];
        if (mask == w.live) count(warp);
        if (!orders_memory) return;
        lane_state* lanes = &b.threads[w.thread / 32 * 32];
        published_list known;
        std::array<std::uint32_t, 32> seen{};
        for (unsigned i = 0; i != 32; ++i) {
            if ((mask >> i & 1U) == 0) continue;
            add(known, lanes[i].known);
            if (lanes[i].fences != 0)
                add(known,
                    {{w.block, w.thread / 32 * 32 + i, lanes[i].fenced_epoch, lanes[i].fences}});
            seen[i] = ++lanes[i].clock;
            for (unsigned k = 0; k != 32; ++k) seen[k] = std::max(seen[k], lanes[i].seen[k]);
        }
        for (unsigned i = 0; i != 32; ++i) {
            if ((mask >> i & 1U) == 0) continue;
            lanes[i].known = known;
            lanes[i].seen = seen;
        }
        if (mask == w.live) ++warp.epoch;
    }

    void note(const void* p, std::size_t size, bool writes, bool atomic, spot at) {
        const auto first = reinterpret_cast<std::uintptr_t>(p);
        // Most accesses are to the thread's own stack.
        const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
        if (first - frame < 64 * 1024 || !is_running()) return;
        const memory_range& range = range_around(p);
        if (range.size == 0) return;
        const bool is_shared = range.is_shared;
        const whereabouts w = here();
        block_state& b = state(w);
        const unsigned lane = w.thread % 32;
        if (!w.waited && !is_shared && writes)
            fault("writes at " + text_of(at) + " before wait_for_previous()");
        if (!atomic) {
            warp_state& warp = b.warps[w.thread / 32];
            requests_of_spot& of = (is_shared ? warp.shared : warp.global)[at];
            const std::uint32_t turn = of.made[lane]++;
            if (turn == of.requests.size()) of.requests.emplace_back();
            request& r = of.requests[turn];
            r.lanes |= 1U << lane;
            r.bytes = size;
            r.addresses[lane] = first;
        }
        record now{{grid_, w.block, w.thread, b.epoch, b.warps[w.thread / 32].epoch,
                    b.threads[w.thread].clock, b.threads[w.thread].fences},
                   at,
                   0,
                   atomic};
        for (std::uintptr_t word = first & ~std::uintptr_t{3}; word < first + size; word += 4) {
            const std::uintptr_t from = std::max(first, word) - word;
            const std::uintptr_t to = std::min(first + size, word + 4) - word;
            now.bytes = static_cast<std::uint8_t>((1U << to) - (1U << from));
            cell& c = *find(word, true);
            check(c.write, now, w, b, writes);
            if (writes) {
                for (const record& read : c.reads) check(read, now, w, b, writes);
                c.write = now;
                c.reads = {};
            } else {
                // Of this thread, if there is one, so that those of others stay.
                for (record& read : c.reads)
                    if (read.when.grid == grid_ && read.when.block == w.block &&
                        read.when.thread == w.thread)
                        std::swap(read, c.reads[c.next_read]);
                c.reads[c.next_read] = now;
                c.next_read = (c.next_read + 1) % c.reads.size();
            }
        }
    }

    std::map<std::string, line_counts> lines();
    std::vector<kernel_launch> launches() const;

  private:
    block_state& state(const whereabouts& w) {
        if (block_ != nullptr && block_serial_ == w.block) return *block_;
        block_state& b = blocks_[w.block];
        block_ = &b;
        block_serial_ = w.block;
        if (b.threads.empty()) {
            b.threads.resize((w.threads + 31) / 32 * 32);
            b.warps.resize((w.threads + 31) / 32);
        }
        return b;
    }

    cell* find(std::uintptr_t address, bool make = false) {
        const std::uintptr_t number = address / 4096;
        page*& recent = recent_pages_[number % 64];
        if (recent != nullptr && recent_numbers_[number % 64] == number)
            return &(*recent)[address % 4096 / 4];
        std::unique_ptr<page>* of = nullptr;
        if (make) {
            of = &pages_[address / 4096];
            if (!*of) *of = std::make_unique<page>();
        } else if (const auto found = pages_.find(address / 4096); found != pages_.end()) {
            of = &found->second;
        }
        if (of == nullptr) return nullptr;
        recent = of->get();
        recent_numbers_[number % 64] = number;
        return &(**of)[address % 4096 / 4];
    }

    struct memory_range {
        std::uintptr_t first = 0;
        std::size_t size = 0;
        bool is_shared = false;
    };
    /// Those last used are at hand.
    const memory_range& range_around(const void* p) {
        const auto address = reinterpret_cast<std::uintptr_t>(p);
        for (const memory_range& one : ranges_)
            if (address - one.first < one.size) return one;
        memory_range& found = ranges_[next_range_];
        const std::span<const std::byte> around = guarded_memory::around(p);
        if (around.empty()) return nowhere_;
        next_range_ = (next_range_ + 1) % ranges_.size();
        found.first = reinterpret_cast<std::uintptr_t>(around.data());
        found.size = around.size();
        found.is_shared = shared_.contains(found.first);
        return found;
    }

    static void add(published_list& to, const published_list& those) {
        for (const published& one : those)
            if (std::none_of(to.begin(), to.end(), [&](const published& p) {
                    return p.block == one.block && p.thread == one.thread &&
                           p.block_epoch >= one.block_epoch && p.fences >= one.fences;
                }))
                to.push_back(one);
    }

    bool happened_before(const clock_of& then, bool then_atomic, const whereabouts& w,
                         const block_state& b) const {
        if (then.grid != grid_) return w.waited || then.grid < first_grid_;
        const lane_state& lane = b.threads[w.thread];
        if (then.block == w.block) {
            if (then.thread == w.thread || then.block_epoch < b.epoch) return true;
            if (then.thread / 32 == w.thread / 32 &&
                (then.warp_epoch < b.warps[w.thread / 32].epoch ||
                 lane.seen[then.thread % 32] > then.lane_clock))
                return true;
        }
        for (const published_list* known : {&lane.known, &b.known})
            for (const published& p : *known)
                if (p.block == then.block &&
                    (p.block_epoch > then.block_epoch ||
                     (p.thread == then.thread && p.fences + (then_atomic ? 1 : 0) > then.fences)))
                    return true;
        return false;
    }

    void check(const record& then, const record& now, const whereabouts& w, const block_state& b,
               bool writes) {
        if (then.when.grid == 0 || (then.bytes & now.bytes) == 0 || (then.atomic && now.atomic) ||
            happened_before(then.when, then.atomic, w, b))
            return;
        if (then.when.grid != grid_)
            fault("reads at " + text_of(now.at) + " before wait_for_previous() what " +
                  text_of(then.at) + " has written");
        fault("a race: thread " + std::to_string(then.when.thread) + " of block " +
              std::to_string(then.when.block) + " at " + text_of(then.at) + ", thread " +
              std::to_string(w.thread) + " of block " + std::to_string(w.block) +
              (writes ? " writes" : " reads") + " at " + text_of(now.at));
    }

    void count(warp_state&);

    spot spot_of(place at) {
        for (std::size_t i = 0; i != places_.size(); ++i)
            if (places_[i].line() == at.line() && places_[i].column() == at.column() &&
                places_[i].file_name() == at.file_name())
                return is_place | i;
        places_.push_back(at);
        return is_place | (places_.size() - 1);
    }
    std::string text_of(spot);
    void find_lines(const std::vector<spot>&);

    std::uint64_t grid_ = 0;
    std::uint64_t first_grid_ = 1;  // that nobody has waited for
    std::unordered_map<std::uintptr_t, std::unique_ptr<page>> pages_;
    std::unordered_map<std::uint64_t, block_state> blocks_;
    std::unordered_map<std::uintptr_t, published_list> synchronised_;
    std::unordered_set<std::uintptr_t> shared_;
    std::array<memory_range, 8> ranges_;
    std::size_t next_range_ = 0;
    const memory_range nowhere_;
    block_state* block_ = nullptr;  // of block_serial_
    std::uint64_t block_serial_ = 0;
    std::array<page*, 64> recent_pages_{};
    std::array<std::uintptr_t, 64> recent_numbers_{};
    std::vector<place> places_;
    std::unordered_map<spot, std::string> lines_;
    std::unordered_map<spot, line_counts> counts_;
    std::map<std::pair<spot, unsigned>, std::size_t> launches_;  // by threads of a block
};

/// Sectors of global memory, cycles of the banks of shared memory: a request of 8 bytes a lane is
/// served by half warps, one of 16 by quarters.
void race_checker::count(warp_state& w) {
    std::vector<std::uintptr_t> units;
    const auto collect = [&](const request& r, unsigned first, unsigned last, std::size_t unit) {
        units.clear();
        for (unsigned lane = first; lane != last; ++lane)
            if ((r.lanes >> lane & 1U) != 0)
                for (std::uintptr_t u = r.addresses[lane] / unit;
                     u <= (r.addresses[lane] + r.bytes - 1) / unit; ++u)
                    units.push_back(u);
        std::sort(units.begin(), units.end());
        units.erase(std::unique(units.begin(), units.end()), units.end());
    };
    for (const auto& [at, of] : w.global) {
        line_counts& line = counts_[at];
        for (const request& r : of.requests) {
            collect(r, 0, 32, 32);
            line.sectors += units.size();
            collect(r, 0, 32, 1);
            line.least_sectors += (units.size() + 31) / 32;
        }
    }
    for (const auto& [at, of] : w.shared) {
        line_counts& line = counts_[at];
        for (const request& r : of.requests) {
            const unsigned together = r.bytes >= 16 ? 8 : r.bytes >= 8 ? 16 : 32;
            for (unsigned first = 0; first != 32; first += together) {
                if ((r.lanes >> first & ((std::uint64_t{1} << together) - 1)) == 0) continue;
                collect(r, first, first + together, 4);
                std::array<unsigned, 32> of_bank{};
                for (const std::uintptr_t word : units) ++of_bank[word % 32];
                line.cycles += *std::max_element(of_bank.begin(), of_bank.end());
                ++line.least_cycles;
            }
        }
    }
    w.global.clear();
    w.shared.clear();
}

std::string race_checker::text_of(spot at) {
    find_lines({at});
    return lines_[at];
}

/// Where the program was loaded to.
spot program_begin() {
    static const spot begin = [] {
        spot first = 0;
        if (std::FILE* maps = std::fopen("/proc/self/maps", "r")) {
            if (std::fscanf(maps, "%lx", &first) != 1) first = 0;
            std::fclose(maps);
        }
        return first;
    }();
    return begin;
}

/// The lines that addr2line says of addresses in this program.
template <class Use>
void for_lines_of(const char* addr2line, const std::vector<spot>& addresses, Use use) {
    for (std::size_t first = 0; first < addresses.size(); first += 1000) {
        std::string command = addr2line;
        command += " /proc/" + std::to_string(getpid()) + "/exe";
        for (std::size_t i = first; i != std::min(first + 1000, addresses.size()); ++i) {
            char address[32];
            std::snprintf(address, sizeof address, " %lx", addresses[i]);
            command += address;
        }
        std::FILE* answer = popen(command.c_str(), "r");
        if (answer == nullptr) return;
        char text[4096];
        while (std::fgets(text, sizeof text, answer) != nullptr)
            use(std::string(text, std::strcspn(text, "\n")));
        pclose(answer);
    }
}

/// "file:line" of each, in the innermost function that is a kernel's and not the shim's.
void race_checker::find_lines(const std::vector<spot>& spots) {
    std::vector<spot> asked, addresses;
    for (const spot at : spots) {
        std::string& line = lines_[at];
        if (!line.empty()) continue;
        line = "?";
        if ((at & is_place) != 0) {
            const place& p = places_[at & ~is_place];
            const std::string file = p.file_name();
            line = file.substr(file.rfind('/') + 1) + ":" + std::to_string(p.line());
        } else {
            asked.push_back(at);
            addresses.push_back(at - 1 - program_begin());
        }
    }
    auto next = asked.begin();
    spot current = 0;
    for_lines_of("addr2line -a -i -e", addresses, [&](std::string line) {
        line = line.substr(0, line.find(' '));
        if (line.starts_with("0x"))
            current = *next++;
        else if (lines_[current] == "?" && line.find("/cuda_on_cpu/") == line.npos)
            lines_[current] = line.substr(line.rfind('/') + 1);
    });
}

std::map<std::string, line_counts> race_checker::lines() {
    std::vector<spot> spots;
    for (const auto& [at, c] : counts_) spots.push_back(at);
    find_lines(spots);
    std::map<std::string, line_counts> all;
    for (const auto& [at, c] : counts_) {
        line_counts& line = all[lines_[at]];
        line.sectors += c.sectors;
        line.least_sectors += c.least_sectors;
        line.cycles += c.cycles;
        line.least_cycles += c.least_cycles;
    }
    return all;
}

std::vector<kernel_launch> race_checker::launches() const {
    std::vector<kernel_launch> all;
    std::vector<spot> entries;
    for (const auto& [of, shared] : launches_) {
        all.push_back({"", of.second, shared});
        entries.push_back(of.first - program_begin());
    }
    std::size_t i = 0;
    for_lines_of("addr2line -C -f -e", entries, [&](const std::string& line) {
        if (i % 2 == 0 && i / 2 < all.size()) all[i / 2].kernel = line;
        ++i;
    });
    return all;
}

race_checker& the_checker() {
    static race_checker one;
    return one;
}

[[maybe_unused]] const bool begun = [] {
    watching = &the_checker();
    return true;
}();

}  // namespace

std::map<std::string, line_counts> counted_lines() { return the_checker().lines(); }
std::vector<kernel_launch> kernel_launches() { return the_checker().launches(); }

}  // namespace tessera::cuda_on_cpu

// The names that clang calls.
#define TESSERA_ACCESS(name, size, writes)                                  \
    extern "C" void __tsan_##name(void* p) {                                \
        tessera::cuda_on_cpu::the_checker().note(                           \
            p, size, writes, false,                                         \
            reinterpret_cast<std::uintptr_t>(__builtin_return_address(0))); \
    }
#define TESSERA_ACCESSES(size)                        \
    TESSERA_ACCESS(read##size, size, false)           \
    TESSERA_ACCESS(write##size, size, true)           \
    TESSERA_ACCESS(unaligned_read##size, size, false) \
    TESSERA_ACCESS(unaligned_write##size, size, true)
TESSERA_ACCESSES(1)
TESSERA_ACCESSES(2)
TESSERA_ACCESSES(4)
TESSERA_ACCESSES(8)
TESSERA_ACCESSES(16)

extern "C" {
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_read(void**) {}
void __tsan_vptr_update(void**, void*) {}
void* __tsan_memcpy(void* to, const void* from, std::size_t size) {
    const auto at = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
    tessera::cuda_on_cpu::the_checker().note(from, size, false, false, at);
    tessera::cuda_on_cpu::the_checker().note(to, size, true, false, at);
    return std::memcpy(to, from, size);
}
void* __tsan_memmove(void* to, const void* from, std::size_t size) {
    const auto at = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
    tessera::cuda_on_cpu::the_checker().note(from, size, false, false, at);
    tessera::cuda_on_cpu::the_checker().note(to, size, true, false, at);
    return std::memmove(to, from, size);
}
void* __tsan_memset(void* to, int value, std::size_t size) {
    tessera::cuda_on_cpu::the_checker().note(
        to, size, true, false, reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)));
    return std::memset(to, value, size);
}
}
