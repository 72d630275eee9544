#include "text/bpe.hpp"

#include <algorithm>
#include <utility>

#include "text/unicode.hpp"

namespace tessera::engine::detail {
namespace {

/// Bytes that are printable in Latin-1 stand for themselves, the others for U+0100 and on.
constexpr std::array<char32_t, 256> byte_letters = [] {
    std::array<char32_t, 256> table{};
    char32_t next = 256;
    for (char32_t b = 0; b < 256; ++b) {
        const bool printable =
            (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
        table[b] = printable ? b : next++;
    }
    return table;
}();

constexpr std::array<int, 512> letter_bytes = [] {
    std::array<int, 512> table{};
    table.fill(-1);
    for (int b = 0; b < 256; ++b) table[byte_letters[static_cast<std::size_t>(b)]] = b;
    return table;
}();

bool later(const bpe::scratch::candidate& a, const bpe::scratch::candidate& b) {
    return std::pair(a.rank, a.at) > std::pair(b.rank, b.at);
}

}  // namespace

std::string spell_bytes(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 2);
    for (const char c : bytes) unicode::append(out, byte_letters[static_cast<unsigned char>(c)]);
    return out;
}

bool unspell_bytes(std::string_view spelling, std::string& bytes) {
    bytes.clear();
    for (std::size_t at = 0; at < spelling.size();) {
        const unicode::decoded c = unicode::decode(spelling, at);
        if (c.point >= letter_bytes.size() || letter_bytes[c.point] < 0) return false;
        bytes += static_cast<char>(letter_bytes[c.point]);
        at += c.size;
    }
    return true;
}

int byte_of_token(std::string_view spelling) {
    if (spelling.size() != 6 || !spelling.starts_with("<0x") || spelling[5] != '>') return -1;
    int value = 0;
    for (const char c : spelling.substr(3, 2)) {
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

bpe::bpe(const component& model, bool byte_level) : byte_level_(byte_level) {
    const std::string type = model.text("type", "BPE");
    if (type != "BPE") model.unsupported_type();
    if (model.find("dropout") != nullptr && *model.find("dropout") != 0)
        model.unsupported("dropout");
    for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
        if (!model.text(affix, "").empty()) model.unsupported(affix);
    }
    byte_fallback_ = model.flag("byte_fallback", false);
    fuse_unknown_ = model.flag("fuse_unk", false);
    ignore_merges_ = model.flag("ignore_merges", false);
    read_vocabulary(model);
    read_merges(model);
    if (const std::string name = model.text("unk_token", ""); !name.empty()) {
        const auto token = tokens_.find(name);
        if (token == tokens_.end()) model.malformed("unk_token is not in the vocabulary");
        unknown_ = token->second;
    }
}

void bpe::read_vocabulary(const component& model) {
    const nlohmann::json* source = model.find("vocab");
    if (source == nullptr || !source->is_object()) model.malformed("vocab must be an object");
    tokens_.reserve(source->size());
    for (const auto& [text, id] : source->items()) {
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() > largest_token_id) {
            model.malformed("the id of token " + in_quotes(text) +
                            " is not one from 0 to 2^24 - 1");
        }
        tokens_.emplace(text, id.get<int>());
        longest_ = std::max(longest_, text.size());
    }
    byte_ids_.fill(-1);
    for (std::size_t b = 0; b < 256; ++b) {
        const char byte = static_cast<char>(b);
        if (byte_level_) {
            const auto token = tokens_.find(spell_bytes({&byte, 1}));
            if (token != tokens_.end()) byte_ids_[b] = token->second;
        }
    }
    if (byte_level_ || !byte_fallback_) return;
    for (const auto& [text, id] : tokens_) {
        if (const int b = byte_of_token(text); b >= 0) byte_ids_[static_cast<std::size_t>(b)] = id;
    }
}

void bpe::read_merges(const component& model) {
    const nlohmann::json* source = model.find("merges");
    if (source == nullptr || !source->is_array()) model.malformed("merges must be an array");
    merges_.reserve(source->size());
    std::string joined;
    int rank = 0;
    for (const nlohmann::json& rule : *source) {
        std::string_view left;
        std::string_view right;
        if (rule.is_string()) {
            const auto& text = rule.get_ref<const std::string&>();
            const std::size_t space = text.find(' ');
            if (space != std::string::npos) {
                left = std::string_view(text).substr(0, space);
                right = std::string_view(text).substr(space + 1);
            }
        } else if (rule.is_array() && rule.size() == 2 && rule[0].is_string() &&
                   rule[1].is_string()) {
            left = rule[0].get_ref<const std::string&>();
            right = rule[1].get_ref<const std::string&>();
        }
        joined.assign(left).append(right);
        const auto a = tokens_.find(left);
        const auto b = tokens_.find(right);
        const auto ab = tokens_.find(joined);
        if (left.empty() || right.empty() || a == tokens_.end() || b == tokens_.end() ||
            ab == tokens_.end()) {
            model.malformed("merge " + std::to_string(rank) +
                            " does not join two tokens to a third");
        }
        merges_.insert_or_assign(pair(a->second, b->second), {rank++, ab->second});
    }
}

void bpe::add_symbols(std::string_view piece, scratch& work) const {
    work.symbols.clear();
    bool after_unknown = false;
    const auto add = [&](int id) {
        const int at = static_cast<int>(work.symbols.size());
        work.symbols.push_back({id, at - 1, at + 1});
        after_unknown = false;
    };
    const auto add_unknown = [&] {
        if (unknown_ < 0 || (after_unknown && fuse_unknown_)) return;
        add(unknown_);
        after_unknown = true;
    };
    for (std::size_t at = 0; at < piece.size();) {
        if (byte_level_) {
            const int id = byte_ids_[static_cast<unsigned char>(piece[at++])];
            id >= 0 ? add(id) : add_unknown();
            continue;
        }
        const std::string_view letter = piece.substr(at, unicode::decode(piece, at).size);
        at += letter.size();
        if (const auto token = tokens_.find(letter); token != tokens_.end()) {
            add(token->second);
        } else if (byte_fallback_ && std::ranges::all_of(letter, [&](char c) {
                       return byte_ids_[static_cast<unsigned char>(c)] >= 0;
                   })) {
            for (const char c : letter) add(byte_ids_[static_cast<unsigned char>(c)]);
        } else {
            add_unknown();
        }
    }
    if (!work.symbols.empty()) work.symbols.back().next = -1;
}

void bpe::push(scratch& work, int at) const {
    const scratch::symbol& left = work.symbols[static_cast<std::size_t>(at)];
    if (left.next < 0) return;
    const std::uint64_t key = pair(left.id, work.symbols[static_cast<std::size_t>(left.next)].id);
    if (const merge* found = merges_.find(key)) {
        work.heap.push_back({found->rank, at, key});
        std::ranges::push_heap(work.heap, later);
    }
}

void bpe::encode(std::string_view piece, scratch& work, std::vector<int>& out) const {
    if (ignore_merges_ && piece.size() <= longest_) {
        const auto whole = byte_level_ ? tokens_.find(spell_bytes(piece)) : tokens_.find(piece);
        if (whole != tokens_.end()) return out.push_back(whole->second);
    }
    add_symbols(piece, work);
    work.heap.clear();
    auto& symbols = work.symbols;
    for (int at = 0; at < static_cast<int>(symbols.size()); ++at) push(work, at);

    while (!work.heap.empty()) {
        std::ranges::pop_heap(work.heap, later);
        const scratch::candidate best = work.heap.back();
        work.heap.pop_back();
        scratch::symbol& left = symbols[static_cast<std::size_t>(best.at)];
        // Stale where an earlier merge took either half.
        if (left.id < 0 || left.next < 0) continue;
        scratch::symbol& right = symbols[static_cast<std::size_t>(left.next)];
        if (pair(left.id, right.id) != best.pair) continue;
        left.id = merges_.find(best.pair)->id;
        left.next = right.next;
        right.id = -1;
        if (left.next >= 0) symbols[static_cast<std::size_t>(left.next)].previous = best.at;
        push(work, best.at);
        if (left.previous >= 0) push(work, left.previous);
    }
    for (int at = symbols.empty() ? -1 : 0; at >= 0;
         at = symbols[static_cast<std::size_t>(at)].next) {
        out.push_back(symbols[static_cast<std::size_t>(at)].id);
    }
}

}  // namespace tessera::engine::detail
