#pragma once

// All that the headers of this room only declare in separate compilation. For the one source that
// includes tessera/src.hpp.
#include <array>

#include "tessera/json/detail/composite_impl.hpp"
#include "tessera/json/detail/decode_impl.hpp"
#include "tessera/json/detail/defaults_impl.hpp"
#include "tessera/json/detail/encode_impl.hpp"
#include "tessera/json/detail/equal_impl.hpp"
#include "tessera/json/detail/issue_impl.hpp"
#include "tessera/json/detail/kinds_impl.hpp"
#include "tessera/json/detail/members_impl.hpp"
#include "tessera/json/detail/node_of.hpp"
#include "tessera/json/detail/parse_impl.hpp"
#include "tessera/json/detail/partial_impl.hpp"
#include "tessera/json/detail/reader_impl.hpp"
#include "tessera/json/detail/schema_impl.hpp"
#include "tessera/json/detail/text_impl.hpp"
#include "tessera/json/detail/text_reader_impl.hpp"
#include "tessera/json/detail/texts_impl.hpp"
#include "tessera/json/detail/tree_builder_impl.hpp"
#include "tessera/json/detail/unreadable_impl.hpp"

namespace tessera::json::detail {

#ifdef TESSERA_SEPARATE_COMPILATION
template <described_object T, use How>
requires is_compiled<T>
constinit const object_node table<T, How>::value = object_node_of<T, How>();

/// What a source calls in a function with external linkage, so that it has the tables of these
/// compiled types and of all that they are made of.
template <class... T>
std::array<const node*, sizeof...(T)> keep() {
    return {&node_of<T, use::both>()...};
}
#endif

}  // namespace tessera::json::detail
