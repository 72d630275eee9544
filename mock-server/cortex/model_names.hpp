#pragma once
// What the names of models tell of them.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::server::cortex {

/// For people: "claude-3-5-sonnet-20241022" is "Claude 3.5 Sonnet".
std::string display_name_of(std::string_view id);

/// The day that the name ends with, where it does: "...-20241022", "...-2024-10-22".
std::optional<std::chrono::sys_days> release_of(std::string_view id);

}  // namespace tessera::server::cortex
