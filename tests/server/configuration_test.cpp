#include "core/configuration.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "support/random_model.hpp"

namespace tessera::server {
namespace {

json::value read(std::string_view text) {
    const auto made = configuration::read(text, "it.yaml");
    EXPECT_TRUE(made) << made.error().message;
    return made ? made->value() : json::value();
}

std::string refusal(std::string_view text) {
    const auto made = configuration::read(text, "it.yaml");
    EXPECT_FALSE(made) << text;
    return made ? "" : made.error().message;
}

TEST(configuration, scalars_are_those_of_the_core_schema) {
    const auto scalar = [](const std::string& text) {
        return read("a: {b: " + text + "}")["a"]["b"];
    };
    EXPECT_EQ(scalar("null"), json::value());
    EXPECT_EQ(scalar("~"), json::value());
    EXPECT_EQ(scalar(""), json::value());
    EXPECT_EQ(scalar("true"), json::value(true));
    EXPECT_EQ(scalar("False"), json::value(false));
    EXPECT_EQ(scalar("no"), json::value("no"));
    EXPECT_EQ(scalar("-12"), json::value(-12));
    EXPECT_EQ(scalar("+7"), json::value(7));
    EXPECT_EQ(scalar("0x1F"), json::value(31));
    EXPECT_EQ(scalar("0o17"), json::value(15));
    EXPECT_EQ(scalar("1.5e3"), json::value(1500.0));
    EXPECT_EQ(scalar(".5"), json::value(0.5));
    EXPECT_EQ(scalar("99999999999999999999"), json::value(1e20));
    EXPECT_EQ(scalar("1.2.3"), json::value("1.2.3"));
    EXPECT_EQ(scalar("e"), json::value("e"));
    EXPECT_EQ(scalar("nan"), json::value("nan"));
    EXPECT_EQ(scalar("'12'"), json::value("12"));
    EXPECT_EQ(scalar("\"true\""), json::value("true"));
    EXPECT_EQ(scalar("!!str 12"), json::value("12"));
}

TEST(configuration, json_is_read_as_it_is) {
    const std::string text =
        "{\n\t\"a\": {\"b\": [1, 2.5, null, false, \"x\\n\\u00e9\\/\"]},\n\t\"c\":{}}";
    EXPECT_EQ(read(text), json::value::parse(text));
}

TEST(configuration, an_empty_text_has_no_sections) {
    EXPECT_EQ(read(""), json::value::object());
    EXPECT_EQ(read("# nothing\n"), json::value::object());
}

TEST(configuration, places_are_lines_of_keys) {
    const auto made = configuration::read("a:\n  b:\n    - 1\n    - c: 2\nd: {e: 3}\n", "it.yaml");
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->place({"a"}), "it.yaml, line 1");
    EXPECT_EQ(made->place({"a", "b"}), "it.yaml, line 2");
    EXPECT_EQ(made->place({"a", "b", 0UL}), "it.yaml, line 3");
    EXPECT_EQ(made->place({"a", "b", 1UL, "c"}), "it.yaml, line 4");
    EXPECT_EQ(made->place({"a", "b", 1UL, "absent"}), "it.yaml, line 4");
    EXPECT_EQ(made->place({"d", "e"}), "it.yaml, line 5");
}

TEST(configuration, names_the_line_of_what_is_wrong) {
    EXPECT_NE(refusal("a: 1\nb: [1").find("it.yaml, line "), std::string::npos);
    EXPECT_NE(refusal("a: {x: 1}\nb: {}\na: {}").find("it.yaml, line 3: a is there twice"),
              std::string::npos);
    EXPECT_NE(refusal("a: {}\n? [1]\n: 2").find("it.yaml, line 2"), std::string::npos);
    EXPECT_NE(refusal("a: {b: *nowhere}").find("it.yaml, line 1"), std::string::npos);
    EXPECT_NE(refusal("a: {b: !thing 1}").find("!thing"), std::string::npos);
    EXPECT_NE(refusal("- 1").find("sections"), std::string::npos);
    EXPECT_NE(refusal("a: {}\n---\nb: {}").find("more than one"), std::string::npos);
}

TEST(configuration, is_bounded) {
    std::string deep = "a: ";
    for (int i = 0; i < 100; ++i) deep += "[";
    for (int i = 0; i < 100; ++i) deep += "]";
    EXPECT_NE(refusal(deep).find("deeper"), std::string::npos);
    std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; ++i) {
        const std::string last = "*a" + std::to_string(i - 1);
        laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
        for (int j = 0; j < 9; ++j) laughs += ", " + last;
        laughs += "]\n";
    }
    EXPECT_NE(refusal(laughs).find("aliases"), std::string::npos);
    EXPECT_NE(refusal("a: &a [*a]").find("it.yaml"), std::string::npos);
    EXPECT_NE(refusal("# " + std::string(5'000'000, 'x')).find("longer"), std::string::npos);
}

TEST(configuration, variables_are_read_from_the_environment) {
    ::setenv("TESSERA_TEST_NUMBER", "17", 1);
    ::setenv("TESSERA_TEST_EMPTY", "", 1);
    ::unsetenv("TESSERA_TEST_ABSENT");
    const auto scalar = [](const std::string& text) { return read("a:\n  b: " + text)["a"]["b"]; };
    EXPECT_EQ(scalar("${TESSERA_TEST_NUMBER}"), json::value(17));
    EXPECT_EQ(scalar("'${TESSERA_TEST_NUMBER}'"), json::value("17"));
    EXPECT_EQ(scalar("x${TESSERA_TEST_NUMBER}y${TESSERA_TEST_NUMBER}"), json::value("x17y17"));
    EXPECT_EQ(scalar("'${TESSERA_TEST_EMPTY}'"), json::value(""));
    EXPECT_EQ(scalar("${TESSERA_TEST_EMPTY:-it}"), json::value("it"));
    EXPECT_EQ(scalar("${TESSERA_TEST_ABSENT:-a:-b}"), json::value("a:-b"));
    EXPECT_EQ(scalar("'$${TESSERA_TEST_NUMBER}'"), json::value("${TESSERA_TEST_NUMBER}"));
    EXPECT_EQ(scalar("'$5 {x}'"), json::value("$5 {x}"));
    EXPECT_NE(refusal("a:\n  b: ${TESSERA_TEST_ABSENT}")
                  .find("line 2: the environment has no variable "
                        "'TESSERA_TEST_ABSENT'"),
              std::string::npos);
    EXPECT_NE(refusal("a: {b: '${open'}").find("$${"), std::string::npos);
}

TEST(configuration, a_section_may_be_a_file) {
    const tessera::testing::temporary_folder folder("tessera-configuration");
    const auto file = folder.path() / "all.yaml";
    std::ofstream(file) << "server: {x: 1}\ncerebras: own.yaml\n";
    std::ofstream(folder.path() / "own.yaml") << "# its own\napi_key: k\n";
    const auto made = configuration::read(file);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->value(),
              json::value::parse(R"({"server":{"x":1},"cerebras":{"api_key":"k"}})"));
    EXPECT_EQ(made->place({"cerebras", "api_key"}),
              (folder.path() / "own.yaml").string() + ", line 2");
    EXPECT_EQ(made->place({"server", "x"}), file.string() + ", line 1");

    std::ofstream(file) << "server: {}\ncerebras: absent.yaml\n";
    const auto refused = configuration::read(file);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("all.yaml, line 2: cerebras: "), std::string::npos)
        << refused.error().message;
    EXPECT_NE(refused.error().message.find("absent.yaml"), std::string::npos);
}

}  // namespace
}  // namespace tessera::server
