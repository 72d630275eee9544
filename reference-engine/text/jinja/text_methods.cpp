#include <algorithm>
#include <cstdint>

#include "core/error.hpp"
#include "text/jinja/formatting.hpp"
#include "text/jinja/machine.hpp"
#include "text/jinja/text_operations.hpp"
#include "text/jinja/text_tools.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

using call = const call_arguments&;

/// The object's text, whose size is paid for.
std::string_view self_text(machine& m, const value& self) {
    const std::string_view text = *self.text();
    m.charge(text.size() / 16 + 1);
    return text;
}
/// An argument as markup takes it in: escaped unless it is markup as well.
std::string argument_text(const value& self, call a, std::size_t i) {
    const bool raw = self.as<markup>() != nullptr && a[i]->as<markup>() == nullptr;
    return raw ? escaped(a.text(i)) : a.text(i);
}

template <std::string (*Change)(std::string_view)>
value changed(machine& m, const value& self, call) {
    return m.text_like(self, Change(self_text(m, self)));
}

template <bool Left, bool Right>
value stripped(machine& m, const value& self, call a) {
    return m.text_like(self, std::string(strip(self_text(m, self), a.text_if(0), Left, Right)));
}

template <char Align>
value justified(machine& m, const value& self, call a) {
    const std::string_view fill = a.text_or(1, " ");
    if (unicode::count(fill) != 1) m.fail("what fills must be one character");
    return justified_text(m, self, Align, a.integer_or(0, 0), fill);
}

value zero_filled(machine& m, const value& self, call a) {
    const std::string_view text = self_text(m, self);
    const bool sign = text.starts_with('-') || text.starts_with('+');
    std::string out(text.substr(0, sign ? 1 : 0));
    const auto size = static_cast<std::int64_t>(unicode::count(text));
    m.append_repeated(out, "0", std::max<std::int64_t>(a.integer_or(0, 0), size) - size);
    m.append(out, text.substr(sign ? 1 : 0));
    return m.text_like(self, std::move(out));
}

value tabs_expanded(machine& m, const value& self, call a) {
    const std::int64_t size = a.integer_or(0, 8);
    std::string out;
    std::int64_t column = 0;
    const std::string_view text = self_text(m, self);
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view c = character_at(text, at);
        at += c.size();
        if (c == "\t") {
            const std::int64_t spaces = size > 0 ? size - column % size : 0;
            m.append_repeated(out, " ", spaces);
            column += spaces;
        } else {
            m.append(out, c);
            column = c == "\n" || c == "\r" ? 0 : column + 1;
        }
    }
    return m.text_like(self, std::move(out));
}

template <bool Prefix>
value without_affix(machine& m, const value& self, call a) {
    std::string_view out = self_text(m, self);
    const std::string affix = argument_text(self, a, 0);
    if (Prefix && out.starts_with(affix)) out.remove_prefix(affix.size());
    if (!Prefix && out.ends_with(affix)) out.remove_suffix(affix.size());
    return m.text_like(self, std::string(out));
}

value with_replaced(machine& m, const value& self, call a) {
    return m.text_like(self, replaced(m, self_text(m, self), argument_text(self, a, 0),
                                      argument_text(self, a, 1), a.integer_or(2, -1)));
}

value joined(machine& m, const value& self, call a) {
    std::string out;
    const sequence_pointer items = m.iterate(*a[0]);
    for (std::size_t i = 0; i < items->items.size(); ++i) {
        const value& item = items->items[i];
        if (item.text() == nullptr)
            m.fail("join takes strings, not " + std::string(item.type_name()));
        if (i > 0) m.append(out, *self.text());
        const bool raw = self.as<markup>() != nullptr && item.as<markup>() == nullptr;
        m.append(out, raw ? std::string_view(escaped(*item.text())) : *item.text());
    }
    return m.text_like(self, std::move(out));
}

/// Parts of a text, which are paid for one by one.
class parts {
  public:
    parts(machine& m, const value& self) : m_(m), self_(self) {}
    void add(std::string_view part) { list_.push_back(m_.text_like(self_, std::string(part))); }
    value list(bool reversed) {
        if (reversed) std::ranges::reverse(list_);
        return m_.list(std::move(list_));
    }
    value tuple() { return m_.list(std::move(list_), true); }

  private:
    machine& m_;
    const value& self_;
    std::vector<value> list_;
};

