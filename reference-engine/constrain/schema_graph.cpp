#include "constrain/schema_graph.hpp"

#include <algorithm>
#include <bit>

#include "constrain/text_list.hpp"

namespace tessera::engine {

std::uint32_t schema_graph::array::after(std::uint32_t counts, const way& item) const {
    std::uint32_t place = 1, made = 0;
    for (std::size_t i = 0; i < contains.size(); ++i) {
        const auto [least, greatest] = contains[i];
        const std::uint32_t top = greatest == unlimited ? least : greatest;
        std::uint32_t count = counts % (top + 1);
        counts /= top + 1;
        if ((item.counts >> i & 1) != 0) {
            if (count == top && greatest != unlimited) return overfull;
            count = std::min(count + 1, top);
        }
        made += count * place;
        place *= top + 1;
    }
    return made;
}

bool schema_graph::array::enough(std::uint32_t counts) const {
    for (const auto [least, greatest] : contains) {
        const std::uint32_t top = greatest == unlimited ? least : greatest;
        if (counts % (top + 1) < least) return false;
        counts /= top + 1;
    }
    return true;
}

// All counts that so many items more may come to, until they no longer change.
bool schema_graph::array::completable(std::size_t begun, std::uint32_t counts, int room,
                                      const schema_graph& graph) const {
    if (contains.empty()) return true;
    std::vector<std::uint32_t> now{counts}, next;
    for (std::size_t i = begun; !now.empty(); ++i) {
        const bool enough_now =
            std::ranges::any_of(now, [&](std::uint32_t each) { return enough(each); });
        if (i >= fewest && enough_now) return true;
        if (i >= most) return false;
        next.clear();
        for (const way& each : at(i)) {
            if (graph.nodes[static_cast<std::size_t>(each.value)].depth > room) continue;
            for (const std::uint32_t before : now)
                if (const auto with = after(before, each); with != overfull) next.push_back(with);
        }
        std::ranges::sort(next);
        next.erase(std::unique(next.begin(), next.end()), next.end());
        if (next == now && i + 1 >= items.size()) return enough_now && fewest <= most;
        std::swap(now, next);
    }
    return false;
}

std::size_t schema_graph::object::names_left(const name_class& c, std::string_view others) {
    const std::size_t all = c.names ? c.names->count(0, 0) : string_automaton::many;
    if (all == string_automaton::many) return all;
    std::size_t used = 0;
    each_entry(others, [&](std::string_view name) { used += c.names->contains(name); });
    return all - std::min(all, used);
}

// The fewest members for every part of what is wanted; each member is of one way.
bool schema_graph::object::coverable(std::string_view bits, std::string_view others,
                                     const name_class* more, std::uint32_t covered, int room,
                                     const schema_graph& graph) const {
    const auto fits = [&](const way& w) {
        return graph.nodes[static_cast<std::size_t>(w.value)].depth <= room;
    };
    // Where members of any name may be, each for a part of it, there is nothing to choose.
    std::uint32_t by_any_name = covered;
    for (const auto& c : classes)
        if (names_left(c, others) == string_automaton::many)
            for (const way& w : c.ways)
                if (fits(w)) by_any_name |= w.covers;
    if (most == object_shape::unlimited && by_any_name == wanted) return true;
    constexpr std::size_t never = std::numeric_limits<std::size_t>::max() / 2;
    std::vector<std::size_t> least(wanted + 1, never), with;
    least[covered] = entries_with(others, "") + (more != nullptr);
    const auto take = [&](const std::vector<way>& ways, bool required) {
        with.assign(least.size(), never);
        if (!required) with = least;
        for (const way& w : ways) {
            if (!fits(w)) continue;
            for (std::uint32_t part = 0; part <= wanted; ++part)
                with[part | w.covers] = std::min(with[part | w.covers], least[part] + 1);
        }
        std::swap(least, with);
    };
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (has(bits, i))
            for (auto& each : least) ++each;
        else if (members[i].possible || members[i].required)
            take(members[i].ways, members[i].required);
    }
    for (const auto& c : classes) {
        const std::size_t left = names_left(c, others) - (&c == more);
        for (std::size_t i = std::min<std::size_t>(left, std::popcount(wanted)); i > 0; --i)
            take(c.ways, false);
    }
    return least[wanted] <= most;
}

}  // namespace tessera::engine
