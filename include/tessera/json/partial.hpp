#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/core/result.hpp"
#include "tessera/json/parse.hpp"
#include "tessera/json/text.hpp"

namespace tessera::json {

// Reads a JSON text that comes in pieces, and has the value so far at any time: strings as far as
// they came, in whole characters; numbers, true, false and null once they are whole; members once
// their value has begun. Takes what parse() takes, save a byte order mark, however the text is cut.
// Memory and time are bounded by the limits, the call stack does not grow with the text. For use by
// one thread at a time.
class partial_reader {
  public:
    explicit partial_reader(const limits& bounds = {}) : bounds_(bounds), builder_(bounds) {}
    partial_reader(const partial_reader&) = delete;
    partial_reader& operator=(const partial_reader&) = delete;

    // Reads on. After an error, which is of kind decode and names the byte offset, every call gives
    // that error, and so_far() stays what it was.
    result<void> feed(std::string_view more);
    // Nothing more will come. An error if the value is not whole.
    result<void> finish();

    // Null until something has begun. The reference stays; what it refers to grows.
    const value& so_far() const { return builder_.root(); }
    // Whether the value is whole: only white space may follow. A number outside of arrays and
    // objects ends with what follows it, or with finish().
    bool is_complete() const { return state_ == state::done && !failed_; }

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

    static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
    static bool is_number_part(char c) {
        return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
    }
    static bool is_plain(char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
    }

    void take(char c);
    void take_in_string(char c);
    void take_structure(char c);
    void begin_value(char c);
    void end_value() { state_ = builder_.is_open() ? state::comma_or_end : state::done; }
    void end_token();
    void close(bool is_object);
    void take_escape();
    void take_sequence();

    void check(bool accepted) {
        if (!accepted) failed_ = detail::error_of_limit(builder_.refused(), bounds_, offset_);
    }
    void fail(std::string_view why) {
        failed_ =
            detail::json_error(" at byte " + std::to_string(offset_) + ": " + std::string(why));
    }
    result<void> outcome() const { return failed_ ? result<void>(*failed_) : result<void>(); }

