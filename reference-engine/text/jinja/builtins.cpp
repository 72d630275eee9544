#include "text/jinja/builtins.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>

#include "core/error.hpp"
#include "text/jinja/machine.hpp"

namespace tessera::engine::jinja {
namespace {

struct parameter {
    std::string_view name;
    bool optional;
};
std::vector<parameter> parameters_of(const builtin& callee) {
    std::vector<parameter> out;
    for (std::string_view rest = callee.parameters; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        std::string_view name = rest.substr(0, comma);
        const bool optional = name.ends_with('?');
        if (optional) name.remove_suffix(1);
        out.push_back({name, optional});
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return out;
}

}  // namespace

call_arguments::call_arguments(machine& m, const builtin& callee, const arguments& given)
    : m_(m), callee_(callee), given_(given) {
    if (callee.parameters == "*") return;
    const std::vector<parameter> parameters = parameters_of(callee);
    bound_.resize(parameters.size(), nullptr);
    const auto complain = [&](const std::string& what) { m.fail(std::string(name()) + what); };
    if (given.positional.size() > bound_.size()) complain(" has too many arguments");
    for (std::size_t i = 0; i < given.positional.size(); ++i) bound_[i] = &given.positional[i];
    for (const auto& [key, x] : given.named) {
        const auto it = std::ranges::find(parameters, key, &parameter::name);
        if (it == parameters.end()) complain(" has no argument " + in_quotes(key));
        const value*& place = bound_[static_cast<std::size_t>(it - parameters.begin())];
        if (place != nullptr) complain(" has the argument " + in_quotes(key) + " twice");
        place = &x;
    }
    for (std::size_t i = 0; i < bound_.size(); ++i) {
        if (bound_[i] == nullptr && !parameters[i].optional)
            complain(" needs the argument " + in_quotes(parameters[i].name));
    }
}

void call_arguments::wrong(std::size_t i, std::string_view wanted) const {
    const bool there = bound_[i] != nullptr;
    m_.fail("the argument " + in_quotes(parameters_of(callee_)[i].name) + " of " +
            std::string(name()) + " must be " + std::string(wanted) +
            (there ? ", not " + std::string(bound_[i]->type_name()) : ""));
}

const std::string& call_arguments::text(std::size_t i) const {
    if (bound_[i] == nullptr || bound_[i]->text() == nullptr) wrong(i, "a string");
    m_.charge(bound_[i]->text()->size() / 16);
    return *bound_[i]->text();
}

std::string_view call_arguments::text_or(std::size_t i, std::string_view otherwise) const {
    return has(i) ? std::string_view(text(i)) : otherwise;
}

std::int64_t call_arguments::integer_or(std::size_t i, std::int64_t otherwise) const {
    if (!has(i) && parameters_of(callee_)[i].optional) return otherwise;
    if (!bound_[i]->is_integer()) wrong(i, "an integer");
    return static_cast<std::int64_t>(
        std::clamp<wide_integer>(bound_[i]->integer(), INT64_MIN, INT64_MAX));
}

const builtin* find(std::initializer_list<builtins> tables, std::string_view name) {
    for (const builtins table : tables) {
        const auto it = std::ranges::find(table, name, &builtin::name);
        if (it != table.end()) return &*it;
    }
    return nullptr;
}

const builtin* find_filter(std::string_view name) {
    return find({text_filters(), text_layout_filters(), list_filters(), selecting_filters(),
                 value_filters()},
                name);
}
const builtin* find_test(std::string_view name) { return find({tests()}, name); }
const builtin* find_global(std::string_view name) { return find({globals()}, name); }
const builtin* find_method(const value& self, std::string_view name) {
    if (self.text() != nullptr)
        return find({text_methods(), text_search_methods(), text_question_methods()}, name);
    if (self.mapping() != nullptr) return find({dict_methods()}, name);
    if (const sequence* x = self.list())
        return x->tuple ? find({tuple_methods()}, name)
                        : find({tuple_methods(), list_methods()}, name);
    if (self.as<std::shared_ptr<loop_state>>() != nullptr) return find({loop_methods()}, name);
    if (self.as<cycler*>() != nullptr) return find({cycler_methods()}, name);
    return nullptr;
}

value machine::run_builtin(const builtin& which, std::string_view kind, const value& self,
                           const arguments& given) {
    charge(1);
    if (which.run == nullptr) {
        const std::string owner = kind == "method" ? " of " + std::string(self.type_name()) : "";
        unsupported("the " + std::string(kind) + " " + in_quotes(which.name) + owner);
    }
    return which.run(*this, self, call_arguments(*this, which, given));
}

value machine::filter(std::string_view name, const value& operand, const arguments& given) {
    const builtin* found = find_filter(name);
    if (found == nullptr) unsupported("the filter " + in_quotes(name));
    return run_builtin(*found, "filter", operand, given);
}

bool machine::test(std::string_view name, const value& operand, const arguments& given) {
    const builtin* found = find_test(name);
    if (found == nullptr) unsupported("the test " + in_quotes(name));
    return run_builtin(*found, "test", operand, given).truth();
}

value machine::call(const value& callee, const arguments& given) {
    if (const auto* which = callee.as<macro>()) return call_macro(*which, given, nullptr);
    if (const auto* which = callee.as<const builtin*>())
        return run_builtin(**which, "function", {}, given);
    if (const auto* which = callee.as<std::shared_ptr<const method>>())
        return run_builtin(*(*which)->which, "method", (*which)->self, given);
    if (const auto* which = callee.as<std::shared_ptr<loop_state>>())
        return call_loop(**which, given);
    if (const auto* which = callee.as<joiner*>()) {
        if (std::exchange((*which)->used, true)) return (*which)->separator;
        return text("");
    }
    if (callee.is_undefined() && callee.as<undefined>()->name != nullptr)
        fail(in_quotes(*callee.as<undefined>()->name) + " is undefined");
    fail("a value of type " + std::string(callee.type_name()) + " cannot be called");
}

}  // namespace tessera::engine::jinja
