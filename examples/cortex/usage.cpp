// What the gateway does at the moment, what it did, and how it is set.
// usage: CORTEX_API_KEY=... example-cortex-usage BASE_URL
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <tessera/cortex.hpp>

int main(int argc, char** argv) try {
    const char* key = std::getenv("CORTEX_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CORTEX_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    const tessera::cortex::client client{{.api_key = key, .base_url = argv[1]}};
    // [usage]
    const auto an_hour_ago = std::chrono::system_clock::now() - std::chrono::hours(1);
    for (const auto& record : client.usage.list({.start_time = an_hour_ago, .limit = 10}))
        std::cout << record.endpoint << ": " << record.model << ", " << record.total_tokens
                  << " tokens, " << record.latency_ms << " ms\n";
    const auto all = client.usage.summary({.api_key = "Development Key"});
    std::cout << all.total_requests << " requests, " << all.error_count << " of them failed\n";
    for (const auto& [provider, requests] : all.by_provider)
        std::cout << provider << ": " << requests << '\n';
    // [/usage]
    // [administration]
    for (const auto& request : client.admin.inflight().requests)
        std::cout << request.uri << ", idle for " << request.idle_secs << " s\n";
    const auto caching =
        client.config.caching.update({.response_cache_ttl_secs = 600});  // the rest stays
    std::cout << "answers are kept: " << std::boolalpha << caching.response_cache_enabled << '\n';
    std::cout << "tokens are looked at every "
              << client.config.token_refresh.retrieve().check_interval_secs << " s\n";
    // [/administration]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
