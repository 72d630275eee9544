#pragma once
// The Cortex gateway, in OpenAI's and Anthropic's dialects; and OpenAI and Anthropic themselves.
#include "tessera/cortex/client.hpp"
