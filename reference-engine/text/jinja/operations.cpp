#include <algorithm>
#include <cmath>
#include <compare>

#include "text/jinja/formatting.hpp"
#include "text/jinja/machine.hpp"
#include "text/jinja/numbers.hpp"
#include "text/jinja/text_tools.hpp"

namespace tessera::engine::jinja {
namespace {

value repeated(machine& m, const value& x, wide_integer times) {
    const auto count = static_cast<std::int64_t>(std::clamp<wide_integer>(times, 0, INT64_MAX));
    if (x.text() != nullptr) {
        std::string out;
        m.append_repeated(out, *x.text(), count);
        return m.text_like(x, std::move(out));
    }
    const std::vector<value>& items = x.list()->items;
    std::vector<value> out;
    for (std::int64_t i = 0; i < count && !items.empty(); ++i) {
        m.charge(items.size());
        out.insert(out.end(), items.begin(), items.end());
    }
    return m.list(std::move(out), x.list()->tuple);
}

value joined_texts(machine& m, const value& left, const value& right) {
    const bool safe = left.as<markup>() != nullptr || right.as<markup>() != nullptr;
    std::string out;
    for (const value* x : {&left, &right}) {
        const bool raw = safe && x->as<markup>() == nullptr;
        m.append(out, raw ? escaped(*x->text()) : *x->text());
    }
    return m.text_like(left.as<markup>() != nullptr ? left : right, std::move(out));
}

bool repeats(const value& x, const value& times) {
    return (x.text() != nullptr || x.list() != nullptr) && times.is_integer();
}

}  // namespace

bool equal(machine& m, const value& a, const value& b) {
    m.charge(1);
    if (a.is_number() && b.is_number()) return order_of_numbers(a, b) == 0;
    if (const std::string* x = a.text()) {
        const std::string* y = b.text();
        if (y != nullptr) m.charge(std::min(x->size(), y->size()) / 64);
        return y != nullptr && *x == *y;
    }
    if (const sequence* x = a.list()) {
        const sequence* y = b.list();
        if (y == nullptr || x->tuple != y->tuple || x->items.size() != y->items.size())
            return false;
        for (std::size_t i = 0; i < x->items.size(); ++i) {
            if (!equal(m, x->items[i], y->items[i])) return false;
        }
        return true;
    }
    if (const dict* x = a.mapping()) {
        const dict* y = b.mapping();
        if (y == nullptr || x->items.size() != y->items.size()) return false;
        for (const auto& [name, left] : x->items) {
            m.charge(name->size() / 64);
            const value* right = y->find(*name);
            if (right == nullptr || !equal(m, left, *right)) return false;
        }
        return true;
    }
    if (a.is_undefined()) return b.is_undefined();
    if (a.is_none()) return b.is_none();
    const auto same = [&]<class Pointer>(const Pointer* x) {
        const Pointer* y = b.as<Pointer>();
        return x != nullptr && y != nullptr && *x == *y;
    };
    return same(a.as<names*>()) || same(a.as<cycler*>()) || same(a.as<joiner*>()) ||
           same(a.as<std::shared_ptr<loop_state>>()) || same(a.as<const builtin*>());
}

std::partial_ordering order(machine& m, const value& a, const value& b) {
    m.charge(1);
    if (a.is_number() && b.is_number()) return order_of_numbers(a, b);
    if (a.text() != nullptr && b.text() != nullptr) {
        m.charge(std::min(a.text()->size(), b.text()->size()) / 64);
        return *a.text() <=> *b.text();
    }
    const sequence* x = a.list();
    const sequence* y = b.list();
    if (x == nullptr || y == nullptr || x->tuple != y->tuple) {
        m.fail("values of types " + std::string(a.type_name()) + " and " +
               std::string(b.type_name()) + " have no order");
    }
    for (std::size_t i = 0; i < std::min(x->items.size(), y->items.size()); ++i) {
        if (!equal(m, x->items[i], y->items[i])) return order(m, x->items[i], y->items[i]);
    }
    return x->items.size() <=> y->items.size();
}

bool contains(machine& m, const value& container, const value& x) {
    m.charge(1);
    if (const std::string* text = container.text()) {
        if (x.text() == nullptr) m.fail("only a string can be in a string");
        m.charge(text->size() / 16);
        return find_text(*text, *x.text()) != std::string::npos;
    }
    if (x.text() != nullptr) m.charge(x.text()->size() / 64);
    if (const dict* mapping = container.mapping()) {
        return x.text() != nullptr && mapping->find(*x.text()) != nullptr;
    }
    if (const auto* n = container.as<names*>()) {
        m.charge((*n)->items.size() / 8);
        return x.text() != nullptr && (*n)->find(*x.text()) != nullptr;
    }
    if (container.is_undefined()) return false;
    const sequence* list = container.list();
    if (list == nullptr)
        m.fail("nothing can be in a value of type " + std::string(container.type_name()));
    return std::ranges::any_of(list->items, [&](const value& item) { return equal(m, item, x); });
}

bool machine::compare(op which, const value& left, const value& right) {
    switch (which) {
        case op::equal:
            return equal(*this, left, right);
        case op::unequal:
            return !equal(*this, left, right);
        case op::less:
            return order(*this, left, right) < 0;
        case op::less_equal:
            return order(*this, left, right) <= 0;
        case op::greater:
            return order(*this, left, right) > 0;
        case op::greater_equal:
            return order(*this, left, right) >= 0;
        case op::in:
            return contains(*this, right, left);
        case op::not_in:
            return !contains(*this, right, left);
        default:
            fail("no comparison");
    }
}

value machine::binary(op which, const value& left, const value& right) {
    if (which == op::join) {
        std::string out;
        append_text(*this, out, left);
        append_text(*this, out, right);
        return text(std::move(out));
    }
    for (const value* x : {&left, &right}) {
        if (!x->is_undefined()) continue;
        const std::string* name = x->as<undefined>()->name;
        fail((name != nullptr ? "'" + *name + "'" : "a value") + " is undefined");
    }
    if (which == op::add && left.text() != nullptr && right.text() != nullptr)
        return joined_texts(*this, left, right);
    if (which == op::add && left.list() != nullptr && right.list() != nullptr &&
        left.list()->tuple == right.list()->tuple) {
        charge(left.list()->items.size() + right.list()->items.size());
        std::vector<value> items = left.list()->items;
        items.insert(items.end(), right.list()->items.begin(), right.list()->items.end());
        return list(std::move(items), left.list()->tuple);
    }
    if (which == op::multiply && repeats(left, right))
        return repeated(*this, left, right.integer());
    if (which == op::multiply && repeats(right, left))
        return repeated(*this, right, left.integer());
    if (which == op::modulo && left.text() != nullptr) return percent_format(*this, left, right);
    if (!left.is_number() || !right.is_number()) {
        fail("types " + std::string(left.type_name()) + " and " + std::string(right.type_name()) +
             " do not go together here");
    }
    return arithmetic(*this, which, left, right);
}

value machine::negative(const value& x) {
    if (const double* real = x.as<double>()) return -*real;
    return binary(op::subtract, std::int64_t{0}, x);
}

}  // namespace tessera::engine::jinja
