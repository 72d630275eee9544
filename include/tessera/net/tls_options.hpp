#pragma once
#include <string>
#include <vector>

namespace tessera::net {

// How TLS servers are checked, and what the client shows of itself. The default verifies the chain
// against the system's store and the host name (or IP address) against the certificate's subject
// alternative names, with TLS 1.2 or later. Files are PEM and are read when the first https
// connection is made; one that cannot be read fails that call with error_kind::tls.
struct tls_options {
    bool verify = true;          // false accepts any certificate: for tests alone
    std::string ca_file{};       // trust these instead of the system's store
    std::string ca_directory{};  // the same as a hashed folder; both may be given
    std::string certificate{};   // client certificate with its chain
    std::string private_key{};   // of that certificate; empty: in the same file
    std::string server_name{};   // name for SNI and verification instead of the URL's host
    // Base64 SHA-256 of acceptable public keys (SubjectPublicKeyInfo), checked in addition: a server
    // that shows another key is refused. Empty: any key that verifies.
    std::vector<std::string> pinned_keys{};
};

}  // namespace tessera::net
