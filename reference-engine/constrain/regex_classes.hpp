#pragma once

#include <cstdint>
#include <vector>

#include "constrain/regex.hpp"

namespace tessera::engine {

/// The code points, put into classes: two of one class are in the same sets of an expression, and
/// both word characters or both none where the expression has word boundaries.
class regex_classes {
  public:
    using index = std::uint32_t;

    explicit regex_classes(const regex&);

    struct interval {
        code_point_set::range points;
        index of;
    };
    /// All code points, in order.
    const std::vector<interval>& intervals() const { return intervals_; }
    std::size_t count() const { return examples_.size(); }
    /// A member of a class.
    char32_t example(index c) const { return examples_[c]; }
    const std::vector<index>& of_set(regex::index set) const { return of_sets_[set]; }

  private:
    std::vector<interval> intervals_;
    std::vector<char32_t> examples_;
    std::vector<std::vector<index>> of_sets_;
};

}  // namespace tessera::engine
