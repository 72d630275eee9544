#pragma once
// What a message says: plain text, or a list of typed parts.
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/json/describe.hpp"

namespace tessera::openai {

struct text_content {
    json::fixed<"text"> type{};
    std::string text;
    json::value extra{};
};

constexpr auto describe(json::type<text_content>) {
    return json::object<text_content>("TextContent", json::field("type", &text_content::type),
                                      json::field("text", &text_content::text),
                                      json::rest(&text_content::extra));
}

struct image_url {
    std::string url;
    std::optional<std::string> detail{};
    json::value extra{};
};

constexpr auto describe(json::type<image_url>) {
    return json::object<image_url>(
        "ImageUrl", json::field("url", &image_url::url),
        json::field("detail", &image_url::detail, json::or_null, json::defaults("auto")),
        json::rest(&image_url::extra));
}

struct image_url_content {
    json::fixed<"image_url"> type{};
    openai::image_url image_url;
    json::value extra{};
};

constexpr auto describe(json::type<image_url_content>) {
    return json::object<image_url_content>("ImageUrlContent",
                                           json::field("type", &image_url_content::type),
                                           json::field("image_url", &image_url_content::image_url),
                                           json::rest(&image_url_content::extra));
}

/// An image inline, as base64 text.
struct image_content {
    json::fixed<"image"> type{};
    std::string image;
    json::value extra{};
};

constexpr auto describe(json::type<image_content>) {
    return json::object<image_content>("ImageContent", json::field("type", &image_content::type),
                                       json::field("image", &image_content::image),
                                       json::rest(&image_content::extra));
}

using content_part = std::variant<text_content, image_url_content, image_content>;
using content = std::variant<std::string, std::vector<content_part>>;
/// Where the API takes text alone.
using text_only_content = std::variant<std::string, std::vector<text_content>>;

/// The text of a content, its text parts joined without a separator; images say nothing.
inline std::string text_of(const content& said) {
    if (const auto* text = std::get_if<std::string>(&said)) return *text;
    std::string joined;
    for (const content_part& part : std::get<std::vector<content_part>>(said))
        if (const auto* text = std::get_if<text_content>(&part)) joined += text->text;
    return joined;
}

inline std::string text_of(const text_only_content& said) {
    if (const auto* text = std::get_if<std::string>(&said)) return *text;
    std::string joined;
    for (const text_content& part : std::get<std::vector<text_content>>(said)) joined += part.text;
    return joined;
}

}  // namespace tessera::openai
