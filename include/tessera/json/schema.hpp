#pragma once

#include <cmath>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "tessera/json/describe.hpp"
#include "tessera/json/kinds.hpp"
#include "tessera/json/literal.hpp"

namespace tessera::json {
namespace detail {

inline value number_of(double number) {
    if (number == std::trunc(number) && std::abs(number) < 0x1p53)
        return static_cast<std::int64_t>(number);
    return number;
}

// The same schema, or null. An anyOf without further keywords takes null as one more alternative.
inline value or_null_schema(value schema) {
    const value null = {{"type", "null"}};
    if (schema.size() == 1 && schema.contains("anyOf"))
        schema["anyOf"].push_back(null);
    else
        schema = {{"anyOf", value::array({std::move(schema), null})}};
    return schema;
}

inline value number_schema(std::string_view name, const constraints& rules) {
    value schema = {{"type", name}};
    if (std::isfinite(rules.minimum))
        schema[rules.exclusive_minimum ? "exclusiveMinimum" : "minimum"] = number_of(rules.minimum);
    if (std::isfinite(rules.maximum)) schema["maximum"] = number_of(rules.maximum);
    return schema;
}

inline value string_schema(const constraints& rules) {
    value schema = {{"type", "string"}};
    if (rules.has_constant) schema["const"] = rules.constant;
    if (rules.min_length > 0) schema["minLength"] = rules.min_length;
    if (rules.max_length != std::size_t(-1)) schema["maxLength"] = rules.max_length;
    if (!rules.pattern.empty()) schema["pattern"] = rules.pattern;
    return schema;
}

// Writes schemas and collects those of named types under `definitions`.
class schema_writer {
  public:
    schema_writer(value& definitions, std::string_view prefix)
        : definitions_(definitions), prefix_(prefix) {}

    // Of T where it is used: a reference for a type with a name.
    template <class T>
    value use(const constraints& rules = {}) {
        if constexpr (described<T>) {
            const std::string name(description<T>.name);
            if (name.empty()) return define<T>();
            if (!definitions_.contains(name)) {
                definitions_[name] = nullptr;  // it may contain itself
                value schema = define<T>();
                definitions_[name] = std::move(schema);
            }
            return {{"$ref", std::string(prefix_) + name}};
        } else if constexpr (std::same_as<T, value>) {
            return value::object();
        } else if constexpr (std::same_as<T, bool>) {
            return {{"type", "boolean"}};
        } else if constexpr (std::same_as<T, std::monostate>) {
            return {{"type", "null"}};
        } else if constexpr (std::integral<T>) {
            return number_schema("integer", rules);
        } else if constexpr (std::floating_point<T>) {
            return number_schema("number", rules);
        } else if constexpr (std::same_as<T, std::string>) {
            return string_schema(rules);
        } else if constexpr (is_fixed<T>) {
            return {{"type", "string"}, {"const", T::text()}};
        } else if constexpr (is_open_enum<T>) {
            return use<typename T::value_type>();
        } else if constexpr (is_nullable<T>) {
            return or_null_schema(use<typename T::value_type>(rules));
        } else if constexpr (is_optional<T>) {
            return use<typename T::value_type>(rules);
        } else if constexpr (is_vector<T>) {
            value schema = {{"type", "array"}, {"items", use<typename T::value_type>()}};
            if (rules.min_items > 0) schema["minItems"] = rules.min_items;
            if (rules.max_items != std::size_t(-1)) schema["maxItems"] = rules.max_items;
            return schema;
        } else if constexpr (is_map<T>) {
            value of_members = use<typename T::mapped_type>();
            if (of_members.empty()) of_members = true;
            return {{"type", "object"}, {"additionalProperties", std::move(of_members)}};
        } else {
            return alternatives(std::type_identity<T>{}, rules);
        }
    }