    limits bounds_;
    detail::tree_builder builder_;
    state state_ = state::item;
    std::size_t offset_ = 0;       // of the byte that is read
    std::string token_;            // a number or a literal as far as it came
    std::string held_;             // an escape or a character as far as it came
    std::string name_;             // of the member that is to come
    std::string* text_ = nullptr;  // the string that grows: a value of the tree, or name_
    std::optional<error> failed_;
};

inline result<void> partial_reader::feed(std::string_view more) {
    if (!failed_ && more.size() > bounds_.bytes - offset_)
        failed_ = detail::error_of_size(offset_ + more.size(), bounds_);
    while (!more.empty() && !failed_) {
        std::size_t plain = 0;
        if (state_ == state::string && held_.empty())
            while (plain < more.size() && is_plain(more[plain])) ++plain;
        if (plain > 0)
            text_->append(more.substr(0, plain));
        else
            take(more[0]);
        const std::size_t taken = plain > 0 ? plain : 1;
        more.remove_prefix(taken);
        offset_ += taken;
    }
    return outcome();
}

inline result<void> partial_reader::finish() {
    if (!failed_ && state_ == state::number) end_token();
    if (!failed_ && state_ != state::done) fail("the text ends before the value does");
    return outcome();
}

inline void partial_reader::take(char c) {
    switch (state_) {
        case state::string:
            return take_in_string(c);
        case state::number:
            if (is_number_part(c)) return token_.push_back(c);
            end_token();
            return failed_ ? void() : take_structure(c);
        case state::literal: {
            token_.push_back(c);
            const std::string_view whole = token_[0] == 't'   ? "true"
                                           : token_[0] == 'f' ? "false"
                                                              : "null";
            if (!whole.starts_with(token_)) return fail("neither true nor false nor null");
            return token_ == whole ? end_token() : void();
        }
        default:
            return take_structure(c);
    }
}

inline void partial_reader::take_structure(char c) {
    if (is_space(c)) return;
    switch (state_) {
        case state::item_or_end:
            if (c == ']') return close(false);
            [[fallthrough]];
        case state::item:
            return begin_value(c);
        case state::name_or_end:
            if (c == '}') return close(true);
            [[fallthrough]];
        case state::name:
            if (c != '"') return fail("expected the name of a member");
            name_.clear();
            text_ = &name_;
            state_ = state::string;
            return;
        case state::colon:
            if (c != ':') return fail("expected ':'");
            state_ = state::item;
            return;
        case state::comma_or_end:
            if (c == ',')
                state_ = builder_.is_in_object() ? state::name : state::item;
            else if (c == '}' || c == ']')
                close(c == '}');
            else
                fail("expected ',' or the end of what is open");
            return;
        default:
            return fail("something follows the value");
    }
}

inline void partial_reader::begin_value(char c) {
    const bool is_number = c == '-' || (c >= '0' && c <= '9');
    const bool is_literal = c == 't' || c == 'f' || c == 'n';
    if (!is_number && !is_literal && c != '"' && c != '[' && c != '{')
        return fail("expected a value");
    if (is_number || is_literal) {
        token_ = c;
        state_ = is_number ? state::number : state::literal;
        return;
    }
    if (builder_.is_in_object()) builder_.key(name_);
    if (c == '"') {
        text_ = builder_.begin_string();
        state_ = state::string;
        check(text_ != nullptr);
    } else {
        constexpr std::size_t unknown = std::size_t(-1);
        check(c == '{' ? builder_.start_object(unknown) : builder_.start_array(unknown));
        state_ = c == '{' ? state::name_or_end : state::item_or_end;
    }
}

// Numbers and literals are what parse() makes of them.
inline void partial_reader::end_token() {
    result<value> whole = parse(token_);
    if (!whole) return fail("no number of JSON, or beyond the range of a double");
    if (builder_.is_in_object()) builder_.key(name_);
    check(builder_.scalar(*std::move(whole)));
    end_value();
}

inline void partial_reader::close(bool is_object) {
    if (builder_.is_in_object() != is_object) return fail("the end of what is not open");
    is_object ? builder_.end_object() : builder_.end_array();
    end_value();
}

inline void partial_reader::take_in_string(char c) {
    if (!held_.empty()) {
        held_.push_back(c);
        return held_[0] == '\\' ? take_escape() : take_sequence();
    }
    if (c == '"')
        text_ == &name_ ? void(state_ = state::colon) : end_value();
    else if (is_plain(c))
        text_->push_back(c);
    else if (static_cast<unsigned char>(c) < 0x20)
        fail("a control character inside a string");
    else if (held_ = c; c != '\\')
        take_sequence();
}

inline void partial_reader::take_escape() {
    const bool is_code = held_[1] == 'u';
    const auto is_high = [&] {
        return (held_[2] == 'd' || held_[2] == 'D') &&
               std::string_view("89abAB").find(held_[3]) != std::string_view::npos;
    };
    if (held_.size() < (is_code ? 6u : 2u)) return;
    if (is_code && held_.size() < 12 && is_high()) return;
    const result<value> character = parse('"' + held_ + '"');
    if (!character || !character->is_string()) return fail("no escape of JSON");
    *text_ += character->get_ref<const std::string&>();
    held_.clear();
}

inline void partial_reader::take_sequence() {
    const auto lead = static_cast<unsigned char>(held_[0]);
    const int length = detail::utf8_sequence(held_);
    const bool may_go_on =
        lead >= 0xc2 && lead <= 0xf4 && -length == static_cast<int>(held_.size());
    if (length < 0 && !may_go_on) return fail("ill-formed UTF-8");
    if (length < 0) return;
    *text_ += held_;
    held_.clear();
}

}  // namespace tessera::json
