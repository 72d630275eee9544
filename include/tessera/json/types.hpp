#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/json/description.hpp"

namespace tessera {
class file;  // core/file.hpp
}

namespace tessera::json {

namespace detail {
struct open_enum_access;
}

/// A T or an explicit null, where absent and null mean different things or null
/// is a required answer.
template <class T>
class nullable {
  public:
    /// What it is when it is not null.
    using value_type = T;

    nullable() = default;
    /// Null.
    nullable(std::nullptr_t) {}
    /// A value.
    template <class U = T>
    requires(std::is_convertible_v<U&&, T> && !std::is_same_v<std::remove_cvref_t<U>, nullable> &&
             !std::is_same_v<std::remove_cvref_t<U>, std::nullptr_t>) nullable(U&& given)
        : value_(std::forward<U>(given)) {}

    /// Whether it is null.
    bool is_null() const noexcept { return !value_.has_value(); }
    /// Whether it is not null.
    ///@{
    bool has_value() const noexcept { return value_.has_value(); }
    explicit operator bool() const noexcept { return value_.has_value(); }
    ///@}
    /// The value; it must not be null.
    ///@{
    T& operator*() noexcept { return *value_; }
    const T& operator*() const noexcept { return *value_; }
    T* operator->() noexcept { return &*value_; }
    const T* operator->() const noexcept { return &*value_; }
    ///@}
    /// Puts a new value in its place.
    T& emplace() { return value_.emplace(); }
    /// Makes it null.
    void reset() noexcept { value_.reset(); }

    bool operator==(const nullable&) const = default;

  private:
    std::optional<T> value_;
};

/// The JSON text of a described enumerator; empty for a number that is none.
template <class E>
constexpr std::string_view text_of(E wanted) {
    for (std::size_t i = 0; i < description<E>.values.size(); ++i)
        if (description<E>.values[i] == wanted) return description<E>.texts[i];
    return {};
}

/// The enumerator of a text; nothing for a text that none has.
template <class E>
constexpr std::optional<E> enumerator_of(std::string_view wanted) {
    for (std::size_t i = 0; i < description<E>.texts.size(); ++i)
        if (description<E>.texts[i] == wanted) return description<E>.values[i];
    return std::nullopt;
}

/// An enumeration that may grow: text that names no enumerator is kept as it
/// came.
template <class E>
class open_enum {
  public:
    /// The enumeration.
    using value_type = E;

    open_enum() = default;
    /// An enumerator.
    open_enum(E given) : value_(given) {}
    /// The enumerator of a text, or the text alone where it names none.
    ///@{
    open_enum(std::string text) {
        if (const auto found = enumerator_of<E>(text))
            value_ = *found;
        else
            unknown_ = std::move(text);
    }
    open_enum(std::string_view text) : open_enum(std::string(text)) {}
    open_enum(const char* text) : open_enum(std::string(text)) {}
    ///@}

    /// The enumerator, or nothing for text that names none.
    std::optional<E> known() const { return unknown_ ? std::nullopt : std::optional<E>(value_); }
    /// The JSON text; the view lives as long as this object is neither changed nor
    /// destroyed.
    std::string_view text() const {
        return unknown_ ? std::string_view(*unknown_) : text_of(value_);
    }

    bool operator==(const open_enum&) const = default;
    friend bool operator==(const open_enum& left, E right) {
        return !left.unknown_ && left.value_ == right;
    }

  private:
    friend struct detail::open_enum_access;

    E value_{};
    std::optional<std::string> unknown_;
};

/// The last alternative of an open union, one that may grow: whatever lenient decoding finds no
/// other alternative for, as it came. A tag (constant member) or a kind of JSON value that another
/// alternative has makes the value that one's, malformed or not. Strict decoding never takes it (but
/// see mode::relayed), and schemas do not speak of it.
struct unknown {
    json::value raw{};  ///< as it came
};

/// A text that is known when the program is compiled.
template <std::size_t Size>
struct fixed_text {
    std::array<char, Size> bytes{};  ///< with the NUL at the end
    /// Of a literal.
    consteval fixed_text(const char (&text)[Size]) { std::copy_n(text, Size, bytes.data()); }
    /// Without the NUL at the end.
    constexpr std::string_view view() const { return {bytes.data(), Size - 1}; }
};

/// A string member that can hold one text only, as tags do.
template <fixed_text Text>
struct fixed {
    /// The text.
    ///@{
    static constexpr std::string_view text() { return Text.view(); }
    constexpr operator std::string_view() const { return text(); }
    ///@}
    bool operator==(const fixed&) const = default;
};

// What a type is to the codecs.
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_nullable = false;
template <class T>
inline constexpr bool is_nullable<nullable<T>> = true;
template <class T>
inline constexpr bool is_open_enum = false;
template <class E>
inline constexpr bool is_open_enum<open_enum<E>> = true;
template <class T>
inline constexpr bool is_fixed = false;
template <fixed_text Text>
inline constexpr bool is_fixed<fixed<Text>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;
template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;

// The content of an upload, which forms carry and JSON does not.
template <class T>
inline constexpr bool is_file = std::is_same_v<T, file>;

/// Whether a null is a value of the type, so that it does not stand for absence.
template <class T>
consteval bool keeps_null() {
    if constexpr (is_optional<T>)
        return keeps_null<typename T::value_type>();
    else
        return is_nullable<T> || std::is_same_v<T, value> || std::is_same_v<T, std::monostate>;
}

}  // namespace tessera::json
