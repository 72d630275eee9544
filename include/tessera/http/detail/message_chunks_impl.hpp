#pragma once

#include <algorithm>
#include <string_view>

#include "tessera/http/detail/message_reader.hpp"
#include "tessera/http/grammar.hpp"

// The chunked coding (RFC 9112 section 7.1).
namespace tessera::http::detail {

// Extensions cost their reader work and carry nothing, so they may not outgrow the body.
template <class Reader>
std::size_t message_reader<Reader>::extension_room() const {
    const std::uint64_t used = extension_bytes_ - std::min(extension_bytes_, received_);
    const std::uint64_t room = limits_.chunk_extension_bytes -
                               std::min<std::uint64_t>(used, limits_.chunk_extension_bytes);
    return static_cast<std::size_t>(std::min<std::uint64_t>(room, limits_.line_bytes));
}

// RFC 9112 section 7.1: chunk-size *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )
template <class Reader>
bool message_reader<Reader>::take_chunk_size(std::string_view line) {
    std::size_t n = 0;
    std::uint64_t size = 0;
    while (n < line.size() && is_hex_digit(line[n])) {
        if (n == 16)
            return refuse(reader_errc::bad_chunk, n, "a chunk's size has more than 16 digits");
        size = size << 4 | hex_value(line[n++]);
    }
    if (n == 0)
        return refuse(reader_errc::bad_chunk, 0, "a chunk's size is not a hexadecimal number");
    if (line.size() - n > extension_room()) {
        too_long(line.size());
        return false;
    }
    extension_bytes_ += line.size() - n;
    const auto skip_blanks = [&] {
        while (n < line.size() && is_blank(line[n])) ++n;
    };
    const auto skip_token = [&] {
        const std::size_t begin = n;
        while (n < line.size() && is_token_char(line[n])) ++n;
        return n != begin;
    };
    const auto skip_quoted = [&] {
        for (++n; n < line.size() && line[n] != '"'; ++n)
            if (line[n] == '\\') ++n;
        return n++ < line.size();
    };
    while (n < line.size()) {
        skip_blanks();
        bool good = n < line.size() && line[n] == ';';
        if (good) {
            ++n;
            skip_blanks();
            good = skip_token();
        }
        const std::size_t after_name = n;
        if (good) skip_blanks();
        if (good && n < line.size() && line[n] == '=') {
            ++n;
            skip_blanks();
            good = n < line.size() && line[n] == '"' ? skip_quoted() : skip_token();
        } else {
            n = after_name;
        }
        if (!good)
            return refuse(reader_errc::bad_chunk, std::min(n, line.size()),
                          "a chunk's extension is malformed");
    }
    if (size > limits_.body_bytes - received_)
        return refuse(reader_errc::body_too_large, 0, "the body is larger than the limit allows",
                      413);
    remaining_ = size;
    return true;
}

template <class Reader>
bool message_reader<Reader>::take_chunk_end(std::string_view& input) {
    for (; !input.empty(); input.remove_prefix(1)) {
        if (!cr_seen_) {
            if (input.front() != '\r') {
                fail(reader_errc::bad_chunk, position(input),
                     "a chunk's data is not followed by CR LF");
                return false;
            }
            cr_seen_ = true;
        } else {
            if (input.front() != '\n') {
                fail(reader_errc::bad_line_ending, position(input) - 1,
                     "a CR is not followed by LF; lines end with CR LF");
                return false;
            }
            cr_seen_ = false;
            input.remove_prefix(1);
            phase_ = phase::chunk_size;
            return true;
        }
    }
    return true;
}

}  // namespace tessera::http::detail
