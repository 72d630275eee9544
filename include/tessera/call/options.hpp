#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tessera/core/clock.hpp"
#include "tessera/core/random.hpp"
#include "tessera/core/secret.hpp"
#include "tessera/http/fields.hpp"
#include "tessera/http/reader_types.hpp"
#include "tessera/http/sse.hpp"
#include "tessera/json/value.hpp"
#include "tessera/net/resolve_hook.hpp"
#include "tessera/net/tls_options.hpp"

namespace tessera {

using net::tls_options;

// The four deadlines of a call; zero or less means none. All end in error_kind::timeout.
struct timeouts {
    std::chrono::milliseconds connect{5000};      // name lookup, TCP, proxy and TLS, for each attempt
    std::chrono::milliseconds first_byte{60000};  // from the end of the request to the answer's first byte
    std::chrono::milliseconds idle{60000};        // without a byte, while sending or receiving
    std::chrono::milliseconds total{600000};      // the whole call, with retries and pauses
    // Without it `total` bounds a stream only until its answer begins.
    bool total_covers_streams = false;
};

// What a client is made with. Everything here is copied; the pointers must outlive the client.
struct client_options {
    secret api_key{};
    std::string base_url{};  // http or https, with an optional path prefix; empty: the API's own
    timeouts timeout{};
    int max_retries = 2;
    http::fields headers{};  // sent with every request; replace the client's own of the same name
    net::tls_options tls{};
    // "http://[user:password@]host[:port]": requests go through this proxy, https by CONNECT.
    std::optional<std::string> proxy{};
    bool warm = false;  // open a connection when the client is made; failures are left to the first call
    std::size_t max_idle_connections = 32;                 // kept open for later calls
    std::chrono::milliseconds max_connection_idle{55000};  // and for how long
    std::size_t max_response_bytes = std::size_t{256} << 20;  // of an answer that is not a stream
    std::string user_agent = "tessera-cpp";
    http::reader_limits limits{};
    http::sse_limits stream_limits{};
    const tessera::clock* clock = nullptr;            // null: the system's
    tessera::random_source* random = nullptr;         // null: the system's; called from any thread
    net::resolve_hook resolve{};                      // empty: the system's resolver
};

// What differs for one call. Absent members leave the client's setting.
struct call_options {
    struct deadlines {
        std::optional<std::chrono::milliseconds> connect{}, first_byte{}, idle{}, total{};
        std::optional<bool> total_covers_streams{};
    };
    deadlines timeout{};
    std::optional<int> max_retries{};
    http::fields headers{};                                      // replace others of the same name
    std::vector<std::pair<std::string, std::string>> query{};    // appended to the operation's own
    json::value extra_body{};  // an object: its members are added to a JSON body, or replace some of it
    // A stop request ends the call with error_kind::cancelled wherever it is. For a stream it stays
    // effective until the stream ends.
    std::stop_token stop{};
};

}  // namespace tessera
