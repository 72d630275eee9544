// An own authority, a certificate of the client's, and a key that the server must have.
// usage: CEREBRAS_API_KEY=... example-client-tls https://HOST CA.pem CLIENT.pem PIN
#include <cstdlib>
#include <iostream>
#include <tessera/cerebras.hpp>

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 5 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0]
                  << " https://HOST CA.pem CLIENT.pem PIN\n";
        return 2;
    }
    // [tls]
    const tessera::cerebras::client client{
        {.api_key = key,
         .base_url = argv[1],
         .tls = {.ca_file = argv[2],           // trusted instead of the system's authorities
                 .certificate = argv[3],       // with its chain, and its key in the same file
                 .pinned_keys = {argv[4]}}}};  // base64 of the SHA-256 of the server's public key
    // [/tls]
    for (const auto& model : client.models.list().data) std::cout << model.id << '\n';
} catch (const tessera::tls_error& untrusted) {
    std::cerr << untrusted.what() << '\n';
    return 1;
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
