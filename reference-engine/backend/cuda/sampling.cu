#include "backend/cuda/sampling.hpp"

#include "backend/cuda/launchers.hpp"

namespace tessera::engine::cuda {
namespace sampling {
namespace {

// A block a draw, by the rules of the CPU. Shares of probability are integers, whose sums have no
// order: the likeliest token's is 2^44, so those below 2^-44 of it count as none.
//
// Bytes: the logits once for the likeliest token, twice to draw by temperature alone, three times
// with top_k or top_p, once more for log probabilities, all but the first from the cache; a mask or
// shifts write and read them once more. One multiprocessor reads about 64 bytes a clock.

constexpr float coldest = 1e-5F;  // below, the likeliest token takes all but a vanishing share

// The rules' values of logits: shifted, and never drawn where the mask says so.
struct adjuster {
    const draw& d;
    const draw_rule& rule;
    const float* logits;
    float* to;

    __device__ bool is_allowed(int token) const {
        if (token < 0 || token >= d.vocabulary) return false;
        if (rule.mask < 0) return true;
        const std::uint64_t* mask = d.masks + std::ptrdiff_t{rule.mask} * d.mask_words;
        return (mask[token / 64] >> token % 64 & 1) != 0;
    }
    // From a token's first shift on.
    __device__ float shifted(float x, int token, int shift) const {
        for (; shift < rule.shifts && d.shifts[rule.first_shift + shift].token == token; ++shift)
            x += d.shifts[rule.first_shift + shift].by;
        return x;
    }
    __device__ float shifted(int token) const {
        int first = 0;
        for (int last = rule.shifts; first < last;) {
            const int middle = (first + last) / 2;
            if (d.shifts[rule.first_shift + middle].token < token) {
                first = middle + 1;
            } else {
                last = middle;
            }
        }
        return shifted(logits[token], token, first);
    }

    __device__ void run() const {
        for (int i = thread(); i < d.vocabulary; i += threads)
            to[i] = is_allowed(i) ? logits[i] : -INFINITY;
        __syncthreads();
        for (int i = thread(); i < rule.shifts; i += threads) {
            const int token = d.shifts[rule.first_shift + i].token;
            if (i > 0 && d.shifts[rule.first_shift + i - 1].token == token) continue;
            if (is_allowed(token)) to[token] = shifted(logits[token], token, i);
        }
        __syncthreads();
        if (thread() == 0 && is_allowed(rule.instead)) {
            const float own = shifted(rule.instead) - logits[rule.instead];
            for (int i = 0; i < rule.ends; ++i) {
                const int end = d.ends[rule.first_end + i];
                if (end >= 0 && end < d.vocabulary)
                    to[rule.instead] = fmaxf(to[rule.instead], shifted(end) + own);
            }
        }
        __syncthreads();
    }
};

struct drawing {
    const float* values;
    int size;
    float largest;
    float sharpness;  // 1 / temperature
    int* list;        // of candidates
    block_memory& m;

    __device__ float weight(int token) const {
        return exponential(__fmul_rn(values[token] - largest, sharpness));
    }

    // In the order of tokens: each of 32 warps sums a stretch, and the search goes on in the one
    // that the wanted share falls into.
    __device__ int draw_any(double uniform) const {
        int begin = 0;
        int end = size;
        wide goal = 0;
        for (;;) {
            const int stretch = (end - begin + warps - 1) / warps;
            const int first = begin + warp() * stretch;
            wide mass = 0;
            for (int i = first + lane(); i < min(end, first + stretch); i += 32)
                mass += mass_of(weight(i));
            mass = sum_through(mass);
            __syncthreads();
            if (lane() == 31) m.parts[warp()] = mass;
            __syncthreads();
            const wide own = m.parts[lane()];
            const wide through = sum_through(own);
            const wide all = __shfl_sync(~0U, through, 31);
            if (end - begin == size) goal = share_of(uniform, all);
            const unsigned beyond = __ballot_sync(~0U, through > goal);
            const int nearest = __ffs(static_cast<int>(beyond)) - 1;
            goal -= __shfl_sync(~0U, through - own, nearest);
            begin += nearest * stretch;
            end = min(end, begin + stretch);
            if (stretch == 1) return begin;
        }
    }

    // What follows orders tokens by weight and then by number: keys of 30 and 20 bits, in five
    // digits of ten. All of one first digit have the same exponent.
    __device__ static wide key_of(float weight, int token) {
        return static_cast<wide>(__float_as_uint(weight)) << 20 |
               (0xfffffU - static_cast<unsigned>(token));
    }
    __device__ static int token_at(wide key) {
        return static_cast<int>(0xfffffU - static_cast<unsigned>(key & 0xfffffU));
    }
    // Zeros at the end of masses of that first digit.
    __device__ static int zeros_of(int digit) { return max(0, (digit >> 3) - 127 + 21); }

