#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::engine::cuda {

/// What a device is asked for: arguments of kernels as plain structs, and a table of functions that
/// a shared library gives. Pointers are to the device's memory unless a comment says otherwise;
/// strides count elements. Nothing here throws; nothing waits unless it says so.

/// 0: good. Others are described by library::describe.
using status = int;
using stream = struct stream_handle*;
using event = struct event_handle*;
using graph = struct graph_handle*;

enum class element : std::uint8_t { f32, bf16, i8 };

/// A matrix [outer][inner] in the order of fragments (layout.hpp).
struct matrix {
    element type = element::f32;
    int outer = 0;
    int inner = 0;
    const std::byte* weights = nullptr;
    const float* bias = nullptr;  // [outer], or null
    /// The same as rows of steps, [outer][steps_of(type, inner)] of 64 bytes; or null. Of bf16, for
    /// products that need not be invariant.
    const std::byte* plain = nullptr;
};

/// Rows of activations as products read them: of the type that goes with the weights (layout.hpp),
/// zero from the inner dimension to the end of the last fragment.
struct rows_in {
    std::byte* data = nullptr;
    std::ptrdiff_t stride = 0;  // bytes
    element type = element::f32;
};

/// Numbers of what a step computes, in the device's memory: a graph made for more rows serves fewer.
struct step_counts {
    int rows;     // tokens
    int tasks;    // of attention
    int outputs;  // rows whose states are wanted
    int adapted;  // stretches of rows of one adapter
};

/// Consecutive rows of one sequence over a stretch of its context, of all heads
/// (attention_plan.hpp). Tasks of the same rows differ in first_split and splits only.
struct attention_task {
    int first_row;
    int rows;
    int position;  // of the first row
    int sequence;  // of block_tables
    int first_split;
    int splits;
    int parts;        // tasks that share these rows' context
    int first_place;  // in scratch, of the context's first split; used where parts > 1
};

/// The plan of a step. Arrays have room for what a graph was made for.
struct step_plan {
    const step_counts* counts = nullptr;
    const int* tokens = nullptr;        // [row]
    const int* positions = nullptr;     // [row]
    const int* sequences = nullptr;     // [row], of block_tables
    const int* block_tables = nullptr;  // [sequence][block_table_stride]
    int block_table_stride = 0;
    const attention_task* tasks = nullptr;  // [task]
    const int* output_rows = nullptr;       // [output]; null: the same number
    const int* output_slots = nullptr;      // [output]; null: the same number
};

/// A norm without a kernel of its own: whoever writes rows of the state writes them times the norm's
/// weight as the input of the product that follows, and sums of squares; that product multiplies its
/// sums by the rest, 1 / sqrt(mean of squares + eps).
struct norm_after {
    const float* weight = nullptr;  // [features]; null: there is no norm
    rows_in rows{};                 // not of i8
    float* squares = nullptr;       // [row][norm_parts(features)] of layout.hpp
};
struct norm_before {
    const float* squares = nullptr;  // [row][norm_parts(inner)]; null: there is no norm
    float eps = 0;
};

/// Does what norm_after asks for, of rows of the state that are there.
struct weigh {
    const int* count = nullptr;  // rows, on the device; null: `rows` of them
    int rows = 0;                // at most
    const float* state = nullptr;
    std::ptrdiff_t state_stride = 0;
    int size = 0;
    norm_after after{};
};

struct embed {
    step_plan plan{};
    int rows = 0;  // at most
    matrix embedding{};
    float* state = nullptr;  // [row][hidden]
    std::ptrdiff_t state_stride = 0;
    norm_after after{};
};

/// x / sqrt(mean(x^2) + eps) * weight, as the input of a product, or in f32 with output.type f32.
struct normalise {
    const int* count = nullptr;  // rows, on the device
    int rows = 0;                // at most
    const int* from = nullptr;   // [row] of x; null: the same row
    const float* x = nullptr;    // [row][size]
    std::ptrdiff_t x_stride = 0;
    const float* weight = nullptr;  // [size]
    int size = 0;
    float eps = 0;
    rows_in output{};  // also of i8
};

/// x [row][size] as the input of a product with weights of i8, or of bf16.
struct convert {
    const int* count = nullptr;
    int rows = 0;
    const float* x = nullptr;
    std::ptrdiff_t x_stride = 0;
    int size = 0;
    rows_in output{};
};

