#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/core/result.hpp"

namespace tessera::server {

/// A text with places for others: "Say {what} in {language}." A brace that is none is written twice.
class text_template {
  public:
    /// The error, invalid_argument, says what is wrong with it.
    static result<text_template> read(std::string_view text);

    /// What has a place, each once, in the order of the first.
    std::vector<std::string> names() const;
    std::string fill(const std::function<std::string(const std::string& name)>& with) const;

  private:
    struct piece {
        std::string text;
        bool is_name = false;
    };
    std::vector<piece> pieces_;
};

}  // namespace tessera::server
