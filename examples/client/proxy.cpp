// Calls by way of a proxy, from the variables that curl and others read.
// usage: CEREBRAS_API_KEY=... HTTP_PROXY=... example-client-proxy BASE_URL
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <tessera/cerebras.hpp>

// [environment]
std::optional<std::string> proxy_for(const std::string& url) {
    const char* proxy = std::getenv(url.starts_with("https") ? "HTTPS_PROXY" : "HTTP_PROXY");
    return proxy ? std::optional<std::string>(proxy) : std::nullopt;
}
// [/environment]

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... HTTP_PROXY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    // [proxy]
    const tessera::cerebras::client client{
        {.api_key = key,
         .base_url = argv[1],
         .proxy = proxy_for(argv[1])}};  // "http://[user:password@]host[:port]"
    // [/proxy]
    for (const auto& model : client.models.list().data) std::cout << model.id << '\n';
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
