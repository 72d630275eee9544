#pragma once
// What a message says: plain text, or a list of typed parts.
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/openai/describe.hpp"

namespace tessera::openai {

/// A part that is text.
struct text_content {
    json::fixed<"text"> type{};  ///< always "text"
    std::string text;            ///< what it says
    json::value extra{};         ///< members that have no name here
};

template <std::same_as<text_content> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("TextContent", json::field("type", &T::type),
                           json::field("text", &T::text), json::rest(&T::extra));
}

/// Where an image is.
struct image_url {
    std::string url;                      ///< https, or data: with the image in it
    std::optional<std::string> detail{};  ///< how closely to look: "auto", "low", "high"
    json::value extra{};                  ///< members that have no name here
};

template <std::same_as<image_url> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ImageUrl", json::field("url", &T::url),
                           json::field("detail", &T::detail, json::or_null, json::defaults("auto")),
                           json::rest(&T::extra));
}

/// A part that is an image, by its URL.
struct image_url_content {
    json::fixed<"image_url"> type{};  ///< always "image_url"
    openai::image_url image_url;      ///< where it is
    json::value extra{};              ///< members that have no name here
};

template <std::same_as<image_url_content> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ImageUrlContent", json::field("type", &T::type),
                           json::field("image_url", &T::image_url), json::rest(&T::extra));
}

/// An image inline, as base64 text.
struct image_content {
    json::fixed<"image"> type{};  ///< always "image"
    std::string image;            ///< base64
    json::value extra{};          ///< members that have no name here
};

template <std::same_as<image_content> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ImageContent", json::field("type", &T::type),
                           json::field("image", &T::image), json::rest(&T::extra));
}

/// What a content may consist of. Services take what has no name here as json::unknown, such as
/// sound or files: see their documentation.
using content_part = std::variant<text_content, image_url_content, image_content, json::unknown>;
/// A text, or parts.
using content = std::variant<std::string, std::vector<content_part>>;
/// What a content that is text may consist of.
using text_part = std::variant<text_content, json::unknown>;
/// Where most services take text alone.
using text_only_content = std::variant<std::string, std::vector<text_part>>;

/// The text of a content, its text parts joined without a separator; others say nothing.
inline std::string text_of(const content& said) {
    if (const auto* text = std::get_if<std::string>(&said)) return *text;
    std::string joined;
    for (const content_part& part : std::get<std::vector<content_part>>(said))
        if (const auto* text = std::get_if<text_content>(&part)) joined += text->text;
    return joined;
}

/// The text, its text parts joined without a separator; others say nothing.
inline std::string text_of(const text_only_content& said) {
    if (const auto* text = std::get_if<std::string>(&said)) return *text;
    std::string joined;
    for (const text_part& part : std::get<std::vector<text_part>>(said))
        if (const auto* text = std::get_if<text_content>(&part)) joined += text->text;
    return joined;
}

}  // namespace tessera::openai
