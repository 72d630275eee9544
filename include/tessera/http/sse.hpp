#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"

namespace tessera::http {

/// One event.
struct sse_event {
    std::string type;  ///< "message" by default
    std::string data;  ///< the data lines, joined by LF
    std::string id;    ///< the last event id at that time

    friend bool operator==(const sse_event&, const sse_event&) = default;
};

/// What a reader takes before it fails.
struct sse_limits {
    std::size_t line_bytes = 16 * 1024 * 1024;   ///< of one line
    std::size_t event_bytes = 16 * 1024 * 1024;  ///< of an event's data
};

/// Interprets an event stream after WHATWG HTML section 9.2.6, incrementally: any split of the
/// bytes gives the same events. What was begun and not dispatched at the end of the stream is
/// dropped, as the standard has it. Bytes that are not UTF-8 become U+FFFD. Not for use by several
/// threads at once.
class sse_reader {
  public:
    /// At the beginning of a stream.
    explicit sse_reader(sse_limits limits = {}) : limits_(limits) {}

    /// One step of the reader.
    struct step {
        /// What a step found.
        enum kind_type { need_more, event, failed };
        kind_type kind = need_more;  ///< what was found
        std::size_t consumed = 0;    ///< how much of the input's front is dealt with
    };

    /// Consumes a prefix of `input`, up to and with the end of the next event. After `failed`,
    /// every call fails.
    TESSERA_DECL step next(std::string_view input);

    /// After `event`, until the next call; may be moved from.
    sse_event& event() { return event_; }
    /// As of the last dispatch: what a client that reconnects sends as Last-Event-ID.
    std::string_view last_event_id() const { return dispatched_id_; }
    /// The reconnection time the server asked for last.
    std::optional<std::chrono::milliseconds> retry() const { return retry_; }
    /// After `failed`: which limit was passed.
    const std::string& error() const { return error_; }

  private:
    enum class line_kind { undecided, data, comment, other };

    TESSERA_DECL void take_byte_order_mark(std::string_view& input);
    TESSERA_DECL void take(std::string_view piece);
    TESSERA_DECL void store(std::string_view piece);
    TESSERA_DECL void begin_data();
    TESSERA_DECL void append_data(std::string_view value);
    TESSERA_DECL bool end_line();
    TESSERA_DECL void take_field(std::string_view line);
    TESSERA_DECL bool dispatch();
    TESSERA_DECL void fail(const char* what, std::size_t limit);
    bool failed() const { return !error_.empty(); }

    sse_limits limits_;
    sse_event event_;
    std::string line_;  // the current line, or as much of it as tells its kind
    std::size_t line_size_ = 0;
    line_kind kind_ = line_kind::undecided;
    bool has_data_ = false;
    bool fresh_ = false;           // the event was handed out
    bool skip_line_feed_ = false;  // the line before ended with CR
    std::size_t mark_bytes_ = 0;   // matched of a byte order mark at the very beginning; 3: past it
    std::string id_;
    std::string dispatched_id_;
    std::optional<std::chrono::milliseconds> retry_;
    std::string error_;
};

/// An event that is to be written.
struct sse_message {
    std::string_view data;                             ///< what it says
    std::string_view event = {};                       ///< its type
    std::string_view id = {};                          ///< what it names last when it reconnects
    std::optional<std::chrono::milliseconds> retry{};  ///< the pause before a client reconnects
};

/// Appends one event. Line breaks in data (CR, LF, CRLF) make several data lines, which readers
/// join by LF. CR, LF and NUL in event and id cannot be carried and are left out, as are event and
/// id if empty.
TESSERA_DECL void write_sse(std::string& out, const sse_message& message);
/// Appends a comment, which readers ignore: keeps an idle connection open.
TESSERA_DECL void write_sse_comment(std::string& out, std::string_view text);

}  // namespace tessera::http

#ifdef TESSERA_DEFINITIONS
#include "tessera/http/detail/sse_impl.hpp"
#endif
