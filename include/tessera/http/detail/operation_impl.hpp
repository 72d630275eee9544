#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "tessera/http/operation.hpp"
#include "tessera/http/url.hpp"

namespace tessera::http {

TESSERA_DEF std::string expand_path(std::string_view path,
                                    std::initializer_list<std::string_view> values) {
    std::string expanded;
    auto value = values.begin();
    while (!path.empty()) {
        const std::size_t open = path.find('{');
        expanded.append(path.substr(0, open));
        if (open == path.npos) break;
        path.remove_prefix(open + 1);
        take_until(path, '}');
        if (value != values.end()) expanded.append(percent_encode(*value++));
    }
    return expanded;
}

}  // namespace tessera::http
