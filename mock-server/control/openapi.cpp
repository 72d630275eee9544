#include "control/openapi.hpp"

#include <algorithm>
#include <string>

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

std::string_view scheme_name(http::auth kind) {
    return kind == http::auth::bearer ? "HTTPBearer" : "api_key";
}

json::value scheme_of(http::auth kind) {
    if (kind == http::auth::bearer) return {{"type", "http"}, {"scheme", "bearer"}};
    return {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}};
}

json::value operation_of(const route& each, json::value& definitions) {
    json::value made = {{"operationId", each.id}};
    json::value parameters = path_parameters(each.path);
    for (const parameter& other : each.parameters)
        parameters.push_back({{"name", other.name},
                              {"in", other.in},
                              {"required", false},
                              {"schema", other.schema(definitions)}});
    if (!parameters.empty()) made["parameters"] = std::move(parameters);
    if (each.request_schema)
        made["requestBody"] = {
            {"required", true},
            {"content", content("application/json", each.request_schema(definitions))}};
    json::value& good = made["responses"]["200"];
    good["description"] = "success";
    if (each.response_schema)
        good["content"] = content("application/json", each.response_schema(definitions));
    if (each.chunk_schema)
        good["content"].update(content("text/event-stream", each.chunk_schema(definitions)));
    if (each.authentication != http::auth::none)
        made["security"] = json::value::array(
            {{{std::string(scheme_name(each.authentication)), json::value::array()}}});
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
        paths[std::string(each.path)][method] = operation_of(each, definitions);
        if (each.authentication != http::auth::none)
            schemes[std::string(scheme_name(each.authentication))] = scheme_of(each.authentication);
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
