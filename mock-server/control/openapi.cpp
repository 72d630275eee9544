#include "control/openapi.hpp"

#include <algorithm>
#include <string>

#include "tessera/http/url.hpp"

namespace tessera::server {
namespace {

json::value content(std::string_view type, json::value schema) {
    return {{std::string(type), {{"schema", std::move(schema)}}}};
}

json::value path_parameters(std::string_view path) {
    json::value all = json::value::array();
    for (std::size_t open = path.find('{'); open != path.npos; open = path.find('{', open + 1)) {
        const std::size_t close = path.find('}', open);
        all.push_back({{"name", path.substr(open + 1, close - open - 1)},
                       {"in", "path"},
                       {"required", true},
                       {"schema", {{"type", "string"}}}});
    }
    return all;
}

// The members of a described struct as parameters of the query or of the header.
void add_parameters(json::value& all, std::string_view in, schema_function members,
                    json::value& definitions) {
    if (members == nullptr) return;
    const json::value object = members(definitions);
    if (!object.contains("properties")) return;
    const json::value required = object.value("required", json::value::array());
    for (const auto& [name, schema] : object["properties"].items())
        all.push_back(
            {{"name", name},
             {"in", in},
             {"required", std::find(required.begin(), required.end(), name) != required.end()},
             {"schema", schema}});
}

// What a fixed query says, as parameters of one value.
void add_fixed(json::value& all, std::string_view query) {
    for (const auto& [name, text] : http::parse_query(query)) {
        const bool is_boolean = text == "true" || text == "false";
        const json::value only = is_boolean ? json::value(text == "true") : json::value(text);
        all.push_back({{"name", name},
                       {"in", "query"},
                       {"required", true},
                       {"schema",
                        {{"type", is_boolean ? "boolean" : "string"},
                         {"enum", json::value::array({only})}}}});
    }
}

std::string scheme_name(const http::auth& kind) {
    if (kind == http::auth::bearer) return "HTTPBearer";
    return kind == http::auth::api_key_header ? "api_key" : std::string(kind.header);
}

json::value scheme_of(const http::auth& kind) {
    if (kind.header == "authorization")
        return {{"type", "http"},
                {"scheme", kind == http::auth::bearer ? "bearer" : std::string(kind.scheme)}};
    return {{"type", "apiKey"}, {"in", "header"}, {"name", kind.header}};
}

// One entry for each media type that a body may be in.
json::value content_of(http::media set, json::value schema) {
    static constexpr std::pair<http::media, std::string_view> types[] = {
        {http::media::json, "application/json"},
        {http::media::form, "multipart/form-data"},
        {http::media::text, "text/plain"},
        {http::media::bytes, "application/octet-stream"}};
    json::value all = json::value::object();
    for (const auto& [kind, type] : types)
        if (http::includes(set, kind)) all.update(content(type, schema));
    return all;
}

void add_errors(json::value& responses, const api& described, const route& of,
                json::value& definitions) {
    for (const error_schema& each : described.errors(of)) {
        json::value& made = responses[each.status == 0 ? "default" : std::to_string(each.status)];
        made["description"] =
            each.status == 0 ? "any other error" : std::string(http::reason_phrase(each.status));
        if (each.schema) made["content"] = content_of(each.gives, each.schema(definitions));
    }
}

json::value operation_of(const api& described, const route& each, json::value& definitions) {
    json::value made = {{"operationId", each.id}};
    json::value parameters = path_parameters(each.path);
    add_fixed(parameters, each.query);
    add_parameters(parameters, "query", each.query_schema, definitions);
    add_parameters(parameters, "header", each.headers_schema, definitions);
    if (!parameters.empty()) made["parameters"] = std::move(parameters);
    if (each.request_schema)
        made["requestBody"] = {
            {"required", !each.body.optional},
            {"content", content_of(each.takes, each.request_schema(definitions))}};
    json::value& good = made["responses"][std::to_string(each.status)];
    good["description"] = "success";
    if (each.response_schema)
        good["content"] = content_of(each.gives, each.response_schema(definitions));
    if (each.chunk_schema)
        good["content"].update(content("text/event-stream", each.chunk_schema(definitions)));
    add_errors(made["responses"], described, each, definitions);
    if (each.authentication != http::auth::none)
        made["security"] =
            json::value::array({{{scheme_name(each.authentication), json::value::array()}}});
    return made;
}

// What either says: texts of two lists are one list, and a whole type has each of its values.
void add_alternative(json::value& schema, const json::value& other) {
    const auto is_of = [](const json::value& part, const json::value& whole) {
        return part == whole || (part.contains("enum") && whole.size() == 1 &&
                                 whole.value("type", "") == part.value("type", "any"));
    };
    if (is_of(other, schema)) return;
    if (is_of(schema, other)) {
        schema = other;
        return;
    }
    if (!schema.contains("enum") || !other.contains("enum")) {
        schema = {{"anyOf", json::value::array({std::move(schema), other})}};
        return;
    }
    json::value& all = schema["enum"];
    for (const json::value& each : other["enum"])
        if (std::find(all.begin(), all.end(), each) == all.end()) all.push_back(each);
}

json::value* parameter_like(json::value& all, const json::value& wanted) {
    for (json::value& each : all)
        if (each["name"] == wanted["name"] && each["in"] == wanted["in"]) return &each;
    return nullptr;
}

// A body or an answer that is either: each media type with what it holds in one of them.
void add_alternative_content(json::value& made, const json::value& other) {
    if (!other.contains("content")) return;
    for (const auto& [type, held] : other["content"].items()) {
        json::value& known = made["content"][type];
        if (known.is_null())
            known = held;
        else
            add_alternative(known["schema"], held["schema"]);
    }
}

// Operations of one path that a query tells apart are one in the document, which has no other
// place. Only what both need is required.
void add_alternative_operation(json::value& made, json::value other) {
    json::value& parameters = made["parameters"];
    json::value& others = other["parameters"];
    for (json::value& each : parameters)
        if (!parameter_like(others, each)) each["required"] = false;
    for (json::value& each : others) {
        if (json::value* const known = parameter_like(parameters, each)) {
            if (each["required"] == false) (*known)["required"] = false;
            add_alternative((*known)["schema"], each["schema"]);
        } else {
            each["required"] = false;
            parameters.push_back(std::move(each));
        }
    }
    if (made.contains("requestBody") || other.contains("requestBody")) {
        json::value& body = made["requestBody"];
        json::value& other_body = other["requestBody"];
        const auto is_required = [](const json::value& of) {
            return of.is_object() && of.value("required", false);
        };
        body["required"] = is_required(body) && is_required(other_body);
        add_alternative_content(body, other_body);
    }
    for (const auto& [status, response] : other["responses"].items()) {
        json::value& known = made["responses"][status];
        if (known.is_null())
            known = response;
        else
            add_alternative_content(known, response);
    }
}

}  // namespace

json::value openapi_document(const api& described) {
    json::value definitions = json::value::object();
    json::value schemes = json::value::object();
    json::value paths = json::value::object();
    for (const route& each : described.routes()) {
        if (!each.documented) continue;
        std::string method(each.method);
        std::transform(method.begin(), method.end(), method.begin(),
                       [](unsigned char c) { return static_cast<char>(c | 0x20); });
        json::value& made = paths[std::string(each.path)][method];
        json::value operation = operation_of(described, each, definitions);
        if (made.is_null())
            made = std::move(operation);
        else
            add_alternative_operation(made, std::move(operation));
        if (each.authentication != http::auth::none)
            schemes[scheme_name(each.authentication)] = scheme_of(each.authentication);
    }
    json::value document = {
        {"openapi", "3.1.0"},
        {"info",
         {{"title", "tessera: " + std::string(described.name())}, {"version", TESSERA_VERSION}}},
        {"servers", json::value::array({{{"url", "/" + std::string(described.name())}}})},
        {"paths", std::move(paths)},
        {"components", {{"schemas", std::move(definitions)}}}};
    if (!schemes.empty()) document["components"]["securitySchemes"] = std::move(schemes);
    return document;
}

}  // namespace tessera::server
