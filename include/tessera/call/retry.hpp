#pragma once

#include <chrono>
#include <optional>

#include "tessera/core/error.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/http/fields.hpp"

namespace tessera::call {

/// How often and after which pauses a call is tried again.
struct retry_policy {
    int max_retries = 2;                            ///< after the first attempt
    std::chrono::milliseconds first_delay{500};     ///< doubled after each
    std::chrono::milliseconds longest_delay{8000};  ///< however often it was doubled
    double jitter = 0.25;  ///< the share of a delay that chance may take away
    /// A server that asks for more gets no retry.
    std::chrono::milliseconds longest_retry_after{60000};
};

/// How an attempt failed.
struct failed_attempt {
    error_kind kind{};                      ///< of the error
    int status = 0;                         ///< 0: there was no answer
    const http::fields* headers = nullptr;  ///< of the answer, if there was one
    int number = 1;                         ///< of attempts made so far
    bool sent = true;                       ///< a byte of the request may have gone out
    bool replayable = true;                 ///< the request can be sent again whatever became of it
    bool handed_out = false;                ///< the caller has had a part of the result
};

/// Whether to try again.
struct retry_decision {
    bool retry = false;                 ///< whether to try again
    std::chrono::milliseconds delay{};  ///< the pause before it
};

/// retry-after-ms, retry-after in seconds, retry-after as a date; the first that is there and
/// valid.
TESSERA_COLD_DECL std::optional<std::chrono::milliseconds> retry_after(
    const http::fields& headers, std::chrono::system_clock::time_point now);

/// The server said that it did nothing with the request.
TESSERA_COLD_DECL bool was_declined(const failed_attempt& failure);

/// Whether and when to try again. A pure function: `random` in [0, 1) is the only chance in it.
TESSERA_COLD_DECL retry_decision decide_retry(const retry_policy& policy,
                                              const failed_attempt& failure, double random,
                                              std::chrono::system_clock::time_point now);

}  // namespace tessera::call

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/retry_impl.hpp"
#endif
