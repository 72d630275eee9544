#include "web/media.hpp"

#include <string>

#include "tessera/http/grammar.hpp"
#include "web/api.hpp"

namespace tessera::server {
namespace {

std::string_view essence_of(std::string_view media_type) {
    return http::trim(media_type.substr(0, media_type.find(';')));
}

bool is_json_type(std::string_view media_type) {
    const std::size_t semicolon = media_type.find(';');
    const std::string_view essence = essence_of(media_type);
    constexpr std::string_view prefix = "application/";
    constexpr std::string_view suffix = "+json";
    if (!http::equal_nocase(essence, "application/json") &&
        !(essence.size() > prefix.size() + suffix.size() &&
          http::equal_nocase(essence.substr(0, prefix.size()), prefix) &&
          http::equal_nocase(essence.substr(essence.size() - suffix.size()), suffix)))
        return false;
    if (semicolon == std::string_view::npos) return true;
    const std::string_view parameter = http::trim(media_type.substr(semicolon + 1));
    constexpr std::string_view charset = "charset=";
    if (parameter.size() < charset.size() ||
        !http::equal_nocase(parameter.substr(0, charset.size()), charset))
        return true;
    const std::string_view value = parameter.substr(charset.size());
    return http::equal_nocase(value, "utf-8") || http::equal_nocase(value, "\"utf-8\"");
}

bool is_of(http::media takes, std::string_view type) {
    switch (takes) {
        case http::media::json:
            return is_json_type(type);
        case http::media::form:
            return http::equal_nocase(essence_of(type), "multipart/form-data");
        case http::media::text:
            return http::equal_nocase(type.substr(0, 5), "text/");
        default:
            return true;
    }
}

std::string_view name_of(http::media takes) {
    switch (takes) {
        case http::media::json:
            return "application/json in UTF-8";
        case http::media::form:
            return "multipart/form-data";
        case http::media::text:
            return "text/plain";
        default:
            return "application/octet-stream";
    }
}

bool has_body(const request& asked) {
    return asked.head.headers.contains("transfer-encoding") ||
           asked.head.headers.find("content-length").value_or("0") != "0";
}

}  // namespace

std::optional<problem> wrong_media(const request& asked) {
    const route& here = *asked.route;
    if (!here.request_schema || (here.body.optional && !has_body(asked))) return std::nullopt;
    const auto refused = [](std::string message) {
        return problem{.status = 415, .message = std::move(message)};
    };
    const std::string wanted(name_of(here.takes));
    const auto type = asked.head.headers.find("content-type");
    if (!type && here.takes == http::media::json)
        return refused("send the body with content-type: application/json");
    if (!type) return refused("send the body with content-type: " + wanted);
    if (!is_of(here.takes, *type))
        return refused("the body must be " + wanted + ", not " + std::string(*type));
    const auto coding = asked.head.headers.find("content-encoding");
    if (coding && !http::equal_nocase(*coding, "identity"))
        return refused("the body must not have the content-encoding " + std::string(*coding));
    return std::nullopt;
}

bool accepts(const request& asked, std::string_view media_type) {
    for (const std::string_view line : asked.head.headers.all("accept")) {
        const bool absent = http::for_each_element(line, [&](std::string_view element) {
            return !http::equal_nocase(essence_of(element), media_type);
        });
        if (!absent) return true;
    }
    return false;
}

}  // namespace tessera::server
