#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/json/value.hpp"

namespace tessera::json::detail {

// Builds a value of what a reader finds, with an explicit stack, so that the depth of a text never
// becomes depth of the call stack. What is refused is refused for a limit.
class tree_builder {
  public:
    enum class refusal { none, depth, values };

    explicit tree_builder(const limits& bounds) : bounds_(bounds) {}

    /// Adds to what is open: a scalar, a string that grows where it stands, an array or object that
    /// is open from now on. Null when it is refused.
    TESSERA_DECL value* add(value&& given);
    TESSERA_DECL value* open(value&& container);
    /// The name of the member that comes next.
    TESSERA_DECL void name_member(std::string&& name);
    TESSERA_DECL void close();

    bool is_open() const { return !open_.empty(); }
    bool is_in_object() const { return is_open() && open_.back()->is_object(); }

    value& root() { return root_; }
    const value& root() const { return root_; }
    refusal refused() const { return refused_; }

  private:
    limits bounds_;
    value root_;
    std::vector<value*> open_;  // a container moves only when its parent grows, and that waits
    value* member_ = nullptr;
    std::size_t values_ = 0;
    refusal refused_ = refusal::none;
};

}  // namespace tessera::json::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/tree_builder_impl.hpp"
#endif