/// output[row][o] (+)= bias[o] + sum over k of input[row][k] * weight[o][k]; where `gated`, outer
/// features are those of gate and up in turns (layout.hpp), and silu(gate) * up goes to `gate` as the
/// input of a product instead.
struct product {
    matrix weights{};
    const int* count = nullptr;  // rows, on the device; null: `rows` of them
    int rows = 0;                // at most
    rows_in input{};
    norm_before before{};
    float* output = nullptr;
    std::ptrdiff_t output_stride = 0;
    norm_after after{};  // of output; not where `gated`
    bool accumulate = false;
    bool gated = false;
    rows_in gate{};
    bool invariant = true;      // false: may be computed by what is fastest for so many rows
    int multiprocessors = 132;  // that the work is cut for
    float* scratch =
        nullptr;  // [product_scratch(...)] of layout.hpp, may be shared by one stream's
    const void* prefetch = nullptr;  // the beginning of the weights of what follows: as much as
    std::size_t prefetch_bytes = 0;  // memory moves while one kernel ends and the next begins
};

/// Bytes of a product's scratch that a library may use.
inline constexpr std::size_t library_workspace = std::size_t{32} << 20;

/// Rows of steps from a matrix of bf16: matrix::plain.
struct unpack {
    matrix from{};
    std::byte* to = nullptr;
};

/// Low-rank products of rows of many adapters: output += up * (down * input). Matrices are of the
/// input's type, f32 or bf16; between them rows are rounded to it.
struct adapter_matrix {
    matrix down{};  // [rank][inner]
    matrix up{};    // [outer][rank], scaled
    int first_output = 0;
    int output_step = 1;  // of features: 2 and first_output 0 or 1 for gate and up
};
struct adapted_rows {
    int first_row;
    int rows;
    int adapter;
};
struct adapt {
    const step_counts* counts = nullptr;
    const adapted_rows* stretches = nullptr;  // [stretch]
    int stretches_at_most = 0;
    int rows = 0;                              // of all stretches, at most
    const adapter_matrix* matrices = nullptr;  // [adapter][projections]; down.outer 0: none
    std::ptrdiff_t adapter_stride = 0;         // of matrices
    int projections = 0;
    int rank_at_most = 0;  // a multiple of 16
    rows_in input{};
    norm_before before{};
    float* low = nullptr;  // [row][projections][rank_at_most], of 16 bytes
    float* output = nullptr;
    std::ptrdiff_t output_stride = 0;
};

/// The cache: of a layer, head and block keys [position in block][cache_width(head_dim)], and
/// value_offset further on values alike. Strides and offset are multiples of 8, data of 16 bytes.
struct cache_view {
    element type = element::bf16;
    std::byte* data = nullptr;
    std::ptrdiff_t layer_stride = 0;  // in numbers, as all below
    std::ptrdiff_t head_stride = 0;
    std::ptrdiff_t block_stride = 0;
    std::ptrdiff_t value_offset = 0;
};

/// Turns queries in place and keys, and puts keys and values into the cache.
struct rotate_and_store {
    step_plan plan{};
    int rows = 0;  // at most
    int layer = 0;
    int heads = 0;
    int kv_heads = 0;
    int head_dim = 0;
    const float* angles = nullptr;  // [position][cosines, sines][head_dim / 2]
    float* heads_data = nullptr;    // [row][query, key, value]
    std::ptrdiff_t heads_stride = 0;
    cache_view cache{};
};

/// softmax(query * key * scale) * value of rows over the positions up to theirs.
struct attention {
    step_plan plan{};
    int tasks = 0;      // at most
    int vectors = 128;  // of a task, at most (attention_plan)
    int layer = 0;
    int heads = 0;
    int kv_heads = 0;
    int head_dim = 0;
    float scale = 1;
    /// Null: rotate_and_store has been here. Otherwise, where plan_attention allows it, queries and
    /// keys are turned and keys and values stored on the way; heads_data stays as it is.
    const float* angles = nullptr;
    const int* from = nullptr;          // [row] of heads_data; null: the same row; without angles
    const float* heads_data = nullptr;  // [row][query, key, value]
    std::ptrdiff_t heads_stride = 0;
    cache_view cache{};
    rows_in output{};              // [row][head][head_dim], not of i8
    float* scratch = nullptr;      // [attention_scratch_bytes]
    unsigned* counters = nullptr;  // [attention_counter_bytes]
};

/// silu(gate) * up of f32 [row][gate and up in turns] as the input of a product; where adapters stand
/// between product and gate.
struct gate {
    const int* count = nullptr;
    int rows = 0;
    int size = 0;
    const float* gate_up = nullptr;
    std::ptrdiff_t gate_up_stride = 0;
    rows_in output{};
};

/// States of wanted rows into their slots [slot][hidden].
struct keep {
    step_plan plan{};
    int outputs = 0;  // at most
    int hidden = 0;
    const float* state = nullptr;
    std::ptrdiff_t state_stride = 0;
    float* slots = nullptr;
    std::ptrdiff_t slot_stride = 0;
};

