#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "constrain/json_string.hpp"

namespace tessera::engine {

/// One level of what is being read; its parent goes on once it ends. Immutable, owned by a pool.
struct frame {
    enum class kind : std::uint8_t {
        end,      // nothing may follow
        rule,     // at: state; length: calls that are open
        text,     // at: mark; progress: of the mark that has been read
        mark,     // the same, where nothing but the mark's rest may follow
        value,    // at: node; blanks
        literal,  // at: which; progress
        number,   // at: automaton; progress: its state
        string,   // at: automaton; progress: its state; length; partial
        key,      // at: object; partial; text: the name so far
        array,    // at: shape; progress: items begun; length: what was counted of them; text: of
                  // those that must differ
        object    // at: shape; progress: node of the member's value; length: what it has of what
                  // is wanted; text: members so far
    };
    enum class phase : std::uint8_t { opened, followed, separated, named };

    const frame* parent = nullptr;
    kind what = kind::end;
    phase in = phase::opened;
    bool flag = false;  // of text: may end; of a number or string: collects its text; of a rule:
                        // only its bytes
    std::uint8_t blanks = 0;
    std::int32_t graph = 0;
    std::int32_t at = 0;
    std::int32_t progress = 0;
    std::uint32_t length = 0;
    std::uint32_t partial = json_character::nothing;
    std::int32_t depth = 0;  // arrays and objects that are open
    std::string text{};

    friend bool operator==(const frame&, const frame&) = default;
};

/// Owns frames; equal ones are one. A pool may stand on another, whose frames it uses.
class frame_pool {
  public:
    explicit frame_pool(const frame_pool* below = nullptr) : below_(below) {}
    const frame* keep(frame);
    /// Forgets all frames but those that these stand on, and makes them the kept ones.
    void keep_only(std::vector<const frame*>&);
    std::size_t size() const { return frames_.size(); }

  private:
    const frame* find(const frame&, std::size_t hash) const;

    const frame_pool* below_;
    std::deque<frame> frames_;
    std::unordered_multimap<std::size_t, const frame*> known_;
};

}  // namespace tessera::engine
