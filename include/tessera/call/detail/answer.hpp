#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "tessera/call/options.hpp"
#include "tessera/core/error.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/net/watch.hpp"

// The driver's decisions that need no connection.
namespace tessera::call::detail {

inline constexpr std::size_t longest_error_body = std::size_t{1} << 20;

using tessera::detail::boxed_error;

// A call's deadlines with every default filled in; zero or less: none.
struct deadlines {
    std::chrono::milliseconds connect{}, first_byte{}, idle{}, total{};
    bool total_covers_streams = false;
};

// `answers_at_once`: the server need not think before the answer's first byte.
TESSERA_COLD_DECL deadlines merge(const timeouts& client, const timeouts& call,
                                  bool answers_at_once);

TESSERA_COLD_DECL void redact(std::string& text, const std::string& secret_text);

// RFC 9110 section 15.4: the statuses whose location is followed.
constexpr bool is_redirect(int status) {
    return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

TESSERA_COLD_DECL boxed_error error_of_stop(net::stop_cause cause, const deadlines& limits);

}  // namespace tessera::call::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/answer_impl.hpp"
#endif