    // Of a described type itself.
    template <described T>
    value define() {
        if constexpr (described_enum<T>) {
            value texts = value::array();
            for (const auto& [text, named] : description<T>.enumerators) texts.push_back(text);
            return {{"type", "string"}, {"enum", std::move(texts)}};
        } else {
            value schema = {{"type", "object"}, {"properties", value::object()}};
            if (!description<T>.name.empty()) schema["title"] = description<T>.name;
            description<T>.with_parts([&](const auto&... part) { (add(schema, part), ...); });
            return schema;
        }
    }

  private:
    template <class Class, class Member>
    void add(value& schema, const field_description<Class, Member>& field) {
        const field_info& info = field.info;
        const std::string name(info.name);
        value property = use<Member>(info.rules);
        if (info.accepts_null && !is_nullable<Member>)
            property = or_null_schema(std::move(property));
        if (info.fallback.is != literal::kind::none)
            property["default"] = value_of<Member>(info.fallback);
        if (info.is_deprecated) property["deprecated"] = true;
        schema["properties"][name] = std::move(property);
        if (is_required<Member>(info)) schema["required"].push_back(name);
    }

    template <class Class>
    void add(value& schema, const rest_description<Class>&) {
        schema["additionalProperties"] = true;
    }

    void add(value& schema, closed_tag) { schema["additionalProperties"] = false; }

    // oneOf where a constant member tells the alternatives apart, else anyOf.
    template <class... T>
    value alternatives(std::type_identity<std::variant<T...>>, const constraints& rules) {
        value all = value::array();
        (all.push_back(use<T>(rules)), ...);
        const std::string_view tag = common_tag<T...>();
        if (tag.empty()) return {{"anyOf", std::move(all)}};
        value mapping = value::object();
        std::size_t index = 0;
        const auto add_mapping = [&](std::string_view constant) {
            const value& alternative = all[index++];
            if (alternative.contains("$ref")) mapping[std::string(constant)] = alternative["$ref"];
        };
        (add_mapping(constant_of<T>(tag)), ...);
        return {{"oneOf", std::move(all)},
                {"discriminator", {{"propertyName", tag}, {"mapping", std::move(mapping)}}}};
    }

    // The name of the first constant member if every alternative has one of this name.
    template <class First, class... Others>
    static std::string_view common_tag() {
        std::string_view tag;
        if constexpr (described_object<First>)
            for_each_constant<First>([&](const field_info& info) {
                const bool shared = (!constant_of<Others>(info.name).empty() && ...);
                if (tag.empty() && shared) tag = info.name;
            });
        return tag;
    }

    template <class T>
    static std::string_view constant_of(std::string_view name) {
        std::string_view constant;
        if constexpr (described_object<T>)
            for_each_constant<T>([&](const field_info& info) {
                if (info.name == name) constant = info.rules.constant;
            });
        return constant;
    }

    template <class T, class Use>
    static void for_each_constant(Use use_constant) {
        const auto visit = [&](const auto& part) {
            if constexpr (requires { part.info; })
                if (part.info.rules.has_constant) use_constant(part.info);
        };
        description<T>.with_parts([&](const auto&... part) { (visit(part), ...); });
    }

    value& definitions_;
    std::string_view prefix_;
};

}  // namespace detail

// Adds the schema of T and of every named type inside it to `definitions`, with references that
// begin with `prefix` ("#/components/schemas/" in an OpenAPI document), and returns the schema that
// uses T.
template <class T>
value add_schema(value& definitions, std::string_view prefix) {
    if (definitions.is_null()) definitions = value::object();
    return detail::schema_writer(definitions, prefix).use<T>();
}

// The JSON Schema (2020-12) of T, with the named types inside it under "$defs".
template <class T>
value schema() {
    value definitions = value::object();
    detail::schema_writer writer(definitions, "#/$defs/");
    value root;
    if constexpr (described<T>)
        root = writer.define<T>();
    else
        root = writer.use<T>();
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    if (!definitions.empty()) root["$defs"] = std::move(definitions);
    return root;
}

}  // namespace tessera::json
