#include "tessera/openai/toolbox.hpp"

#include <gtest/gtest.h>

#include <asio/awaitable.hpp>
#include <stdexcept>

#include "support/sample.hpp"

namespace tessera::openai {
namespace {

struct query {
    std::string city{};
    std::optional<std::int64_t> days{};
};
constexpr auto describe(json::type<query>) {
    return json::object<query>("Query", json::field("city", &query::city, json::length(1)),
                               json::field("days", &query::days));
}

std::string days_of(const query& asked) {
    return asked.city + " " + std::to_string(asked.days.value_or(1));
}

std::string call(const function_tool& made, std::string arguments, std::stop_token stop = {}) {
    const called_function asked{.name = made.name, .arguments = std::move(arguments)};
    return toolbox({made}).call(asked, stop);
}

template <class Function>
std::string said_by(Function function) {
    return call(tessera::tool("f", "", function), "{}");
}

TEST(toolbox, a_function_is_a_tool_with_its_schema) {
    const tessera::openai::tool made = definition_of(tessera::tool("days", "Counts.", days_of));
    EXPECT_EQ(made.function.name, "days");
    EXPECT_EQ(made.function.description, "Counts.");
    EXPECT_EQ(made.function.strict, true);
    EXPECT_EQ(made.function.parameters->at("required").dump(), R"(["city","days"])");
    EXPECT_EQ(toolbox({tessera::tool("a", "", days_of), tessera::tool("b", "", days_of)})
                  .definitions()
                  .at(1)
                  .function.name,
              "b");
}

TEST(toolbox, arguments_are_read_as_their_struct) {
    const auto made = tessera::tool("days", "", days_of);
    EXPECT_EQ(call(made, R"({"city":"Oslo","days":3})"), "Oslo 3");
    EXPECT_EQ(call(made, R"({"city":"Oslo","days":null})"), "Oslo 1");
}

TEST(toolbox, arguments_that_do_not_fit_are_told_to_the_model) {
    const auto made = tessera::tool("days", "", days_of);
    EXPECT_EQ(call(made, R"({"city":"","days":"x"})"),
              R"({"error":"the arguments do not fit: city: expected at least 1 characters; )"
              R"(days: expected an integer"})");
    EXPECT_EQ(call(made, ""),
              R"({"error":"the arguments do not fit: city: required member is missing"})");
    EXPECT_TRUE(call(made, "{\"city").starts_with(R"({"error":"the arguments do not fit: )"));
}

TEST(toolbox, results_are_told_as_text_or_json) {
    EXPECT_EQ(said_by([] { return "text"; }), "text");
    EXPECT_EQ(said_by([] { return std::string_view("view"); }), "view");
    EXPECT_EQ(said_by([] { return 1.5; }), "1.5");
    EXPECT_EQ(said_by([] { return true; }), "true");
    EXPECT_EQ(said_by([] { return json::value{{"a", 1}}; }), R"({"a":1})");
    EXPECT_EQ(said_by([] { return query{.city = "Oslo"}; }), R"({"city":"Oslo"})");
    EXPECT_EQ(said_by([] { return std::vector<query>(1); }), R"([{"city":""}])");
    EXPECT_EQ(said_by([] { return std::optional<int>(); }), "null");
    EXPECT_EQ(said_by([] {}), "null");
    EXPECT_EQ(said_by([] { return result<int>(7); }), "7");
    EXPECT_EQ(said_by([]() -> result<int> { return error{.message = "no"}; }), R"({"error":"no"})");
    EXPECT_EQ(said_by([]() -> result<void> { return {}; }), "null");
}

TEST(toolbox, what_is_thrown_is_told_to_the_model) {
    EXPECT_EQ(said_by([]() -> int { throw std::runtime_error("broken \"glass\""); }),
              R"({"error":"broken \"glass\""})");
    EXPECT_EQ(said_by([]() -> int { throw 7; }), R"({"error":"the tool failed"})");
}

TEST(toolbox, awaitable_tools_are_run_to_their_end) {
    EXPECT_EQ(said_by([]() -> asio::awaitable<int> { co_return 7; }), "7");
    EXPECT_EQ(said_by([]() -> asio::awaitable<void> { co_return; }), "null");
    EXPECT_EQ(said_by([]() -> asio::awaitable<int> {
                  throw std::runtime_error("broken");
                  co_return 1;
              }),
              R"({"error":"broken"})");
    const auto made = tessera::tool(
        "days", "", [](query asked) -> asio::awaitable<std::string> { co_return days_of(asked); });
    EXPECT_EQ(call(made, R"({"city":"Oslo","days":3})"), "Oslo 3");
    EXPECT_TRUE(call(made, "{}").starts_with("{\"error\""));
}

TEST(toolbox, a_function_may_ask_whether_anybody_waits) {
    std::stop_source nobody;
    nobody.request_stop();
    const auto asks = [](std::stop_token stop) { return stop.stop_requested(); };
    EXPECT_EQ(call(tessera::tool("f", "", asks), "{}"), "false");
    EXPECT_EQ(call(tessera::tool("f", "", asks), "{}", nobody.get_token()), "true");
    EXPECT_EQ(call(tessera::tool("f", "",
                                 [](const query& asked, const std::stop_token& stop) {
                                     return asked.city + (stop.stop_requested() ? "!" : "");
                                 }),
                   R"({"city":"Oslo"})", nobody.get_token()),
              "Oslo!");
}

TEST(toolbox, an_unknown_tool_is_told_to_the_model) {
    const toolbox tools{tessera::tool("a", "", [] {}), tessera::tool("b", "", [] {})};
    EXPECT_EQ(tools.call({.name = "c", .arguments = "{}"}),
              R"({"error":"there is no tool 'c'; there are: a, b"})");
    EXPECT_EQ(toolbox().call({.name = "c", .arguments = "{}"}),
              R"({"error":"there is no tool 'c'; there are none"})");
    EXPECT_LT(tools.call({.name = std::string(100000, 'x'), .arguments = ""}).size(), 300u);
}

TEST(toolbox, names_are_those_that_services_take) {
    for (const char* name : {"", "get weather", "naïve"})
        EXPECT_THROW((void)tessera::tool(name, "", [] {}), invalid_argument_error) << name;
    EXPECT_THROW((void)tessera::tool(std::string(65, 'a'), "", [] {}), invalid_argument_error);
    EXPECT_NO_THROW((void)tessera::tool("Get-weather_2", "", [] {}));
    EXPECT_THROW((toolbox{tessera::tool("a", "", [] {}), tessera::tool("a", "", [] {})}),
                 invalid_argument_error);
}

}  // namespace
}  // namespace tessera::openai
