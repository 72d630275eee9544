#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/core/error.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/json/detail/node.hpp"
#include "tessera/json/issue.hpp"
#include "tessera/json/value.hpp"

namespace tessera::json {

/// lenient: for answers, which may have grown since this was written; strict: for requests;
/// generated: for what a model wrote under a schema that requires every member: strict, but null
/// for a member that may be absent is absence; relayed: for requests that are handed on: strict, but
/// the last alternative of an open union takes an object whose tags are texts that no other has.
enum class mode { lenient, strict, generated, relayed };

namespace detail {

// A place in the value being read: a chain on the call stack, spelled out only for an issue.
struct location {
    const location* parent = nullptr;
    std::string_view key{};
    std::size_t index = 0;
    bool is_index = false;
    std::size_t depth = 0;

    location at(std::string_view name) const { return {this, name, 0, false, depth + 1}; }
    location at(std::size_t element) const { return {this, {}, element, true, depth + 1}; }
    TESSERA_COLD_DECL path_type path() const;
};

// Text of the input as it goes into an issue, which is small whatever came.
TESSERA_COLD_DECL std::string excerpt(std::string_view text);

TESSERA_DECL value value_of(const literal& fallback);
TESSERA_COLD_DECL error to_error(const issue& first);
/// All issues behind `what`, in one line: what a model or a person needs to do better. Long lists
/// are cut off.
TESSERA_COLD_DECL error to_error(std::string_view what, const std::vector<issue>& issues);

// The elements of a large array are read one by one before there is memory for all of them, so that
// what is no such array earns none. They are read twice then, and the arrays inside along with them.
enum class arrays { untried, trying, tried };

// What a decoding carries along, and the reading itself. `out` points to a value as it was
// constructed; what is absent leaves it so. `rules` are those of the member that is read, null for
// what is no member: elements of arrays and maps, and the whole.
class reading {
  public:
    static constexpr std::size_t most_issues = 100;
    static constexpr std::size_t most_depth = 256;  // call stack, for types that contain themselves
    static constexpr std::size_t most_attempts = 8;           // unions tried inside each other
    static constexpr std::size_t most_untried = 1024 * 1024;  // bytes of an array's elements

    mode how;
    std::vector<issue>& issues;
    std::size_t most = most_issues;
    std::size_t attempts = 0;
    const file* files = nullptr;  // of the form that is read
    arrays large = arrays::untried;

    TESSERA_DECL bool read(const node& type, const value& in, void* out, const location& at,
                           const constraints* rules = nullptr);
    // Notes an issue; false.
    TESSERA_COLD_DECL bool fail(const location& at, std::string_view type,
                                std::string_view message);

  private:
    bool is_strict() const { return how != mode::lenient; }
    bool is_full() const { return issues.size() >= most; }
    TESSERA_COLD_DECL bool fail_depth(const location& at);
    TESSERA_COLD_DECL bool fail_bound(const location& at, std::string_view type,
                                      std::string_view expected, double bound);

    TESSERA_DECL bool read_integer(const number_node& type, const value& in, void* out,
                                   const location& at, const constraints* rules);
    TESSERA_DECL bool read_real(const number_node& type, const value& in, void* out,
                                const location& at, const constraints* rules);
    TESSERA_DECL bool read_string(const value& in, std::string& out, const location& at,
                                  const constraints* rules);
    TESSERA_DECL bool read_fixed(const fixed_node& type, const value& in, const location& at);
    TESSERA_DECL bool read_enumerator(const enum_node& type, const value& in, void* out,
                                      const location& at);
    TESSERA_DECL bool read_open_enum(const open_enum_node& type, const value& in, void* out,
                                     const location& at);
    TESSERA_DECL bool read_file(const file_node& type, const value& in, void* out,
                                const location& at);
    TESSERA_DECL bool read_value(const value& in, value& out, const location& at);
    TESSERA_DECL bool read_array(const array_node& type, const value& in, void* out,
                                 const location& at, const constraints* rules);
    TESSERA_DECL bool read_elements(const array_node& type, const value::array_t& given, void* out,
                                    const location& at);
    TESSERA_DECL bool read_map(const map_node& type, const value& in, void* out,
                               const location& at);
    TESSERA_DECL bool read_object(const object_node& type, const value& in, const void* out,
                                  const location& at);
    TESSERA_DECL bool read_members(const member_list& members, const void* const* out,
                                   const value& in, const location& at);
    TESSERA_DECL bool read_rest(const member_list& members, const value::object_t& given,
                                value* rest, const location& at);
    TESSERA_DECL bool read_variant(const variant_node& type, const value& in, void* out,
                                   const location& at, const constraints* rules);
    TESSERA_DECL std::uint64_t select(const variant_node& type, const value& in,
                                      const location& at);
    TESSERA_COLD_DECL bool fail_tags(const variant_node& type, bool is_absent, const location& at);

    TESSERA_DECL bool check_length(std::string_view text, const location& at,
                                   const constraints& rules);
    TESSERA_DECL bool check_range(double number, const location& at, const constraints* rules);
    TESSERA_DECL bool check_items(std::size_t count, const location& at, const constraints* rules);
};

}  // namespace detail
}  // namespace tessera::json

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/composite_impl.hpp"
#include "tessera/json/detail/reader_impl.hpp"
#endif
