#pragma once
// A request as handlers see it, and the answers they give.
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/http/message.hpp"
#include "web/form.hpp"

namespace tessera::server {

class api;
struct route;

/// Why a request was not served; each API writes it in its own form.
struct problem {
    int status = 500;
    std::string message;
    std::string type{};
    std::string param{};
    std::string code{};
    std::optional<std::chrono::seconds> retry_after{};
    std::string allow{};  // of a 405
};

struct answer {
    int status = 200;
    http::fields headers{};
    std::string body{};
};

inline answer json_answer(int status, std::string body) {
    answer made{.status = status, .headers = {}, .body = std::move(body)};
    made.headers.add("content-type", "application/json");
    return made;
}

/// An answer to `reason` with the headers that it asks for.
answer with_headers_of(const problem& reason, answer made);

/// What an API keeps beside a request, as long as that lives.
class request_state {
  public:
    request_state() = default;
    virtual ~request_state() = default;
    request_state(const request_state&) = delete;
    request_state& operator=(const request_state&) = delete;

    /// The answer is there, whole or to its last piece. Calls `go`, on any thread, when it may be
    /// sent, and may do so at once. Not called where the client left before.
    virtual void before_end(std::function<void()> go) = 0;
};

struct request {
    http::request_head head;
    std::string id;                                 // as in x-request-id
    bool from_loopback = false;                     // by the peer's address
    std::chrono::steady_clock::time_point arrived;  // of the head's last byte

    std::string_view path{};  // of the target, still percent-encoded; views into `head`
    std::string_view query{};
    tessera::server::api* api = nullptr;            // whose path it is; null for none
    const tessera::server::route* route = nullptr;  // null when nothing answers here
    std::vector<std::string> parameters{};          // of the path, decoded, in the pattern's order

    std::string body{};
    std::optional<received_form> form{};     // instead of a body, where the route takes forms
    std::shared_ptr<request_state> state{};  // the API's own; null for none

    std::string_view header(std::string_view name) const {
        return head.headers.find(name).value_or(std::string_view());
    }
};

}  // namespace tessera::server
