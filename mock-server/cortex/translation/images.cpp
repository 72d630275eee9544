#include "cortex/translation/images.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace tessera::server::cortex {
namespace {

std::string lower(std::string_view text) {
    std::string made(text);
    std::transform(made.begin(), made.end(), made.begin(), [](char each) {
        return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
    });
    return made;
}

// What the first bytes of a format are in base64.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> formats = {
    {{"iVBORw0KGgo", "image/png"},
     {"/9j/", "image/jpeg"},
     {"R0lGOD", "image/gif"},
     {"UklGR", "image/webp"}}};

}  // namespace

std::optional<anthropic::image_source> source_of_url(std::string_view url) {
    const auto begins = [&](std::string_view scheme) {
        return lower(url.substr(0, scheme.size())) == scheme;
    };
    if (begins("https://") || begins("http://"))
        return anthropic::url_source{.url = std::string(url)};
    if (!begins("data:")) return std::nullopt;
    url.remove_prefix(5);
    const std::size_t comma = url.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const std::string head = lower(url.substr(0, comma));
    const std::size_t semicolon = head.find(';');
    if (semicolon == 0 || semicolon == std::string::npos || !head.ends_with(";base64"))
        return std::nullopt;
    return anthropic::base64_source{.media_type = head.substr(0, semicolon),
                                    .data = std::string(url.substr(comma + 1))};
}

std::optional<anthropic::image_source> source_of_base64(std::string data) {
    for (const auto& [beginning, media_type] : formats)
        if (data.starts_with(beginning))
            return anthropic::base64_source{.media_type = std::string(media_type),
                                            .data = std::move(data)};
    return std::nullopt;
}

std::optional<std::string> url_of(const anthropic::image_source& source) {
    if (const auto* there = std::get_if<anthropic::url_source>(&source)) return there->url;
    if (const auto* here = std::get_if<anthropic::base64_source>(&source))
        return "data:" + here->media_type + ";base64," + here->data;
    return std::nullopt;
}

}  // namespace tessera::server::cortex
