#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/http/grammar.hpp"

namespace tessera::http {

// One header line, as a view into the `fields` (or the text) it came from.
struct field {
    std::string_view name;
    std::string_view value;

    friend bool operator==(const field&, const field&) = default;
};

// Header fields in their order; names compare without case. All text lies in one buffer, so a head
// costs two allocations. Views handed out are valid until the next change. Nothing is checked here:
// write_head() refuses what may not stand in a head.
class fields {
    struct entry {
        std::size_t name = 0, value = 0, end = 0;
    };

  public:
    class iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = field;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = field;

        iterator() = default;
        field operator*() const { return owner_->at(index_); }
        iterator& operator++() {
            ++index_;
            return *this;
        }
        iterator operator++(int) {
            iterator before = *this;
            ++index_;
            return before;
        }
        friend bool operator==(const iterator&, const iterator&) = default;

      private:
        friend fields;
        iterator(const fields* owner, std::size_t index) : owner_(owner), index_(index) {}
        const fields* owner_ = nullptr;
        std::size_t index_ = 0;
    };
    using const_iterator = iterator;
    using value_type = field;

    fields() = default;
    fields(std::initializer_list<field> list) {
        for (const field& each : list) add(each.name, each.value);
    }

    // Appends, keeping others of the same name.
    void add(std::string_view name, std::string_view value) {
        const std::size_t begin = text_.size();
        if (text_.capacity() - begin < name.size() + value.size()) {
            // The views may point into this buffer, so the old one lives until they are copied.
            std::string grown;
            grown.reserve(2 * begin + name.size() + value.size() + 64);
            grown.append(text_).append(name).append(value);
            text_.swap(grown);
        } else {
            text_.append(name).append(value);
        }
        entries_.push_back({begin, begin + name.size(), text_.size()});
    }

    // Lets the value of the last field go on after a blank. There is a field, and none was removed.
    void fold(std::string_view more) {
        entry& last = entries_.back();
        if (more.empty()) return;
        if (last.value != last.end) text_ += ' ';
        text_.append(more);
        last.end = text_.size();
    }

    // Replaces all of that name by one, at the place of the first.
    void set(std::string_view name, std::string_view value) {
        fields changed;
        bool placed = false;
        for (const field each : *this) {
            if (!equal_nocase(each.name, name))
                changed.add(each.name, each.value);
            else if (!std::exchange(placed, true))
                changed.add(name, value);
        }
        if (placed)
            *this = std::move(changed);
        else
            add(name, value);
    }

    // Removes all of that name; says how many there were.
    std::size_t remove(std::string_view name) {
        // A copy, since `name` may be a view of what goes.
        const std::string wanted(name);
        return std::erase_if(
            entries_, [&](const entry& each) { return equal_nocase(name_of(each), wanted); });
    }

    void clear() {
        entries_.clear();
        text_.clear();
    }

    // The first of that name.
    std::optional<std::string_view> find(std::string_view name) const {
        for (const entry& each : entries_)
            if (equal_nocase(name_of(each), name)) return value_of(each);
        return std::nullopt;
    }

    std::vector<std::string_view> all(std::string_view name) const {
        std::vector<std::string_view> found;
        for (const entry& each : entries_)
            if (equal_nocase(name_of(each), name)) found.push_back(value_of(each));
        return found;
    }

    bool contains(std::string_view name) const { return find(name).has_value(); }
    std::size_t count(std::string_view name) const {
        std::size_t n = 0;
        for (const entry& each : entries_) n += equal_nocase(name_of(each), name);
        return n;
    }

    // Whether `element` is in the comma-separated lists under that name, without regard to case.
    bool lists(std::string_view name, std::string_view element) const {
        for (const entry& each : entries_)
            if (equal_nocase(name_of(each), name) &&
                !for_each_element(value_of(each), [&](std::string_view found) {
                    return !equal_nocase(found, element);
                }))
                return true;
        return false;
    }

    std::size_t size() const { return entries_.size(); }
    bool empty() const { return entries_.empty(); }
    field operator[](std::size_t index) const { return at(index); }
    iterator begin() const { return {this, 0}; }
    iterator end() const { return {this, entries_.size()}; }

    // The same lines in the same order; names compare without case, values exactly.
    friend bool operator==(const fields& a, const fields& b) {
        if (a.size() != b.size()) return false;
        for (std::size_t i = 0; i < a.size(); ++i)
            if (!equal_nocase(a.at(i).name, b.at(i).name) || a.at(i).value != b.at(i).value)
                return false;
        return true;
    }

  private:
    std::string_view name_of(const entry& each) const {
        return std::string_view(text_).substr(each.name, each.value - each.name);
    }
    std::string_view value_of(const entry& each) const {
        return std::string_view(text_).substr(each.value, each.end - each.value);
    }
    field at(std::size_t index) const {
        return {name_of(entries_[index]), value_of(entries_[index])};
    }

    std::string text_;
    std::vector<entry> entries_;
};

}  // namespace tessera::http
