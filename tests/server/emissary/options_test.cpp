#include <gtest/gtest.h>

#include "core/options.hpp"
#include "tessera/json.hpp"

namespace tessera::server {
namespace {
namespace emissary_options_tests {

std::string refusal(const std::string& member) {
    const auto read = with_settings(options(), "emissary:\n  " + member + "\n", "it.yaml");
    EXPECT_FALSE(read) << member;
    return read ? "" : read.error().message;
}

TEST(emissary_options, are_read_over_those_that_hold_by_themselves) {
    const auto read = with_settings(
        options(), "emissary: {api_key: mine, deploy_ms: 0, inactive_timeout_s: 5}", "it.yaml");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->emissary.api_key, "mine");
    EXPECT_EQ(read->emissary.deploy_ms, 0);
    EXPECT_EQ(read->emissary.inactive_timeout_s, 5);
    EXPECT_EQ(read->emissary.reactivate_ms, emissary_options().reactivate_ms);
}

TEST(emissary_options, are_refused_with_their_line) {
    for (const char* member : {"colour: red", "api_key: ''", "deploy_ms: -1", "deploy_ms: 3600001",
                               "deploy_timeout_s: 0", "inactive_timeout_s: 0",
                               "reactivate_ms: soon", "engine_start_ms: 1.5"}) {
        const std::string name(member, std::string_view(member).find(':'));
        const std::string message = refusal(member);
        EXPECT_EQ(message.find("it.yaml, line 2: emissary." + name), 0U) << message;
    }
}

}  // namespace emissary_options_tests
}  // namespace
}  // namespace tessera::server
