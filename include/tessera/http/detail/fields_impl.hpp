#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/http/fields.hpp"
#include "tessera/http/grammar.hpp"

namespace tessera::http {

TESSERA_DEF fields::fields(std::initializer_list<field> list) {
    for (const field& each : list) add(each.name, each.value);
}

TESSERA_DEF void fields::add(std::string_view name, std::string_view value) {
    const std::size_t begin = text_.size();
    if (text_.capacity() - begin < name.size() + value.size()) {
        // The views may point into this buffer, so the old one lives until they are copied.
        std::string grown;
        grown.reserve(2 * begin + name.size() + value.size() + 64);
        grown.append(text_).append(name).append(value);
        text_.swap(grown);
    } else {
        text_.append(name).append(value);
    }
    entries_.push_back({begin, begin + name.size(), text_.size()});
}

TESSERA_DEF void fields::fold(std::string_view more) {
    entry& last = entries_.back();
    if (more.empty()) return;
    if (last.value != last.end) text_ += ' ';
    text_.append(more);
    last.end = text_.size();
}

TESSERA_DEF void fields::set(std::string_view name, std::string_view value) {
    fields changed;
    bool placed = false;
    for (const field each : *this) {
        if (!equal_nocase(each.name, name))
            changed.add(each.name, each.value);
        else if (!std::exchange(placed, true))
            changed.add(name, value);
    }
    if (placed)
        *this = std::move(changed);
    else
        add(name, value);
}

TESSERA_DEF std::size_t fields::remove(std::string_view name) {
    // A copy, since `name` may be a view of what goes.
    const std::string wanted(name);
    return std::erase_if(entries_,
                         [&](const entry& each) { return equal_nocase(name_of(each), wanted); });
}

TESSERA_DEF void fields::clear() {
    entries_.clear();
    text_.clear();
}

TESSERA_DEF std::optional<std::string_view> fields::find(std::string_view name) const {
    for (const entry& each : entries_)
        if (equal_nocase(name_of(each), name)) return value_of(each);
    return std::nullopt;
}

TESSERA_DEF std::vector<std::string_view> fields::all(std::string_view name) const {
    std::vector<std::string_view> found;
    for (const entry& each : entries_)
        if (equal_nocase(name_of(each), name)) found.push_back(value_of(each));
    return found;
}

TESSERA_DEF std::size_t fields::count(std::string_view name) const {
    std::size_t n = 0;
    for (const entry& each : entries_) n += equal_nocase(name_of(each), name);
    return n;
}

TESSERA_DEF bool fields::lists(std::string_view name, std::string_view element) const {
    for (const entry& each : entries_)
        if (equal_nocase(name_of(each), name) &&
            !for_each_element(value_of(each), [&](std::string_view found) {
                return !equal_nocase(found, element);
            }))
            return true;
    return false;
}

TESSERA_DEF bool fields::contains(std::string_view name) const { return find(name).has_value(); }

}  // namespace tessera::http
