#include "cortex/translation/inputs.hpp"

#include <algorithm>

#include "cortex/translation/texts.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/json/partial.hpp"

namespace tessera::server::cortex {

std::string text_of_input(const json::value& input) {
    return input.is_null() ? "{}" : json::encode(input);
}

json::value input_of_text(std::string_view arguments) {
    json::partial_reader reader;
    (void)reader.feed(arguments);
    return reader.so_far().is_object() ? reader.so_far() : json::value::object();
}

std::string_view input_scanner::feed(std::string_view more) {
    if (!has_begun_) {
        more.remove_prefix(std::min(more.find_first_not_of(white_space), more.size()));
        if (more.empty()) return {};
        has_begun_ = true;
        if (more.front() != '{') return {};
    } else if (depth_ == 0) {
        return {};
    }
    for (std::size_t i = 0; i < more.size(); ++i) {
        const char each = more[i];
        if (in_string_) {
            if (is_escaped_)
                is_escaped_ = false;
            else if (each == '\\')
                is_escaped_ = true;
            else if (each == '"')
                in_string_ = false;
        } else if (each == '"') {
            in_string_ = true;
        } else if (each == '{' || each == '[') {
            ++depth_;
        } else if (each == '}' || each == ']') {
            if (--depth_ == 0) return more.substr(0, i + 1);
        }
    }
    return more;
}

}  // namespace tessera::server::cortex
