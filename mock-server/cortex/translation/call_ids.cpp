#include "cortex/translation/call_ids.hpp"

#include <algorithm>
#include <optional>

#include "tessera/core/base64.hpp"
#include "tessera/core/hmac.hpp"

namespace tessera::server::cortex {
namespace {

constexpr std::size_t most = 40;
// What the three forms begin with. An id that begins so and is an upstream's own takes one of them.
constexpr std::string_view escaped = "tc-", coded = "tb-", digest = "td-";
constexpr char escape = 'Q';

bool is_plain(char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           (each >= '0' && each <= '9') || each == '_' || each == '-';
}

std::string escaped_form(std::string_view id) {
    std::string made(escaped);
    for (const char each : id) {
        if (is_plain(each) && each != escape)
            made += each;
        else
            (made += escape) += encode_hex({&each, 1});
    }
    return made;
}

std::optional<unsigned> digit_of(char hex) {
    if (hex >= '0' && hex <= '9') return static_cast<unsigned>(hex - '0');
    if (hex >= 'a' && hex <= 'f') return static_cast<unsigned>(hex - 'a' + 10);
    return std::nullopt;
}

std::optional<std::string> unescaped(std::string_view text) {
    std::string made;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != escape) {
            made += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const auto high = digit_of(text[i + 1]);
        const auto low = digit_of(text[i + 2]);
        if (!high || !low) return std::nullopt;
        made += static_cast<char>(*high << 4 | *low);
        i += 2;
    }
    return made;
}

std::string digest_of(std::string_view text) { return hmac_sha256("id of a call", text); }

}  // namespace

bool is_plain_id(std::string_view id) {
    return !id.empty() && std::all_of(id.begin(), id.end(), is_plain);
}

std::string portable_id(std::string_view id) {
    const bool is_reserved =
        id.starts_with(escaped) || id.starts_with(coded) || id.starts_with(digest);
    if (is_plain_id(id) && id.size() <= most && !is_reserved) return std::string(id);
    if (id.size() <= most)
        if (std::string made = escaped_form(id); made.size() <= most) return made;
    if (std::string made = std::string(coded) + encode_base64url(id); made.size() <= most)
        return made;
    return std::string(digest) + encode_base64url(digest_of(id).substr(0, 27));
}

std::string original_id(std::string_view id) {
    std::optional<std::string> made;
    if (id.starts_with(escaped)) made = unescaped(id.substr(escaped.size()));
    if (id.starts_with(coded)) made = decode_base64url(id.substr(coded.size()));
    return made && portable_id(*made) == id ? *made : std::string(id);
}

std::string made_id(std::string_view answer, std::size_t place) {
    return "call_" +
           encode_hex(digest_of(std::to_string(place) + ":" + std::string(answer)).substr(0, 12));
}

}  // namespace tessera::server::cortex
