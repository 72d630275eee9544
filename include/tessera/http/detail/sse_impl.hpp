#pragma once

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/http/detail/utf8.hpp"
#include "tessera/http/grammar.hpp"
#include "tessera/http/sse.hpp"

namespace tessera::http {

namespace detail {

// The first CR or LF. Searching in growing windows costs time in proportion to the line, also where
// one of the two never comes, and leaves the second search to the cache.
TESSERA_DECL std::size_t find_line_end(std::string_view text) {
    std::size_t begin = 0;
    std::size_t window = 256;
    while (begin < text.size()) {
        const std::string_view part = text.substr(begin, window);
        const std::size_t line_feed = part.find('\n');
        const std::size_t end = std::min(line_feed, part.substr(0, line_feed).find('\r'));
        if (end != part.npos) return begin + end;
        begin += part.size();
        window = std::min<std::size_t>(2 * window, 16384);
    }
    return text.npos;
}

inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace detail

TESSERA_DEF sse_reader::step sse_reader::next(std::string_view input) {
    const std::size_t size = input.size();
    if (std::exchange(fresh_, false)) {
        event_.type.clear();
        event_.data.clear();
    }
    if (mark_bytes_ < detail::byte_order_mark.size()) take_byte_order_mark(input);
    while (!input.empty() && !failed()) {
        if (std::exchange(skip_line_feed_, false) && input.front() == '\n') {
            input.remove_prefix(1);
            continue;
        }
        const std::size_t end = detail::find_line_end(input);
        take(input.substr(0, end));
        if (end == input.npos) {
            input = {};
            break;
        }
        skip_line_feed_ = input[end] == '\r';
        input.remove_prefix(end + 1);
        if (!failed() && end_line()) return {step::event, size - input.size()};
    }
    return {failed() ? step::failed : step::need_more, size - input.size()};
}

TESSERA_DEF void sse_reader::take_byte_order_mark(std::string_view& input) {
    constexpr std::string_view mark = detail::byte_order_mark;
    while (!input.empty() && mark_bytes_ < mark.size()) {
        if (input.front() != mark[mark_bytes_]) {
            take(mark.substr(0, mark_bytes_));
            mark_bytes_ = mark.size();
            return;
        }
        ++mark_bytes_;
        input.remove_prefix(1);
    }
}

// A piece of the current line. Its bytes are dealt with in order, so that a limit is met at the
// same byte however the stream was split.
TESSERA_DEF void sse_reader::take(std::string_view piece) {
    if (piece.empty()) return;
    const std::size_t room = limits_.line_bytes - line_size_;
    const std::size_t size = std::min(room, piece.size());
    line_size_ += size;
    if (size != 0) store(piece.substr(0, size));
    if (piece.size() > room && !failed()) fail("a line", limits_.line_bytes);
}

TESSERA_DEF void sse_reader::store(std::string_view piece) {
    constexpr std::string_view name = "data:";
    if (kind_ == line_kind::undecided && line_.empty() && piece.front() == ':')
        kind_ = line_kind::comment;
    if (kind_ == line_kind::undecided) {
        // One byte past the colon tells whether there is a space to leave out.
        const std::string_view head = piece.substr(0, name.size() + 1 - line_.size());
        line_.append(head);
        piece.remove_prefix(head.size());
        if (line_.size() <= name.size()) return;
        kind_ = line_.starts_with(name) ? line_kind::data : line_kind::other;
        if (kind_ == line_kind::data) {
            begin_data();
            if (line_.back() != ' ') append_data(std::string_view(line_).substr(name.size()));
        }
    }
    if (kind_ == line_kind::data)
        append_data(piece);
    else if (kind_ == line_kind::other)
        line_.append(piece);
}

TESSERA_DEF void sse_reader::begin_data() {
    if (std::exchange(has_data_, true)) append_data("\n");
}

TESSERA_DEF void sse_reader::append_data(std::string_view value) {
    if (failed()) return;
    if (value.size() > limits_.event_bytes - event_.data.size())
        fail("an event's data", limits_.event_bytes);
    else
        event_.data.append(value);
}

// True if an event was dispatched.
TESSERA_DEF bool sse_reader::end_line() {
    if (line_size_ == 0) return dispatch();
    if (kind_ == line_kind::undecided || kind_ == line_kind::other) take_field(line_);
    line_.clear();
    line_size_ = 0;
    kind_ = line_kind::undecided;
    return false;
}

TESSERA_DEF void sse_reader::take_field(std::string_view line) {
    const std::string_view name = take_until(line, ':');
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (name == "data") {
        begin_data();
        append_data(line);
    } else if (name == "event") {
        event_.type = line;
        detail::repair_utf8(event_.type);
    } else if (name == "id") {
        if (line.find('\0') != line.npos) return;
        id_ = line;
        detail::repair_utf8(id_);
    } else if (name == "retry" && is_digits(line)) {
        std::int64_t value = 0;
        if (std::from_chars(line.data(), line.data() + line.size(), value).ec != std::errc{})
            value = std::numeric_limits<std::int64_t>::max();
        retry_ = std::chrono::milliseconds(value);
    }
}

TESSERA_DEF bool sse_reader::dispatch() {
    if (dispatched_id_ != id_) dispatched_id_ = id_;
    if (!std::exchange(has_data_, false)) {
        event_.type.clear();
        return false;
    }
    detail::repair_utf8(event_.data);
    if (event_.type.empty()) event_.type = "message";
    event_.id = id_;
    fresh_ = true;
    return true;
}

TESSERA_DEF void sse_reader::fail(const char* what, std::size_t limit) {
    error_ = std::string(what) + " of the event stream is longer than the limit of " +
             std::to_string(limit) + " bytes";
}

TESSERA_DEF void write_sse(std::string& out, const sse_message& message) {
    const auto write_field = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        out.append(name);
        for (const char c : value)
            if (c != '\r' && c != '\n' && c != '\0') out.push_back(c);
        out.push_back('\n');
    };
    write_field("event: ", message.event);
    write_field("id: ", message.id);
    if (message.retry) write_field("retry: ", std::to_string(message.retry->count()));
    for (std::string_view rest = message.data;;) {
        const std::size_t end = detail::find_line_end(rest);
        out.append("data: ").append(rest.substr(0, end)).push_back('\n');
        if (end == rest.npos) break;
        rest.remove_prefix(end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    out.push_back('\n');
}

TESSERA_DEF void write_sse_comment(std::string& out, std::string_view text) {
    for (;;) {
        const std::size_t end = detail::find_line_end(text);
        out.append(": ").append(text.substr(0, end)).push_back('\n');
        if (end == text.npos) break;
        text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    out.push_back('\n');
}

}  // namespace tessera::http
