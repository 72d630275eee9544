#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/component.hpp"

namespace tessera::engine::detail {

/// Every occurrence, from left to right; `from` is not empty. Gives up once the text is longer than
/// `most`.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to,
                        std::size_t most = std::string_view::npos);

/// Rewrites text before it is cut into pieces. A text that becomes more than eight times as long,
/// and 64 bytes, is an error that names the step: published normalizers give six times at most.
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
        std::string place;  // in the file
    };
    std::vector<step> steps_;
};

}  // namespace tessera::engine::detail
