#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/core/result.hpp"
#include "tessera/json/value.hpp"

namespace tessera::json {
namespace detail {

// Receives SAX events, nlohmann's or partial_reader's, and builds the value with an explicit stack,
// so that the depth of a text never becomes depth of the call stack.
template <class Lazy>
class basic_tree_builder {
  public:
    enum class refusal { none, syntax, depth, values };

    explicit basic_tree_builder(const limits& bounds) : bounds_(bounds) {}

    bool null() { return add(nullptr) != nullptr; }
    bool boolean(bool given) { return add(given) != nullptr; }
    bool number_integer(std::int64_t given) { return add(given) != nullptr; }
    bool number_unsigned(std::uint64_t given) { return add(given) != nullptr; }
    bool number_float(double given, const std::string&) { return add(given) != nullptr; }
    bool string(std::string& given) { return add(std::move(given)) != nullptr; }
    bool binary(value::binary_t&) { return false; }
    bool start_object(std::size_t) { return open(value::object()); }
    bool start_array(std::size_t) { return open(value::array()); }
    bool end_object() {
        auto& members = open_.back()->get_ref<value::object_t&>();
        if (members.size() > most_searched) drop_shadowed(members);
        return close();
    }
    bool end_array() { return close(); }
    bool key(std::string& name) {
        auto& members = open_.back()->get_ref<value::object_t&>();
        if (members.size() < most_searched)
            member_ = &members[std::move(name)];
        else
            member_ = &members.emplace_back(std::move(name), nullptr).second;
        return true;
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& why) {
        refused_ = refusal::syntax;
        offset_ = position;
        why_ = why.what();
        return false;
    }

    // For a reader of pieces: a scalar as a value, a string that grows where it stands (null when
    // it is refused), and whether members go into what is open, if anything is.
    bool scalar(value given) { return add(std::move(given)) != nullptr; }
    std::string* begin_string() {
        value* added = add(std::string());
        return added ? &added->get_ref<std::string&>() : nullptr;
    }
    bool is_open() const { return !open_.empty(); }
    bool is_in_object() const { return is_open() && open_.back()->is_object(); }

    value& root() { return root_; }
    const value& root() const { return root_; }
    refusal refused() const { return refused_; }
    std::size_t offset() const { return offset_; }
    const std::string& why() const { return why_; }

  private:
    value* add(value&& given) {
        if (++values_ > bounds_.values) {
            refused_ = refusal::values;
            return nullptr;
        }
        if (open_.empty()) return &(root_ = std::move(given));
        value& container = *open_.back();
        if (container.is_object()) return &(*member_ = std::move(given));
        container.push_back(std::move(given));
        return &container.back();
    }
    bool open(value&& container) {
        if (open_.size() >= bounds_.depth) {
            refused_ = refusal::depth;
            return false;
        }
        value* added = add(std::move(container));
        if (added) open_.push_back(added);
        return added != nullptr;
    }
    // Members are searched one by one while they are few; of many, those that a later one of the
    // same name replaces are dropped at the end, so that no text costs quadratic time.
    static constexpr std::size_t most_searched = 32;
    static void drop_shadowed(value::object_t& members) {
        std::vector<std::size_t> by_name(members.size());
        std::iota(by_name.begin(), by_name.end(), std::size_t{0});
        const auto name = [&](std::size_t i) -> const std::string& {
            return members.data()[i].first;
        };
        std::sort(by_name.begin(), by_name.end(), [&](std::size_t a, std::size_t b) {
            const int order = name(a).compare(name(b));
            return order != 0 ? order < 0 : a < b;
        });
        std::vector<bool> shadowed(members.size());
        bool any = false;
        for (std::size_t i = 0; i + 1 < by_name.size(); ++i)
            if (name(by_name[i]) == name(by_name[i + 1])) any = shadowed[by_name[i]] = true;
        if (!any) return;
        value::object_t kept;
        for (std::size_t i = 0; i < members.size(); ++i)
            if (!shadowed[i]) kept.emplace_back(name(i), std::move(members.data()[i].second));
        members.swap(kept);
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    limits bounds_;
    value root_;
    std::vector<value*> open_;  // a container moves only when its parent grows, and that waits
    value* member_ = nullptr;
    std::size_t values_ = 0;
    refusal refused_ = refusal::none;
    std::size_t offset_ = 0;
    std::string why_;
};

using tree_builder = basic_tree_builder<void>;

// Where in a text that is well-formed so far the depth passes the limit.
inline std::size_t offset_of_depth(std::string_view text, std::size_t limit) {
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\') ++i;
            if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if ((c == '[' || c == '{') && ++depth > limit) {
            return i;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return text.size();
}

// nlohmann's reason without its prefix, position and the text that it read
// last.
inline std::string tidy_reason(const std::string& why) {
    if (why.find("number overflow") != std::string::npos)
        return "the number is beyond the range of a double";
    const std::size_t dash = why.find(" - ");
    std::string reason = dash == std::string::npos ? "syntax error" : why.substr(dash + 3);
    const std::size_t read = reason.find("; last read: ");
    if (read != std::string::npos) {
        const std::size_t expected = reason.rfind("; expected ");
        const bool follows = expected != std::string::npos && expected > read;
        reason = reason.substr(0, read) + (follows ? reason.substr(expected) : std::string());
    }
    return reason;
}

inline error json_error(std::string message) {
    return {.kind = error_kind::decode, .message = "invalid JSON" + std::move(message)};
}

inline error error_of_limit(tree_builder::refusal which, const limits& bounds, std::size_t offset) {
    if (which == tree_builder::refusal::depth)
        return json_error(" at byte " + std::to_string(offset) + ": more than " +
                          std::to_string(bounds.depth) + " arrays and objects inside each other");
    return json_error(": more than " + std::to_string(bounds.values) + " values");
}

inline error error_of_size(std::size_t size, const limits& bounds) {
    return json_error(": the text has " + std::to_string(size) + " bytes, at most " +
                      std::to_string(bounds.bytes) + " are read");
}

}  // namespace detail

// Reads one JSON text after RFC 8259, strictly, UTF-8 included. Of members with
// one name the last counts. A leading byte order mark is skipped; numbers
// beyond the range of a double and unpaired surrogate escapes are refused. An
// error is of kind decode and names the byte offset. Memory and time are
// bounded by the limits, the call stack does not grow with the text.
template <class Lazy = void>
result<value> parse(std::string_view text, const limits& bounds = {}) {
    if (text.size() > bounds.bytes) return detail::error_of_size(text.size(), bounds);
    // nlohmann's lexer takes a NUL for the end of the text.
    if (const auto nul = text.find('\0'); nul != std::string_view::npos)
        return detail::json_error(" at byte " + std::to_string(nul) + ": a NUL byte");
    detail::basic_tree_builder<Lazy> builder(bounds);
    auto bytes = nlohmann::detail::input_adapter(text.data(), text.data() + text.size());
    // value::sax_parse would bring the readers of four binary formats along.
    if (nlohmann::detail::parser<value, decltype(bytes)>(std::move(bytes)).sax_parse(&builder))
        return std::move(builder.root());
    using refusal = typename detail::basic_tree_builder<Lazy>::refusal;
    if (builder.refused() == refusal::depth || builder.refused() == refusal::values)
        return detail::error_of_limit(builder.refused(), bounds,
                                      detail::offset_of_depth(text, bounds.depth));
    const std::size_t offset = builder.offset() > 0 ? builder.offset() - 1 : 0;
    return detail::json_error(" at byte " + std::to_string(offset) + ": " +
                              detail::tidy_reason(builder.why()));
}

}  // namespace tessera::json
