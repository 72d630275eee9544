#include "constrain/regex_classes.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "core/error.hpp"

namespace tessera::engine {

regex_classes::regex_classes(const regex& expression) {
    // Sets times intervals: what it takes to tell them apart.
    constexpr std::size_t most_work = 10'000'000;

    std::vector<code_point_set> sets = expression.sets;
    if (expression.boundaries) sets.push_back(escape_class('w'));
    std::vector<char32_t> begins;
    for (const auto& limits : code_point_set::universe) begins.push_back(limits.first);
    for (const code_point_set& set : sets) {
        for (const auto& r : set.ranges()) {
            begins.push_back(r.first);
            begins.push_back(r.last + 1);
        }
    }
    std::ranges::sort(begins);
    begins.erase(std::unique(begins.begin(), begins.end()), begins.end());
    if (begins.size() * sets.size() > most_work)
        throw engine_error(error_code::invalid_argument,
                           "regular expression: it tells too many characters apart");
    for (std::size_t i = 0; i < begins.size(); ++i) {
        const char32_t next = i + 1 < begins.size() ? begins[i + 1] : 0x110000;
        const code_point_set part({{begins[i], next - 1}});
        if (!part.ranges().empty()) intervals_.push_back({part.ranges()[0], 0});
    }

    // Each set splits the classes that it holds only a part of.
    const auto each_within = [&](const code_point_set& set, auto visit) {
        auto at = intervals_.begin();
        for (const auto& r : set.ranges()) {
            at = std::lower_bound(at, intervals_.end(), r.first,
                                  [](const interval& i, char32_t c) { return i.points.first < c; });
            for (; at != intervals_.end() && at->points.first <= r.last; ++at) visit(*at);
        }
    };
    std::vector<std::size_t> sizes{intervals_.size()};
    for (const code_point_set& set : sets) {
        constexpr index none = std::numeric_limits<index>::max();
        std::vector<std::size_t> inside(sizes.size(), 0);
        each_within(set, [&](const interval& i) { ++inside[i.of]; });
        std::vector<index> split(sizes.size(), none);
        each_within(set, [&](interval& i) {
            const index old = i.of;
            if (split[old] == none) {
                split[old] = old;
                if (inside[old] < sizes[old]) {
                    split[old] = static_cast<index>(sizes.size());
                    sizes.push_back(inside[old]);
                    sizes[old] -= inside[old];
                }
            }
            i.of = split[old];
        });
    }
    examples_.resize(sizes.size());
    for (const interval& i : intervals_) examples_[i.of] = i.points.first;
    for (const code_point_set& set : expression.sets) {
        std::vector<index>& members = of_sets_.emplace_back();
        each_within(set, [&](const interval& i) { members.push_back(i.of); });
        std::ranges::sort(members);
        members.erase(std::unique(members.begin(), members.end()), members.end());
    }
}

}  // namespace tessera::engine
