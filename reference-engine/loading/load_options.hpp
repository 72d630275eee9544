#pragma once

namespace tessera::engine {

enum class weight_precision { as_stored, f32, bf16, int8 };

/// Of cached keys and values.
enum class kv_precision { f32, bf16 };

struct load_options {
    /// as_stored: bf16 for weights stored as bf16, f32 for all others. int8: matrices are quantised,
    /// in blocks of a row, and so are the inputs of their products; all else is f32.
    weight_precision precision = weight_precision::as_stored;
    int threads = 0;  // that repack the weights; 0: all usable processors
};

}  // namespace tessera::engine
