#include "text/pretokenizer.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "text/normalizer.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::detail {
namespace {

enum class kind : std::uint8_t { end, letter, number, newline, space, other };

struct character {
    kind is = kind::end;
    std::uint8_t size = 0;
    char32_t point = 0;
};

kind classify(char32_t point) {
    if (point == '\r' || point == '\n') return kind::newline;
    if (unicode::is_letter(point)) return kind::letter;
    if (unicode::is_number(point)) return kind::number;
    return unicode::is_space(point) ? kind::space : kind::other;
}

character look(std::string_view text, std::size_t at) {
    static const auto ascii = [] {
        std::array<kind, 128> table{};
        for (char32_t c = 0; c < 128; ++c) table[c] = classify(c);
        return table;
    }();
    if (at >= text.size()) return {};
    const unicode::decoded c = unicode::decode(text, at);
    return {c.point < 128 ? ascii[c.point] : classify(c.point), c.size, c.point};
}

bool is_white(kind k) { return k == kind::space || k == kind::newline; }

std::size_t run(std::string_view text, std::size_t at, kind k,
                int most = std::numeric_limits<int>::max()) {
    for (character c = look(text, at); c.is == k && most > 0; c = look(text, at), --most)
        at += c.size;
    return at;
}

/// 's 't 're 've 'm 'll 'd; the end of it, or `at`.
std::size_t contraction_end(std::string_view text, std::size_t at, bool any_case) {
    if (text[at] != '\'') return at;
    const auto letter = [&](std::size_t where, std::size_t& next) {
        const character c = look(text, where);
        next = where + c.size;
        if (!any_case) return c.point;
        if (c.point == 0x17f) return char32_t{'s'};  // the long s folds to s
        return c.point >= 'A' && c.point <= 'Z' ? static_cast<char32_t>(c.point + 32) : c.point;
    };
    std::size_t after = at;
    const char32_t first = letter(at + 1, after);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') return after;
    const char32_t second = letter(after, after);
    const bool pair =
        ((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l');
    return pair ? after : at;
}

/// `\s+(?!\S)|\s+`: white space but for the last one before something else.
std::size_t white_end(std::string_view text, std::size_t at) {
    std::size_t last = at;
    std::size_t end = at;
    for (character c = look(text, end); is_white(c.is); c = look(text, end)) {
        last = end;
        end += c.size;
    }
    return end == text.size() || last == at ? end : last;
}

std::size_t gpt2_end(std::string_view text, std::size_t at) {
    if (const std::size_t end = contraction_end(text, at, false); end != at) return end;
    const std::size_t start = text[at] == ' ' ? at + 1 : at;
    const kind k = look(text, start).is;
    if (k == kind::end || is_white(k)) return white_end(text, at);
    return run(text, start, k);
}

std::size_t llama3_end(std::string_view text, std::size_t at, int most_digits) {
    if (const std::size_t end = contraction_end(text, at, true); end != at) return end;
    const character first = look(text, at);
    if (first.is == kind::letter) return run(text, at, kind::letter);
    if (first.is == kind::number) return run(text, at, kind::number, most_digits);
    const kind second = look(text, at + first.size).is;
    if (first.is != kind::newline && second == kind::letter) {
        return run(text, at + first.size, kind::letter);
    }
    if (first.is == kind::other || (first.point == ' ' && second == kind::other)) {
        return run(text, run(text, first.is == kind::other ? at : at + 1, kind::other),
                   kind::newline);
    }
    std::size_t after_newline = at;
    std::size_t end = at;
    for (character c = look(text, end); is_white(c.is); c = look(text, end)) {
        end += c.size;
        if (c.is == kind::newline) after_newline = end;
    }
    return after_newline != at ? after_newline : white_end(text, at);
}

constexpr std::pair<std::string_view, split_pattern> known_patterns[] = {
    {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
     split_pattern::gpt2},
    {R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
     split_pattern::gpt2},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     split_pattern::llama3},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     split_pattern::qwen2},
};

split_pattern read_pattern(const component& source) {
    const auto pattern = source.child("pattern");
    if (!pattern || pattern->find("Regex") == nullptr)
        source.unsupported("a Split without a Regex");
    const std::string text = pattern->text("Regex");
    const auto* known = std::ranges::find(known_patterns, std::string_view(text),
                                          &std::pair<std::string_view, split_pattern>::first);
    if (known == std::end(known_patterns)) source.unsupported("the pattern " + in_quotes(text));
    // These patterns match everything, so that isolating the matches and removing the gaps agree.
    const std::string behavior = source.text("behavior");
    if (behavior != "Isolated" && !(behavior == "Removed" && source.flag("invert", false))) {
        source.unsupported("the behavior " + in_quotes(behavior));
    }
    return known->second;
}

}  // namespace

