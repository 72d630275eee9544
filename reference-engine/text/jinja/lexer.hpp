#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::engine::jinja {

struct token {
    enum class kind : std::uint8_t {
        data,  // template text, white space control applied
        begin_output,
        end_output,
        begin_block,
        end_block,
        name,
        string,
        integer,
        real,
        symbol,  // an operator or a bracket
        end,
    };
    kind is = kind::end;
    int line = 0;
    std::string text;  // of a string: unescaped
};

/// Cuts a template into tokens, with trim_blocks and lstrip_blocks on and the last newline of the
/// source dropped. Throws engine_error malformed with the line.
std::vector<token> tokenize(std::string_view source);

[[noreturn]] void fail_at(int line, const std::string& reason);
[[noreturn]] void unsupported_at(int line, const std::string& what);
[[noreturn]] void limit_at(int line, const std::string& what);

}  // namespace tessera::engine::jinja
