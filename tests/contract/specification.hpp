#pragma once
// How the code is held against the facts of a specification.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/json.hpp"

namespace tessera::specification {

// Sorted members: the order of keywords means nothing here.
using value = nlohmann::json;

inline value load_facts(const std::string& api, const std::string& folder = "specs") {
    std::ifstream file(TESSERA_SOURCE_DIR "/tests/contract/" + folder + "/" + api + ".json");
    return json::parse(std::string(std::istreambuf_iterator<char>(file), {})).value();
}

// One spelling for what JSON Schema can say in several: references resolved, "or null" as the flag
// that OpenAPI 3.0 has for it, a single-valued enum as const, oneOf as anyOf, silence about
// additional members as permission, an empty list of members as silence.
class normaliser {
  public:
    explicit normaliser(const value& definitions) : definitions_(definitions) {}

    value operator()(const value& schema, int depth = 0) const {
        if (depth > 40) return {{"recursive", true}};
        if (schema.contains("$ref")) {
            const std::string reference = schema["$ref"];
            value flat =
                (*this)(definitions_.at(reference.substr(reference.rfind('/') + 1)), depth + 1);
            if (schema.contains("default") && !schema["default"].is_null())
                flat["default"] = number(schema["default"]);
            return flat;
        }
        value flat = value::object();
        for (const char* keyword :
             {"type", "const", "enum", "minimum", "maximum", "exclusiveMinimum", "minLength",
              "maxLength", "minItems", "maxItems", "pattern"})
            if (schema.contains(keyword)) flat[keyword] = number(schema[keyword]);
        if (flat.contains("enum") && flat["enum"].size() == 1) flat["const"] = flat["enum"][0];
        if (flat.contains("const")) flat.erase("enum");
        if (flat.contains("enum") || flat.contains("const")) flat.erase("type");
        if (flat.contains("enum")) flat["enum"] = sorted(flat["enum"]);
        if (schema.contains("items")) flat["items"] = (*this)(schema["items"], depth + 1);
        if (schema.contains("default") && !schema["default"].is_null())
            flat["default"] = number(schema["default"]);
        if (schema.value("deprecated", false)) flat["deprecated"] = true;
        if (schema.value("nullable", false)) flat["nullable"] = true;
        if (schema.contains("properties") && !schema["properties"].empty()) {
            for (const auto& [name, property] : schema["properties"].items())
                flat["properties"][name] = (*this)(property, depth + 1);
            flat["required"] = sorted(schema.value("required", value::array()));
        }
        if (schema.contains("additionalProperties") && schema["additionalProperties"] != true &&
            schema["additionalProperties"] != value::object())
            flat["additionalProperties"] = schema["additionalProperties"].is_object()
                                               ? (*this)(schema["additionalProperties"], depth + 1)
                                               : schema["additionalProperties"];
        for (const char* keyword : {"anyOf", "oneOf"})
            if (schema.contains(keyword)) take_alternatives(flat, schema[keyword], depth);
        if (flat.contains("type") && flat["type"].is_array()) {
            value alternatives = value::array();
            for (const value& type : flat["type"]) alternatives.push_back({{"type", type}});
            flat.erase("type");
            take_alternatives(flat, alternatives, depth);
        }
        return flat;
    }

  private:
    static value number(const value& of) { return of.is_number() ? value(of.get<double>()) : of; }

    static value sorted(const value& list) {
        std::set<value> ordered(list.begin(), list.end());
        return value(std::vector<value>(ordered.begin(), ordered.end()));
    }

    void take_alternatives(value& flat, const value& alternatives, int depth) const {
        std::set<value> kept;
        for (const value& alternative : alternatives) {
            const value plain = (*this)(alternative, depth + 1);
            if (plain == value{{"type", "null"}})
                flat["nullable"] = true;
            else if (plain.contains("anyOf"))
                kept.insert(plain["anyOf"].begin(), plain["anyOf"].end());
            else
                kept.insert(plain);
        }
        if (kept.size() == 1) {
            for (const auto& [keyword, content] : kept.begin()->items()) flat[keyword] = content;
        } else if (!kept.empty()) {
            flat["anyOf"] = std::vector<value>(kept.begin(), kept.end());
        }
    }

