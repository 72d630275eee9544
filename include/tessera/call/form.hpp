#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/call/spec.hpp"
#include "tessera/core/file.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/core/random.hpp"
#include "tessera/core/result.hpp"
#include "tessera/http/form.hpp"
#include "tessera/json/texts.hpp"

// Described structs as forms: files are file parts, all other members the texts of json/texts.hpp.
namespace tessera::call {

namespace detail {

// The files of a member, each as a part with its name.
TESSERA_DECL void add_files(std::string_view name, const json::detail::node& type,
                            const void* given, std::vector<http::form_part>& parts) {
    using namespace json::detail;
    switch (type.is) {
        case shape::file:
            parts.push_back(
                http::form_part::of(std::string(name), *static_cast<const file*>(given)));
            return;
        case shape::array: {
            const auto& array = as<array_node>(type);
            const elements all = array.get(given);
            for (std::size_t i = 0; i < all.count; ++i)
                add_files(name, *array.of, static_cast<const char*>(all.first) + i * array.bytes,
                          parts);
            return;
        }
        case shape::optional:
        case shape::nullable:
            if (const void* held = as<holder_node>(type).get(given))
                add_files(name, *as<holder_node>(type).of, held, parts);
            return;
        default:
            return;
    }
}

TESSERA_DECL void add_files(const json::detail::object_node& type, const void* given,
                            std::vector<http::form_part>& parts) {
    struct context {
        std::span<const json::detail::member> members;
        std::vector<http::form_part>& parts;
    } state{type.members, parts};
    type.locate(
        given,
        [](void* opaque, const void* const* addresses) {
            const context& c = *static_cast<context*>(opaque);
            for (const json::detail::member& part : c.members)
                if (const void* each = *addresses++; part.type)
                    add_files(part.name, *part.type, each, c.parts);
            return true;
        },
        &state);
}

}  // namespace detail

/// The form that says what `given` holds: texts first, then files, each in described order.
template <json::described_object T>
result<http::form_body> encode_form(const T& given,
                                    random_source& random = random_source::system()) {
    std::vector<http::form_part> parts;
    for (auto& [name, text] : json::encode_texts(given))
        parts.push_back(http::form_part::text(std::move(name), std::move(text)));
    detail::add_files(json::detail::table<T, json::detail::use::writing>::value, &given, parts);
    return http::form_body::make(std::move(parts), random);
}

/// Sets the body of a request whose operation takes a form.
template <json::described_object T>
void encode_form_body(spec& request, const T& given) {
    result<http::form_body> form = encode_form(given);
    if (!form) {
        request.defect = std::move(form.error());
        return;
    }
    request.content_type = form->content_type();
    request.content = std::make_shared<const upload>(
        upload{form->size(), [form = *form] { return form.open(); }});
}

/// Reads the parts of a received form, as json::decode_texts() reads texts. A part with a file name
/// is a file, under this name and with the part's media type; any other is a text, and has to be in
/// memory.
template <json::described_object T>
std::optional<T> decode_form(std::span<const http::form_part> parts, json::mode how,
                             std::vector<json::issue>& issues) {
    std::vector<file> files;
    std::vector<std::string> labels;
    labels.reserve(parts.size());
    std::vector<json::detail::named_part> given;
    std::vector<json::issue> found;
    for (const http::form_part& part : parts) {
        if (part.filename) {
            labels.push_back("[file " + *part.filename + "]");
            given.push_back({part.name, labels.back(), files.size()});
            files.push_back(part.content.as(*part.filename, part.content_type));
        } else if (const std::string* text = part.content.bytes()) {
            given.push_back({part.name, *text});
        } else {
            found.push_back(
                {{part.name}, "string_too_long", "the text is too long for a form's field"});
        }
    }
    std::optional<T> out =
        json::detail::decode_parts<T>(given, files.data(), how, json::names::exact, found);
    if (!found.empty()) out.reset();
    for (json::issue& each : found) issues.push_back(std::move(each));
    return out;
}

}  // namespace tessera::call
