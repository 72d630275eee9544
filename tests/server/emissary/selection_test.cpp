#include "emissary/data/selection.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace tessera::server::emissary {
namespace {

using tessera::emissary::label_counts;
using tessera::emissary::label_ratios;

bool is_rising(const row_numbers& rows) {
    return std::adjacent_find(rows.begin(), rows.end(), std::greater_equal<>()) == rows.end();
}

TEST(DataSelection, DownsamplesByTheSeed) {
    const row_numbers rows = all_rows(100);
    EXPECT_EQ(downsample(rows, 100, 1), rows);
    EXPECT_EQ(downsample(rows, 1000, 1), rows);
    const row_numbers some = downsample(rows, 20, 1);
    EXPECT_EQ(some.size(), 20U);
    EXPECT_TRUE(is_rising(some));
    EXPECT_LT(some.back(), 100U);
    EXPECT_EQ(downsample(rows, 20, 1), some);
    EXPECT_NE(downsample(rows, 20, 2), some);
}

TEST(DataSelection, ChoosesEvenly) {
    std::map<std::size_t, int> chosen;
    for (std::uint64_t seed = 0; seed < 4000; ++seed)
        for (const std::size_t each : downsample(all_rows(8), 2, seed)) ++chosen[each];
    for (std::size_t row = 0; row < 8; ++row) EXPECT_NEAR(chosen[row], 1000, 120) << row;
}

TEST(DataSelection, SplitsForTests) {
    for (const auto& [percent, tests] :
         {std::pair(20.0, 2U), {1.0, 1U}, {99.9, 9U}, {50.0, 5U}, {26.0, 3U}}) {
        const split_rows parts = split(all_rows(10), percent, 3);
        EXPECT_EQ(parts.test.size(), tests) << percent;
        EXPECT_TRUE(is_rising(parts.train) && is_rising(parts.test));
        std::set<std::size_t> together(parts.train.begin(), parts.train.end());
        together.insert(parts.test.begin(), parts.test.end());
        EXPECT_EQ(together.size(), 10U) << percent;
    }
    EXPECT_EQ(split(all_rows(50), 20, 3).test, split(all_rows(50), 20, 3).test);
    EXPECT_NE(split(all_rows(50), 20, 3).test, split(all_rows(50), 20, 4).test);
    for (const double wrong : {0.0, 100.0, -5.0, std::nan("")})
        EXPECT_THROW(split(all_rows(10), wrong, 3), std::invalid_argument) << wrong;
    EXPECT_THROW(split(all_rows(1), 50, 3), std::invalid_argument);
}

// Rows with the labels in their order; "+" joins several of one row, "" is none.
std::vector<data_row> labelled(const std::vector<std::pair<std::string, int>>& given) {
    std::vector<data_row> made;
    for (const auto& [label, count] : given)
        for (int i = 0; i < count; ++i) {
            labelled_example row{"text", {{"x", false}}};
            for (const char each : label)
                if (each != '+') row.labels[std::string(1, each)] = true;
            made.push_back({made.size() + 1, row});
        }
    return made;
}

std::map<std::string, int> labels_of(const std::vector<data_row>& of, const row_numbers& rows) {
    std::map<std::string, int> counts;
    for (const std::size_t each : rows) {
        std::string held;
        for (const auto& [name, holds] : std::get<labelled_example>(of[each].example).labels)
            if (holds) held += name;
        ++counts[held];
    }
    return counts;
}

using counted = std::map<std::string, int>;

TEST(DataSelection, RebalancesByRatios) {
    const auto rows = labelled({{"a", 80}, {"b", 20}});
    const row_numbers all = all_rows(rows.size());
    const row_numbers even = rebalance(rows, all, label_ratios{{"a", 0.5}, {"b", 0.5}}, 1);
    EXPECT_EQ(labels_of(rows, even), (counted{{"a", 50}, {"b", 50}}));
    // Of b, each row is there two or three times; of a, none more than once.
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto times = std::count(even.begin(), even.end(), row);
        EXPECT_TRUE(row < 80 ? times <= 1 : times == 2 || times == 3) << row << ' ' << times;
    }
    EXPECT_EQ(rebalance(rows, all, label_ratios{{"a", 0.5}, {"b", 0.5}}, 1), even);
    EXPECT_NE(rebalance(rows, all, label_ratios{{"a", 0.5}, {"b", 0.5}}, 2), even);

