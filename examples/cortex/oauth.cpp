// A person gives the gateway a token for a provider, in a browser.
// usage: CORTEX_API_KEY=... example-cortex-oauth BASE_URL
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <tessera/cortex.hpp>
#include <thread>

int main(int argc, char** argv) try {
    const char* key = std::getenv("CORTEX_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CORTEX_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    const std::string url = argv[1];
    // [sign-in]
    const tessera::cortex::client client{{.api_key = key, .base_url = url}};
    auto status = client.oauth.status("google");
    if (!status.authenticated)
        std::cout << "open " << url << "/oauth/google/authorize" << std::endl;
    while (!status.authenticated) {
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        status = client.oauth.status("google");
    }
    for (const std::string& scope : status.scopes.value_or(std::vector<std::string>()))
        std::cout << "it may: " << scope << '\n';
    // [/sign-in]
    // [token]
    const auto renewed = client.oauth.refresh("google");  // the gateway does so by itself, in time
    const auto left = renewed.expires_at - std::chrono::system_clock::now();
    std::cout << "good for " << std::chrono::ceil<std::chrono::minutes>(left).count()
              << " minutes\n";
    std::cout << client.oauth.delete_token("google").message << '\n';
    // [/token]
    // [errors]
    const auto failed = client.oauth.try_refresh("google");
    if (!failed) std::cout << failed.error().message << '\n';
    // [/errors]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
