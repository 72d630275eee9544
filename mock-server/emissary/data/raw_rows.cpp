#include "emissary/data/raw_rows.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "emissary/data/csv.hpp"
#include "emissary/data/row_taker.hpp"
#include "tessera/json/parse.hpp"

namespace tessera::server::emissary {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view without_mark(std::string_view text) {
    return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
}

std::size_t lines_in(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

void read_object(std::string_view text, std::size_t line, row_taker& to) {
    const data_bounds& bounds = to.bounds();
    result<json::value> read = json::parse(
        text, {.depth = bounds.depth, .bytes = text.size(), .values = bounds.values_of_a_row});
    if (!read) return to.fail(line, read.error().message);
    if (!read->is_object()) return to.fail(line, "a row is an object, such as {\"prompt\": ...}");
    to.take({line, *std::move(read)});
}

void read_lines(std::string_view text, row_taker& to) {
    for (std::size_t line = 1; !text.empty() && !to.is_full(); ++line) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view row = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (row.find_first_not_of(blanks) != row.npos) read_object(row, line, to);
    }
}

// Where the element at the front ends: at a comma or a bracket that is not in it, or with the text.
std::size_t end_of_element(std::string_view text) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (in_string) {
            if (c == '\\') ++at;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']' || c == ',') {
            if (depth == 0) return at;
            if (c != ',') --depth;
        }
    }
    return text.size();
}

// The elements are parted here, so that each has its line, and read by the parser of JSON.
void read_array(std::string_view text, row_taker& to) {
    std::size_t line = 1;
    const auto pass = [&](std::size_t count) {
        line += lines_in(text.substr(0, count));
        text.remove_prefix(count);
    };
    const auto pass_blanks = [&] {
        pass(std::min(text.find_first_not_of(blanks), text.size()));
        return text.empty() ? '\0' : text.front();
    };
    pass_blanks();
    pass(1);
    if (pass_blanks() == ']') {
        pass(1);
    } else {
        while (!to.has_failed()) {
            pass_blanks();
            const std::size_t end = end_of_element(text);
            read_object(text.substr(0, end), line, to);
            pass(end);
            if (to.is_full()) return;
            if (text.empty()) return to.fail(line, "the array does not end: a ']' is missing");
            const char after = text.front();
            pass(1);
            if (after == ']') break;
            if (after == '}') return to.fail(line, "a '}' closes nothing");
        }
    }
    if (!to.has_failed() && pass_blanks() != '\0') to.fail(line, "nothing may follow the array");
}

}  // namespace

std::string_view media_type_of(std::string_view text) {
    text = without_mark(text);
    const std::size_t first = text.find_first_not_of(blanks);
    if (first != text.npos && text[first] == '[') return "application/json";
    if (first != text.npos && text[first] == '{') return "application/jsonl";
    return "text/csv";
}

void read_raw_rows(std::string_view text, const data_bounds& bounds,
                   const std::function<void(const raw_row&)>& take) {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        throw unreadable_data("the file is UTF-16: save it as UTF-8");
    text = without_mark(text);
    if (text.find_first_not_of(blanks) == text.npos) throw unreadable_data("the file is empty");
    row_taker to(bounds, take);
    const std::string_view type = media_type_of(text);
    if (type == "application/json")
        read_array(text, to);
    else if (type == "application/jsonl")
        read_lines(text, to);
    else
        read_csv(text, to);
    to.finish();
}

}  // namespace tessera::server::emissary