std::size_t piece_end(split_pattern pattern, std::string_view text, std::size_t at) {
    switch (pattern) {
        case split_pattern::gpt2:
            return gpt2_end(text, at);
        case split_pattern::llama3:
            return llama3_end(text, at, 3);
        case split_pattern::qwen2:
            return llama3_end(text, at, 1);
    }
    return text.size();
}

pretokenizer::pretokenizer(const component& source) {
    for (const component& part : source.flattened("pretokenizers")) {
        const std::size_t known = steps_.size();
        add(part);
        for (std::size_t i = known; i < steps_.size(); ++i) steps_[i].place = part.place();
    }
}

void pretokenizer::add(const component& source) {
    using enum step::action;
    const std::string type = source.type();
    if (type == "Split") {
        steps_.push_back({.act = pattern, .pattern = read_pattern(source)});
    } else if (type == "Digits") {
        steps_.push_back({.act = source.flag("individual_digits", false) ? single_digits : digits});
    } else if (type == "ByteLevel") {
        if (source.flag("add_prefix_space", true)) steps_.push_back({.act = space_before});
        if (source.flag("use_regex", true)) steps_.push_back({.act = pattern});
    } else if (type == "Metaspace") {
        const std::string scheme = source.text(
            "prepend_scheme", source.flag("add_prefix_space", true) ? "always" : "never");
        if (scheme != "always" && scheme != "never" && scheme != "first") {
            source.unsupported("the prepend_scheme " + in_quotes(scheme));
        }
        step now{.act = metaspace, .replacement = source.replacement("replacement", "\u2581")};
        if (now.replacement.empty()) source.malformed("replacement is empty");
        now.prepend = scheme != "never";
        now.only_at_start = scheme == "first";
        now.cut = source.flag("split", true);
        steps_.push_back(std::move(now));
    } else {
        source.unsupported_type();
    }
}

void pretokenizer::apply(const step& now, std::string_view piece, bool at_start, std::size_t most,
                         text_pieces& out) {
    using enum step::action;
    const auto make = [&](std::string text) -> std::string_view {
        out.made_bytes += text.size();
        if (out.made_bytes > most) {
            throw engine_error(error_code::limit,
                               now.place + ": makes a text more than eight times as long");
        }
        return out.made.emplace_back(std::move(text));
    };
    const auto emit = [&](std::size_t from, std::size_t to) {
        if (to > from) out.list.push_back(piece.substr(from, to - from));
    };
    switch (now.act) {
        case pattern:
            for (std::size_t at = 0; at < piece.size();) {
                emit(at, piece_end(now.pattern, piece, at));
                at += out.list.back().size();
            }
            return;
        case digits:
        case single_digits: {
            std::size_t from = 0;
            bool in_number = false;
            for (std::size_t at = 0; at < piece.size();) {
                const character c = look(piece, at);
                const bool number = c.is == kind::number;
                if (number != in_number || (number && now.act == single_digits)) {
                    emit(from, at);
                    from = at;
                }
                in_number = number;
                at += c.size;
            }
            return emit(from, piece.size());
        }
        case space_before:
            if (piece.starts_with(' ')) return emit(0, piece.size());
            out.list.push_back(make(" " + std::string(piece)));
            return;
        case metaspace: {
            std::string text = replace_all(piece, " ", now.replacement, most);
            if (now.prepend && (at_start || !now.only_at_start) &&
                !text.starts_with(now.replacement)) {
                text.insert(0, now.replacement);
            }
            piece = make(std::move(text));
            std::size_t from = 0;
            while (now.cut && from < piece.size()) {
                const std::size_t next = piece.find(now.replacement, from + 1);
                if (next == std::string_view::npos) break;
                emit(from, next);
                from = next;
            }
            return emit(from, piece.size());
        }
    }
}

text_pieces pretokenizer::split(std::string_view text, bool at_start) const {
    const std::size_t most = 8 * text.size() + 64;
    text_pieces pieces;
    if (!text.empty()) pieces.list.push_back(text);
    for (const step& now : steps_) {
        text_pieces next;
        next.made = std::move(pieces.made);
        next.made_bytes = pieces.made_bytes;
        next.list.reserve(text.size() / 4 + 1);
        for (const std::string_view piece : pieces.list) {
            apply(now, piece, at_start && piece.data() == pieces.list.front().data(), most, next);
        }
        pieces = std::move(next);
    }
    return pieces;
}

}  // namespace tessera::engine::detail
