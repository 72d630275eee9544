#pragma once
// Files of sound as samples.
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::listen {

/// The file cannot be read; the message says why.
struct unreadable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline constexpr int sample_rate = 16'000;

/// One channel of signed 16 bit samples at sample_rate. Throws unreadable for what is no sound, and
/// for one that is longer than `most_seconds`.
std::vector<std::int16_t> decode(std::string_view file, double most_seconds);

}  // namespace tessera::listen
