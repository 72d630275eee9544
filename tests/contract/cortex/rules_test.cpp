// Every rule of the gateway has a test, which names it: SCOPED_TRACE("rule: auth-required").
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "contract/specification.hpp"

namespace tessera::contract {
namespace {
namespace rules_tests {

using names = std::set<std::string>;

void take_named(const std::string& source, names& named) {
    constexpr std::string_view mark = "\"rule: ";
    for (std::size_t at = source.find(mark); at != source.npos; at = source.find(mark, at)) {
        at += mark.size();
        named.insert(source.substr(at, source.find('"', at) - at));
    }
}

// In the sources of all tests but this one.
names named_by_tests() {
    namespace fs = std::filesystem;
    names named;
    for (const fs::directory_entry& each :
         fs::recursive_directory_iterator(TESSERA_SOURCE_DIR "/tests")) {
        static const std::set<fs::path> kinds = {".cpp", ".hpp", ".mjs", ".py"};
        if (!kinds.contains(each.path().extension()) || each.path().filename() == "rules_test.cpp")
            continue;
        std::ifstream file(each.path());
        take_named(std::string(std::istreambuf_iterator<char>(file), {}), named);
    }
    return named;
}

struct findings {
    names untested;  // rules without a test
    names unknown;   // named by tests, and no rules

    bool operator==(const findings&) const = default;
};

findings check(const names& rules, const names& named) {
    findings made;
    std::ranges::set_difference(rules, named, std::inserter(made.untested, made.untested.end()));
    std::ranges::set_difference(named, rules, std::inserter(made.unknown, made.unknown.end()));
    return made;
}

TEST(gateway_rules, all_have_a_test) {
    const auto listed = specification::load_facts("cortex-gateway.rules");
    const names rules = listed.get<names>();
    EXPECT_EQ(rules.size(), listed.size());
    EXPECT_EQ(rules.size(), 182U);
    const findings found = check(rules, named_by_tests());
    for (const std::string& rule : found.untested) ADD_FAILURE() << rule << " has no test";
    for (const std::string& rule : found.unknown) ADD_FAILURE() << rule << " is no rule";
}

TEST(gateway_rules, what_is_wrong_is_found) {
    names named;
    take_named(R"(SCOPED_TRACE("rule: a"); SCOPED_TRACE("rule: d-e"); "rule a", "rule:b")", named);
    EXPECT_EQ(named, (names{"a", "d-e"}));
    EXPECT_EQ(check({"a", "b", "c"}, {"a", "typed wrong"}),
              (findings{.untested = {"b", "c"}, .unknown = {"typed wrong"}}));
    EXPECT_EQ(check({"a", "b"}, {"a", "b"}), findings{});
}

}  // namespace rules_tests
}  // namespace
}  // namespace tessera::contract
