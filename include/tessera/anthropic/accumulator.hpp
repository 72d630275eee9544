#pragma once
// From the events of a stream to the message that `create` would have given.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "tessera/anthropic/events.hpp"
#include "tessera/core/linkage.hpp"

namespace tessera::anthropic {

namespace detail {

// Members that events bring and nothing names; the last of a name counts.
class extra_members {
  public:
    TESSERA_COLD_DECL void take(const json::value& more);
    TESSERA_COLD_DECL void add_to(json::value& extra) const;

  private:
    std::map<std::string, json::value> members_;
};

}  // namespace detail

/// Not thread-safe. Adding all events of a stream takes time linear in their size.
///
/// Streams that break the rules lose nothing: a delta whose block never began begins it, a block
/// that begins twice is two blocks, a block that never ends is there all the same. Counts of tokens
/// only grow, as they are cumulative. Events and deltas of unknown kinds change nothing.
class message_accumulator {
  public:
    /// The next event. A message_start begins a new message.
    TESSERA_COLD_DECL void add(const stream_event& event);

    /// The answer so far, at any time; it has no stop reason until that came. The input of a tool
    /// is what its JSON says as far as it came, or as far as it is JSON.
    TESSERA_COLD_DECL anthropic::message message() const;

    /// Whether the stream said that the answer is complete.
    bool is_complete() const { return is_complete_; }

  private:
    // What deltas add to.
    enum class target { text, input, thinking };

    TESSERA_COLD_DECL void take(const content_block_start& event);
    TESSERA_COLD_DECL void take(const content_block_delta& event);
    TESSERA_COLD_DECL void take(const message_delta& event);
    TESSERA_COLD_DECL std::size_t place_of(std::int64_t index, target wanted, content_block fresh);

    anthropic::message message_;
    std::map<std::pair<std::int64_t, target>, std::size_t> places_;  // in the content
    std::map<std::size_t, std::string> inputs_;  // JSON that came in pieces, by place
    detail::extra_members more_of_message_, more_of_usage_;
    bool is_complete_ = false;
};

}  // namespace tessera::anthropic

#ifdef TESSERA_DEFINITIONS
#include "tessera/anthropic/detail/accumulator_impl.hpp"
#endif
