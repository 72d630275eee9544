#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/http/detail/invalid.hpp"
#include "tessera/http/form.hpp"
#include "tessera/http/grammar.hpp"
#include "tessera/http/multipart.hpp"

namespace tessera::http {

namespace detail {

// Undoes the percent-encoding of escape_part_name().
TESSERA_DECL std::string unescape_part_name(std::string_view name) {
    std::string plain;
    while (!name.empty()) {
        const std::string_view triplet = name.substr(0, 3);
        const char c = equal_nocase(triplet, "%22")   ? '"'
                       : equal_nocase(triplet, "%0d") ? '\r'
                       : equal_nocase(triplet, "%0a") ? '\n'
                                                      : '\0';
        plain += c != '\0' ? c : name.front();
        name.remove_prefix(c != '\0' ? 3 : 1);
    }
    return plain;
}

// Calls take(name, value) with each parameter of "value; name=value; name=\"value\"", from the
// first
// ";" on; false if they are malformed or take() says so. A backslash escapes only a quote or
// another backslash, since browsers have sent bare ones in file names.
template <class Take>
bool for_each_parameter(std::string_view text, Take take) {
    take_until(text, ';');
    for (text = trim(text); !text.empty(); text = trim(text)) {
        std::size_t size = 0;
        while (size < text.size() && is_token_char(text[size])) ++size;
        const std::string_view name = text.substr(0, size);
        text = trim(text.substr(size));
        if (name.empty() || !text.starts_with('=')) return false;
        text = trim(text.substr(1));
        std::string value;
        std::size_t at = 0;
        if (text.starts_with('"')) {
            for (++at; at < text.size() && text[at] != '"'; ++at) {
                const bool escaped = text[at] == '\\' && at + 1 < text.size() &&
                                     (text[at + 1] == '"' || text[at + 1] == '\\');
                value += text[at += escaped];
            }
            if (at++ >= text.size()) return false;
        } else {
            while (at < text.size() && is_token_char(text[at])) value += text[at++];
            if (value.empty()) return false;
        }
        text = trim(text.substr(at));
        if (!text.empty() && !text.starts_with(';')) return false;
        take_until(text, ';');
        if (!take(name, std::move(value))) return false;
    }
    return true;
}

// RFC 2046 section 5.1.1: boundary, at most 70 characters.
TESSERA_DECL bool is_boundary(std::string_view text) {
    return !text.empty() && text.size() <= 70 && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_alpha(c) || is_digit(c) ||
                      std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
           });
}

}  // namespace detail

TESSERA_DEF result<multipart_body> write_multipart(std::span<const part> parts,
                                                   random_source& random) {
    std::vector<form_part> copies;
    for (const part& each : parts)
        copies.push_back({each.name, each.filename, each.content_type, file::of(each.data)});
    const result<form_body> form = form_body::make(std::move(copies), random);
    if (!form) return form.error();
    multipart_body written{form->content_type(), {}};
    written.body.resize(static_cast<std::size_t>(*form->size()));
    const result<std::size_t> read = form->open().value()(written.body.data(), written.body.size());
    if (!read) return read.error();
    return written;
}

TESSERA_DEF result<multipart_reader> multipart_reader::from_content_type(
    std::string_view content_type, multipart_limits limits) {
    if (!equal_nocase(trim(content_type.substr(0, content_type.find(';'))), "multipart/form-data"))
        return detail::invalid({"the content type is not multipart/form-data"});
    std::string boundary;
    const bool good =
        detail::for_each_parameter(content_type, [&](std::string_view name, std::string value) {
            if (!equal_nocase(name, "boundary")) return true;
            return boundary.empty() && detail::is_boundary(boundary = std::move(value));
        });
    if (!good || boundary.empty())
        return detail::invalid({"the content type multipart/form-data has no valid boundary"});
    return multipart_reader(boundary, limits);
}

TESSERA_DEF multipart_step multipart_reader::next(std::string_view input) {
    const std::size_t size = input.size();
    multipart_step step = advance(input);
    step.consumed = size - input.size();
    return step;
}

TESSERA_DEF multipart_step multipart_reader::finish() {
    if (phase_ != phase::epilogue && phase_ != phase::failed)
        refuse("the form ends before its closing boundary");
    return next({});
}

TESSERA_DEF bool multipart_reader::refuse(std::string_view message, int status) {
    phase_ = phase::failed;
    error_ = message;
    status_ = status;
    return false;
}

