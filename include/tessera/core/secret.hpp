#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace tessera {

/// Text that must not reach a log: it prints as "[redacted]" and is wiped when it is destroyed,
/// assigned over or moved from.
class secret {
  public:
    secret() = default;
    /// Wipes the memory of a string that is handed over; the others stay their owner's.
    ///@{
    secret(std::string text) : text_(text) { wipe(text); }
    secret(std::string_view text) : text_(text) {}
    secret(const char* text) : text_(text) {}
    ///@}
    /// What is moved from is wiped.
    ///@{
    secret(const secret&) = default;
    secret(secret&& other) : text_(other.text_) { wipe(other.text_); }
    secret& operator=(secret other) noexcept {
        text_.swap(other.text_);
        return *this;
    }
    ///@}
    ~secret() { wipe(text_); }

    /// The text itself; the reference lives as long as this object is neither assigned nor moved
    /// from.
    const std::string& reveal() const noexcept { return text_; }
    /// Whether there is no text.
    bool empty() const noexcept { return text_.empty(); }

  private:
    // Through volatile, since a compiler may drop plain writes to memory that is freed next.
    static void wipe(std::string& text) noexcept {
        volatile char* bytes = text.data();
        for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = 0;
        text.clear();
    }

    std::string text_;
};

/// Compares without telling by its time how much was right. An empty expected secret refuses
/// everything.
constexpr bool same_secret(std::string_view given, std::string_view expected) {
    if (expected.empty()) return false;
    unsigned differences = given.size() != expected.size();
    for (std::size_t i = 0; i < given.size(); ++i)
        differences |= static_cast<unsigned char>(given[i]) ^
                       static_cast<unsigned char>(expected[i % expected.size()]);
    return differences == 0;
}

/// "[redacted]"
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const secret&) {
    return out << "[redacted]";
}

}  // namespace tessera
