#pragma once
// The format of answers that are a type of the user's.
#include <string>
#include <utility>

#include "tessera/json/strict_schema.hpp"
#include "tessera/openai/request_parts.hpp"

namespace tessera::openai {

using json::strict_schema;

namespace detail {

template <class Value>
json_object members_of(Value schema) {
    json_object members;
    for (auto& [name, member] : schema.template get_ref<typename Value::object_t&>())
        members.emplace(name, std::move(member));
    return members;
}

}  // namespace detail

/// The response_format that makes a model answer with a T: strict, named after the description.
template <json::described_object T>
response_format_json_schema response_format_for() {
    response_format_json_schema format;
    format.json_schema.name = json::schema_name(json::description<T>.name);
    format.json_schema.schema = detail::members_of(strict_schema<T>());
    format.json_schema.strict = true;
    return format;
}

}  // namespace tessera::openai
