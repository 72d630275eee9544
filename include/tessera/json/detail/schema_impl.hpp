#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/json/detail/members.hpp"
#include "tessera/json/reader.hpp"
#include "tessera/json/schema.hpp"

namespace tessera::json::detail {

TESSERA_COLD_DECL value typed(std::string_view name) {
    value schema = value::object();
    schema["type"] = name;
    return schema;
}

TESSERA_COLD_DECL value number_of(double number) {
    if (number == std::trunc(number) && std::abs(number) < 0x1p53)
        return static_cast<std::int64_t>(number);
    return number;
}

TESSERA_DEF value or_null_schema(value schema) {
    if (schema.size() != 1 || !schema.contains("anyOf")) {
        value any = value::object();
        any["anyOf"].push_back(std::move(schema));
        schema = std::move(any);
    }
    schema["anyOf"].push_back(typed("null"));
    return schema;
}

TESSERA_COLD_DECL value number_schema(std::string_view name, const constraints& rules) {
    value schema = typed(name);
    if (std::isfinite(rules.minimum))
        schema[rules.exclusive_minimum ? "exclusiveMinimum" : "minimum"] = number_of(rules.minimum);
    if (std::isfinite(rules.maximum)) schema["maximum"] = number_of(rules.maximum);
    return schema;
}

TESSERA_COLD_DECL value string_schema(const constraints& rules) {
    value schema = typed("string");
    if (rules.has_constant) schema["const"] = rules.constant;
    if (rules.min_length > 0) schema["minLength"] = rules.min_length;
    if (rules.max_length != std::size_t(-1)) schema["maxLength"] = rules.max_length;
    if (!rules.pattern.empty()) schema["pattern"] = rules.pattern;
    return schema;
}

TESSERA_COLD_DECL value array_schema(value items, const constraints& rules) {
    value schema = typed("array");
    schema["items"] = std::move(items);
    if (rules.min_items > 0) schema["minItems"] = rules.min_items;
    if (rules.max_items != std::size_t(-1)) schema["maxItems"] = rules.max_items;
    return schema;
}

TESSERA_COLD_DECL value map_schema(value members) {
    value schema = typed("object");
    schema["additionalProperties"] = members.empty() ? value(true) : std::move(members);
    return schema;
}

TESSERA_COLD_DECL value enum_schema(std::span<const std::string_view> texts) {
    value schema = typed("string");
    for (const std::string_view text : texts) schema["enum"].push_back(text);
    return schema;
}

TESSERA_COLD_DECL value object_schema(const object_node& type, const definitions& named) {
    value schema = typed("object");
    if (!type.name.empty()) schema["title"] = type.name;
    value properties = value::object(), needed = value::array(), additional;
    for (const member& part : type.members) {
        if (part.is != part_info::role::member) {
            additional = part.is == part_info::role::rest;
            continue;
        }
        const details& more = more_of(part);
        value property = schema_of(*part.type, named, more.rules);
        if (part.accepts_null && !part.keeps_null) property = or_null_schema(std::move(property));
        if (more.fallback.is != literal::kind::none) property["default"] = value_of(more.fallback);
        if (part.is_deprecated) property["deprecated"] = true;
        if (!more.note.empty()) property["description"] = more.note;
        properties[std::string(part.name)] = std::move(property);
        if (part.is_required) needed.push_back(part.name);
    }
    schema["properties"] = std::move(properties);
    if (!needed.empty()) schema["required"] = std::move(needed);
    if (!additional.is_null()) schema["additionalProperties"] = std::move(additional);
    return schema;
}

TESSERA_COLD_DECL std::optional<std::string_view> find_constant(const node& type,
                                                                std::string_view name) {
    for (const member& part : members_of(type))
        if (part.name == name) return constant_of(part);
    return std::nullopt;
}

// The name of the first constant member if every alternative has a constant of this name.
TESSERA_COLD_DECL std::string_view common_tag(std::span<const node* const> alternatives) {
    for (const member& part : members_of(*alternatives[0])) {
        bool is_shared = constant_of(part).has_value();
        for (const node* each : alternatives)
            is_shared = is_shared && find_constant(*each, part.name);
        if (is_shared) return part.name;
    }
    return {};
}

// oneOf where a constant member tells the alternatives apart, else anyOf.
TESSERA_COLD_DECL value union_schema(std::span<const node* const> alternatives,
                                     const definitions& named, const constraints& rules) {
    // The alternative for what is unknown comes last.
    if (alternatives.back()->is == shape::unknown)
        alternatives = alternatives.first(alternatives.size() - 1);
    value schemas = value::array();
    for (const node* each : alternatives) schemas.push_back(schema_of(*each, named, rules));
    value schema = value::object();
    const std::string_view tag = common_tag(alternatives);
    if (!tag.empty()) {
        value discriminator = {{"propertyName", tag}};
        for (std::size_t i = 0; i < alternatives.size(); ++i) {
            if (!schemas[i].contains("$ref")) continue;
            const std::string text(*find_constant(*alternatives[i], tag));
            discriminator["mapping"][text] = schemas[i]["$ref"];
        }
        schema["discriminator"] = std::move(discriminator);
    }
    schema[tag.empty() ? "anyOf" : "oneOf"] = std::move(schemas);
    return schema;
}

TESSERA_DEF value define(const node& type, const definitions& named) {
    if (type.is == shape::enumeration) return enum_schema(as<enum_node>(type).texts);
    return object_schema(as<object_node>(type), named);
}

TESSERA_COLD_DECL value described_schema(const node& type, std::string_view name_in_description,
                                         const definitions& named) {
    const std::string name(name_in_description);
    if (name.empty()) return define(type, named);
    if (!named.schemas.contains(name)) {
        named.schemas[name] = nullptr;  // it may contain itself
        value schema = define(type, named);
        named.schemas[name] = std::move(schema);
    }
    value reference = value::object();
    reference["$ref"] = std::string(named.prefix) + name;
    return reference;
}

TESSERA_DEF value schema_of(const node& type, const definitions& named, const constraints& rules) {
    switch (type.is) {
        case shape::any:
        case shape::unknown:
            return value::object();
        case shape::null:
            return typed("null");
        case shape::boolean:
            return typed("boolean");
        case shape::integer:
            return number_schema("integer", rules);
        case shape::real:
            return number_schema("number", rules);
        case shape::string:
            return string_schema(rules);
        case shape::fixed:
            return string_schema({.constant = as<fixed_node>(type).text, .has_constant = true});
        case shape::enumeration:
            return described_schema(type, as<enum_node>(type).name, named);
        case shape::open_enumeration:
            return schema_of(*as<open_enum_node>(type).of, named, rules);
        case shape::file: {
            value schema = typed("string");
            schema["format"] = "binary";
            return schema;
        }
        case shape::optional:
            return schema_of(*as<holder_node>(type).of, named, rules);
        case shape::nullable:
            return or_null_schema(schema_of(*as<holder_node>(type).of, named, rules));
        case shape::array:
            return array_schema(schema_of(*as<array_node>(type).of, named, {}), rules);
        case shape::map:
            return map_schema(schema_of(*as<map_node>(type).of, named, {}));
        case shape::object:
            return described_schema(type, as<object_node>(type).name, named);
        case shape::custom: {
            value schema = schema_of(*as<custom_node>(type).like, named, rules);
            if (const auto format = as<custom_node>(type).format; !format.empty())
                schema["format"] = format;
            return schema;
        }
        case shape::variant:
            break;
    }
    return union_schema(as<variant_node>(type).alternatives, named, rules);
}

TESSERA_DEF value whole_schema(const node& type) {
    value definitions = value::object();
    const detail::definitions named{definitions, "#/$defs/"};
    const bool is_described = type.is == shape::object || type.is == shape::enumeration;
    value root = is_described ? define(type, named) : schema_of(type, named, {});
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    if (!definitions.empty()) root["$defs"] = std::move(definitions);
    return root;
}

}  // namespace tessera::json::detail
