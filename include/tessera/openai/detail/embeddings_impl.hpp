#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tessera/core/base64.hpp"
#include "tessera/json/text.hpp"
#include "tessera/openai/embeddings.hpp"

namespace tessera::openai::detail {

TESSERA_COLD_DECL
std::optional<std::vector<float>> floats_of(std::string_view base64) {
    const std::size_t bytes = decoded_base64_size(base64);
    if (bytes % sizeof(float) != 0) return std::nullopt;
    std::vector<float> values(bytes / sizeof(float));
    if (!decode_base64_into(base64, values.data(), bytes)) return std::nullopt;
    for (float& each : values) {
        const auto little = std::bit_cast<std::array<unsigned char, 4>>(each);
        each =
            std::bit_cast<float>(std::uint32_t{little[0]} | std::uint32_t{little[1]} << 8 |
                                 std::uint32_t{little[2]} << 16 | std::uint32_t{little[3]} << 24);
        if (!std::isfinite(each)) return std::nullopt;
    }
    return values;
}

TESSERA_DEF
bool read_vector(json::detail::reading& by, const json::value& in, embedding_vector& out,
                 const json::detail::location& at, const json::constraints* rules) {
    if (const auto* text = in.get_ptr<const std::string*>()) {
        auto values = floats_of(*text);
        if (!values)
            return by.fail(at, "base64", "expected base64 of finite little-endian 32 bit floats");
        out = {*std::move(values), embedding_encoding::base64};
        return true;
    }
    if (!in.is_array()) return by.fail(at, "union_type", "expected a string or an array");
    using namespace json::detail;
    std::vector<float> values;
    const bool good = by.read(node_of<std::vector<float>, use::both>(), in, &values, at, rules);
    out = std::move(values);
    return good;
}

TESSERA_DEF
void write_vector(std::string& out, const embedding_vector& given) {
    const std::span<const float> values = given.values();
    if (given.encoding() == embedding_encoding::floats) {
        char before = '[';
        for (const float each : values) {
            out += before;
            json::detail::write_real(out, each);
            before = ',';
        }
        out += values.empty() ? "[]" : "]";
        return;
    }
    std::string bytes;
    bytes.reserve(4 * values.size());
    for (const float each : values)
        for (unsigned k = 0; k < 4; ++k)
            bytes += static_cast<char>(std::bit_cast<std::uint32_t>(each) >> 8 * k & 255);
    ((out += '"') += encode_base64(bytes)) += '"';
}

}  // namespace tessera::openai::detail
