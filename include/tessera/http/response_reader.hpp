#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tessera/core/linkage.hpp"
#include "tessera/http/detail/message_reader.hpp"
#include "tessera/http/message.hpp"

namespace tessera::http {

/// Reads responses, as strictly as request_reader reads requests, but for folded fields, whose
/// folds become blanks. An answer to HEAD, a 1xx, 204, 304 and a 2xx to CONNECT have no body
/// whatever their fields say, and be that malformed; without any length a body ends when the peer
/// closes: call finish(). What follows an upgraded() one is no longer HTTP: stop after its
/// `complete`. Not for use by several threads at once.
class response_reader final : public detail::message_reader<response_reader> {
  public:
    /// At the beginning of a message.
    explicit response_reader(reader_limits limits = {}) : message_reader(limits) {}

    /// The method of the request that the next response answers ("GET" until told). Call before
    /// every response that follows a HEAD or a CONNECT, and after it again.
    void expect(std::string_view method) {
        to_head_ = method == "HEAD";
        to_connect_ = method == "CONNECT";
    }

    /// Valid from the events `informational` and `head` until the next head begins.
    const response_head& head() const { return head_; }
    /// Takes the head away instead of copying it; head() is unspecified until the next one.
    response_head take_head() { return std::move(head_); }
    /// The body ends when the peer closes; a premature close cannot be told from its end.
    bool close_delimited() const { return close_delimited_; }
    /// A 101 or a 2xx to CONNECT.
    bool upgraded() const { return upgraded_; }

  private:
    friend class detail::message_reader<response_reader>;
    static constexpr bool is_response = true;

    TESSERA_COLD_DECL bool take_start_line(std::string_view line);
    bool take_field(const field&) { return true; }
    TESSERA_COLD_DECL bool take_fields();
    fields& headers() { return head_.headers; }
    TESSERA_COLD_DECL bool has_framing() const;
    bool upgrades() const {
        return head_.status == 101 || (to_connect_ && head_.status / 100 == 2);
    }

    response_head head_;
    bool to_head_ = false;
    bool to_connect_ = false;
    bool close_delimited_ = false;
    bool upgraded_ = false;
    std::size_t informational_count_ = 0;
};

}  // namespace tessera::http

#ifdef TESSERA_DEFINITIONS
#include "tessera/http/detail/response_reader_impl.hpp"
#endif
