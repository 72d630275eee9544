#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace tessera::engine::detail {

/// An open-addressing hash table of 64-bit keys for tables that are built once and read a lot.
/// The key 2^64 - 1 is reserved.
template <class Value>
class flat_table {
  public:
    /// Room for that many keys; must precede them.
    void reserve(std::size_t count) { slots_.assign(std::bit_ceil(count * 2 + 2), slot{}); }

    void insert_or_assign(std::uint64_t key, Value value) { at(key) = {key, value}; }

    /// Valid until the table changes; null if absent.
    const Value* find(std::uint64_t key) const {
        if (slots_.empty()) return nullptr;
        const slot& found = const_cast<flat_table*>(this)->at(key);
        return found.key == key ? &found.value : nullptr;
    }

  private:
    static constexpr std::uint64_t vacant = ~std::uint64_t{0};
    struct slot {
        std::uint64_t key = vacant;
        Value value{};
    };

    slot& at(std::uint64_t key) {
        std::uint64_t hash = key * 0x9e3779b97f4a7c15U;
        hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93U;
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t i = (hash ^ (hash >> 32)) & mask;; i = (i + 1) & mask) {
            if (slots_[i].key == key || slots_[i].key == vacant) return slots_[i];
        }
    }

    std::vector<slot> slots_;
};

}  // namespace tessera::engine::detail
