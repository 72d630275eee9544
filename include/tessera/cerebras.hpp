#pragma once
// The Cerebras API: chat and text completions, models.
#include "tessera/cerebras/client.hpp"