    const auto three = labelled({{"a", 6}, {"b", 2}, {"c", 2}});
    const struct {
        label_ratios wanted;
        counted made;
    } cases[] = {
        {{{"a", 0.3333}, {"b", 0.3333}, {"c", 0.3333}}, {{"a", 4}, {"b", 3}, {"c", 3}}},
        {{{"a", 0.2}}, {{"a", 2}, {"b", 4}, {"c", 4}}},  // the others share the rest
        {{{"b", 1.0}}, {{"b", 10}}},
        {{{"a", 0.0}}, {{"b", 5}, {"c", 5}}},
    };
    for (const auto& [wanted, made] : cases)
        EXPECT_EQ(labels_of(three, rebalance(three, all_rows(10), wanted, 1)), made);
    // Those of which the lone label does not hold are the others.
    const auto lone = labelled({{"x", 2}, {"", 8}});
    EXPECT_EQ(labels_of(lone, rebalance(lone, all_rows(10), label_ratios{{"x", 0.5}}, 1)),
              (counted{{"x", 5}, {"", 5}}));
}

TEST(DataSelection, RebalancesByCounts) {
    const auto rows = labelled({{"a", 5}, {"b", 3}, {"c", 2}});
    const auto made = rebalance(rows, all_rows(10), label_counts{{"a", 2}, {"b", 7}}, 1);
    EXPECT_EQ(labels_of(rows, made), (counted{{"a", 2}, {"b", 7}, {"c", 2}}));
    EXPECT_EQ(labels_of(rows, rebalance(rows, all_rows(10), label_counts{{"a", 0}, {"b", 3}}, 1)),
              (counted{{"b", 3}, {"c", 2}}));
    // Only of the rows that are given.
    EXPECT_EQ(rebalance(rows, {0, 6}, label_counts{{"b", 2}}, 1), (row_numbers{0, 6, 6}));
}

TEST(DataSelection, RefusesWhatCannotBeRebalanced) {
    const auto rows = labelled({{"a", 5}, {"b", 5}});
    const auto refuses = [&](const tessera::emissary::rebalancing& wanted, std::string_view why) {
        try {
            rebalance(rows, all_rows(10), wanted, 1, 1000);
            ADD_FAILURE() << why;
        } catch (const std::invalid_argument& wrong) {
            EXPECT_NE(std::string_view(wrong.what()).find(why), std::string_view::npos)
                << wrong.what();
        }
    };
    refuses(label_ratios{{"a", 1.0}, {"b", 1.0}}, "the ratios add up to 2");
    refuses(label_ratios{{"a", 0.2}, {"b", 0.2}}, "the ratios add up to 0.4");
    refuses(label_ratios{{"a", -0.5}, {"b", 1.0}}, "the ratio of 'a' is not from 0 to 1");
    refuses(label_ratios{{"d", 0.5}}, "no row has the label 'd'");
    refuses(label_ratios{{"", 0.5}}, "no row has the label ''");
    refuses(label_counts{{"d", 5}}, "no row has the label 'd'");
    refuses(label_counts{{"a", -1}, {"b", 2}}, "the number of rows of 'a' is not from 0 to 1000");
    refuses(label_counts{{"a", 1001}}, "the number of rows of 'a' is not from 0 to 1000");
    refuses(label_counts{{"a", 996}}, "more than 1000 rows together");
    refuses(label_counts{{"a", 0}, {"b", 0}}, "no row is left");
    const auto several = labelled({{"a+b", 1}});
    EXPECT_THROW(rebalance(several, {0}, label_counts{{"a", 2}}, 1), std::invalid_argument);
}

}  // namespace
}  // namespace tessera::server::emissary
