#include <algorithm>

#include "core/error.hpp"
#include "text/jinja/machine.hpp"

namespace tessera::engine::jinja {
namespace {

using plain_test = bool (*)(const value&);

struct plain_row {
    std::string_view name;
    plain_test run;
};
constexpr plain_row plain_rows[] = {
    {"defined", [](const value& x) { return !x.is_undefined(); }},
    {"undefined", [](const value& x) { return x.is_undefined(); }},
    {"none", [](const value& x) { return x.is_none(); }},
    {"string", [](const value& x) { return x.text() != nullptr; }},
    {"mapping", [](const value& x) { return x.mapping() != nullptr; }},
    {"sequence",
     [](const value& x) {
         return x.text() != nullptr || x.list() != nullptr || x.mapping() != nullptr ||
                x.is_undefined();
     }},
    {"iterable",
     [](const value& x) {
         return x.text() != nullptr || x.list() != nullptr || x.mapping() != nullptr ||
                x.is_undefined();
     }},
    {"number", [](const value& x) { return x.is_number(); }},
    {"integer", [](const value& x) { return x.as<std::int64_t>() != nullptr; }},
    {"float", [](const value& x) { return x.as<double>() != nullptr; }},
    {"boolean", [](const value& x) { return x.as<bool>() != nullptr; }},
    {"true", [](const value& x) { return x.as<bool>() != nullptr && *x.as<bool>(); }},
    {"false", [](const value& x) { return x.as<bool>() != nullptr && !*x.as<bool>(); }},
    {"callable",
     [](const value& x) {
         return x.as<macro>() != nullptr || x.as<builtin>() != nullptr ||
                x.as<std::shared_ptr<const method>>() != nullptr;
     }},
};

struct comparing_row {
    std::string_view name;
    op which;
};
constexpr comparing_row comparing_rows[] = {
    {"eq", op::equal},
    {"equalto", op::equal},
    {"==", op::equal},
    {"sameas", op::equal},
    {"ne", op::unequal},
    {"!=", op::unequal},
    {"lt", op::less},
    {"lessthan", op::less},
    {"<", op::less},
    {"le", op::less_equal},
    {"<=", op::less_equal},
    {"gt", op::greater},
    {"greaterthan", op::greater},
    {">", op::greater},
    {"ge", op::greater_equal},
    {">=", op::greater_equal},
    {"in", op::in},
};

}  // namespace

bool machine::test(std::string_view name, const value& operand, const arguments& given) {
    charge(1);
    const auto* plain = std::ranges::find(plain_rows, name, &plain_row::name);
    if (plain != std::end(plain_rows)) {
        match_arguments(*this, name, "", given);
        return plain->run(operand);
    }
    const bool cased = name == "upper" || name == "lower";
    if (name == "odd" || name == "even" || cased) {
        match_arguments(*this, name, "", given);
        if (cased) {
            if (operand.text() == nullptr) fail("the test takes a string");
            return method(operand, name == "upper" ? "isupper" : "islower", {}).truth();
        }
        if (!operand.is_integer()) fail("the test takes an integer");
        return (operand.integer() % 2 != 0) == (name == "odd");
    }
    const auto* comparing = std::ranges::find(comparing_rows, name, &comparing_row::name);
    if (comparing == std::end(comparing_rows) && name != "divisibleby") {
        unsupported("the test " + in_quotes(name));
    }
    const auto bound = match_arguments(*this, name, "other", given);
    if (bound[0] == nullptr) fail("the test " + std::string(name) + " needs an argument");
    if (name == "divisibleby") return !binary(op::modulo, operand, *bound[0]).truth();
    return compare(comparing->which, operand, *bound[0]);
}

}  // namespace tessera::engine::jinja
