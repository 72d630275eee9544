#pragma once

#include <concepts>
#include <type_traits>

#include "tessera/call/resource.hpp"
#include "tessera/json/src.hpp"

namespace tessera::call::detail {

template <class T>
void keep_type() {
    if constexpr (!std::is_void_v<T> && !std::same_as<T, std::string>) json::detail::keep<T>();
}

template <template <const auto&> class Verb, const auto& Op>
void keep_operation(const Verb<Op>*) {
    using operation = operation_type<Op>;
    keep_type<typename operation::request>();
    keep_type<typename operation::response>();
    keep_type<typename operation::chunk>();
    keep_type<typename operation::query>();
    keep_type<typename operation::headers>();
}

// What a source calls in a function with external linkage, so that it has the tables of all types
// that the operations of these resources send and receive.
template <template <class...> class Resource, class... Verbs>
void keep(const Resource<Verbs...>*) {
    (keep_operation(static_cast<const Verbs*>(nullptr)), ...);
}
template <std::size_t Bound, class... Verbs>
void keep(const bound_resource<Bound, Verbs...>*) {
    (keep_operation(static_cast<const Verbs*>(nullptr)), ...);
}

}  // namespace tessera::call::detail
