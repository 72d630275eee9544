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

/// The files of an object, each as a part with its member's name.
TESSERA_COLD_DECL void add_files(const json::detail::object_node& type, const void* given,
                                 std::vector<http::form_part>& parts);

}  // namespace detail

/// The form that says what `given` holds: texts first, then files, each in described order.
template <json::described_object T>
result<http::form_body> encode_form(const T& given,
                                    random_source& random = random_source::system()) {
    std::vector<http::form_part> parts;
    for (auto& [name, text] : json::encode_texts(given))
        parts.push_back(http::form_part::text(std::move(name), std::move(text)));
    detail::add_files(json::detail::object_of<T, json::detail::use::writing>(), &given, parts);
    return http::form_body::make(std::move(parts), random);
}

/// Sets the body of a request whose operation takes a form.
template <json::described_object T>
void encode_form_body(spec& request, const T& given) {
    result<http::form_body> form = encode_form(given);
    if (!form) {
        request.defect = std::move(form).failure();
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

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/form_impl.hpp"
#endif
