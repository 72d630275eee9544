#pragma once

#include <string_view>

#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/json/detail/text_reader.hpp"
#include "tessera/json/parse.hpp"
#include "tessera/json/value.hpp"

namespace tessera::json {

/// Reads a JSON text that comes in pieces, and has the value so far at any time: strings as far as
/// they came, in whole characters; numbers, true, false and null once they are whole; members once
/// their value has begun. Takes what parse() takes, save a byte order mark, however the text is
/// cut. Memory and time are bounded by the limits, the call stack does not grow with the text. For
/// use by one thread at a time.
class partial_reader {
  public:
    /// Nothing has begun yet.
    explicit partial_reader(const limits& bounds = {}) : reader_(bounds) {}
    partial_reader(const partial_reader&) = delete;
    partial_reader& operator=(const partial_reader&) = delete;

    /// Reads on. After an error, which is of kind decode and names the byte offset, every call
    /// gives that error, and so_far() stays what it was.
    TESSERA_DECL result<void> feed(std::string_view more);
    /// Nothing more will come. An error if the value is not whole.
    TESSERA_DECL result<void> finish();

    /// Null until something has begun. The reference stays; what it refers to grows.
    const value& so_far() const { return reader_.root(); }
    /// Whether the value is whole: only white space may follow. A number outside of arrays and
    /// objects ends with what follows it, or with finish().
    bool is_complete() const { return reader_.is_complete(); }

  private:
    TESSERA_DECL result<void> outcome() const;

    detail::text_reader reader_;
};

}  // namespace tessera::json

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/partial_impl.hpp"
#endif
