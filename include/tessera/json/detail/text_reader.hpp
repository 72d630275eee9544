#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"
#include "tessera/json/detail/tree_builder.hpp"
#include "tessera/json/value.hpp"

namespace tessera::json::detail {

// Reads a JSON text, whole or in pieces, into a value that grows.
class text_reader {
  public:
    /// `offset`: how many bytes of the text came before, as failures and the limits count them.
    explicit text_reader(const limits& bounds, std::size_t offset = 0)
        : bounds_(bounds), builder_(bounds), before_(offset) {}
    text_reader(const text_reader&) = delete;
    text_reader& operator=(const text_reader&) = delete;

    TESSERA_DECL void read(std::string_view piece);
    /// Nothing more will come.
    TESSERA_DECL void end();

    value& root() { return builder_.root(); }
    const value& root() const { return builder_.root(); }
    bool is_complete() const { return state_ == state::done && failure_.empty(); }
    /// What is wrong with the text, for unreadable(); empty while nothing is. Nothing is read after
    /// a failure.
    const std::string& failure() const { return failure_; }

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
    TESSERA_COLD_DECL void fail(std::string_view why, std::size_t back = 0);
    TESSERA_COLD_DECL void fail_unexpected(std::string_view expected);
    TESSERA_DECL value* check(value* added);
    void end_value() { state_ = builder_.is_open() ? state::comma_or_end : state::done; }

    limits bounds_;
    tree_builder builder_;
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
    std::string failure_;
};

}  // namespace tessera::json::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/text_reader_impl.hpp"
#endif
