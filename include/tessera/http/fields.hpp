#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/http/grammar.hpp"

namespace tessera::http {

/// One header line, as a view into the `fields` (or the text) it came from.
struct field {
    std::string_view name;   ///< in front of the colon
    std::string_view value;  ///< what it says

    friend bool operator==(const field&, const field&) = default;
};

/// Header fields in their order; names compare without case. All text lies in one buffer, so a head
/// costs two allocations. Views handed out are valid until the next change. Nothing is checked
/// here: write_head() refuses what may not stand in a head.
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
    /// Goes over the fields.
    using const_iterator = iterator;
    /// One field.
    using value_type = field;

    fields() = default;
    /// These, in their order.
    TESSERA_DECL fields(std::initializer_list<field> list);

    /// Appends, keeping others of the same name.
    TESSERA_DECL void add(std::string_view name, std::string_view value);

    /// Lets the value of the last field go on after a blank. There is a field, and none was
    /// removed.
    TESSERA_DECL void fold(std::string_view more);

    /// Replaces all of that name by one, at the place of the first.
    TESSERA_DECL void set(std::string_view name, std::string_view value);

    /// Removes all of that name; says how many there were.
    TESSERA_DECL std::size_t remove(std::string_view name);

    /// Removes all.
    TESSERA_DECL void clear();

    /// The first of that name.
    TESSERA_DECL std::optional<std::string_view> find(std::string_view name) const;

    /// The values of all of that name.
    TESSERA_DECL std::vector<std::string_view> all(std::string_view name) const;

    /// Whether there is one of that name.
    TESSERA_DECL bool contains(std::string_view name) const;
    /// How many of that name there are.
    TESSERA_DECL std::size_t count(std::string_view name) const;

    /// Whether `element` is in the comma-separated lists under that name, without regard to case.
    TESSERA_DECL bool lists(std::string_view name, std::string_view element) const;

    /// How many there are.
    std::size_t size() const { return entries_.size(); }
    /// Whether there are none.
    bool empty() const { return entries_.empty(); }
    /// The field at a place.
    field operator[](std::size_t index) const { return at(index); }
    /// The first, in their order.
    iterator begin() const { return {this, 0}; }
    /// Behind the last.
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

#ifdef TESSERA_DEFINITIONS
#include "tessera/http/detail/fields_impl.hpp"
#endif
