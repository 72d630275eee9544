#pragma once

#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"

namespace tessera {

/// HMAC with SHA-256 (RFC 2104): 32 bytes that only who has the key can make.
TESSERA_COLD_DECL std::string hmac_sha256(std::string_view key, std::string_view message);

}  // namespace tessera

#ifdef TESSERA_DEFINITIONS
#include "tessera/core/detail/hmac_impl.hpp"
#endif