TESSERA_DEF multipart_step multipart_reader::advance(std::string_view& input) {
    for (;;) {
        switch (phase_) {
            case phase::preamble: {
                const multipart_step step = take_data(input);
                if (step.event == multipart_event::need_more) return step;
                if (step.event == multipart_event::part_end) end_part();
                continue;
            }
            case phase::after_boundary:
                if (input.empty()) return {};
                if (line_ == "-" && input.front() == '-') {
                    input.remove_prefix(1);
                    phase_ = phase::epilogue;
                    continue;
                }
                if (line_.empty() && input.front() == '-') {
                    line_ = '-';
                    input.remove_prefix(1);
                    continue;
                }
                if (!take_line(input)) continue;
                if (trim(line_).empty())
                    begin_part();
                else
                    refuse("a boundary is followed by something else than a line's end");
                line_.clear();
                continue;
            case phase::head:
                if (input.empty()) return {};
                if (!take_line(input)) continue;
                if (!line_.empty()) {
                    take_head_line();
                    line_.clear();
                    continue;
                }
                if (!named_) {
                    refuse("a part has no Content-Disposition of the form form-data; name=\"...\"");
                    continue;
                }
                phase_ = phase::data;
                return {multipart_event::part};
            case phase::data: {
                const multipart_step step = take_data(input);
                if (step.event == multipart_event::part_end) end_part();
                if (step.data.size() <= limits_.part_bytes - part_used_) {
                    part_used_ += step.data.size();
                    return step;
                }
                refuse("a part is larger than the limit allows", 413);
                continue;
            }
            case phase::epilogue:
                input = {};
                if (std::exchange(finished_, true)) return {};
                return {multipart_event::complete};
            case phase::failed:
                return {multipart_event::failed};
        }
    }
}

// Data up to the next delimiter; part_end when that was consumed. A delimiter's only CR is its
// first byte, so what turns out not to be one is data as far as it matched.
TESSERA_DEF multipart_step multipart_reader::take_data(std::string_view& input) {
    if (input.empty()) return {};
    if (matched_ == 0 && input.front() != '\r') {
        const std::string_view data = input.substr(0, input.find('\r'));
        input.remove_prefix(data.size());
        return {multipart_event::data, 0, data};
    }
    const std::string_view wanted = std::string_view(delimiter_).substr(matched_);
    const auto differs =
        std::mismatch(wanted.begin(), wanted.end(), input.begin(), input.end()).first;
    const auto size = static_cast<std::size_t>(differs - wanted.begin());
    input.remove_prefix(size);
    matched_ += size;
    if (matched_ == delimiter_.size()) {
        matched_ = 0;
        return {multipart_event::part_end};
    }
    if (input.empty()) return {};
    return {multipart_event::data, 0,
            std::string_view(delimiter_).substr(0, std::exchange(matched_, 0))};
}

// Collects line_ up to a CRLF; false if more is needed or after refuse().
TESSERA_DEF bool multipart_reader::take_line(std::string_view& input) {
    const std::size_t line_feed = input.find('\n');
    const std::string_view piece = input.substr(0, line_feed);
    head_used_ += piece.size() + (line_feed != input.npos);
    if (head_used_ > limits_.head_bytes)
        return refuse("the header fields of a part are larger than the limit allows", 413);
    line_.append(piece);
    input.remove_prefix(piece.size());
    if (line_feed == input.npos) return false;
    input.remove_prefix(1);
    if (!line_.ends_with('\r')) return refuse("a line of a part's head does not end with CR LF");
    line_.pop_back();
    return is_field_value(line_) || refuse("a control character is in a part's head");
}

TESSERA_DEF bool multipart_reader::begin_part() {
    if (++part_count_ > limits_.parts)
        return refuse("the form has more parts than the limit allows", 413);
    part_ = {};
    part_used_ = head_used_ = 0;
    named_ = false;
    phase_ = phase::head;
    return true;
}

TESSERA_DEF void multipart_reader::end_part() {
    head_used_ = 0;
    phase_ = phase::after_boundary;
}

TESSERA_DEF bool multipart_reader::take_head_line() {
    const std::string_view line = line_;
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == line.npos || !is_token(name))
        return refuse("a header field of a part is malformed");
    const std::string_view value = trim(line.substr(colon + 1));
    if (equal_nocase(name, "content-disposition")) return take_disposition(value);
    if (equal_nocase(name, "content-type")) part_.content_type = value;
    return true;
}

// RFC 7578 section 4.2.
TESSERA_DEF bool multipart_reader::take_disposition(std::string_view value) {
    bool good = !named_ && equal_nocase(trim(value.substr(0, value.find(';'))), "form-data");
    good = good && detail::for_each_parameter(value, [&](std::string_view name, std::string text) {
               text = detail::unescape_part_name(text);
               if (equal_nocase(name, "filename")) {
                   if (part_.filename) return false;
                   part_.filename = std::move(text);
               } else if (equal_nocase(name, "name")) {
                   if (std::exchange(named_, true)) return false;
                   part_.name = std::move(text);
               }
               return true;
           });
    return (good && named_) ||
           refuse("a part's Content-Disposition is not of the form form-data; name=\"...\"");
}

TESSERA_DEF result<std::vector<part>> read_multipart(std::string_view content_type,
                                                     std::string_view body,
                                                     multipart_limits limits) {
    result<multipart_reader> reader = multipart_reader::from_content_type(content_type, limits);
    if (!reader) return reader.error();
    std::vector<part> parts;
    for (;;) {
        multipart_step step = reader->next(body);
        body.remove_prefix(step.consumed);
        if (step.event == multipart_event::need_more) step = reader->finish();
        switch (step.event) {
            case multipart_event::part:
                parts.push_back(std::move(reader->part()));
                break;
            case multipart_event::data:
                parts.back().data.append(step.data);
                break;
            case multipart_event::complete:
                return parts;
            case multipart_event::failed:
                return detail::invalid({reader->error()});
            case multipart_event::need_more:
            case multipart_event::part_end:
                break;
        }
    }
}

}  // namespace tessera::http
