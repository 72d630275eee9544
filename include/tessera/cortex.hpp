#pragma once
// The Cortex gateway: OpenAI's and Anthropic's dialects in front of many providers.
#include "tessera/cortex/operations.hpp"
