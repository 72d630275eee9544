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

// Those of OAuth, which is not served yet. A rule that gets its test leaves this list.
const names not_served = {"prov-auth-oauth",
                          "oauth-authorize-redirect",
                          "oauth-authorize-redirect-url",
                          "oauth-authorize-callback",
                          "oauth-authorize-state",
                          "oauth-authorize-pkce",
                          "oauth-state-32-bytes",
                          "oauth-state-ttl",
                          "oauth-pkce-s256",
                          "oauth-pkce-verifier-secret",
                          "oauth-callback-exchange",
                          "oauth-callback-store",
                          "oauth-callback-state",
                          "oauth-callback-pkce",
                          "oauth-callback-error",
                          "oauth-callback-success",
                          "oauth-callback-redirect-url",
                          "oauth-status-not-configured",
                          "oauth-status-not-authenticated",
                          "oauth-status-authenticated",
                          "oauth-status-permanent",
                          "oauth-status-405",
                          "oauth-refresh-success",
                          "oauth-refresh-stores",
                          "oauth-refresh-rotation",
                          "oauth-refresh-not-configured",
                          "oauth-refresh-no-refresh-token",
                          "oauth-refresh-failure",
                          "oauth-refresh-openrouter",
                          "oauth-refresh-405",
                          "oauth-device-success",
                          "oauth-device-complete-uri",
                          "oauth-device-browser",
                          "oauth-device-auto-poll",
                          "oauth-device-not-configured",
                          "oauth-device-failure",
                          "oauth-device-405",
                          "oauth-poll-internal",
                          "oauth-delete-success",
                          "oauth-delete-local-only",
                          "oauth-delete-reauth",
                          "oauth-delete-missing",
                          "oauth-delete-405",
                          "oauth-store-cipher",
                          "oauth-store-nonce",
                          "oauth-store-key",
                          "oauth-store-mode",
                          "oauth-auto-refresh",
                          "oauth-auto-refresh-logged",
                          "cfg-refresh-disable",
                          "cfg-refresh-threshold",
                          "cfg-refresh-interval",
                          "oauth-pkce-formula",
                          "oauth-poll-pending"};

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
    names outdated;  // that are said to have none, and have one
    names unknown;   // named by tests, or said to have none, and are no rules

    bool operator==(const findings&) const = default;
};

findings check(const names& rules, const names& named, const names& exempt) {
    findings made;
    for (const std::string& rule : rules)
        if (named.contains(rule) == exempt.contains(rule))
            (named.contains(rule) ? made.outdated : made.untested).insert(rule);
    for (const names* each : {&named, &exempt})
        std::set_difference(each->begin(), each->end(), rules.begin(), rules.end(),
                            std::inserter(made.unknown, made.unknown.end()));
    return made;
}

TEST(gateway_rules, all_have_a_test) {
    const auto listed = specification::load_facts("cortex-gateway.rules");
    const names rules = listed.get<names>();
    EXPECT_EQ(rules.size(), listed.size());
    EXPECT_EQ(rules.size(), 182U);
    const findings found = check(rules, named_by_tests(), not_served);
    for (const std::string& rule : found.untested) ADD_FAILURE() << rule << " has no test";
    for (const std::string& rule : found.outdated)
        ADD_FAILURE() << rule << " has a test: take it off the list of what is not served";
    for (const std::string& rule : found.unknown) ADD_FAILURE() << rule << " is no rule";
}

TEST(gateway_rules, what_is_wrong_is_found) {
    names named;
    take_named(R"(SCOPED_TRACE("rule: a"); SCOPED_TRACE("rule: d-e"); "rule a", "rule:b")", named);
    EXPECT_EQ(named, (names{"a", "d-e"}));
    EXPECT_EQ(check({"a", "b", "c", "d"}, {"a", "d", "typed wrong"}, {"c", "d", "gone"}),
              (findings{.untested = {"b"}, .outdated = {"d"}, .unknown = {"gone", "typed wrong"}}));
    EXPECT_EQ(check({"a", "b"}, {"a"}, {"b"}), findings{});
}

}  // namespace rules_tests
}  // namespace
}  // namespace tessera::contract