    __device__ void clear(histogram& h) const {
        h.counts[thread()] = h.low[thread()] = h.high[thread()] = 0;
        __syncthreads();
    }
    __device__ static void count(histogram& h, int bin, wide mass, int zeros) {
        const auto short_mass = static_cast<unsigned>(mass >> zeros);
        atomicAdd(&h.counts[bin], 1U);
        atomicAdd(&h.low[bin], short_mass & 0xfffU);
        atomicAdd(&h.high[bin], short_mass >> 12);
    }

    // From the largest bin downwards: the one with which counts, or masses, come to more than
    // `goal`. Left in m.
    __device__ void find_bin(const histogram& h, bool by_count, wide goal,
                             int zeros_if_fine) const {
        const int bin = bins - 1 - thread();
        const int zeros = zeros_if_fine >= 0 ? zeros_if_fine : zeros_of(bin);
        const unsigned own_count = h.counts[bin];
        const wide own = ((static_cast<wide>(h.high[bin]) << 12) + h.low[bin]) << zeros;
        wide through = sum_through(own);
        unsigned count_through = sum_through(own_count);
        __syncthreads();
        if (lane() == 31) {
            m.parts[warp()] = through;
            m.part_counts[warp()] = count_through;
        }
        __syncthreads();
        const wide all = sum_through(m.parts[lane()]);
        const unsigned all_counts = sum_through(m.part_counts[lane()]);
        const wide earlier = __shfl_sync(~0U, all, max(warp() - 1, 0));
        const unsigned earlier_counts = __shfl_sync(~0U, all_counts, max(warp() - 1, 0));
        if (warp() > 0) {
            through += earlier;
            count_through += earlier_counts;
        }
        const wide reached = by_count ? count_through : through;
        const wide before = by_count ? count_through - own_count : through - own;
        if (reached > goal && before <= goal) {
            m.bin = bin;
            m.before = through - own;
            m.own = own;
            m.before_count = count_through - own_count;
            m.own_count = own_count;
        }
        __syncthreads();
    }

    __device__ wide total() const {
        const int bin = thread();
        return sum_of(((static_cast<wide>(m.coarse.high[bin]) << 12) + m.coarse.low[bin])
                          << zeros_of(bin),
                      m);
    }

    __device__ void count_all() const {
        clear(m.coarse);
        for (int i = thread(); i < size; i += threads) {
            const float w = weight(i);
            const wide mass = mass_of(w);
            if (mass == 0) continue;
            const auto digit = static_cast<int>(key_of(w, i) >> 40);
            count(m.coarse, digit, mass, zeros_of(digit));
        }
        __syncthreads();
    }

    // Tokens from that first digit upwards; in any order.
    __device__ void list_from(int digit) const {
        if (thread() == 0) m.candidates = 0;
        __syncthreads();
        for (int first = 0; first < size; first += threads) {
            const int i = first + thread();
            bool takes = false;
            if (i < size) {
                const float w = weight(i);
                takes = mass_of(w) > 0 && static_cast<int>(key_of(w, i) >> 40) >= digit;
            }
            const unsigned takers = __ballot_sync(~0U, takes);
            unsigned place = 0;
            if (lane() == 0)
                place = atomicAdd(&m.candidates, static_cast<unsigned>(__popc(takers)));
            place = __shfl_sync(~0U, place, 0);
            const unsigned before = takers & ((1U << lane()) - 1);
            if (takes) list[place + static_cast<unsigned>(__popc(before))] = i;
        }
        __syncthreads();
    }

    struct found {
        int token;
        wide through;  // the mass of it and all before it
    };

    // The first token, from the heaviest downwards, with which counts, or masses, come to more than
    // `goal`.
    __device__ found find(bool by_count, wide goal, bool& listed) const {
        find_bin(m.coarse, by_count, goal, -1);
        wide prefix = static_cast<wide>(m.bin);
        const int zeros = zeros_of(m.bin);
        wide before = m.before;
        if (!listed) list_from(m.bin);
        listed = true;
        const auto candidates = static_cast<int>(m.candidates);
        int shift = 40;
        while (m.own_count > 1 && shift > 0) {
            goal -= by_count ? m.before_count : m.before;
            shift -= 10;
            clear(m.fine);
            for (int i = thread(); i < candidates; i += threads) {
                const float w = weight(list[i]);
                const wide key = key_of(w, list[i]);
                if (key >> (shift + 10) == prefix)
                    count(m.fine, static_cast<int>(key >> shift & 1023U), mass_of(w), zeros);
            }
            __syncthreads();
            find_bin(m.fine, by_count, goal, zeros);
            prefix = prefix << 10 | static_cast<wide>(m.bin);
            before += m.before;
        }
        for (int i = thread(); i < candidates; i += threads) {
            const wide key = key_of(weight(list[i]), list[i]);
            if (key >> shift == prefix) m.key = key;
        }
        const wide through = before + m.own;
        __syncthreads();
        const int token = token_at(m.key);
        __syncthreads();
        return {token, through};
    }

