#include "text/jinja/text_operations.hpp"

#include <algorithm>

#include "text/jinja/text_tools.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {

std::string replaced(machine& m, std::string_view in, std::string_view from, std::string_view to,
                     std::int64_t most) {
    m.charge(in.size() / 16);
    std::string out;
    std::size_t at = 0;
    for (std::int64_t i = 0; most < 0 || i < most; ++i) {
        m.charge(1);
        if (from.empty()) {  // Python puts it before every character and at the end
            m.append(out, to);
            if (at >= in.size()) return out;
            const std::string_view c = character_at(in, at);
            m.append(out, c);
            at += c.size();
            continue;
        }
        const std::size_t next = find_text(in, from, at);
        if (next == std::string_view::npos) break;
        m.append(out, in.substr(at, next - at));
        m.append(out, to);
        at = next + from.size();
    }
    m.append(out, in.substr(at));
    return out;
}

value justified_text(machine& m, const value& x, char align, std::int64_t width,
                     std::string_view fill) {
    const std::string in = as_text(m, x);
    const auto size = static_cast<std::int64_t>(unicode::count(in));
    const std::int64_t missing = std::max<std::int64_t>(width, size) - size;
    // Python puts the odd one to the left where the width is odd.
    const std::int64_t before = align == '<'   ? 0
                                : align == '>' ? missing
                                               : missing / 2 + (missing & width & 1);
    std::string out;
    m.append_repeated(out, fill, before);
    m.append(out, in);
    m.append_repeated(out, fill, missing - before);
    return m.text_like(x, std::move(out));
}

bool has_case(std::string_view text, bool upper) {
    bool cased = false;
    for (std::size_t at = 0; at < text.size();) {
        const unicode::decoded c = unicode::decode(text, at);
        at += c.size;
        if (!unicode::is_cased(c.point)) continue;
        if (upper ? !unicode::is_upper(c.point) : !unicode::is_lower(c.point)) return false;
        cased = true;
    }
    return cased;
}

}  // namespace tessera::engine::jinja
