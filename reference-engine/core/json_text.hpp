#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

namespace tessera::engine {

struct json_limits {
    std::size_t bytes = std::size_t{128} << 20;
    int depth = 64;
};

/// Parses RFC 8259 text strictly: also a repeated member name is an error. Never recursive, linear
/// in time and memory. Throws malformed or limit; `place` (a file's name) opens the message.
/// Json is nlohmann::json or nlohmann::ordered_json.
template <class Json = nlohmann::json>
Json parse_json(std::string_view text, std::string_view place, const json_limits& limits = {});

/// The same for a file; throws io as well.
nlohmann::json read_json(const std::filesystem::path& path, const json_limits& limits = {});

}  // namespace tessera::engine
