#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tessera/core/linkage.hpp"
#include "tessera/http/detail/message_reader.hpp"
#include "tessera/http/message.hpp"

namespace tessera::http {

/// Reads requests from the bytes of one connection, strictly after RFC 9112: CRLF only, no folded
/// lines, no space before a colon, exactly one Host for HTTP/1.1, one Content-Length at most and
/// never beside Transfer-Encoding, no coding but chunked. Loop over next() until need_more:
///
///     head, body..., complete, head, ...
///
/// Not for use by several threads at once.
class request_reader final : public detail::message_reader<request_reader> {
  public:
    /// At the beginning of a message.
    explicit request_reader(reader_limits limits = {}) : message_reader(limits) {}

    /// Valid from the event `head` until the next message begins.
    const request_head& head() const { return head_; }
    /// Takes the head away instead of copying it; head() is unspecified until the next one.
    request_head take_head() { return std::move(head_); }
    /// The client waits for a 100 (Continue) before it sends the body.
    bool expects_continue() const { return expects_continue_; }

  private:
    friend class detail::message_reader<request_reader>;
    static constexpr bool is_response = false;

    TESSERA_DECL bool take_start_line(std::string_view line);
    TESSERA_DECL bool take_field(const field& each);
    TESSERA_DECL bool take_fields();
    fields& headers() { return head_.headers; }
    bool has_framing() const { return true; }
    TESSERA_DECL bool take_target(std::string_view target, std::size_t column);

    request_head head_;
    bool host_seen_ = false;
    bool expects_continue_ = false;
};

}  // namespace tessera::http

#ifdef TESSERA_DEFINITIONS
#include "tessera/http/detail/request_reader_impl.hpp"
#endif
