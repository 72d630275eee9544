#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "emissary/data/raw_rows.hpp"

namespace tessera::server::emissary {

/// A name out of a file, as it is told: 'x'. A long one is cut off.
std::string cited(std::string_view name);

/// Counts the rows of a file as they are read, hands them on and gathers what is wrong.
class row_taker {
  public:
    row_taker(const data_bounds& bounds, const std::function<void(const raw_row&)>& take)
        : bounds_(bounds), take_(take) {}

    const data_bounds& bounds() const { return bounds_; }
    bool has_failed() const { return problems_ != 0; }
    /// No more is wanted.
    bool is_full() const { return problems_ >= bounds_.told_problems || rows_ > bounds_.rows; }
    void take(const raw_row& row);
    void fail(std::size_t line, const std::string& reason);
    /// All was read. Throws unreadable_data where something was wrong.
    void finish() const;

  private:
    const data_bounds& bounds_;
    const std::function<void(const raw_row&)>& take_;
    std::size_t rows_ = 0;
    std::size_t problems_ = 0;
    std::string told_;
};

}  // namespace tessera::server::emissary
