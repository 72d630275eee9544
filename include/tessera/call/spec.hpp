#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tessera/core/result.hpp"
#include "tessera/http/fields.hpp"
#include "tessera/http/operation.hpp"

namespace tessera::call {

using http::stream_end;
using http::stream_error;

/// Puts up to `most` bytes at `to` and says how many; 0 at the end.
using body_reader = std::function<result<std::size_t>(char* to, std::size_t most)>;

/// A body that is produced while it is sent. `open` is called for every attempt.
struct upload {
    std::optional<std::uint64_t> size{};        ///< nothing: the body is sent in chunks
    std::function<result<body_reader>()> open;  ///< begins to read from the start
};

/// One request, ready to be sent: the untyped side of an operation. The body is encoded before a
/// call begins, so that no operation refers to what its caller owns.
struct spec {
    std::string method = "GET";  ///< in capitals
    std::string target_path{};   ///< below the client's base URL; begins with "/", percent-encoded
    std::vector<std::pair<std::string, std::string>> query{};  ///< pairs, not encoded
    http::fields headers{};                                    ///< the operation's own
    std::shared_ptr<const std::string> body{};                 ///< null: none, or `content`
    std::shared_ptr<const upload> content{};         ///< a body that is produced while it is sent
    std::string content_type{};                      ///< of the body
    http::auth authentication = http::auth::bearer;  ///< where the credential goes
    int status = 200;        ///< of success, as documented: a redirecting one is not followed
    bool replayable = true;  ///< may be sent again whatever became of it
    bool binary = false;     ///< the answer is bytes or text, which a sink can take
    stream_end end = stream_end::done_marker;    ///< what ends a stream
    stream_error errors = stream_error::member;  ///< how errors are told inside a stream
    /// Why it must not be sent at all: the call fails with it.
    tessera::detail::boxed_error defect{};
};

}  // namespace tessera::call