struct shift {
    int token;
    float by;
};

/// One draw from a row of logits: decode/sampling.hpp in plain numbers.
struct draw_rule {
    int row;  // of logits
    float temperature;
    float top_p;
    int top_k;
    double uniform;   // of (seed, index)
    int first_shift;  // in the order of tokens, those of one token in the order they are added
    int shifts;
    int mask;  // of masks; -1: none
    int first_end;
    int ends;
    int instead;
    int top_logprobs;  // -1: none
};
/// One token whose log probability is asked for.
struct describe_rule {
    int row;
    int token;
    int top;
};
inline constexpr int most_alternatives = 20;
enum class outcome_failure : int { none, not_finite, nothing_allowed };
struct outcome {
    int token;
    float logprob;
    outcome_failure failure;
    int alternatives;
    int ids[most_alternatives];
    float logprobs[most_alternatives];
};

struct draw {
    const float* logits = nullptr;  // [row][vocabulary]
    std::ptrdiff_t logits_stride = 0;
    int vocabulary = 0;
    const draw_rule* rules = nullptr;  // [draw]
    int draws = 0;
    const shift* shifts = nullptr;
    const std::uint64_t* masks = nullptr;  // [mask][mask_words]
    int mask_words = 0;
    const int* ends = nullptr;
    float* scratch = nullptr;  // [draw][2 * vocabulary]
    outcome* outcomes = nullptr;
};

struct describe {
    const float* logits = nullptr;
    std::ptrdiff_t logits_stride = 0;
    int vocabulary = 0;
    const describe_rule* rules = nullptr;
    int rules_count = 0;
    outcome* outcomes = nullptr;
};

struct training_library;

struct device_properties {
    char name[256];
    int major, minor;
    int multiprocessors;
    std::size_t memory, free_memory;
    int driver, runtime;  // versions, as CUDA counts them
};

/// All functions may be called by any thread; those of one stream by one at a time.
struct library {
    std::uint64_t version;  // of this header: library_version

    const char* (*describe_status)(status);
    /// Whether the device is lost to this process until it is opened again.
    bool (*is_lost)(status);
    bool (*is_out_of_memory)(status);
    status (*versions)(int* driver, int* runtime);  // as CUDA counts them; driver 0: there is none
    status (*devices)(int* count);
    status (*properties)(int device, device_properties*);
    status (*use)(int device);  // by this thread
    status (*reset)();          // after is_lost: everything that was allocated is gone

    status (*allocate)(std::size_t bytes, void** to);
    void (*free)(void*);  // waits until nothing that is under way may use it
    status (*allocate_host)(std::size_t bytes, void** to);  // pinned
    void (*free_host)(void*);
    status (*make_stream)(stream*);
    void (*end_stream)(stream);
    status (*make_event)(event*);
    void (*end_event)(event);
    status (*record)(event, stream);
    status (*wait_for)(stream, event);  // the stream waits
    status (*finish)(stream);           // the caller waits
    status (*seconds_between)(event, event, float* to);
    status (*to_device)(void* to, const void* from_host, std::size_t bytes, stream);
    status (*to_host)(void* to_host, const void* from, std::size_t bytes, stream);
    status (*copy)(void* to, const void* from, std::size_t bytes, stream);
    status (*clear)(void* to, std::size_t bytes, stream);

    status (*begin_graph)(stream);  // what follows is recorded, not done
    status (*end_graph)(stream, graph* to);
    status (*run_graph)(graph, stream);
    void (*free_graph)(graph);

    status (*embed)(const cuda::embed&, stream);
    status (*weigh)(const cuda::weigh&, stream);
    status (*normalise)(const cuda::normalise&, stream);
    status (*convert)(const cuda::convert&, stream);
    status (*multiply)(const cuda::product&, stream);
    status (*unpack)(const cuda::unpack&, stream);
    status (*adapt)(const cuda::adapt&, stream);
    status (*rotate_and_store)(const cuda::rotate_and_store&, stream);
    status (*attend)(const cuda::attention&, stream);
    status (*gate)(const cuda::gate&, stream);
    status (*keep)(const cuda::keep&, stream);
    status (*draw)(const cuda::draw&, stream);
    status (*describe)(const cuda::describe&, stream);
    const training_library* training;  // training.hpp
};

inline constexpr std::uint64_t library_version = 3;
/// What the shared library exports.
using library_function = const library* (*)();
inline constexpr const char* library_symbol = "tessera_cuda";

}  // namespace tessera::engine::cuda
