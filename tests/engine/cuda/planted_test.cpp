#include "engine/cuda/planted.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/bf16.hpp"
#include "cuda_on_cpu/library.hpp"

namespace tessera::engine::cuda {
namespace {

#if defined(TESSERA_SANITIZED_ADDRESSES)
constexpr bool with_asan = true;
#else
constexpr bool with_asan = false;
#endif

const library& table() { return cuda_on_cpu::library(); }

/// Memory of the device for the duration of a test.
template <class T>
class on_device {
  public:
    on_device(const std::vector<T>& values, stream s) : on_device(values.size()) {
        table().to_device(data_, values.data(), values.size() * sizeof(T), s);
        table().finish(s);
    }
    explicit on_device(std::size_t size) : size_(size) {
        void* memory = nullptr;
        EXPECT_EQ(table().allocate(size * sizeof(T), &memory), 0);
        data_ = static_cast<T*>(memory);
    }
    ~on_device() { table().free(data_); }
    on_device(const on_device&) = delete;
    on_device& operator=(const on_device&) = delete;

    T* data() const { return data_; }
    std::vector<T> read(stream s) const {
        std::vector<T> values(size_);
        table().to_host(values.data(), data_, size_ * sizeof(T), s);
        table().finish(s);
        return values;
    }

  private:
    std::size_t size_;
    T* data_ = nullptr;
};

std::vector<float> counted(std::size_t size) {
    std::vector<float> x(size);
    for (std::size_t i = 0; i != size; ++i) x[i] = static_cast<float>(i * 7 % 61);
    return x;
}

float sum_of(const std::vector<float>& x, std::size_t first, std::size_t size) {
    float sum = 0;
    for (std::size_t i = first; i != first + size; ++i) sum += x[i];
    return sum;
}

/// Each of these says whether the kernel gave what it should.

bool turns_rows(planted p, stream s) {
    bool right = true;
    for (const std::size_t size : {64U, 128U}) {
        constexpr std::size_t rows = 7;
        const std::vector<float> x = counted(rows * size);
        std::vector<float> turned(x.size());
        for (std::size_t i = 0; i != x.size(); ++i)
            turned[i] = x[i / size * size + size - 1 - i % size];
        const on_device<float> from(x, s), to(x.size());
        turned_rows(from.data(), to.data(), rows, static_cast<int>(size), p, s);
        right = to.read(s) == turned && right;
    }
    return right;
}

/// The second kernel reads what the first has written.
bool turns_rows_back(planted p, stream s) {
    constexpr int rows = 4, size = 64;
    const std::vector<float> x = counted(rows * size);
    const on_device<float> from(x, s), between(x.size()), to(x.size());
    turned_rows(from.data(), between.data(), rows, size, planted::nothing, s);
    turned_rows(between.data(), to.data(), rows, size, p, s);
    return to.read(s) == x;
}

bool sums_warps(planted p, stream s) {
    constexpr std::size_t warps = 8;
    const std::vector<float> x = counted(warps * 32);
    std::vector<float> sums(warps);
    for (std::size_t i = 0; i != warps; ++i) sums[i] = sum_of(x, i * 32, 32);
    const on_device<float> from(x, s), to(warps);
    warp_sums(from.data(), to.data(), warps, p, s);
    return to.read(s) == sums;
}

bool sums_copied(planted p, stream s) {
    constexpr std::size_t rows = 3, size = 256 * 3 + 100;
    const std::vector<float> x = counted(rows * size);
    std::vector<float> sums(rows);
    for (std::size_t i = 0; i != rows; ++i) sums[i] = sum_of(x, i * size, size);
    const on_device<float> from(x, s), to(rows);
    copied_sums(from.data(), to.data(), rows, size, p, s);
    return to.read(s) == sums;
}

bool multiplies_tile(planted p, stream s) {
    std::vector<std::uint16_t> a(256), b(128);
    std::vector<float> c(128);
    for (std::size_t i = 0; i != a.size(); ++i) a[i] = to_bf16(static_cast<float>(i * 5 % 23)).bits;
    for (std::size_t i = 0; i != b.size(); ++i) b[i] = to_bf16(static_cast<float>(i * 3 % 17)).bits;
    for (std::size_t i = 0; i != c.size(); ++i)
        for (std::size_t k = 0; k != 16; ++k)
            c[i] += to_float(bf16{a[i / 8 * 16 + k]}) * to_float(bf16{b[k * 8 + i % 8]});
    const on_device<std::uint16_t> left(a, s), right(b, s);
    const on_device<float> to(c.size());
    tile_products(left.data(), right.data(), to.data(), p, s);
    return to.read(s) == c;
}

bool sums_by_tickets(planted p, stream s) {
    constexpr std::size_t blocks = 9;
    const std::vector<float> x = counted(blocks * 32);
    const on_device<float> from(x, s), partial(blocks), to(1);
    const on_device<unsigned> tickets(std::vector<unsigned>{0, 0}, s);
    ticket_sums(from.data(), to.data(), partial.data(), tickets.data(), blocks, p, s);
    return to.read(s) == std::vector<float>{sum_of(x, 0, x.size())} &&
           tickets.read(s) == std::vector<unsigned>{0, 0};
}

struct trial {
    bool (*works)(planted, stream);
    planted what;
    std::string says;     // part of the fault; empty: the result is wrong
    bool beside = false;  // an access that AddressSanitizer ends the program for
};

std::vector<cuda_on_cpu::order> orders() {
    return {{1, false, 1}, {1, true, 3}, {2, false, 3}, {3, true, 2}, {4, false, 4}, {5, true, 3}};
}

class Planted : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_EQ(table().make_stream(&s), 0); }
    void TearDown() override {
        table().reset();
        table().end_stream(s);
        cuda_on_cpu::use_order({});
    }
    stream s{};
};

