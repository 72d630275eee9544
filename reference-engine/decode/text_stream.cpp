#include "decode/text_stream.hpp"

#include <algorithm>
#include <utility>

namespace tessera::engine {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

bool continues(unsigned char byte) { return (byte & 0xc0U) == 0x80U; }

// Whether the bytes begin a character of Unicode, and perhaps are all of it (The Unicode Standard,
// table 3-7).
bool begins_character(std::string_view bytes) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    if (first < 0x80) return true;
    if (first < 0xc2 || first > 0xf4) return false;
    if (bytes.size() == 1) return true;
    const auto second = static_cast<unsigned char>(bytes[1]);
    if (!continues(second)) return false;
    if (first == 0xe0 && second < 0xa0) return false;
    if (first == 0xed && second > 0x9f) return false;
    if (first == 0xf0 && second < 0x90) return false;
    if (first == 0xf4 && second > 0x8f) return false;
    return std::all_of(bytes.begin() + 2, bytes.end(),
                       [](char c) { return continues(static_cast<unsigned char>(c)); });
}

std::size_t length_of_character(char first) {
    const auto byte = static_cast<unsigned char>(first);
    return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

}  // namespace

text_stream::pattern::pattern(std::string source) : text(std::move(source)), failure(text.size()) {
    std::size_t border = 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        while (border > 0 && text[i] != text[border]) border = failure[border - 1];
        if (text[i] == text[border]) ++border;
        failure[i] = border;
    }
}

// Whether the text is complete with that byte.
bool text_stream::pattern::step(char byte) {
    while (matched > 0 && text[matched] != byte) matched = failure[matched - 1];
    if (text[matched] == byte) ++matched;
    return matched == text.size();
}

text_stream::text_stream(std::vector<std::string> stop_strings) {
    for (auto& text : stop_strings) patterns_.emplace_back(std::move(text));
}

// Moves whole characters on; an ill-formed sequence becomes one U+FFFD for each of its maximal
// subparts.
void text_stream::complete(std::string_view bytes, std::string& characters) {
    for (const char byte : bytes) {
        partial_ += byte;
        if (!begins_character(partial_)) {
            // Either a byte that begins nothing, or one that breaks off what came before it.
            const bool alone = partial_.size() == 1;
            characters += replacement;
            if (alone) {
                partial_.clear();
                continue;
            }
            partial_.assign(1, byte);
            if (!begins_character(partial_)) {
                characters += replacement;
                partial_.clear();
                continue;
            }
        }
        if (partial_.size() == length_of_character(partial_[0])) {
            characters += partial_;
            partial_.clear();
        }
    }
}

std::string text_stream::take(std::string_view characters, bool may_stop) {
    std::string text = std::exchange(held_, {});
    if (!may_stop) {
        for (auto& p : patterns_) p.matched = 0;
        return text.append(characters);
    }
    for (const char byte : characters) {
        text += byte;
        std::size_t longest = 0;
        for (auto& p : patterns_) {
            if (p.step(byte)) longest = std::max(longest, p.text.size());
        }
        if (longest > 0) {
            stopped_ = true;
            text.resize(text.size() - longest);
            return text;
        }
    }
    std::size_t begun = 0;
    for (const auto& p : patterns_) begun = std::max(begun, p.matched);
    held_ = text.substr(text.size() - begun);
    text.resize(text.size() - begun);
    return text;
}

std::string text_stream::push(std::string_view bytes, bool may_stop) {
    if (stopped_) return {};
    std::string characters;
    complete(bytes, characters);
    return take(characters, may_stop);
}

std::string text_stream::finish() {
    if (stopped_) return {};
    std::string text;
    if (!partial_.empty()) text = take(replacement, true);
    partial_.clear();
    if (!stopped_) text += std::exchange(held_, {});
    return text;
}

}  // namespace tessera::engine
