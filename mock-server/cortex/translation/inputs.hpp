#pragma once
// What tools are called with: an object in the one dialect, its text in the other.
#include <cstddef>
#include <string>
#include <string_view>

#include "tessera/json/value.hpp"

namespace tessera::server::cortex {

std::string text_of_input(const json::value& input);

/// The object that a model wrote, as far as it is one: models may break off.
json::value input_of_text(std::string_view arguments);

/// Finds the end of an input that comes in pieces.
class input_scanner {
  public:
    /// What of `more` is the input's: nothing behind its end, and nothing at all of what is no
    /// object.
    std::string_view feed(std::string_view more);

    bool has_begun() const { return has_begun_; }
    /// Nothing more can come.
    bool is_whole() const { return has_begun_ && depth_ == 0; }

  private:
    std::size_t depth_ = 0;
    bool has_begun_ = false, in_string_ = false, is_escaped_ = false;
};

}  // namespace tessera::server::cortex
