#pragma once
// Deliveries of answers to a URL of the caller's: how they are asked for, signed and checked.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "tessera/call/options.hpp"
#include "tessera/core/clock.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/core/secret.hpp"
#include "tessera/http/fields.hpp"

namespace tessera::cerebrium {

/// Headers of a delivery.
///@{
inline constexpr std::string_view webhook_request_id = "X-Request-Id";
inline constexpr std::string_view webhook_timestamp = "X-Cerebrium-Webhook-Timestamp";
inline constexpr std::string_view webhook_signature = "X-Cerebrium-Webhook-Signature";
///@}

/// The signature of a delivery, "v1," and hexadecimal digits. What is signed is an assumption, since
/// the vendor does not publish it: HMAC-SHA256 of "REQUEST ID.TIMESTAMP.BODY" under the secret.
TESSERA_COLD_DECL std::string sign_webhook(const secret& key, std::string_view request_id,
                                           std::int64_t unix_seconds, std::string_view body);

/// Options of a call whose answer is sent to `endpoint` as well, signed with `key` unless that is
/// empty.
TESSERA_COLD_DECL call_options deliver_to(std::string endpoint, const secret& key = {},
                                          call_options options = {});

/// How deliveries are checked.
struct webhook_options {
    std::chrono::seconds tolerance{300};    ///< between a delivery's time and the clock's
    const tessera::clock* clock = nullptr;  ///< null: the system's
};

/// Whether a delivery is from who has the secret, and not an old one sent again: its headers, and
/// its body as it came, before anything has read it. An error of kind authentication says why not.
TESSERA_COLD_DECL result<void> verify_webhook(const secret& key, const http::fields& headers,
                                              std::string_view body,
                                              const webhook_options& options = {});

}  // namespace tessera::cerebrium

#ifdef TESSERA_DEFINITIONS
#include "tessera/cerebrium/detail/webhook_impl.hpp"
#endif
