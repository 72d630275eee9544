#include "text/jinja/value.hpp"

#include <algorithm>

namespace tessera::engine::jinja {

int value::depth() const {
    if (const sequence* x = list()) return x->depth;
    if (const dict* x = mapping()) return x->depth;
    if (const auto* x = as<std::shared_ptr<loop_state>>()) return (*x)->items->depth + 1;
    if (const auto* x = as<std::shared_ptr<const method>>()) return (*x)->self.depth() + 1;
    return 0;
}

bool value::truth() const {
    if (is_undefined() || is_none()) return false;
    if (const bool* x = as<bool>()) return *x;
    if (const auto* x = as<wide_integer>()) return *x != 0;
    if (const double* x = as<double>()) return *x != 0;
    if (const std::string* x = text()) return !x->empty();
    if (const sequence* x = list()) return !x->items.empty();
    if (const dict* x = mapping()) return !x->items.empty();
    return true;
}

std::string_view value::type_name() const {
    static constexpr std::string_view type_names[] = {
        "undefined", "none",      "bool",   "int",    "float", "str",   "str",      "list",
        "dict",      "namespace", "cycler", "joiner", "loop",  "macro", "function", "method"};
    return type_names[data_.index()];
}

const value* dict::find(std::string_view name) const {
    const auto it = index.find(name);
    return it == index.end() ? nullptr : &items[it->second].second;
}

void dict::set(text_pointer name, value x) {
    depth = std::max(depth, x.depth() + 1);
    const auto [it, inserted] = index.emplace(*name, items.size());
    if (inserted) {
        items.emplace_back(std::move(name), std::move(x));
    } else {
        items[it->second].second = std::move(x);
    }
}

value* names::find(std::string_view name) {
    const auto it = std::ranges::find(items, name, &std::pair<std::string, value>::first);
    return it == items.end() ? nullptr : &it->second;
}

}  // namespace tessera::engine::jinja
