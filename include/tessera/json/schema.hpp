#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "tessera/json/describe.hpp"
#include "tessera/json/reader.hpp"

namespace tessera::json {
namespace detail {

template <class Lazy = void>
value typed(std::string_view name) {
    value schema = value::object();
    schema["type"] = name;
    return schema;
}

template <class Lazy = void>
value number_of(double number) {
    if (number == std::trunc(number) && std::abs(number) < 0x1p53)
        return static_cast<std::int64_t>(number);
    return number;
}

// The same schema, or null. An anyOf without further keywords takes null as one
// more alternative.
template <class Lazy = void>
value or_null_schema(value schema) {
    if (schema.size() != 1 || !schema.contains("anyOf")) {
        value any = value::object();
        any["anyOf"].push_back(std::move(schema));
        schema = std::move(any);
    }
    schema["anyOf"].push_back(typed("null"));
    return schema;
}

template <class Lazy = void>
value number_schema(std::string_view name, const constraints& rules) {
    value schema = typed(name);
    if (std::isfinite(rules.minimum))
        schema[rules.exclusive_minimum ? "exclusiveMinimum" : "minimum"] = number_of(rules.minimum);
    if (std::isfinite(rules.maximum)) schema["maximum"] = number_of(rules.maximum);
    return schema;
}

template <class Lazy = void>
value string_schema(const constraints& rules) {
    value schema = typed("string");
    if (rules.has_constant) schema["const"] = rules.constant;
    if (rules.min_length > 0) schema["minLength"] = rules.min_length;
    if (rules.max_length != std::size_t(-1)) schema["maxLength"] = rules.max_length;
    if (!rules.pattern.empty()) schema["pattern"] = rules.pattern;
    return schema;
}

template <class Lazy = void>
value array_schema(value items, const constraints& rules) {
    value schema = typed("array");
    schema["items"] = std::move(items);
    if (rules.min_items > 0) schema["minItems"] = rules.min_items;
    if (rules.max_items != std::size_t(-1)) schema["maxItems"] = rules.max_items;
    return schema;
}

template <class Lazy = void>
value map_schema(value members) {
    value schema = typed("object");
    schema["additionalProperties"] = members.empty() ? value(true) : std::move(members);
    return schema;
}

template <class Lazy = void>
value enum_schema(std::span<const std::string_view> texts) {
    value schema = typed("string");
    for (const std::string_view text : texts) schema["enum"].push_back(text);
    return schema;
}

// Where the schemas of named types go, and how references to them begin.
struct definitions {
    value& schemas;
    std::string_view prefix;
};

using schema_function = value (*)(const definitions& named, const constraints& rules);

template <class Lazy = void>
value object_schema(std::string_view name, std::span<const part_info> parts,
                           const schema_function* members, const definitions& named) {
    value schema = typed("object");
    if (!name.empty()) schema["title"] = name;
    value properties = value::object(), needed = value::array(), additional;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const part_info& part = parts[i];
        if (part.is != part_info::role::member) {
            additional = part.is == part_info::role::rest;
            continue;
        }
        value property = members[i](named, part.rules);
        if (part.accepts_null && !part.keeps_null) property = or_null_schema(std::move(property));
        if (part.fallback.is != literal::kind::none) property["default"] = value_of(part.fallback);
        if (part.is_deprecated) property["deprecated"] = true;
        if (!part.note.empty()) property["description"] = part.note;
        properties[std::string(part.name)] = std::move(property);
        if (part.is_required()) needed.push_back(part.name);
    }
    schema["properties"] = std::move(properties);
    if (!needed.empty()) schema["required"] = std::move(needed);
    if (!additional.is_null()) schema["additionalProperties"] = std::move(additional);
    return schema;
}

inline const part_info* find_constant(std::span<const part_info> parts, std::string_view name) {
    for (const part_info& part : parts)
        if (part.rules.has_constant && part.name == name) return &part;
    return nullptr;
}

// The name of the first constant member if every alternative has a constant of
// this name.
inline std::string_view common_tag(std::span<const std::span<const part_info>> alternatives) {
    for (const part_info& part : alternatives[0]) {
        bool is_shared = part.rules.has_constant;
        for (const auto parts : alternatives)
            is_shared = is_shared && find_constant(parts, part.name);
        if (is_shared) return part.name;
    }
    return {};
}

// oneOf where a constant member tells the alternatives apart, else anyOf.
template <class Lazy = void>
value union_schema(value schemas, std::span<const std::span<const part_info>> alternatives) {
    value schema = value::object();
    const std::string_view tag = common_tag(alternatives);
    if (!tag.empty()) {
        value discriminator = {{"propertyName", tag}};
        for (std::size_t i = 0; i < alternatives.size(); ++i) {
            if (!schemas[i].contains("$ref")) continue;
            const std::string text(find_constant(alternatives[i], tag)->rules.constant);
            discriminator["mapping"][text] = schemas[i]["$ref"];
        }
        schema["discriminator"] = std::move(discriminator);
    }
    schema[tag.empty() ? "anyOf" : "oneOf"] = std::move(schemas);
    return schema;
}

template <class T>
value schema_of(const definitions& named, const constraints& rules);

template <class Member>
struct member_schema {
    static constexpr schema_function value = &schema_of<Member>;
};
template <>
struct member_schema<void> {
    static constexpr schema_function value = nullptr;
};

// The schema of a described type itself.
template <described T>
value define(const definitions& named) {
    if constexpr (described_enum<T>) {
        return enum_schema(description<T>.texts);
    } else {
        constexpr auto& object = description<T>;
        static constexpr auto members = object.template table<member_schema, schema_function>();
        return object_schema(object.name, object.parts, members.data(), named);
    }
}

template <class... T>
value union_schema_of(const std::variant<T...>*, const definitions& named,
                      const constraints& rules) {
    const auto parts = []<class A>(const A*) -> std::span<const part_info> {
        if constexpr (described_object<A>)
            return description<A>.parts;
        else
            return {};
    };
    const std::span<const part_info> alternatives[] = {parts(static_cast<const T*>(nullptr))...};
    value schemas = value::array();
    for (const schema_function schema : {member_schema<T>::value...})
        schemas.push_back(schema(named, rules));
    return union_schema(std::move(schemas), alternatives);
}

// The schema of a type where it is used: a reference for a type with a name.
template <class T>
value schema_of(const definitions& named, const constraints& rules) {
    if constexpr (described<T>) {
        const std::string name(description<T>.name);
        if (name.empty()) return define<T>(named);
        if (!named.schemas.contains(name)) {
            named.schemas[name] = nullptr;  // it may contain itself
            value schema = define<T>(named);
            named.schemas[name] = std::move(schema);
        }
        value reference = value::object();
        reference["$ref"] = std::string(named.prefix) + name;
        return reference;
    } else if constexpr (std::same_as<T, value>) {
        return value::object();
    } else if constexpr (std::same_as<T, bool>) {
        return typed("boolean");
    } else if constexpr (std::same_as<T, std::monostate>) {
        return typed("null");
    } else if constexpr (std::integral<T>) {
        return number_schema("integer", rules);
    } else if constexpr (std::floating_point<T>) {
        return number_schema("number", rules);
    } else if constexpr (std::same_as<T, std::string>) {
        return string_schema(rules);
    } else if constexpr (is_fixed<T>) {
        return string_schema({.constant = T::text(), .has_constant = true});
    } else if constexpr (is_open_enum<T>) {
        return schema_of<typename T::value_type>(named, rules);
    } else if constexpr (is_nullable<T>) {
        return or_null_schema(schema_of<typename T::value_type>(named, rules));
    } else if constexpr (is_optional<T>) {
        return schema_of<typename T::value_type>(named, rules);
    } else if constexpr (is_vector<T>) {
        return array_schema(schema_of<typename T::value_type>(named, {}), rules);
    } else if constexpr (is_map<T>) {
        return map_schema(schema_of<typename T::mapped_type>(named, {}));
    } else {
        static_assert(is_variant<T>, "the type has no describe() and is none that JSON knows");
        return union_schema_of(static_cast<const T*>(nullptr), named, rules);
    }
}

}  // namespace detail

// Adds the schema of T and of every named type inside it to `definitions`, with
// references that begin with `prefix` ("#/components/schemas/" in an OpenAPI
// document), and returns the schema that uses T.
template <class T>
value add_schema(value& definitions, std::string_view prefix) {
    if (definitions.is_null()) definitions = value::object();
    return detail::schema_of<T>({definitions, prefix}, {});
}

// The JSON Schema (2020-12) of T, with the named types inside it under "$defs".
template <class T>
value schema() {
    value definitions = value::object();
    const detail::definitions named{definitions, "#/$defs/"};
    value root;
    if constexpr (described<T>)
        root = detail::define<T>(named);
    else
        root = detail::schema_of<T>(named, {});
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    if (!definitions.empty()) root["$defs"] = std::move(definitions);
    return root;
}

}  // namespace tessera::json
