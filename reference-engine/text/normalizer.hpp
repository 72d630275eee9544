#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/component.hpp"

namespace tessera::engine::detail {

/// Every occurrence, from left to right; `from` is not empty.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

/// Rewrites text before it is cut into pieces.
class normalizer {
  public:
    normalizer() = default;
    explicit normalizer(const component& source);

    bool empty() const { return steps_.empty(); }
    std::string apply(std::string_view text) const;

  private:
    struct step {
        enum class action : std::uint8_t { nfc, prepend, replace };
        action act;
        std::string from;
        std::string to;
    };
    std::vector<step> steps_;
};

}  // namespace tessera::engine::detail
