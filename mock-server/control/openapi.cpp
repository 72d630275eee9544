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

// What a fixed query says, as parameters that have one value.
void add_fixed(json::value& all, std::string_view query) {
    for (const auto& [name, text] : http::parse_query(query))
        all.push_back({{"name", name},
                       {"in", "query"},
                       {"required", true},
                       {"schema", {{"type", "string"}, {"const", text}}}});
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

void add_errors(json::value& responses, const api& described, json::value& definitions) {
    for (const error_schema& each : described.errors()) {
        json::value& made = responses[each.status == 0 ? "default" : std::to_string(each.status)];
        made["description"] =
            each.status == 0 ? "any other error" : std::string(http::reason_phrase(each.status));
        made["content"] = content("application/json", each.schema(definitions));
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
    add_errors(made["responses"], described, definitions);
    if (each.authentication != http::auth::none)
        made["security"] =
            json::value::array({{{scheme_name(each.authentication), json::value::array()}}});
    return made;
}

}  // namespace

json::value openapi_document(const api& described) {
    json::value definitions = json::value::object();
    json::value schemes = json::value::object();
    json::value paths = json::value::object();
    for (const route& each : described.routes()) {
        std::string method(each.method);
        std::transform(method.begin(), method.end(), method.begin(),
                       [](unsigned char c) { return static_cast<char>(c | 0x20); });
        // Operations of one path that a query tells apart are one in the document, which has no
        // other place.
        json::value& made = paths[std::string(each.path)][method];
        json::value operation = operation_of(described, each, definitions);
        if (made.is_null())
            made = std::move(operation);
        else
            made["responses"].update(operation["responses"]);
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
