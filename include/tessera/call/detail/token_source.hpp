#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "tessera/core/credential.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/net/watch.hpp"

namespace tessera::call::detail {

// The credential of a channel as its calls use it. A token that a server refused is replaced once,
// however many calls it was refused to. Thread-safe; what is under way keeps it alive.
class token_source : public std::enable_shared_from_this<token_source> {
  public:
    struct token {
        secret text{};
        std::uint64_t version = 0;
    };
    // Where a call waits for its token, and others behind it for the same one.
    struct waiter : net::doorbell {
        bool answered = false;
        token given;
        tessera::detail::boxed_error refused;
        std::shared_ptr<waiter> next;
    };

    explicit token_source(const credential& from) : from_(from) {}

    bool is_fixed() const { return from_.is_fixed(); }
    const secret& fixed() const { return from_.fixed(); }

    // Hands the provider's token to `asking`, at once or later, from any thread. `refused`: the
    // version that a server would not take; 0: none.
    TESSERA_COLD_DECL void ask(std::uint64_t refused, std::shared_ptr<waiter> asking);

  private:
    TESSERA_COLD_DECL void receive(bool fresh, std::shared_ptr<waiter> asking,
                                   result<secret>&& answer);

    const credential from_;
    std::mutex mutex_;
    token newest_;
    bool refreshing_ = false;
    std::shared_ptr<waiter> waiting_;  // for the refreshed one
};

}  // namespace tessera::call::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/token_source_impl.hpp"
#endif
