#pragma once

#include <span>
#include <string>

#include "chat/refusal.hpp"
#include "cortex/providers/answering.hpp"
#include "inference/answer.hpp"
#include "tessera/core/error.hpp"
#include "tessera/json/issue.hpp"

namespace tessera::server::cortex {

/// Of a call to a server elsewhere, and of a stream's own error.
failure failure_of(const error& reason, const std::string& provider);
/// Of the local engine, in the words of OpenAI's requests.
failure failure_of(const refusal& reason, const part_names& names);
/// Of a request that cannot be asked: 400.
failure failure_of(std::span<const json::issue> issues);

}  // namespace tessera::server::cortex
