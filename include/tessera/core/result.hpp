#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "tessera/core/error.hpp"

namespace tessera {

// A value or the error that took its place. Access through `*` and `->` requires has_value(),
// error() requires its absence.
template <class T>
class [[nodiscard]] result {
  public:
    using value_type = T;

    template <class U = T>
    requires(std::is_convertible_v<U&&, T> && !std::same_as<std::remove_cvref_t<U>, result> &&
             !std::same_as<std::remove_cvref_t<U>, tessera::error>) result(U&& value)
        : state_(std::in_place_index<0>, std::forward<U>(value)) {}
    result(tessera::error reason) : state_(std::in_place_index<1>, std::move(reason)) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    // The value; throws the exception class of the error's kind when there is none.
    T& value() & { return check(), **this; }
    const T& value() const& { return check(), **this; }
    T&& value() && { return check(), *std::move(*this); }

    T& operator*() & noexcept { return *std::get_if<0>(&state_); }
    const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
    T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
    T* operator->() noexcept { return std::get_if<0>(&state_); }
    const T* operator->() const noexcept { return std::get_if<0>(&state_); }

    tessera::error& error() & noexcept { return *std::get_if<1>(&state_); }
    const tessera::error& error() const& noexcept { return *std::get_if<1>(&state_); }
    tessera::error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }

  private:
    void check() const {
        if (!has_value()) throw_error(error());
    }

    std::variant<T, tessera::error> state_;
};

template <>
class [[nodiscard]] result<void> {
  public:
    using value_type = void;

    result() noexcept = default;
    result(tessera::error reason) : error_(std::move(reason)) {}

    bool has_value() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }

    // Throws the exception class of the error's kind when there is one.
    void value() const {
        if (error_) throw_error(*error_);
    }

    tessera::error& error() & noexcept { return *error_; }
    const tessera::error& error() const& noexcept { return *error_; }
    tessera::error&& error() && noexcept { return std::move(*error_); }

  private:
    std::optional<tessera::error> error_;
};

}  // namespace tessera
