#pragma once

#include "tessera/call/detail/make_spec.hpp"
#include "tessera/http/url.hpp"

namespace tessera::call::detail {

TESSERA_DEF
spec begin_spec(const operation_facts& facts, std::initializer_list<std::string_view> in_path) {
    spec made;
    made.method = facts.method;
    made.authentication = facts.authentication;
    made.status = facts.status;
    made.replayable = facts.replayable;
    made.binary = facts.binary;
    made.end = facts.end;
    made.errors = facts.errors;
    made.headers.add("accept", facts.accept);
    for (const std::string_view value : in_path)
        if (value.empty() || value == "." || value == "..")
            made.defect = tessera::detail::failed(
                error_kind::invalid_argument,
                {"a parameter of the path ", facts.path_pattern, " must not be \"", value, "\""});
    made.target_path = http::expand_path(facts.path_pattern, in_path);
    return made;
}

TESSERA_DEF
void add_query(spec& request, std::vector<json::named_text>&& texts) {
    for (json::named_text& text : texts) request.query.push_back(std::move(text));
}

TESSERA_DEF
void finish_spec(spec& request, const json::value& extra) {
    if (extra.is_object() && !extra.empty() && !request.body && !request.content)
        refuse_extra_body(request);
}

TESSERA_DEF
void refuse_stream(spec& request) {
    request.defect = tessera::detail::failed(
        error_kind::invalid_argument,
        "the request asks for a stream: use stream(), or leave its member stream out");
}

}  // namespace tessera::call::detail
