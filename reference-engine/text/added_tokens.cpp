#include "text/added_tokens.hpp"

#include "text/bpe.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::detail {
namespace {

bool word_before(std::string_view text, std::size_t at) {
    if (at == 0) return false;
    do --at;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U);
    return unicode::is_word(unicode::decode(text, at).point);
}

bool word_at(std::string_view text, std::size_t at) {
    return at < text.size() && unicode::is_word(unicode::decode(text, at).point);
}

}  // namespace

std::vector<added_token> read_added_tokens(const component& file) {
    constexpr std::size_t most_tokens = 1U << 18;
    constexpr std::size_t longest_token = 512;  // bounds the work at each place of a text
    std::vector<added_token> tokens;
    for (const component& source : file.children("added_tokens")) {
        added_token& token = tokens.emplace_back();
        token.content = source.text("content");
        token.id = source.integer("id", 0, largest_token_id);
        token.special = source.flag("special", false);
        token.single_word = source.flag("single_word", false);
        token.strip_left = source.flag("lstrip", false);
        token.strip_right = source.flag("rstrip", false);
        token.normalized = source.flag("normalized", !token.special);
        if (token.content.empty()) source.malformed("content is empty");
        if (token.content.size() > longest_token || tokens.size() > most_tokens) {
            throw engine_error(error_code::limit,
                               source.place() + ": longer than 512 bytes, or one of too many");
        }
    }
    return tokens;
}

added_token_matcher::added_token_matcher(std::span<const added_token> tokens, bool normalized,
                                         const normalizer& rule) {
    std::size_t bytes = 0;
    for (const added_token& token : tokens) {
        if (token.normalized != normalized) continue;
        tokens_.push_back(token);
        if (normalized) tokens_.back().content = rule.apply(token.content);
        bytes += tokens_.back().content.size();
    }
    if (tokens_.empty()) return;
    nodes_.resize(1);
    edges_.reserve(bytes);
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
        int at = 0;
        for (const char c : tokens_[i].content) {
            const auto edge = static_cast<std::uint64_t>(at) << 8 | static_cast<unsigned char>(c);
            if (const int* next = edges_.find(edge)) {
                at = *next;
            } else {
                at = static_cast<int>(nodes_.size());
                nodes_.emplace_back();
                edges_.insert_or_assign(edge, at);
            }
        }
        node& last = nodes_[static_cast<std::size_t>(at)];
        last.token = static_cast<int>(i);
        if (!tokens_[i].special) last.plain_token = last.token;
    }
}

added_token_matcher::match added_token_matcher::longest(std::string_view text, std::size_t at,
                                                        bool special) const {
    match best;
    int state = 0;
    for (std::size_t i = at; i < text.size(); ++i) {
        const int* next = edges_.find(static_cast<std::uint64_t>(state) << 8 |
                                      static_cast<unsigned char>(text[i]));
        if (next == nullptr) break;
        state = *next;
        const node& here = nodes_[static_cast<std::size_t>(state)];
        const int token = special ? here.token : here.plain_token;
        if (token >= 0) best = {token, i + 1};
    }
    return best;
}

void added_token_matcher::split(std::string_view text, bool special,
                                std::vector<text_section>& out) const {
    std::size_t plain = 0;  // start of the text that no section has yet
    const auto flush = [&](std::size_t end) {
        if (end > plain) out.push_back({text.substr(plain, end - plain), -1});
    };
    for (std::size_t at = 0; !tokens_.empty() && at < text.size();) {
        const match found = longest(text, at, special);
        if (found.token < 0) {
            ++at;
            continue;
        }
        const added_token& token = tokens_[static_cast<std::size_t>(found.token)];
        std::size_t start = at;
        std::size_t end = found.end;
        at = end;
        if (token.single_word && (word_before(text, start) || word_at(text, end))) continue;
        while (token.strip_left && start > plain) {
            std::size_t before = start - 1;
            while (before > plain && (static_cast<unsigned char>(text[before]) & 0xc0U) == 0x80U) {
                --before;
            }
            if (!unicode::is_space(unicode::decode(text, before).point)) break;
            start = before;
        }
        while (token.strip_right && end < text.size()) {
            const unicode::decoded c = unicode::decode(text, end);
            if (!unicode::is_space(c.point)) break;
            end += c.size;
        }
        flush(start);
        out.push_back({text.substr(start, end - start), token.id});
        plain = at = end;
    }
    flush(text.size());
}

}  // namespace tessera::engine::detail