    const value& definitions_;
};

// Every difference, with its path.
inline void compare(const value& ours, const value& theirs, const std::string& path,
                    std::map<std::string, std::string>& differences) {
    if (ours == theirs) return;
    if (ours.is_object() && theirs.is_object()) {
        std::set<std::string> names;
        for (const auto& [name, member] : ours.items()) names.insert(name);
        for (const auto& [name, member] : theirs.items()) names.insert(name);
        for (const std::string& name : names)
            compare(ours.value(name, value("(absent)")), theirs.value(name, value("(absent)")),
                    path + "/" + name, differences);
    } else if (ours.is_array() && theirs.is_array() && ours.size() == theirs.size()) {
        for (std::size_t i = 0; i < ours.size(); ++i)
            compare(ours[i], theirs[i], path + "/" + std::to_string(i), differences);
    } else {
        differences[path] = "the code says " + ours.dump() + ", the specification " + theirs.dump();
    }
}

// A place where the code differs from the specification on purpose: a part of its path, where *
// stands for anything, and why.
using deliberate = std::pair<std::string_view, std::string_view>;

inline bool has_part(std::string_view path, std::string_view part) {
    const std::size_t star = part.find('*');
    const std::size_t found = path.find(part.substr(0, star));
    if (found == path.npos) return false;
    return star == part.npos || has_part(path.substr(found + star), part.substr(star + 1));
}

inline bool is_deliberate(std::span<const deliberate> all, std::string_view path) {
    return std::any_of(all.begin(), all.end(),
                       [&](const deliberate& each) { return has_part(path, each.first); });
}

// An OpenAPI document's operations in one spelling: references resolved, parameters by name, what
// is required and what is not, bodies by media type, answers by status.
class operations_of {
  public:
    explicit operations_of(const value& document)
        : document_(document), plain_(document.at("components").at("schemas")) {}

    value operator()() const {
        value all = value::object();
        for (const auto& [path, methods] : document_.at("paths").items())
            for (const auto& [method, operation] : methods.items())
                if (operation.is_object() && operation.contains("operationId"))
                    all[method + " " + path] = plain(operation, methods);
        return all;
    }

  private:
    const value& resolved(const value& given) const {
        if (!given.contains("$ref")) return given;
        return document_.at(value::json_pointer(given["$ref"].get<std::string>().substr(1)));
    }

    value plain(const value& operation, const value& path) const {
        value made = {{"operationId", operation["operationId"]}};
        const value& security = operation.contains("security")
                                    ? operation["security"]
                                    : document_.value("security", value::array());
        made["needs_key"] = !security.empty() && security != value::array({value::object()});
        for (const value* list : {&path, &operation})
            for (const value& each : list->value("parameters", value::array())) {
                const value& parameter = resolved(each);
                value& to = made["parameters"][parameter["in"].get<std::string>() + " " +
                                               parameter["name"].get<std::string>()];
                to["required"] = parameter.value("required", false);
                to["schema"] = plain_(parameter["schema"]);
                // No segment of a path is empty, whether that is said or not.
                if (parameter["in"] == "path") to["schema"].erase("minLength");
            }
        if (operation.contains("requestBody")) {
            const value& body = resolved(operation["requestBody"]);
            made["requestBody"] = {{"required", body.value("required", false)},
                                   {"content", contents(body)}};
        }
        for (const auto& [status, response] : operation["responses"].items())
            made["responses"][status] = contents(resolved(response));
        return made;
    }

    value contents(const value& from) const {
        value made = value::object();
        if (!from.contains("content")) return made;
        for (const auto& [type, content] : from["content"].items())
            made[type] = plain_(content.value("schema", value::object()));
        return made;
    }

    const value& document_;
    normaliser plain_;
};

// Differences between the operations of two documents. Errors that only our document names, or
// names as "any other", are none: the specifications name few.
inline std::map<std::string, std::string> compare_operations(const value& ours, const value& theirs,
                                                             std::span<const deliberate> allowed) {
    value mine = operations_of(ours)();
    value documented = operations_of(theirs)();
    for (auto& [name, operation] : mine.items()) {
        value& responses = operation["responses"];
        const value expected =
            documented.value(name, value::object()).value("responses", value::object());
        for (const auto& [status, content] : expected.items())
            if (!responses.contains(status) && status >= "4" && responses.contains("default"))
                responses[status] = content.empty() ? value(value::object()) : responses["default"];
        for (auto each = responses.begin(); each != responses.end();)
            each = (each.key() >= "4" && !expected.contains(each.key())) ? responses.erase(each)
                                                                         : std::next(each);
    }
    std::map<std::string, std::string> all;
    compare(mine, documented, "", all);
    std::erase_if(all, [&](const auto& each) { return is_deliberate(allowed, each.first); });
    return all;
}

}  // namespace tessera::specification
