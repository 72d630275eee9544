#include "world/bpe_trainer.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

namespace tessera::engine::world {

namespace {

constexpr std::size_t rare = 4;  // words below that teach nothing

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) > 127;
}
bool is_other(char c) { return !is_digit(c) && !is_space(c) && !is_letter(c); }

// The printable stand-ins for bytes that GPT-2 introduced.
std::string byte_name(unsigned byte) {
    const auto printable = [](unsigned b) {
        return (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
    };
    unsigned code = byte;
    if (!printable(byte)) {
        code = 256;
        for (unsigned b = 0; b < byte; ++b) code += printable(b) ? 0 : 1;
    }
    if (code < 128) return std::string(1, static_cast<char>(code));
    return {static_cast<char>(0xc0 | (code >> 6)), static_cast<char>(0x80 | (code & 63))};
}

std::string text_name(std::string_view bytes) {
    std::string out;
    for (char c : bytes) out += byte_name(static_cast<unsigned char>(c));
    return out;
}

}  // namespace

std::vector<std::string_view> split_words(std::string_view text) {
    std::vector<std::string_view> words;
    const std::size_t n = text.size();
    for (std::size_t i = 0; i < n;) {
        const std::size_t start = i;
        const auto run = [&](bool (*in)(char)) {
            while (i < n && in(text[i])) ++i;
        };
        const std::string_view rest = text.substr(i);
        bool contraction = false;
        for (std::string_view tail : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
            if (!contraction && rest.starts_with(tail)) i += tail.size(), contraction = true;
        if (contraction) {
        } else if (is_digit(text[i])) {
            ++i;
        } else if (is_letter(text[i])) {
            run(is_letter);
        } else if (is_other(text[i])) {
            run(is_other);
        } else if (text[i] == ' ' && i + 1 < n &&
                   (is_letter(text[i + 1]) || is_other(text[i + 1]))) {
            ++i;
            is_letter(text[i]) ? run(is_letter) : run(is_other);
        } else {
            run(is_space);
            // The last blank goes with the word that follows; digits were set apart before.
            if (i < n && !is_digit(text[i]) && i - start > 1) --i;
        }
        words.push_back(text.substr(start, i - start));
    }
    return words;
}

void bpe_trainer::add(std::string_view text) {
    for (auto word : split_words(text)) {
        if (word.size() > 1 && word[0] == ' ' && !is_space(word[1])) {
            word.remove_prefix(1);
            spaced_[std::string(word)]++;
        }
        words_[std::string(word)]++;
    }
}

nlohmann::ordered_json bpe_trainer::train(std::size_t vocabulary,
                                          std::span<const std::string_view> special,
                                          std::span<const std::string_view> visible) const {
    using json = nlohmann::ordered_json;
    json vocab = json::object(), merges = json::array(), added = json::array();
    for (std::size_t i = 0; i < special.size(); ++i) {
        const bool in_text = std::find(visible.begin(), visible.end(), special[i]) != visible.end();
        added.push_back({{"id", i},
                         {"content", special[i]},
                         {"single_word", false},
                         {"lstrip", false},
                         {"rstrip", false},
                         {"normalized", false},
                         {"special", !in_text}});
        vocab[std::string(special[i])] = i;
    }
    for (unsigned b = 0; b < 256; ++b) vocab[byte_name(b)] = special.size() + b;

    std::vector<std::string> pieces(256);
    for (unsigned b = 0; b < 256; ++b) pieces[b] = std::string(1, static_cast<char>(b));
    const auto merge = [&](const std::string& left, const std::string& right) {
        merges.push_back(text_name(left) + " " + text_name(right));
        vocab[text_name(left + right)] = special.size() + pieces.size();
        pieces.push_back(left + right);
    };
    struct entry {
        std::vector<int> symbols;
        std::size_t count;
    };
    std::vector<entry> entries;
    for (const auto& [text, count] : words_) {
        if (count < rare) continue;
        entry e{{}, count};
        for (char c : text) e.symbols.push_back(static_cast<unsigned char>(c));
        entries.push_back(std::move(e));
    }
    while (special.size() + pieces.size() < vocabulary - vocabulary / 8) {
        std::unordered_map<std::uint64_t, std::size_t> pairs;
        std::uint64_t best = 0;
        std::size_t most = 0;
        for (const auto& e : entries)
            for (std::size_t i = 0; i + 1 < e.symbols.size(); ++i) {
                const auto pair = static_cast<std::uint64_t>(e.symbols[i]) << 32 |
                                  static_cast<std::uint64_t>(e.symbols[i + 1]);
                const auto count = pairs[pair] += e.count;
                if (count > most || (count == most && pair < best)) best = pair, most = count;
            }
        if (most == 0) break;
        const int left = static_cast<int>(best >> 32), right = static_cast<int>(best & 0xffffffff);
        const int id = static_cast<int>(pieces.size());
        merge(pieces[static_cast<std::size_t>(left)], pieces[static_cast<std::size_t>(right)]);
        for (auto& e : entries) {
            std::size_t out = 0;
            for (std::size_t i = 0; i < e.symbols.size(); ++out) {
                const bool match =
                    i + 1 < e.symbols.size() && e.symbols[i] == left && e.symbols[i + 1] == right;
                e.symbols[out] = match ? id : e.symbols[i];
                i += match ? 2 : 1;
            }
            e.symbols.resize(out);
        }
    }
    std::vector<std::pair<std::string, std::size_t>> spaced;
    for (const auto& [text, count] : spaced_) {
        const bool common =
            is_other(text[0]) || (text[0] >= 'a' && text[0] <= 'z' && text.size() > 1);
        if (common && count >= rare &&
            std::find(pieces.begin(), pieces.end(), text) != pieces.end())
            spaced.emplace_back(text, count);
    }
    std::stable_sort(spaced.begin(), spaced.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    for (const auto& [text, count] : spaced)
        if (special.size() + pieces.size() < vocabulary) merge(" ", text);
    return {{"version", "1.0"},
            {"truncation", nullptr},
            {"padding", nullptr},
            {"added_tokens", added},
            {"normalizer", nullptr},
            {"pre_tokenizer",
             {{"type", "Sequence"},
              {"pretokenizers", json::array({{{"type", "Digits"}, {"individual_digits", true}},
                                             {{"type", "ByteLevel"},
                                              {"add_prefix_space", false},
                                              {"trim_offsets", true},
                                              {"use_regex", true}}})}}},
            {"post_processor", nullptr},
            {"decoder",
             {{"type", "ByteLevel"},
              {"add_prefix_space", true},
              {"trim_offsets", true},
              {"use_regex", true}}},
            {"model",
             {{"type", "BPE"},
              {"dropout", nullptr},
              {"unk_token", nullptr},
              {"continuing_subword_prefix", nullptr},
              {"end_of_word_suffix", nullptr},
              {"fuse_unk", false},
              {"byte_fallback", false},
              {"ignore_merges", false},
              {"vocab", vocab},
              {"merges", merges}}}};
}

}  // namespace tessera::engine::world