TEST_F(Planted, NothingIsFoundWhereNothingIs) {
    for (const cuda_on_cpu::order& o : orders())
        for (const auto works :
             {turns_rows, sums_warps, sums_copied, multiplies_tile, sums_by_tickets}) {
            cuda_on_cpu::use_order(o);
            EXPECT_TRUE(works(planted::nothing, s));
            EXPECT_EQ(cuda_on_cpu::first_fault(), "");
        }
}

TEST_F(Planted, EveryFaultIsCaught) {
    const std::vector<trial> trials = {
        {turns_rows, planted::no_barrier_before_reading, ""},
        {turns_rows, planted::no_barrier_after_reading, ""},
        {turns_rows, planted::barrier_in_a_branch, "planted.cu:"},
        {turns_rows, planted::barrier_of_another_place, "are at this barrier and at that of"},
        {turns_rows, planted::barrier_after_an_exit, "end"},
        {turns_rows, planted::shared_index_too_far, "", true},
        {turns_rows, planted::shared_write_too_far, "written beside shared memory", true},
        {turns_rows, planted::dynamic_memory_too_small, "written beside shared memory", true},
        {turns_rows, planted::global_read_too_far, "", true},
        {turns_rows, planted::global_write_too_far, "written beside memory", true},
        {turns_rows, planted::global_write_before_the_first, "written beside memory", true},
        {turns_rows, planted::element_never_written, ""},
        {turns_rows, planted::row_left_out, ""},
        {turns_rows, planted::no_wait_for_previous, "wait_for_previous()"},
        {turns_rows, planted::exit_before_waiting, "wait_for_previous()"},
        {sums_warps, planted::mask_without_itself, "without itself"},
        {sums_warps, planted::mask_with_ended_lanes, "end"},
        {sums_warps, planted::mask_beyond_the_block, "that the block has not"},
        {sums_warps, planted::masks_that_differ, "lanes of one warp are here and at"},
        {sums_warps, planted::exchange_in_a_branch, "lanes of one warp are here and at"},
        {sums_warps, planted::lanes_that_never_come, "that do not come"},
        {sums_warps, planted::step_of_sum_left_out, ""},
        {sums_warps, planted::no_syncwarp, ""},
        {sums_copied, planted::no_wait_for_copies, ""},
        {sums_copied, planted::waits_for_too_few, ""},
        {sums_copied, planted::no_barrier_after_copies, ""},
        {sums_copied, planted::no_barrier_before_copies, ""},
        {sums_copied, planted::copies_never_committed, "before its copies"},
        {sums_copied, planted::misaligned_copy, "not aligned"},
        {sums_copied, planted::zeros_left_out, ""},
        {multiplies_tile, planted::fragments_swapped, ""},
        {multiplies_tile, planted::fragment_not_transposed, ""},
        {multiplies_tile, planted::row_of_fragment_wrong, ""},
        {multiplies_tile, planted::result_in_wrong_rows, ""},
        {multiplies_tile, planted::accumulator_not_cleared, ""},
        {multiplies_tile, planted::misaligned_rows, "not aligned"},
        {sums_by_tickets, planted::last_block_too_early, ""},
        {sums_by_tickets, planted::spins_for_ever, "spin"},
        {turns_rows, planted::block_too_large, "1056 threads"},
        {turns_rows, planted::grid_of_nothing, "0 blocks"},
        {turns_rows, planted::too_much_shared_memory, "bytes of shared memory"},
    };
    for (const trial& t : trials) {
        SCOPED_TRACE("planted " + std::to_string(static_cast<int>(t.what)));
        if (t.beside && with_asan) {
            EXPECT_DEATH(t.works(t.what, s), "AddressSanitizer");
            continue;
        }
        bool caught = false;
        for (const cuda_on_cpu::order& o : orders()) {
            cuda_on_cpu::use_order(o);
            const bool works = t.works(t.what, s);
            const std::string fault = cuda_on_cpu::first_fault();
            EXPECT_NE(fault.find(t.says), fault.npos) << fault;
            table().reset();
            caught = caught || !works || !fault.empty();
        }
        EXPECT_TRUE(caught);
    }
}

TEST_F(Planted, EveryRaceIsNamed) {
    if (cuda_on_cpu::watching == nullptr) GTEST_SKIP() << "nobody looks for races here";
    const std::vector<trial> trials = {
        {turns_rows, planted::no_barrier_before_reading, "a race: "},
        {turns_rows, planted::no_barrier_after_reading, "a race: "},
        {turns_rows, planted::writes_before_waiting, "before wait_for_previous()"},
        {turns_rows_back, planted::reads_before_waiting, "before wait_for_previous() what"},
        {sums_warps, planted::no_syncwarp, "a race: "},
        {sums_warps, planted::warps_share_a_word, "a race: "},
        {sums_copied, planted::no_barrier_after_copies, "a race: "},
        {sums_copied, planted::no_barrier_before_copies, "a race: "},
        {sums_by_tickets, planted::no_fence, "a race: "},
        {sums_by_tickets, planted::counts_without_atomics, "a race: "},
        {sums_by_tickets, planted::lanes_share_a_word, "a race: "},
    };
    for (const trial& t : trials)
        for (const cuda_on_cpu::order& o : orders()) {
            cuda_on_cpu::use_order(o);
            t.works(t.what, s);
            const std::string fault = cuda_on_cpu::first_fault();
            EXPECT_NE(fault.find(t.says), fault.npos)
                << "planted " << static_cast<int>(t.what) << ": " << fault;
            EXPECT_NE(fault.find("planted.cu:"), fault.npos) << fault;
            table().reset();
        }
}

}  // namespace
}  // namespace tessera::engine::cuda
