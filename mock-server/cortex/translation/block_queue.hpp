#pragma once
// The blocks of a streamed message, one after the other.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tessera/anthropic/events.hpp"

namespace tessera::server::cortex {

/// A block that is being told, or waits until those before it have ended.
struct queued_block {
    enum class kind { text, thinking, redacted, call };

    queued_block::kind kind = kind::text;
    std::string waiting{};    ///< text, thought, or JSON of an input that is still to be told
    std::string id{};         ///< of a call
    std::string name{};       ///< of a call, until it has begun
    std::string signature{};  ///< of a thought; the data of one that is redacted
    bool is_whole = false;    ///< nothing will be added
    bool has_begun = false;   ///< its start has been told
};

/// Blocks may be added to in any order. The events that tell() appends number them from 0, without
/// gaps, and never overlap. Text and thoughts end when another block is added; a call, when its
/// input is whole. Blank text, and thoughts that say nothing, are left out.
class block_queue {
  public:
    using number = std::size_t;

    number add(enum queued_block::kind kind);
    queued_block& operator[](number block) { return blocks_[block]; }
    /// Null before the first.
    queued_block* last() { return blocks_.empty() ? nullptr : &blocks_.back(); }

    /// What can be told by now. `is_end`: nothing will be added to any block.
    void tell(bool is_end, std::vector<anthropic::stream_event>& out);

  private:
    bool tell_first(bool is_last, bool is_end, std::vector<anthropic::stream_event>& out);

    std::vector<queued_block> blocks_;
    number first_ = 0;        // that has not ended
    std::int64_t index_ = 0;  // of the first
};

}  // namespace tessera::server::cortex
