#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "constrain/token_masks.hpp"

namespace tessera::engine {

/// What a scalar's own state allows below one node.
struct token_masks::part {
    struct ending {
        std::uint32_t node;
        std::string name;  // what has been read down to there
    };
    std::vector<std::uint64_t> inside;     // tokens that do not leave it, or end where it ends
    std::vector<std::uint32_t> exits;      // nodes where it ends and below which there are tokens
    std::vector<ending> endings{};         // of a name: all nodes where it ends
    std::vector<std::uint64_t> closing{};  // of a name: tokens that end where it ends
};

inline void set_token(std::span<std::uint64_t> words, token_id token) {
    const auto i = static_cast<std::size_t>(token);
    words[i / 64] |= std::uint64_t{1} << (i % 64);
}

/// Calls `each` with the children of a node and the state in which it is reached, and goes on below
/// those for which it returns a state. Tokens may be long: their bytes are no calls.
template <class State, class Each>
void descend(const token_trie& trie, std::uint32_t node, const State& first, const Each& each) {
    std::vector<std::pair<std::uint32_t, State>> path{{trie[node].end, first}};
    for (std::uint32_t child = node + 1; child < trie[node].end;) {
        while (child >= path.back().first) path.pop_back();
        if (auto next = each(child, path.back().second)) {
            path.emplace_back(trie[child].end, std::move(*next));
            ++child;
        } else {
            child = trie[child].end;
        }
    }
}

}  // namespace tessera::engine