    __device__ int draw_from_nucleus(const draw_rule& rule) const {
        count_all();
        wide mass = total();
        bool listed = false;
        if (rule.top_k > 0) {
            const wide all = sum_of(m.coarse.counts[thread()], m);
            const wide most = static_cast<wide>(rule.top_k);
            if (most < all) mass = find(true, most - 1, listed).through;
        }
        if (rule.top_p < 1) {
            const double wanted = ceil(static_cast<double>(rule.top_p) * static_cast<double>(mass));
            const wide least = wanted < 1 ? 1 : static_cast<wide>(wanted);
            if (least < mass) mass = find(false, least - 1, listed).through;
        }
        return find(false, share_of(rule.uniform, mass), listed).token;
    }
};

__device__ void fail(outcome& to, outcome_failure failure) {
    if (thread() == 0) to.failure = failure;
}

__global__ void __launch_bounds__(threads, 1) draw_tokens(draw d) {
    TESSERA_SHARED(block_memory, memory, [1]);
    wait_for_previous();
    release_next();
    block_memory& m = memory[0];
    const draw_rule& rule = d.rules[blockIdx.x];
    outcome& to = d.outcomes[blockIdx.x];
    const float* logits = d.logits + rule.row * d.logits_stride;
    float* scratch = d.scratch + std::ptrdiff_t{blockIdx.x} * 2 * d.vocabulary;
    const wide raw = likeliest(logits, d.vocabulary, m);
    const float raw_largest = logit_of(raw);
    if (!is_finite(raw_largest)) return fail(to, outcome_failure::not_finite);
    const float* values = logits;
    wide best = raw;
    if (rule.shifts > 0 || rule.mask >= 0) {
        adjuster{d, rule, logits, scratch}.run();
        values = scratch;
        best = likeliest(values, d.vocabulary, m);
        if (!is_finite(logit_of(best))) return fail(to, outcome_failure::nothing_allowed);
    }
    int token = token_of(best);
    if (rule.temperature >= coldest && rule.top_p != 0) {
        const drawing from{values,
                           d.vocabulary,
                           logit_of(best),
                           1 / rule.temperature,
                           reinterpret_cast<int*>(scratch + d.vocabulary),
                           m};
        token = rule.top_p < 1 || rule.top_k > 0 ? from.draw_from_nucleus(rule)
                                                 : from.draw_any(rule.uniform);
    }
    if (thread() == 0) {
        to.token = token;
        to.failure = outcome_failure::none;
        to.logprob = __uint_as_float(0x7fc00000U);
        to.alternatives = 0;
    }
    if (rule.top_logprobs >= 0)
        describe_token(logits, d.vocabulary, raw_largest, token, rule.top_logprobs, to, m);
}

__global__ void __launch_bounds__(threads, 1) describe_tokens(describe d) {
    TESSERA_SHARED(block_memory, memory, [1]);
    wait_for_previous();
    release_next();
    const describe_rule& rule = d.rules[blockIdx.x];
    outcome& to = d.outcomes[blockIdx.x];
    const float* logits = d.logits + rule.row * d.logits_stride;
    const float largest = logit_of(likeliest(logits, d.vocabulary, memory[0]));
    if (!is_finite(largest)) return fail(to, outcome_failure::not_finite);
    if (thread() == 0) {
        to.token = rule.token;
        to.failure = outcome_failure::none;
    }
    describe_token(logits, d.vocabulary, largest, rule.token, rule.top, to, memory[0]);
}

}  // namespace
}  // namespace sampling

status launch_draw(const draw& d, stream to) {
    if (d.draws == 0) return 0;
    return launch(sampling::draw_tokens, static_cast<unsigned>(d.draws), sampling::threads, 0, to,
                  d);
}

status launch_describe(const describe& d, stream to) {
    if (d.rules_count == 0) return 0;
    return launch(sampling::describe_tokens, static_cast<unsigned>(d.rules_count),
                  sampling::threads, 0, to, d);
}

}  // namespace tessera::engine::cuda
