#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/http/detail/invalid.hpp"
#include "tessera/http/form.hpp"
#include "tessera/http/grammar.hpp"

namespace tessera::http {

namespace detail {

// What would end a quoted name is percent-encoded, as WHATWG HTML ("multipart/form-data encoding
// algorithm") has it; a backslash is doubled, since most servers take one for an escape.
TESSERA_COLD_DECL std::string escape_part_name(std::string_view name) {
    std::string escaped;
    for (const char c : name) {
        if (c == '"')
            escaped += "%22";
        else if (c == '\r')
            escaped += "%0D";
        else if (c == '\n')
            escaped += "%0A";
        else if (c == '\\')
            escaped += "\\\\";
        else if (is_text_char(c))
            escaped += c;
    }
    return escaped;
}

// Behind the boundary's first two hyphens.
TESSERA_COLD_DECL std::string part_head(std::string_view boundary, const form_part& part) {
    std::string head(boundary);
    head.append("\r\nContent-Disposition: form-data; name=\"")
        .append(escape_part_name(part.name))
        .append("\"");
    if (part.filename)
        head.append("; filename=\"").append(escape_part_name(*part.filename)).append("\"");
    head.append("\r\n");
    if (!part.content_type.empty())
        head.append("Content-Type: ").append(part.content_type).append("\r\n");
    return head.append("\r\n");
}

}  // namespace detail

TESSERA_DEF form_part form_part::text(std::string name, std::string text) {
    return {std::move(name), std::nullopt, {}, file::of(std::move(text))};
}

TESSERA_DEF form_part form_part::of(std::string name, const file& content) {
    return {std::move(name), content.name().empty() ? "file" : content.name(),
            content.content_type(), content};
}

TESSERA_DEF result<form_body> form_body::make(std::vector<form_part> parts, random_source& random) {
    for (const form_part& each : parts)
        if (!is_field_value(each.content_type))
            return detail::invalid({"the content type of the part \"",
                                    detail::escape_part_name(each.name),
                                    "\" holds a control character"});
    std::string boundary;
    const auto is_used = [&](const form_part& each) {
        const std::string* all = each.content.bytes();
        return all && all->find(boundary) != all->npos;
    };
    do {
        boundary = "tessera-";
        for (std::uint64_t bits : {random.bits(), random.bits()})
            for (int i = 0; i < 16; ++i, bits >>= 4) boundary += "0123456789abcdef"[bits & 15];
    } while (std::any_of(parts.begin(), parts.end(), is_used));
    auto made = std::make_shared<form>();
    made->content_type = "multipart/form-data; boundary=" + boundary;
    std::string_view line_end;
    const auto add = [&](piece next, bool is_sized) {
        if (is_sized && made->size)
            *made->size += next.text.size() + next.size.value_or(0);
        else
            made->size.reset();
        made->pieces.push_back(std::move(next));
        line_end = "\r\n";
    };
    for (form_part& each : parts) {
        std::string text = std::string(line_end) + "--" + detail::part_head(boundary, each);
        const auto size = each.content.size();
        add({std::move(text), std::move(each.content), size}, size.has_value());
    }
    add({std::string(line_end) + "--" + boundary + "--\r\n"}, true);
    return form_body(std::move(made));
}

// How far a body was read.
struct form_body::position {
    std::shared_ptr<const form> in;
    std::size_t index = 0;    // of the piece
    std::uint64_t taken = 0;  // of its text, then of its content
    file::reader content = nullptr;

    result<std::size_t> read(char* to, std::size_t most) {
        std::size_t filled = 0;
        while (filled < most && index < in->pieces.size()) {
            const piece& now = in->pieces[index];
            if (content) {
                result<std::size_t> more = content(to + filled, most - filled);
                if (!more) return more;
                if (*more > most - filled)
                    return detail::invalid({"a reader gave more than it was asked for"});
                filled += *more;
                taken += *more;
                if (now.size && (*more == 0 ? taken != *now.size : taken > *now.size))
                    return detail::invalid(
                        {"the content of ", label(now),
                         " has not the size that was told: ", std::to_string(*now.size), " bytes"});
                if (*more == 0) next();
            } else if (taken < now.text.size()) {
                const std::size_t size =
                    now.text.copy(to + filled, most - filled, static_cast<std::size_t>(taken));
                filled += size;
                taken += size;
            } else if (now.content) {
                result<file::reader> opened = now.content->open();
                if (!opened) return std::move(opened.error());
                content = *std::move(opened);
                taken = 0;
            } else {
                next();
            }
        }
        return filled;
    }

  private:
    void next() {
        ++index;
        taken = 0;
        content = nullptr;
    }
    static std::string label(const piece& of) {
        return of.content->name().empty() ? "a part" : "the file " + of.content->name();
    }
};

TESSERA_DEF result<file::reader> form_body::open() const {
    return file::reader(
        [at = position{form_}](char* to, std::size_t most) mutable { return at.read(to, most); });
}

}  // namespace tessera::http
