#pragma once

namespace tessera::engine {

enum class weight_precision { as_stored, f32, bf16 };

struct load_options {
    /// as_stored: bf16 for weights stored as bf16, f32 for all others.
    weight_precision precision = weight_precision::as_stored;
    int threads = 0;  // that repack the weights; 0: all usable processors
};

}  // namespace tessera::engine
