#pragma once

#include <compare>
#include <nlohmann/json.hpp>
#include <string>

namespace tessera::engine {

/// A number as JSON means it: 0.DIGITS times ten to the power of `point`, without binary rounding.
/// What was parsed into a double counts as its shortest decimal form.
class exact_number {
  public:
    /// Throws engine_error invalid_argument for what is no finite number.
    explicit exact_number(const nlohmann::ordered_json& number);

    bool is_integer() const { return point_ >= static_cast<int>(digits_.size()); }
    bool is_positive() const { return !negative_ && !digits_.empty(); }
    bool is_negative() const { return negative_; }
    /// Of a number that is not zero.
    bool is_multiple_of(const exact_number&) const;
    /// The same text for the same number.
    std::string text() const;

    friend std::strong_ordering operator<=>(const exact_number&, const exact_number&);
    friend bool operator==(const exact_number&, const exact_number&) = default;

  private:
    bool negative_ = false;
    std::string digits_;  // no zero at either end; none for zero
    int point_ = 0;
};

/// The same text for values that JSON Schema calls equal: 1 and 1.0, objects in any order. Throws
/// engine_error limit for a value that nests deeper than 200.
std::string canonical_text(const nlohmann::ordered_json&);

}  // namespace tessera::engine
