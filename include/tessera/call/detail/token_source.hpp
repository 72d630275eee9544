#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "tessera/core/credential.hpp"
#include "tessera/core/linkage.hpp"

namespace tessera::call::detail {

// The credential of a channel as its calls use it. A token that a server refused is replaced once,
// however many calls it was refused to. Thread-safe; what is under way keeps it alive.
class token_source : public std::enable_shared_from_this<token_source> {
  public:
    struct token {
        secret text{};
        std::uint64_t version = 0;
    };
    using receiver = std::function<void(result<token>)>;

    explicit token_source(credential from) : from_(std::move(from)) {}

    bool is_fixed() const { return from_.is_fixed(); }
    const secret& fixed() const { return from_.fixed(); }

    // Hands the provider's token to `done`, at once or later, from any thread. `refused`: the
    // version that a server would not take; 0: none.
    TESSERA_DECL void ask(std::uint64_t refused, receiver done);

  private:
    TESSERA_DECL void receive(bool fresh, const receiver& done, result<secret> answer);

    const credential from_;
    std::mutex mutex_;
    token newest_;
    bool refreshing_ = false;
    std::vector<receiver> waiting_;
};

}  // namespace tessera::call::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/token_source_impl.hpp"
#endif
