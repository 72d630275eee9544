#pragma once

#include <array>
#include <compare>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tessera::engine {

/// A set of the code points that text can hold: all but the surrogates.
class code_point_set {
  public:
    struct range {
        char32_t first = 0;
        char32_t last = 0;  // inclusive
        friend auto operator<=>(const range&, const range&) = default;
    };
    static constexpr std::array<range, 2> universe{{{0, 0xd7ff}, {0xe000, 0x10ffff}}};

    code_point_set() = default;
    /// In any order; surrogates fall out.
    explicit code_point_set(std::vector<range>);

    code_point_set negated() const;
    bool contains(char32_t) const;
    /// Ascending, disjoint, as few as can be.
    std::span<const range> ranges() const { return ranges_; }

    friend auto operator<=>(const code_point_set&, const code_point_set&) = default;

  private:
    std::vector<range> ranges_;
};

/// What the escapes of ECMA-262 stand for: 'd', 's' or 'w'.
const code_point_set& escape_class(char letter);
/// What `.` stands for: all but the ends of lines.
const code_point_set& dot_class();
/// What `\p{expression}` stands for: general categories by their short and long names, Any, ASCII,
/// Assigned. Nothing for names that are not known. Thread-safe; built once.
std::optional<code_point_set> property_class(std::string_view expression);

}  // namespace tessera::engine
