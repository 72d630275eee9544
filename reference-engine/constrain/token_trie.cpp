#include "constrain/token_trie.hpp"

#include <algorithm>
#include <string_view>

#include "text/tokenizer.hpp"

namespace tessera::engine {

token_trie::token_trie(const tokenizer& text)
    : words_((static_cast<std::size_t>(text.vocab_size()) + 63) / 64),
      vocab_size_(text.vocab_size()) {
    for (token_id id = 0; id < vocab_size_; ++id)
        if (!text.is_special(id) && !text.token_bytes(id).empty()) tokens_.push_back(id);
    std::stable_sort(tokens_.begin(), tokens_.end(), [&](token_id a, token_id b) {
        return text.token_bytes(a) < text.token_bytes(b);
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
        const auto bytes = text.token_bytes(tokens_[t]);
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
}

}  // namespace tessera::engine
