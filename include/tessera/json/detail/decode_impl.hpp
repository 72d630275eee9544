#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/json/decode.hpp"
#include "tessera/json/detail/unreadable.hpp"

namespace tessera::json::detail {

TESSERA_DEF bool decode(const node& type, const value& in, void* out, mode how, const file* files,
                        std::vector<issue>& issues) {
    std::vector<issue> found;
    reading state{.how = how, .issues = found, .files = files};
    const bool good = state.read(type, in, out, location{}) && found.empty();
    for (issue& each : found) issues.push_back(std::move(each));
    return good;
}

TESSERA_DEF result<void> decode(const node& type, const value& in, void* out) {
    std::vector<issue> issues;
    reading state{.how = mode::lenient, .issues = issues, .most = 1};
    if (state.read(type, in, out, location{}) && issues.empty()) return {};
    return to_error(issues.front());
}

TESSERA_DEF bool decode_text(const node& type, std::string_view text, void* out, mode how,
                             std::vector<issue>& issues, const limits& bounds) {
    value tree;
    std::string why = parse_into(tree, text, bounds);
    if (why.empty()) return decode(type, tree, out, how, nullptr, issues);
    issues.push_back({{}, "json_invalid", "invalid JSON" + why});
    return false;
}

TESSERA_DEF result<void> decode_text(const node& type, std::string_view text, void* out,
                                     const limits& bounds) {
    value tree;
    const std::string why = parse_into(tree, text, bounds);
    if (!why.empty()) return unreadable(why);
    return decode(type, tree, out);
}

}  // namespace tessera::json::detail
