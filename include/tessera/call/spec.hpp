#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tessera/core/error.hpp"
#include "tessera/http/fields.hpp"
#include "tessera/http/operation.hpp"

namespace tessera::call {

// What ends an event stream in good order.
enum class stream_end {
    done_marker,   // an event whose data is "[DONE]"; the end of the body without it is an error
    message_stop,  // an event of type "message_stop", which is handed out as the last one
    close          // the end of the body; "[DONE]" is taken as well
};

// One request, ready to be sent: the untyped side of an operation. The body is encoded before a call
// begins, so that no operation refers to what its caller owns.
struct spec {
    std::string method = "GET";
    std::string target_path;  // below the client's base URL; begins with "/", percent-encoded
    std::vector<std::pair<std::string, std::string>> query{};
    http::fields headers{};
    std::shared_ptr<const std::string> body{};  // null: none
    std::string content_type{};
    http::auth authentication = http::auth::bearer;
    bool replayable = true;  // may be sent again after a failure
    stream_end end = stream_end::done_marker;
    std::optional<error> defect{};  // why it must not be sent at all: the call fails with it
};

}  // namespace tessera::call
