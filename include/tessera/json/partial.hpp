#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/json/detail/tree_builder.hpp"
#include "tessera/json/value.hpp"

namespace tessera::json {

/// Reads a JSON text that comes in pieces, and has the value so far at any time: strings as far as
/// they came, in whole characters; numbers, true, false and null once they are whole; members once
/// their value has begun. Takes what parse() takes, save a byte order mark, however the text is
/// cut. Memory and time are bounded by the limits, the call stack does not grow with the text. For
/// use by one thread at a time.
class partial_reader {
  public:
    /// `offset`: how many bytes of the text came before, as errors and the limits count them.
    explicit partial_reader(const limits& bounds = {}, std::size_t offset = 0)
        : bounds_(bounds), builder_(bounds), before_(offset) {}
    partial_reader(const partial_reader&) = delete;
    partial_reader& operator=(const partial_reader&) = delete;

    /// Reads on. After an error, which is of kind decode and names the byte offset, every call
    /// gives that error, and so_far() stays what it was.
    TESSERA_DECL result<void> feed(std::string_view more);
    /// Nothing more will come. An error if the value is not whole.
    TESSERA_DECL result<void> finish();

    /// Null until something has begun. The reference stays; what it refers to grows.
    const value& so_far() const& { return builder_.root(); }
    value&& so_far() && { return std::move(builder_.root()); }
    /// Whether the value is whole: only white space may follow. A number outside of arrays and
    /// objects ends with what follows it, or with finish().
    bool is_complete() const { return state_ == state::done && failed_.empty(); }

  private:
    enum class state {
        item,
        item_or_end,  // after [
        name,
        name_or_end,  // after {
        colon,
        comma_or_end,
        string,
        number,
        literal,
        done
    };

    TESSERA_DECL result<void> outcome() const;
    TESSERA_DECL void read_structure();
    TESSERA_DECL void read_string();
    TESSERA_DECL void read_number();
    TESSERA_DECL void read_literal();
    TESSERA_DECL void begin_value(char c);
    TESSERA_DECL void end_number(std::string_view digits);
    TESSERA_DECL void begin_member();
    TESSERA_DECL void add(value&& whole);
    TESSERA_DECL void close(bool is_object);
    TESSERA_DECL void take_held();
    TESSERA_DECL void take_escape();
    TESSERA_DECL void fail(std::string_view why, std::size_t back = 0);
    TESSERA_DECL void fail_unexpected(std::string_view expected);
    TESSERA_DECL value* check(value* added);
    void end_value() { state_ = builder_.is_open() ? state::comma_or_end : state::done; }

    limits bounds_;
    detail::tree_builder builder_;
    state state_ = state::item;
    std::size_t before_ = 0;       // bytes of the pieces before this one
    const char* begin_ = nullptr;  // of this piece
    const char* at_ = nullptr;
    const char* end_ = nullptr;
    std::string digits_;           // of a number, as far as the pieces before had it
    std::string_view literal_{};   // true, false or null
    std::size_t matched_ = 0;      // of the literal
    std::string held_;             // an escape or a character as far as it came
    std::string name_;             // of the member that is to come
    std::string* text_ = nullptr;  // the string that grows: a value of the tree, or name_
    std::string failed_;           // why, if it did
};

}  // namespace tessera::json

// parse() is this reader, fed once.
#include "tessera/json/parse.hpp"
#ifndef TESSERA_SEPARATE_COMPILATION
#include "tessera/json/detail/partial_impl.hpp"
#endif
