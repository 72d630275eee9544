#pragma once

#include "inference/answer.hpp"
#include "tessera/openai/usage.hpp"

namespace tessera::server {

/// As the APIs that follow OpenAI's count it. What is not known is absent.
openai::usage usage_of(const totals& sum);

/// All tokens, as quotas count them; 0 where nothing is known.
std::int64_t tokens_of(const totals& sum);

}  // namespace tessera::server
