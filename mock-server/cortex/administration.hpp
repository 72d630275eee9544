#pragma once
// /usage, /api/admin and /api/config.
#include <vector>

#include "core/cortex_options.hpp"
#include "cortex/inflight.hpp"
#include "cortex/setting.hpp"
#include "cortex/usage.hpp"
#include "jobs/threads.hpp"
#include "web/api.hpp"

namespace tessera::server::cortex {

/// What its routes look into and change; all of it outlives them.
struct administered {
    usage_ledger& usage;
    const inflight& requests;
    setting<caching_settings>& caching;
    setting<token_refresh_settings>& token_refresh;
    threads& workers;  // that wait for the ledger
};

std::vector<route> administration_routes(const administered& what);

}  // namespace tessera::server::cortex
