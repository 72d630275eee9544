#pragma once

#include "tessera/call/detail/make_spec.hpp"

namespace tessera::call::detail {

TESSERA_DEF
void set_path(spec& request, std::string_view pattern,
              std::initializer_list<std::string_view> values) {
    for (const std::string_view value : values)
        if (value.empty() || value == "." || value == "..")
            request.defect = tessera::detail::failed(
                error_kind::invalid_argument, "a parameter of the path " + std::string(pattern) +
                                                  " must not be \"" + std::string(value) + "\"");
    request.target_path = http::expand_path(pattern, values);
}

TESSERA_DEF
void refuse_stream(spec& request) {
    request.defect = tessera::detail::failed(
        error_kind::invalid_argument,
        "the request asks for a stream: use stream(), or leave its member stream out");
}

TESSERA_DEF
void add_true(std::string& object, std::string_view name) {
    object.pop_back();
    object.append(object.size() > 1 ? ",\"" : "\"").append(name).append("\":true}");
}

}  // namespace tessera::call::detail
