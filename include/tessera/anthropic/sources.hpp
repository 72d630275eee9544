#pragma once
// Where the bytes of an image or of a document are.
#include <string>
#include <variant>

#include "tessera/anthropic/common.hpp"

namespace tessera::anthropic {

/// Here.
struct base64_source {
    json::fixed<"base64"> type{};  ///< always "base64"
    std::string media_type;        ///< such as "image/png", "application/pdf"
    std::string data;              ///< base64
    json::value extra{};           ///< members that have no name here
};

template <std::same_as<base64_source> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicBase64Source", json::field("type", &T::type),
                           json::field("media_type", &T::media_type), json::field("data", &T::data),
                           json::rest(&T::extra));
}

/// Where the service fetches it.
struct url_source {
    json::fixed<"url"> type{};  ///< always "url"
    std::string url;            ///< https
    json::value extra{};        ///< members that have no name here
};

template <std::same_as<url_source> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicUrlSource", json::field("type", &T::type),
                           json::field("url", &T::url), json::rest(&T::extra));
}

/// A file that was uploaded before.
struct file_source {
    json::fixed<"file"> type{};  ///< always "file"
    std::string file_id;         ///< of the file
    json::value extra{};         ///< members that have no name here
};

template <std::same_as<file_source> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicFileSource", json::field("type", &T::type),
                           json::field("file_id", &T::file_id), json::rest(&T::extra));
}

/// Plain text.
struct text_source {
    json::fixed<"text"> type{};             ///< always "text"
    std::string media_type = "text/plain";  ///< always "text/plain"
    std::string data;                       ///< the text
    json::value extra{};                    ///< members that have no name here
};

template <std::same_as<text_source> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicTextSource", json::field("type", &T::type),
                           json::field("media_type", &T::media_type), json::field("data", &T::data),
                           json::rest(&T::extra));
}

/// Where an image is.
using image_source = std::variant<base64_source, url_source, file_source, other>;

}  // namespace tessera::anthropic
