#pragma once

#include <cstdint>
#include <string_view>

namespace tessera::engine {

/// Lists of texts as one text, each entry with a separator behind it.
inline constexpr char separator = '\xff';  // no UTF-8 has it

// Calls what it is given with every entry of a list of separated texts.
template <class Each>
void each_entry(std::string_view list, Each each) {
    while (!list.empty()) {
        const auto end = list.find(separator);
        each(list.substr(0, end));
        list.remove_prefix(end + 1);
    }
}

inline bool has_entry(std::string_view list, std::string_view entry) {
    bool found = false;
    each_entry(list, [&](std::string_view each) { found |= each == entry; });
    return found;
}

inline std::uint32_t entries_with(std::string_view list, std::string_view beginning) {
    std::uint32_t found = 0;
    each_entry(list, [&](std::string_view each) { found += each.starts_with(beginning); });
    return found;
}

/// Whether the entries that begin so, of those that an automaton has, are all of `count` texts that
/// go on so. Each has a mark of so many bytes before its text.
template <class Automaton>
bool used_up(std::uint32_t count, const Automaton& kind, std::string_view list,
             std::string_view beginning, std::size_t mark) {
    if (count == Automaton::many || count > entries_with(list, beginning)) return false;
    std::uint32_t found = 0;
    each_entry(list, [&](std::string_view each) {
        found += each.starts_with(beginning) && kind.contains(each.substr(mark));
    });
    return count <= found;
}

}  // namespace tessera::engine
