#include <algorithm>

#include "text/jinja/machine.hpp"
#include "text/jinja/text_operations.hpp"

namespace tessera::engine::jinja {
namespace {

using call = const call_arguments&;

template <bool (*Holds)(const value&)>
value plain(machine&, const value& x, call) {
    return Holds(x);
}
bool is_sequence(const value& x) {
    return x.text() != nullptr || x.list() != nullptr || x.mapping() != nullptr || x.is_undefined();
}
bool is_callable(const value& x) {  // in Jinja, what is undefined can be called, to its regret
    return x.as<macro>() != nullptr || x.as<const builtin*>() != nullptr ||
           x.as<std::shared_ptr<const method>>() != nullptr || x.as<joiner*>() != nullptr ||
           x.as<std::shared_ptr<loop_state>>() != nullptr || x.is_undefined();
}
template <bool Truth>
bool is_exactly(const value& x) {
    return x.as<bool>() != nullptr && *x.as<bool>() == Truth;
}

template <op Which>
value compares(machine& m, const value& x, call a) {
    return m.compare(Which, x, *a[0]);
}

/// Python's `is`, for which a string is the same as an equal one.
value is_same(machine& m, const value& x, call a) {
    const value& other = *a[0];
    if (!x.has_type_of(other)) return false;
    if (x.list() != nullptr) return x.list() == other.list();
    if (x.mapping() != nullptr) return x.mapping() == other.mapping();
    return equal(m, x, other);
}

template <std::int64_t Rest>
value has_rest_of_two(machine& m, const value& x, call) {
    return equal(m, m.binary(op::modulo, x, std::int64_t{2}), Rest);
}
value divides(machine& m, const value& x, call a) {
    return equal(m, m.binary(op::modulo, x, *a[0]), std::int64_t{0});
}

template <bool Upper>
value is_cased(machine& m, const value& x, call) {
    return has_case(as_text(m, x), Upper);
}

value names_filter(machine&, const value& x, call) {
    return x.text() != nullptr && find_filter(*x.text()) != nullptr;
}
value names_test(machine&, const value& x, call) {
    return x.text() != nullptr && find_test(*x.text()) != nullptr;
}

constexpr builtin test_table[] = {
    {"!=", "other", compares<op::unequal>},
    {"<", "other", compares<op::less>},
    {"<=", "other", compares<op::less_equal>},
    {"==", "other", compares<op::equal>},
    {">", "other", compares<op::greater>},
    {">=", "other", compares<op::greater_equal>},
    {"boolean", "", plain<[](const value& x) { return x.as<bool>() != nullptr; }>},
    {"callable", "", plain<is_callable>},
    {"defined", "", plain<[](const value& x) { return !x.is_undefined(); }>},
    {"divisibleby", "num", divides},
    {"eq", "other", compares<op::equal>},
    {"equalto", "other", compares<op::equal>},
    {"escaped", "", plain<[](const value& x) { return x.as<markup>() != nullptr; }>},
    {"even", "", has_rest_of_two<0>},
    {"false", "", plain<is_exactly<false>>},
    {"filter", "", names_filter},
    {"float", "", plain<[](const value& x) { return x.as<double>() != nullptr; }>},
    {"ge", "other", compares<op::greater_equal>},
    {"greaterthan", "other", compares<op::greater>},
    {"gt", "other", compares<op::greater>},
    {"in", "seq", compares<op::in>},
    {"integer", "", plain<[](const value& x) { return x.as<wide_integer>() != nullptr; }>},
    {"iterable", "", plain<is_sequence>},
    {"le", "other", compares<op::less_equal>},
    {"lessthan", "other", compares<op::less>},
    {"lower", "", is_cased<false>},
    {"lt", "other", compares<op::less>},
    {"mapping", "", plain<[](const value& x) { return x.mapping() != nullptr; }>},
    {"ne", "other", compares<op::unequal>},
    {"none", "", plain<[](const value& x) { return x.is_none(); }>},
    {"number", "", plain<[](const value& x) { return x.is_number(); }>},
    {"odd", "", has_rest_of_two<1>},
    {"sameas", "other", is_same},
    {"sequence", "", plain<is_sequence>},
    {"string", "", plain<[](const value& x) { return x.text() != nullptr; }>},
    {"test", "", names_test},
    {"true", "", plain<is_exactly<true>>},
    {"undefined", "", plain<[](const value& x) { return x.is_undefined(); }>},
    {"upper", "", is_cased<true>},
};

}  // namespace

builtins tests() { return test_table; }

}  // namespace tessera::engine::jinja
