#pragma once

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "tessera/http/detail/message_reader.hpp"
#include "tessera/http/grammar.hpp"

namespace tessera::http::detail {

template <class Reader>
reader_step message_reader<Reader>::advance(std::string_view& input) {
    std::string_view line;
    for (;;) {
        switch (phase_) {
            case phase::start:
                if (input.empty()) return {};
                if (!begun_) begin_message();
                switch (take_bounded_line(input, limits_.head_bytes, line)) {
                    case line_status::partial:
                        return {};
                    case line_status::failed:
                        return {reader_event::failed};
                    case line_status::whole:
                        break;
                }
                // RFC 9112 section 2.2: a server ignores empty lines before a request.
                if (line.empty() && !Reader::is_response) {
                    begun_ = false;
                    continue;
                }
                if (!self().take_start_line(line)) return {reader_event::failed};
                phase_ = phase::fields;
                continue;
            case phase::fields:
                switch (take_bounded_line(input, limits_.head_bytes, line)) {
                    case line_status::partial:
                        return {};
                    case line_status::failed:
                        return {reader_event::failed};
                    case line_status::whole:
                        break;
                }
                if (!line.empty()) {
                    if (!take_field_line(line, self().headers())) return {reader_event::failed};
                    continue;
                }
                if (!settle_field() || !self().take_fields()) return {reader_event::failed};
                used_ = 0;
                if (!informational_) return {reader_event::head};
                phase_ = phase::start;
                begun_ = false;
                return {reader_event::informational};
            case phase::length:
                if (input.empty()) return {};
                return take_body(input, phase::complete);
            case phase::until_close:
                if (input.empty()) return {};
                if (received_ == limits_.body_bytes)
                    return fail(reader_errc::body_too_large, position(input),
                                "the body is larger than the limit allows", 413);
                remaining_ = limits_.body_bytes - received_;
                return take_body(input, phase::until_close);
            case phase::chunk_size:
                switch (take_line(input, 16 + extension_room(), line)) {
                    case line_status::partial:
                        return {};
                    case line_status::failed:
                        return {reader_event::failed};
                    case line_status::whole:
                        break;
                }
                if (!take_chunk_size(line)) return {reader_event::failed};
                phase_ = remaining_ != 0 ? phase::chunk_data : phase::trailers;
                continue;
            case phase::chunk_data:
                if (input.empty()) return {};
                return take_body(input, phase::chunk_end);
            case phase::chunk_end:
                if (!take_chunk_end(input)) return {reader_event::failed};
                if (phase_ == phase::chunk_end) return {};
                continue;
            case phase::trailers:
                switch (take_bounded_line(input, limits_.trailer_bytes, line)) {
                    case line_status::partial:
                        return {};
                    case line_status::failed:
                        return {reader_event::failed};
                    case line_status::whole:
                        break;
                }
                if (line.empty())
                    phase_ = phase::complete;
                else if (!take_field_line(line, trailers_))
                    return {reader_event::failed};
                continue;
            case phase::complete:
                phase_ = phase::start;
                begun_ = false;
                used_ = 0;
                return {reader_event::complete};
            case phase::failed:
                return {reader_event::failed};
        }
    }
}

template <class Reader>
void message_reader<Reader>::begin_message() {
    begun_ = true;
    keep_alive_ = has_body_ = chunked_ = is_unsettled_ = false;
    length_.reset();
    remaining_ = received_ = extension_bytes_ = 0;
    trailers_.clear();
    self().headers().clear();
}

// A line of text and its CRLF; `allowed` is constant while one line is read.
template <class Reader>
typename message_reader<Reader>::line_status message_reader<Reader>::take_line(
    std::string_view& input, std::size_t allowed, std::string_view& line) {
    if (line_taken_) {
        line_.clear();
        line_taken_ = false;
    }
    if (line_.empty() && !cr_seen_) line_begin_ = position(input);
    if (input.empty()) return line_status::partial;
    std::string_view text;
    if (!cr_seen_) {
        const std::size_t room = allowed - line_.size();
        const std::size_t scanned = input.size() > room ? room + 1 : input.size();
        std::size_t n = 0;
        while (n < scanned && is_text_char(input[n])) ++n;
        if (n > room) return too_long(allowed);
        text = input.substr(0, n);
        if (n < input.size()) {
            if (input[n] == '\n')
                refuse(reader_errc::bad_line_ending, line_.size() + n,
                       "a line ends with a bare LF; lines end with CR LF");
            else if (input[n] != '\r')
                refuse(reader_errc::bad_character, line_.size() + n,
                       "a control character is in the head or in a chunk's size line");
            if (phase_ == phase::failed) return line_status::failed;
            cr_seen_ = true;
            ++n;
        }
        input.remove_prefix(n);
        if (!cr_seen_ || input.empty()) {
            line_.append(text);
            return line_status::partial;
        }
    }
    if (input.front() != '\n') {
        refuse(reader_errc::bad_line_ending, line_.size() + text.size(),
               "a CR is not followed by LF; lines end with CR LF");
        return line_status::failed;
    }
    input.remove_prefix(1);
    cr_seen_ = false;
    if (line_.empty()) {
        line = text;
    } else {
        line = line_.append(text);
        line_taken_ = true;
    }
    return line_status::whole;
}

// A line of a head or of trailers, which may have `total` bytes altogether.
template <class Reader>
typename message_reader<Reader>::line_status message_reader<Reader>::take_bounded_line(
    std::string_view& input, std::size_t total, std::string_view& line) {
    const std::size_t left = total - std::min(total, used_);
    const line_status status = take_line(input, std::min(limits_.line_bytes, left), line);
    if (status != line_status::whole) return status;
    used_ += line.size() + 2;
    return used_ > total ? too_long(line.size()) : status;
}

template <class Reader>
typename message_reader<Reader>::line_status message_reader<Reader>::too_long(std::size_t column) {
    if (phase_ == phase::chunk_size)
        refuse(reader_errc::chunk_extensions_too_large, column,
               "the extensions of the chunks are larger than the limit allows");
    else if (phase_ == phase::trailers)
        refuse(reader_errc::trailers_too_large, column,
               "the trailers are larger than the limit allows", 431);
    else if (column >= limits_.line_bytes)
        refuse(reader_errc::line_too_long, column,
               "a line of the head is longer than the limit allows",
               phase_ == phase::start ? 414 : 431);
    else
        refuse(reader_errc::head_too_large, column, "the head is larger than the limit allows",
               phase_ == phase::start ? 414 : 431);
    return line_status::failed;
}

template <class Reader>
bool message_reader<Reader>::take_version(std::string_view text, std::size_t column) {
    if (text.size() != 8 || !text.starts_with("HTTP/") || !is_digit(text[5]) || text[6] != '.' ||
        !is_digit(text[7]))
        return refuse(reader_errc::bad_version, column, "the version is not of the form HTTP/1.1");
    if (text[5] != '1')
        return refuse(reader_errc::unsupported_version, column + 5,
                      "only HTTP/1.0 and HTTP/1.1 are understood", 505);
    minor_ = text[7] - '0';
    return true;
}

template <class Reader>
bool message_reader<Reader>::take_field_line(std::string_view line, fields& into) {
    if (is_blank(line.front())) return take_fold(line, into);
    if (!settle_field()) return false;
    if (into.size() >= limits_.header_count)
        return refuse(reader_errc::too_many_fields, 0,
                      "there are more fields than the limit allows", 431);
    // RFC 9112 section 5.1.
    std::size_t n = 0;
    while (n < line.size() && is_token_char(line[n])) ++n;
    if (n == line.size()) return refuse(reader_errc::bad_field, n, "a field has no colon");
    if (is_blank(line[n]))
        return refuse(reader_errc::bad_field, n, "white space follows a field's name");
    if (line[n] != ':' || n == 0)
        return refuse(reader_errc::bad_field, n,
                      "a field's name is empty or holds a wrong character");
    const field each{line.substr(0, n), trim(line.substr(n + 1))};
    into.add(each.name, each.value);
    value_begin_ = line_begin_ + (each.value.empty()
                                      ? line.size()
                                      : static_cast<std::size_t>(each.value.data() - line.data()));
    is_unsettled_ = phase_ != phase::trailers;
    return Reader::is_response || settle_field();
}

// RFC 9112 section 5.2: a fold stands for a blank in a response, and is refused in a request.
// Section 2.2: nothing can be folded into the start line.
template <class Reader>
bool message_reader<Reader>::take_fold(std::string_view line, fields& into) {
    if (!Reader::is_response || into.empty())
        return refuse(reader_errc::obsolete_folding, 0,
                      "a line begins with white space where no field can go on");
    into.fold(trim(line));
    return true;
}

// The field that came last is whole.
template <class Reader>
bool message_reader<Reader>::settle_field() {
    if (!std::exchange(is_unsettled_, false)) return true;
    const field each = self().headers()[self().headers().size() - 1];
    if (equal_nocase(each.name, "content-length"))
        return !self().has_framing() || take_content_length(each.value);
    if (equal_nocase(each.name, "transfer-encoding"))
        return !self().has_framing() || take_transfer_encoding(each.value);
    return self().take_field(each);
}

// RFC 9112 section 6.3: whoever accepts two lengths can be made to disagree with its neighbour.
template <class Reader>
bool message_reader<Reader>::take_content_length(std::string_view value) {
    if (length_)
        return refuse_value(reader_errc::bad_content_length,
                            "there is more than one Content-Length");
    if (chunked_)
        return refuse_value(reader_errc::conflicting_lengths,
                            "Content-Length and Transfer-Encoding are both present");
    if (!is_digits(value))
        return refuse_value(reader_errc::bad_content_length, "Content-Length is not one number");
    std::uint64_t length = 0;
    if (std::from_chars(value.data(), value.data() + value.size(), length).ec != std::errc{})
        return refuse_value(reader_errc::bad_content_length, "Content-Length is out of range", 413);
    length_ = length;
    return true;
}

template <class Reader>
bool message_reader<Reader>::take_transfer_encoding(std::string_view value) {
    if (length_)
        return refuse_value(reader_errc::conflicting_lengths,
                            "Content-Length and Transfer-Encoding are both present");
    if (minor_ == 0)
        return refuse_value(reader_errc::bad_transfer_encoding,
                            "HTTP/1.0 has no Transfer-Encoding");
    return for_each_element(value, [&](std::string_view coding) {
        if (chunked_)
            return refuse_value(reader_errc::bad_transfer_encoding,
                                "a transfer coding follows \"chunked\"");
        chunked_ = equal_nocase(coding, "chunked");
        if (chunked_) return true;
        if (is_token(trim(coding.substr(0, coding.find(';')))))
            return refuse_value(reader_errc::unsupported_transfer_encoding,
                                "no transfer coding but \"chunked\" is understood", 501);
        return refuse_value(reader_errc::bad_transfer_encoding, "Transfer-Encoding is malformed");
    });
}

template <class Reader>
bool message_reader<Reader>::expect_body(bool present) {
    has_body_ = false;
    phase_ = phase::complete;
    if (!present) return true;
    if (chunked_) {
        phase_ = phase::chunk_size;
    } else if (length_) {
        if (*length_ > limits_.body_bytes)
            return refuse(reader_errc::body_too_large, 0,
                          "the body is larger than the limit allows", 413);
        remaining_ = *length_;
        if (remaining_ != 0) phase_ = phase::length;
    } else if (Reader::is_response) {
        phase_ = phase::until_close;
    }
    has_body_ = phase_ != phase::complete;
    return true;
}

// `then` is what follows the last of the remaining bytes.
template <class Reader>
reader_step message_reader<Reader>::take_body(std::string_view& input, phase then) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
    const std::string_view data = input.substr(0, size);
    input.remove_prefix(size);
    received_ += size;
    remaining_ -= size;
    if (remaining_ == 0) phase_ = then;
    return {reader_event::body, 0, data};
}

}  // namespace tessera::http::detail
