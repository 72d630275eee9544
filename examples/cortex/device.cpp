// A machine without a browser gets a token: a person lets it in from any other.
// usage: CORTEX_API_KEY=... example-cortex-device BASE_URL
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <tessera/cortex.hpp>
#include <thread>

int main(int argc, char** argv) try {
    const char* key = std::getenv("CORTEX_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CORTEX_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    const tessera::cortex::client client{{.api_key = key, .base_url = argv[1]}};
    // [device]
    const auto flow = client.oauth.device();
    std::cout << "open " << flow.verification_uri_complete << std::endl;
    const auto is_waiting = [](const tessera::error& failed) {
        const auto why = tessera::body_as<tessera::cortex::oauth_error>(failed);
        return why && (why->error == "authorization_pending" || why->error == "slow_down");
    };
    auto polled = client.oauth.try_poll({.device_code = flow.device_code});
    while (!polled && is_waiting(polled.error())) {
        std::this_thread::sleep_for(std::chrono::seconds(1));  // the gateway asks the provider
        polled = client.oauth.try_poll({.device_code = flow.device_code});
    }
    std::cout << polled.value().provider << " is connected\n";  // throws where nobody let it in
    // [/device]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
