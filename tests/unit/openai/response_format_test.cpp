#include <gtest/gtest.h>

#include "tessera/json.hpp"
#include "tessera/openai/strict_schema.hpp"

namespace tessera::openai {
namespace {

struct noted {
    std::string city{};
};
constexpr auto describe(json::type<noted>) {
    return json::object<noted>("A city, noted", json::field("city", &noted::city));
}

TEST(response_format, of_a_type_bears_a_name_that_services_take) {
    const auto format = response_format_for<noted>();
    EXPECT_EQ(format.json_schema.name, "A_city__noted");
    EXPECT_EQ(format.json_schema.strict, true);
    EXPECT_EQ(format.json_schema.schema->at("type"), "object");
}

}  // namespace
}  // namespace tessera::openai
