#include "constrain/token_trie.hpp"

#include <algorithm>

#include "text/tokenizer.hpp"

namespace tessera::engine {

namespace {

std::vector<std::string_view> texts_of(const tokenizer& from) {
    std::vector<std::string_view> made(static_cast<std::size_t>(from.vocab_size()));
    for (token_id id = 0; id < from.vocab_size(); ++id)
        if (!from.is_special(id)) made[static_cast<std::size_t>(id)] = from.token_bytes(id);
    return made;
}

}  // namespace

token_trie::token_trie(const tokenizer& from) : token_trie(texts_of(from)) {}

token_trie::token_trie(std::span<const std::string_view> texts)
    : words_((texts.size() + 63) / 64), vocab_size_(static_cast<int>(texts.size())) {
    const auto text = [&](token_id id) { return texts[static_cast<std::size_t>(id)]; };
    for (token_id id = 0; id < vocab_size_; ++id)
        if (!text(id).empty()) tokens_.push_back(id);
    std::sort(tokens_.begin(), tokens_.end(), [&](token_id a, token_id b) {
        return text(a) != text(b) ? text(a) < text(b) : a < b;
    });
    nodes_.emplace_back();
    std::vector<std::uint32_t> path{0};  // of the token before
    std::string_view before;
    const auto close = [&](std::size_t depth, std::uint32_t next_token) {
        while (path.size() > depth) {
            nodes_[path.back()].end = size();
            nodes_[path.back()].below_token = next_token;
            path.pop_back();
        }
    };
    for (std::uint32_t t = 0; t < tokens_.size(); ++t) {
        const auto bytes = text(tokens_[t]);
        const auto same = static_cast<std::size_t>(
            std::mismatch(before.begin(), before.end(), bytes.begin(), bytes.end()).first -
            before.begin());
        close(same + 1, t);
        for (std::size_t i = same; i < bytes.size(); ++i) {
            nodes_.push_back({.parent = path.back(),
                              .first_token = t,
                              .last_token = t,
                              .byte = static_cast<unsigned char>(bytes[i])});
            path.push_back(size() - 1);
        }
        nodes_[path.back()].last_token = t + 1;
        before = bytes;
    }
    close(0, static_cast<std::uint32_t>(tokens_.size()));
    for (std::uint32_t i = size() - 1; i > 0; --i) {
        node& n = nodes_[i];
        n.plain = n.plain && n.byte >= 0x20 && n.byte < 0x7F && n.byte != '"' && n.byte != '\\';
        node& parent = nodes_[n.parent];
        parent.plain = parent.plain && n.plain;
        parent.quotes = parent.quotes || n.quotes || n.byte == '"';
        parent.height = std::max(parent.height, n.height + 1);
    }
}

token_id token_trie::find(std::string_view text) const {
    std::uint32_t at = 0;
    for (const char c : text) {
        std::uint32_t child = at + 1;
        while (child < nodes_[at].end && nodes_[child].byte != static_cast<unsigned char>(c))
            child = nodes_[child].end;
        if (child >= nodes_[at].end) return -1;
        at = child;
    }
    const node& n = nodes_[at];
    return n.first_token < n.last_token ? tokens_[n.first_token] : -1;
}

}  // namespace tessera::engine
