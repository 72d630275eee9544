#pragma once
// /usage, /api/admin and /api/config.
#include <vector>

#include "cortex/inflight.hpp"
#include "cortex/response_cache.hpp"
#include "cortex/setting.hpp"
#include "cortex/usage.hpp"
#include "jobs/threads.hpp"
#include "web/api.hpp"

namespace tessera::server::cortex {

/// As PUT /api/config/caching takes it.
struct caching_settings {
    bool auto_inject_anthropic_cache_control = false;
    bool response_cache_enabled = false;
    std::int64_t response_cache_ttl_secs = 300;
};

/// As PUT /api/config/token-refresh takes it.
struct token_refresh_settings {
    bool enabled = true;
    std::int64_t refresh_threshold_secs = 300;
    std::int64_t check_interval_secs = 60;
};

/// What the routes look into and change; all of it outlives them.
struct administered {
    usage_ledger& usage;
    inflight& requests;
    setting<caching_settings>& caching;
    setting<token_refresh_settings>& token_refresh;
    threads& workers;  // that questions to the ledger run on
};

/// The six operations, for api::routes().
std::vector<route> administration_routes(const administered& what);

}  // namespace tessera::server::cortex
