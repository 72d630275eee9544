#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tessera/call/sink.hpp"
#include "tessera/core/clock.hpp"
#include "tessera/core/credential.hpp"
#include "tessera/core/random.hpp"
#include "tessera/http/fields.hpp"
#include "tessera/http/reader_types.hpp"
#include "tessera/http/sse.hpp"
#include "tessera/json/value.hpp"
#include "tessera/net/resolve_hook.hpp"
#include "tessera/net/tls_options.hpp"

namespace tessera {

using net::tls_options;

/// The four deadlines of a call; zero or less means none, and what is left out is as the comment
/// says. All end in error_kind::timeout.
struct timeouts {
    /// Absent: what the comment says.
    using duration = std::optional<std::chrono::milliseconds>;
    duration connect{};     ///< name lookup, TCP, proxy and TLS, for each attempt: 5 s
    duration first_byte{};  ///< from the end of the request to the answer's first byte: 60 s for
                            ///< streams and for GET, HEAD and DELETE, none for others, which think
                            ///< before they answer
    duration idle{};        ///< without a byte, while sending or receiving: 60 s
    duration total{};  ///< the whole call, with retries and pauses: as the API says, else 600 s
    /// Without it `total` bounds a stream only until its answer begins.
    std::optional<bool> total_covers_streams{};
};

/// What a client is made with. Everything here is copied; the pointers must outlive the client.
struct client_options {
    credential api_key{};    ///< a secret, or a provider of secrets that change
    std::string base_url{};  ///< http or https, with an optional path prefix; empty: the API's own
    timeouts timeout{};      ///< the deadlines of every call
    int max_retries = 2;     ///< after the first attempt
    /// In a row. 0 hands the redirecting answer out: its `location` is in info.headers, where the
    /// answer's type is void or text, else in the error's message.
    int max_redirects = 5;
    http::fields headers{};  ///< sent with every request; replace the client's own of the same name
    net::tls_options tls{};  ///< how servers are checked, and what the client shows
    /// "http://[user:password@]host[:port]": requests go through this proxy, https by CONNECT.
    std::optional<std::string> proxy{};
    /// Open a connection when the client is made; failures are left to the first call.
    bool warm = false;
    std::size_t max_idle_connections = 32;                    ///< kept open for later calls
    std::chrono::milliseconds max_connection_idle{55000};     ///< and for how long
    std::size_t max_response_bytes = std::size_t{256} << 20;  ///< of an answer that is not a stream
    std::string user_agent = "tessera-cpp";                   ///< the header of this name
    http::reader_limits limits{};                             ///< of heads and chunks
    http::sse_limits stream_limits{};                         ///< of event streams
    const tessera::clock* clock = nullptr;                    ///< null: the system's
    tessera::random_source* random = nullptr;  ///< null: the system's; called from any thread
    net::resolve_hook resolve{};               ///< empty: the system's resolver
};

/// What differs for one call. Absent members leave the client's setting.
struct call_options {
    timeouts timeout{};                  ///< in place of single ones of the client
    std::optional<int> max_retries{};    ///< after the first attempt
    std::optional<int> max_redirects{};  ///< in a row; 0 hands the redirecting answer out
    /// Lets what creates or starts something be sent again after any failure, as reading calls are.
    /// It may then happen twice.
    bool allow_replay = false;
    http::fields headers{};                                    ///< replace others of the same name
    std::vector<std::pair<std::string, std::string>> query{};  ///< appended to the operation's own
    /// An object: its members are added to a JSON body, or replace some of it.
    json::value extra_body{};
    /// Where the answer of an operation that gives bytes or text goes; the result's text stays
    /// empty.
    sink into{};
    /// A stop request ends the call with error_kind::cancelled wherever it is. For a stream it
    /// stays effective until the stream ends.
    std::stop_token stop{};
};

}  // namespace tessera
