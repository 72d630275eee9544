#pragma once
// Calls on an HTTP API: options, retries, deadlines, streams, and resource classes made of operations.
#include "tessera/call/channel.hpp"
#include "tessera/call/invoke.hpp"
#include "tessera/call/options.hpp"
#include "tessera/call/resource.hpp"
#include "tessera/call/response.hpp"
#include "tessera/call/retry.hpp"
