#pragma once
// The schema of a type as models are held to it: every member required, none beside them.
#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/json/schema.hpp"

namespace tessera::json {

namespace detail {

template <class Value>
bool allows_null(const Value& schema) {
    if (schema.empty() || schema.value("type", Value()) == "null") return true;
    const auto any = schema.find("anyOf");
    return any != schema.end() && std::any_of(any->begin(), any->end(), allows_null<Value>);
}

// The schemas of types are as deep as their author wrote them, so that recursion is safe.
template <class Value>
void make_strict(Value& schema) {
    if (!schema.is_object()) return;
    for (const char* keyword : {"$schema", "default", "deprecated", "discriminator"})
        schema.erase(keyword);
    if (const auto one = schema.find("oneOf"); one != schema.end()) {
        Value alternatives = std::move(*one);
        schema.erase("oneOf");
        schema["anyOf"] = std::move(alternatives);
    }
    // A reference stands alone.
    if (schema.contains("$ref") && schema.size() > 1) {
        Value reference = Value::object();
        reference["$ref"] = std::move(schema["$ref"]);
        schema.erase("$ref");
        schema["anyOf"].push_back(std::move(reference));
    }
    for (const char* keyword : {"items", "additionalProperties"})
        if (const auto inner = schema.find(keyword); inner != schema.end()) make_strict(*inner);
    if (const auto any = schema.find("anyOf"); any != schema.end())
        for (Value& each : *any) make_strict(each);
    if (const auto named = schema.find("$defs"); named != schema.end())
        for (Value& each : *named) make_strict(each);
    if (!schema.contains("properties")) return;
    const Value needed = schema.value("required", Value::array());
    Value required = Value::array();
    for (const auto& [name, property] : schema["properties"].items()) {
        make_strict(property);
        const bool may_be_absent = std::find(needed.begin(), needed.end(), name) == needed.end();
        if (may_be_absent && !allows_null(property)) property = or_null_schema(std::move(property));
        required.push_back(name);
    }
    schema["required"] = std::move(required);
    schema["additionalProperties"] = false;
}

// Services take letters, digits, "_" and "-", at most 64 of them.
inline bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}
inline constexpr std::size_t longest_name = 64;

}  // namespace detail

/// What services take for the name of a schema or of a tool, out of a description's: 1 to 64
/// letters, digits, "_" and "-".
inline std::string schema_name(std::string_view described) {
    std::string name(described.substr(0, detail::longest_name));
    std::replace_if(name.begin(), name.end(), std::not_fn(detail::is_name_character), '_');
    return name.empty() ? "answer" : name;
}

/// The JSON Schema of T in the form that strict modes ask for, self-contained: every described
/// object requires all its members and allows no others; a member that may be absent is required as
/// well, and may be null; alternatives are `anyOf`; no defaults. What a model writes under it is
/// read with json::mode::generated. Services differ in what they enforce: a std::map
/// (additionalProperties with a schema) and json::value (any JSON) are refused by some.
template <described_object T>
value strict_schema() {
    value made = schema<T>();
    detail::make_strict(made);
    return made;
}

}  // namespace tessera::json
