#pragma once
// Where the model has a text from.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "tessera/anthropic/common.hpp"

namespace tessera::anthropic {

/// A range of characters of a plain text document.
struct char_location {
    json::fixed<"char_location"> type{};          ///< always "char_location"
    std::string cited_text;                       ///< the text there
    std::int64_t document_index;                  ///< which document of the request, from 0
    std::optional<std::string> document_title{};  ///< its title
    std::int64_t start_char_index;                ///< from 0
    std::int64_t end_char_index;                  ///< behind the last one
    json::value extra{};                          ///< members that have no name here
};

template <std::same_as<char_location> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicCharLocation", json::field("type", &T::type),
                           json::field("cited_text", &T::cited_text),
                           json::field("document_index", &T::document_index, json::min(0)),
                           json::field("document_title", &T::document_title, json::or_null),
                           json::field("start_char_index", &T::start_char_index, json::min(0)),
                           json::field("end_char_index", &T::end_char_index, json::min(0)),
                           json::rest(&T::extra));
}

/// A range of pages of a PDF.
struct page_location {
    json::fixed<"page_location"> type{};          ///< always "page_location"
    std::string cited_text;                       ///< the text there
    std::int64_t document_index;                  ///< which document of the request, from 0
    std::optional<std::string> document_title{};  ///< its title
    std::int64_t start_page_number;               ///< from 1
    std::int64_t end_page_number;                 ///< behind the last one
    json::value extra{};                          ///< members that have no name here
};

template <std::same_as<page_location> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicPageLocation", json::field("type", &T::type),
                           json::field("cited_text", &T::cited_text),
                           json::field("document_index", &T::document_index, json::min(0)),
                           json::field("document_title", &T::document_title, json::or_null),
                           json::field("start_page_number", &T::start_page_number, json::min(1)),
                           json::field("end_page_number", &T::end_page_number, json::min(1)),
                           json::rest(&T::extra));
}

/// A range of the blocks that a document was given as.
struct content_block_location {
    json::fixed<"content_block_location"> type{};  ///< always "content_block_location"
    std::string cited_text;                        ///< the text there
    std::int64_t document_index;                   ///< which document of the request, from 0
    std::optional<std::string> document_title{};   ///< its title
    std::int64_t start_block_index;                ///< from 0
    std::int64_t end_block_index;                  ///< behind the last one
    json::value extra{};                           ///< members that have no name here
};

template <std::same_as<content_block_location> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicContentBlockLocation", json::field("type", &T::type),
                           json::field("cited_text", &T::cited_text),
                           json::field("document_index", &T::document_index, json::min(0)),
                           json::field("document_title", &T::document_title, json::or_null),
                           json::field("start_block_index", &T::start_block_index, json::min(0)),
                           json::field("end_block_index", &T::end_block_index, json::min(0)),
                           json::rest(&T::extra));
}

/// A page that the service's own web search found.
struct web_search_result_location {
    json::fixed<"web_search_result_location"> type{};  ///< always "web_search_result_location"
    std::string cited_text;                            ///< the text there
    std::string encrypted_index;                       ///< for the service, which wants it back
    std::optional<std::string> title{};                ///< of the page
    std::string url;                                   ///< where the page is
    json::value extra{};                               ///< members that have no name here
};

template <std::same_as<web_search_result_location> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicWebSearchResultLocation", json::field("type", &T::type),
                           json::field("cited_text", &T::cited_text),
                           json::field("encrypted_index", &T::encrypted_index),
                           json::field("title", &T::title, json::or_null),
                           json::field("url", &T::url), json::rest(&T::extra));
}

/// A range of the blocks of a search result that the request brought.
struct search_result_location {
    json::fixed<"search_result_location"> type{};  ///< always "search_result_location"
    std::string cited_text;                        ///< the text there
    std::int64_t search_result_index;              ///< which result of the request, from 0
    std::string source;                            ///< where the result is from
    std::optional<std::string> title{};            ///< of the result
    std::int64_t start_block_index;                ///< from 0
    std::int64_t end_block_index;                  ///< behind the last one
    json::value extra{};                           ///< members that have no name here
};

template <std::same_as<search_result_location> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AnthropicSearchResultLocation", json::field("type", &T::type),
        json::field("cited_text", &T::cited_text),
        json::field("search_result_index", &T::search_result_index, json::min(0)),
        json::field("source", &T::source), json::field("title", &T::title, json::or_null),
        json::field("start_block_index", &T::start_block_index, json::min(0)),
        json::field("end_block_index", &T::end_block_index, json::min(0)), json::rest(&T::extra));
}

/// Where a text is from.
using citation = std::variant<char_location, page_location, content_block_location,
                              web_search_result_location, search_result_location, other>;

}  // namespace tessera::anthropic
