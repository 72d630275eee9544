#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::engine {

/// Turns the bytes of drawn tokens into text that may be shown: whole UTF-8 characters (U+FFFD for
/// what is none), up to the first stop string. What may still become part of a character or of a
/// stop string is held back. The text does not depend on how the bytes are cut into tokens.
class text_stream {
  public:
    /// Stop strings are valid UTF-8 and not empty.
    explicit text_stream(std::vector<std::string> stop_strings = {});

    /// The text that became final with these bytes; nothing after a stop. With `may_stop` false, a
    /// stop string neither matches nor begins in these bytes.
    std::string push(std::string_view bytes, bool may_stop = true);
    /// What is still held back, at the end of the text; nothing after a stop.
    std::string finish();
    bool stopped() const { return stopped_; }

  private:
    // The automaton of Knuth, Morris and Pratt.
    struct pattern {
        std::string text;
        std::vector<std::size_t> failure;
        std::size_t matched = 0;

        explicit pattern(std::string);
        bool step(char);
    };

    void complete(std::string_view bytes, std::string& characters);
    std::string take(std::string_view characters, bool may_stop);

    std::vector<pattern> patterns_;
    std::string partial_;  // the begin of a character
    std::string held_;     // perhaps the begin of a stop string
    bool stopped_ = false;
};

}  // namespace tessera::engine
