#include "emissary/data/selection.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/ids.hpp"
#include "emissary/data/row_taker.hpp"

namespace tessera::server::emissary {
namespace {

using tessera::emissary::label_counts;
using tessera::emissary::label_ratios;

// Rows that have no label, the ones of which a lone label does not hold, go by this name.
const std::string no_label;

// Puts `count` of the numbers, chosen evenly, to the front (Fisher and Yates).
void choose(row_numbers& among, std::size_t count, std::uint64_t seed) {
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t bits = mix(mix(seed) + i);
        std::swap(among[i], among[i + bits % (among.size() - i)]);
    }
}

std::string label_of(const data_row& row) {
    const std::string* held = nullptr;
    for (const auto& [name, holds] : std::get<labelled_example>(row.example).labels) {
        if (!holds) continue;
        if (held)
            throw std::invalid_argument("the row of line " + std::to_string(row.line) +
                                        " has several labels, and cannot be counted for one");
        held = &name;
    }
    return held ? *held : no_label;
}

using groups = std::map<std::string, row_numbers>;

void check_label(const groups& by_label, const std::string& name) {
    if (!by_label.contains(name) || name.empty())
        throw std::invalid_argument("no row has the label " + cited(name));
}

// Whole numbers that add up to `total`, each the floor or the ceiling of its share: those with the
// largest fractions are rounded up, the first of equals before.
std::map<std::string, std::size_t> apportion(const std::map<std::string, double>& shares,
                                             std::size_t total) {
    std::map<std::string, std::size_t> made;
    std::vector<std::pair<double, std::string>> fractions;
    std::size_t given = 0;
    for (const auto& [name, share] : shares) {
        const double exact = share * static_cast<double>(total);
        given += made[name] = static_cast<std::size_t>(exact);
        fractions.emplace_back(exact - std::floor(exact), name);
    }
    std::stable_sort(fractions.begin(), fractions.end(),
                     [](const auto& left, const auto& right) { return left.first > right.first; });
    for (std::size_t i = 0; given < total; i = (i + 1) % fractions.size(), ++given)
        ++made[fractions[i].second];
    return made;
}

std::map<std::string, std::size_t> counts_by(const label_ratios& wanted, const groups& by_label,
                                             std::size_t total) {
    double named = 0;
    std::size_t others = 0;
    for (const auto& [name, ratio] : wanted) {
        check_label(by_label, name);
        if (!(ratio >= 0 && ratio <= 1))
            throw std::invalid_argument("the ratio of " + cited(name) + " is not from 0 to 1");
        named += ratio;
    }
    for (const auto& [name, rows] : by_label)
        if (!wanted.contains(name)) others += rows.size();
    constexpr double rounding = 0.005;
    if (named > 1 + rounding || (others == 0 && named < 1 - rounding))
        throw std::invalid_argument("the ratios add up to " + std::to_string(named) +
                                    ": those of all labels have to be 1 together");
    const double left = std::max(0.0, 1 - named);
    const double whole = others == 0 ? named : std::max(named, 1.0);
    std::map<std::string, double> shares;
    for (const auto& [name, rows] : by_label) {
        const auto given = wanted.find(name);
        shares[name] = given != wanted.end()
                           ? given->second / whole
                           : left * static_cast<double>(rows.size()) / static_cast<double>(others);
    }
    return apportion(shares, total);
}

std::map<std::string, std::size_t> counts_by(const label_counts& wanted, const groups& by_label,
                                             std::size_t most) {
    std::map<std::string, std::size_t> counts;
    for (const auto& [name, rows] : by_label) counts[name] = rows.size();
    for (const auto& [name, count] : wanted) {
        check_label(by_label, name);
        if (count < 0 || std::cmp_greater(count, most))
            throw std::invalid_argument("the number of rows of " + cited(name) +
                                        " is not from 0 to " + std::to_string(most));
        counts[name] = static_cast<std::size_t>(count);
    }
    return counts;
}

}  // namespace

row_numbers all_rows(std::size_t count) {
    row_numbers made(count);
    std::iota(made.begin(), made.end(), std::size_t{0});
    return made;
}

row_numbers downsample(const row_numbers& rows, std::size_t most, std::uint64_t seed) {
    if (rows.size() <= most) return rows;
    row_numbers made = rows;
    choose(made, most, seed);
    made.resize(most);
    std::sort(made.begin(), made.end());
    return made;
}

split_rows split(const row_numbers& rows, double percent, std::uint64_t seed) {
    if (!(percent > 0 && percent < 100))
        throw std::invalid_argument("the percentage of rows for tests is not between 0 and 100");
    if (rows.size() < 2)
        throw std::invalid_argument("a single row cannot be split for tests: add rows");
    const auto tests =
        static_cast<std::size_t>(std::lround(percent / 100 * static_cast<double>(rows.size())));
    row_numbers chosen = rows;
    const std::size_t kept = std::clamp<std::size_t>(tests, 1, rows.size() - 1);
    choose(chosen, kept, seed);
    const auto middle = chosen.begin() + static_cast<std::ptrdiff_t>(kept);
    split_rows made{{middle, chosen.end()}, {chosen.begin(), middle}};
    std::sort(made.train.begin(), made.train.end());
    std::sort(made.test.begin(), made.test.end());
    return made;
}

row_numbers rebalance(std::span<const data_row> of, const row_numbers& rows,
                      const tessera::emissary::rebalancing& wanted, std::uint64_t seed,
                      std::size_t most) {
    groups by_label;
    for (const std::size_t each : rows) by_label[label_of(of[each])].push_back(each);
    const auto* const ratios = std::get_if<label_ratios>(&wanted);
    const auto counts = ratios ? counts_by(*ratios, by_label, rows.size())
                               : counts_by(std::get<label_counts>(wanted), by_label, most);
    row_numbers made;
    for (const auto& [name, count] : counts) {
        if (made.size() + count > most)
            throw std::invalid_argument("the labels have more than " + std::to_string(most) +
                                        " rows together");
        row_numbers& group = by_label[name];
        // Each row as often as the others, or once more.
        for (std::size_t round = 0; round < count / group.size(); ++round)
            made.insert(made.end(), group.begin(), group.end());
        const std::size_t rest = count % group.size();
        choose(group, rest, hash_of(name, seed));
        made.insert(made.end(), group.begin(), group.begin() + static_cast<std::ptrdiff_t>(rest));
    }
    if (made.empty()) throw std::invalid_argument("no row is left to learn from");
    std::sort(made.begin(), made.end());
    return made;
}

}  // namespace tessera::server::emissary