/// At white space, at most `most` times; backwards from the end.
void split_at_space(std::string_view rest, std::int64_t most, bool backwards, parts& out) {
    const auto last_start = [&] {
        std::size_t at = rest.size() - 1;
        while (at > 0 && (static_cast<unsigned char>(rest[at]) & 0xc0U) == 0x80U) --at;
        return at;
    };
    for (std::int64_t i = 0;; ++i) {
        rest = strip(rest, nullptr, !backwards, backwards);
        if (rest.empty()) return;
        if (i == most) return out.add(rest);
        const std::string_view word = rest;
        while (!rest.empty()) {
            const std::size_t at = backwards ? last_start() : 0;
            const unicode::decoded c = unicode::decode(rest, at);
            if (is_python_space(c.point)) break;
            backwards ? rest.remove_suffix(rest.size() - at) : rest.remove_prefix(c.size);
        }
        out.add(backwards ? word.substr(rest.size()) : word.substr(0, word.size() - rest.size()));
    }
}

void split_at(std::string_view rest, std::string_view separator, std::int64_t most, bool backwards,
              parts& out) {
    for (std::int64_t i = 0; i < most; ++i) {
        const std::size_t at = backwards ? rfind_text(rest, separator) : find_text(rest, separator);
        if (at == std::string_view::npos) break;
        const std::string_view tail = rest.substr(at + separator.size());
        out.add(backwards ? tail : rest.substr(0, at));
        rest = backwards ? rest.substr(0, at) : tail;
    }
    out.add(rest);
}

template <bool Backwards>
value split(machine& m, const value& self, call a) {
    const std::string_view text = self_text(m, self);
    const std::int64_t asked = a.integer_or(1, -1);
    const std::int64_t most = asked < 0 ? INT64_MAX : asked;
    parts out(m, self);
    if (a.has(0)) {
        const std::string separator = argument_text(self, a, 0);
        if (separator.empty()) m.fail("split by an empty string");
        split_at(text, separator, most, Backwards, out);
    } else {
        split_at_space(text, most, Backwards, out);
    }
    return out.list(Backwards);
}

value split_lines(machine& m, const value& self, call a) {
    parts out(m, self);
    for (std::string_view rest = self_text(m, self); !rest.empty();)
        out.add(take_line(rest, a.truth(0)));
    return out.list(false);
}

template <bool Backwards>
value partitioned(machine& m, const value& self, call a) {
    const std::string_view text = self_text(m, self);
    const std::string separator = argument_text(self, a, 0);
    if (separator.empty()) m.fail("partition by an empty string");
    const std::size_t at = Backwards ? rfind_text(text, separator) : find_text(text, separator);
    parts out(m, self);
    if (at == std::string_view::npos) {
        for (const bool whole : {!Backwards, false, Backwards}) out.add(whole ? text : "");
    } else {
        out.add(text.substr(0, at));
        out.add(separator);
        out.add(text.substr(at + separator.size()));
    }
    return out.tuple();
}

value formatted(machine& m, const value& self, call a) { return brace_format(m, self, a.all()); }
value formatted_from(machine& m, const value& self, call a) {
    if (a[0]->mapping() == nullptr) m.fail("format_map takes a dict");
    arguments given;
    for (const auto& [name, x] : a[0]->mapping()->items) given.named.emplace_back(*name, x);
    m.charge(given.named.size());
    return brace_format(m, self, given);
}

constexpr builtin text_method_table[] = {
    {"capitalize", "", changed<unicode::capitalized>},
    {"casefold", "", changed<unicode::case_folded>},
    {"center", "width,fillchar?", justified<'^'>},
    {"encode", "*", nullptr},
    {"expandtabs", "tabsize?", tabs_expanded},
    {"format", "*", formatted},
    {"format_map", "mapping", formatted_from},
    {"join", "iterable", joined},
    {"ljust", "width,fillchar?", justified<'<'>},
    {"lower", "", changed<unicode::to_lower>},
    {"lstrip", "chars?", stripped<true, false>},
    {"maketrans", "*", nullptr},
    {"partition", "sep", partitioned<false>},
    {"removeprefix", "prefix", without_affix<true>},
    {"removesuffix", "suffix", without_affix<false>},
    {"replace", "old,new,count?", with_replaced},
    {"rjust", "width,fillchar?", justified<'>'>},
    {"rpartition", "sep", partitioned<true>},
    {"rsplit", "sep?,maxsplit?", split<true>},
    {"rstrip", "chars?", stripped<false, true>},
    {"split", "sep?,maxsplit?", split<false>},
    {"splitlines", "keepends?", split_lines},
    {"strip", "chars?", stripped<true, true>},
    {"swapcase", "", changed<unicode::case_swapped>},
    {"title", "", changed<unicode::to_title>},
    {"translate", "*", nullptr},
    {"upper", "", changed<unicode::to_upper>},
    {"zfill", "width", zero_filled},
};

}  // namespace

builtins text_methods() { return text_method_table; }

}  // namespace tessera::engine::jinja
