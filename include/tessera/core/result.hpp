#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include "tessera/core/error.hpp"

namespace tessera {

/// A value or the error that took its place. Access through `*` and `->` requires has_value(),
/// error() requires its absence.
template <class T>
class [[nodiscard]] result {
  public:
    /// What there is in the good case.
    using value_type = T;

    /// A value.
    template <class U = T>
    requires(std::is_convertible_v<U&&, T> && !std::same_as<std::remove_cvref_t<U>, result> &&
             !std::same_as<std::remove_cvref_t<U>, tessera::error> &&
             !std::same_as<std::remove_cvref_t<U>, detail::boxed_error>) result(U&& value)
        : value_(std::forward<U>(value)), has_value_(true) {}
    /// An error.
    ///@{
    result(tessera::error reason) : error_(std::move(reason)) {}
    result(detail::boxed_error reason) noexcept : error_(std::move(reason)) {}
    ///@}
    /// A value made of nothing.
    explicit result(std::in_place_t) : value_(), has_value_(true) {}

    // Written out, since std::optional and std::variant bring ten times as many functions for every
    // type (docs/decisions/0011).
    /// A copy of either.
    result(const result& other) requires std::is_copy_constructible_v<T>
        : error_(other.error_), has_value_(other.has_value_) {
        if (has_value_) std::construct_at(&value_, other.value_);
    }
    /// Either, moved from the other.
    result(result&& other) noexcept
        : error_(std::move(other.error_)), has_value_(other.has_value_) {
        if (has_value_) std::construct_at(&value_, std::move(other.value_));
    }
    /// Becomes the other.
    result& operator=(result other) noexcept {
        std::destroy_at(this);
        return *std::construct_at(this, std::move(other));
    }
    ~result() {
        if (has_value_) std::destroy_at(&value_);
    }

    /// Whether there is a value.
    ///@{
    bool has_value() const noexcept { return has_value_; }
    explicit operator bool() const noexcept { return has_value_; }
    ///@}

    /// The value; throws the exception class of the error's kind when there is none.
    ///@{
    T& value() & { return check(), value_; }
    const T& value() const& { return check(), value_; }
    T&& value() && { return check(), std::move(value_); }
    ///@}

    /// The value; there must be one.
    ///@{
    T& operator*() & noexcept { return value_; }
    const T& operator*() const& noexcept { return value_; }
    T&& operator*() && noexcept { return std::move(value_); }
    T* operator->() noexcept { return &value_; }
    const T* operator->() const noexcept { return &value_; }
    ///@}

    /// The error; there must be one.
    ///@{
    tessera::error& error() & noexcept { return *error_; }
    const tessera::error& error() const& noexcept { return *error_; }
    tessera::error&& error() && noexcept { return std::move(*error_); }
    ///@}
    /// The error, to be handed on as another result's.
    detail::boxed_error failure() && noexcept { return std::move(error_); }

  private:
    void check() const {
        if (!has_value_) error_.raise();
    }

    union {
        T value_;
    };
    detail::boxed_error error_;
    bool has_value_ = false;
};

/// Success or an error.
template <>
class [[nodiscard]] result<void> {
  public:
    /// None.
    using value_type = void;

    result() noexcept = default;
    /// An error.
    ///@{
    result(tessera::error reason) : error_(std::move(reason)) {}
    result(detail::boxed_error reason) noexcept : error_(std::move(reason)) {}
    ///@}

    /// Whether there is a value.
    ///@{
    bool has_value() const noexcept { return !error_; }
    explicit operator bool() const noexcept { return has_value(); }
    ///@}

    /// Throws the exception class of the error's kind when there is one.
    void value() const {
        if (error_) error_.raise();
    }

    /// The error; there must be one.
    ///@{
    tessera::error& error() & noexcept { return *error_; }
    const tessera::error& error() const& noexcept { return *error_; }
    tessera::error&& error() && noexcept { return std::move(*error_); }
    ///@}
    /// The error, to be handed on as another result's.
    detail::boxed_error failure() && noexcept { return std::move(error_); }

  private:
    detail::boxed_error error_;
};

}  // namespace tessera
