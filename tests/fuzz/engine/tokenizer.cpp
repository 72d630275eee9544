#include "text/tokenizer.hpp"

#include "core/error.hpp"
#include "fuzz.hpp"
#include "text/pretokenizer.hpp"
#include "text/unicode.hpp"

namespace tessera::fuzz {
namespace {

// The file is what precedes the first line break, the text what follows.
void whole(std::string_view input) {
    const std::size_t line = std::min(input.find('\n'), input.size());
    try {
        const auto tokenizer = engine::tokenizer::parse(input.substr(0, line));
        const std::string_view text = input.substr(line);
        for (const bool special : {false, true}) {
            const auto ids =
                tokenizer.encode(text, {.parse_special = special, .add_special = special});
            for (const int id : ids)
                check(id >= 0 && id < tokenizer.vocab_size(), "ids are in the vocabulary");
            check(engine::unicode::is_valid(tokenizer.decode(ids)), "decoded text is UTF-8");
        }
    } catch (const engine::engine_error& e) {
        check(e.code != engine::error_code::io, "bytes in memory give no file error");
    }
}

void pieces_of(std::string_view input) {
    using engine::detail::split_pattern;
    const std::string text = engine::unicode::repair(input);
    check(engine::unicode::is_valid(text), "a repaired text is UTF-8");
    check(engine::unicode::is_valid(engine::unicode::nfc(text)), "a composed text is UTF-8");
    for (const auto pattern : {split_pattern::gpt2, split_pattern::llama3, split_pattern::qwen2}) {
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = engine::detail::piece_end(pattern, text, at);
            check(end > at && end <= text.size(), "pieces advance inside the text");
            check(engine::unicode::is_valid(std::string_view(text).substr(at, end - at)),
                  "pieces end between characters");
            at = end;
        }
    }
}

}  // namespace

void one_input(std::string_view input) {
    pieces_of(input);
    whole(input);
}

}  // namespace tessera::fuzz
