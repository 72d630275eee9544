#pragma once
// What is kept where others might read it.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tessera/core/secret.hpp"

namespace tessera::server::cortex {

/// The key of stored tokens: the configured one (base64), else the one beside the database, which
/// is made there with mode 0600 where there is none, else one for this run. Throws
/// std::runtime_error, which says what to do, for a file that is no such key, or that others may
/// read.
secret storage_key(const std::string& configured,
                   const std::optional<std::filesystem::path>& folder);

/// Encrypts with AES-256-GCM under a nonce that is random and new each time. Immutable.
class sealer {
  public:
    explicit sealer(secret key) : key_(std::move(key)) {}

    /// `bound_to` is not in the result, but opens it: the row where it lies.
    std::string seal(std::string_view plain, std::string_view bound_to) const;
    /// Nothing for what was sealed with another key or elsewhere, or was changed since.
    std::optional<std::string> open(std::string_view sealed, std::string_view bound_to) const;

  private:
    const secret key_;
};

}  // namespace tessera::server::cortex
