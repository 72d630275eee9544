#pragma once
// The tokens of the bundled model, and masks over them.
#include <cstdint>
#include <memory>
#include <vector>

#include "text/tokenizer.hpp"

namespace tessera::engine {

inline constexpr token_id end_of_turn = 1;

inline const std::shared_ptr<const tokenizer>& text() {
    static const auto loaded = std::make_shared<const tokenizer>(
        tokenizer::load(TESSERA_SOURCE_DIR "/reference-engine/bundled"));
    return loaded;
}

using mask = std::vector<std::uint64_t>;

inline mask empty_mask() {
    return mask((static_cast<std::size_t>(text()->vocab_size()) + 63) / 64);
}

inline bool has(const mask& m, token_id id) {
    return (m[static_cast<std::size_t>(id) / 64] >> (id % 64) & 1) != 0;
}

}  // namespace tessera::engine
