#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"
#include "tessera/http/fields.hpp"
#include "tessera/http/reader_types.hpp"

namespace tessera::http::detail {

// The part of reading HTTP/1.1 (RFC 9112) that requests and responses share: lines, fields, framing
// and bodies. Every decision depends on the bytes so far alone, never on how they were split.
//
// Reader is the class that derives from this. Its members
//     take_start_line(line): a start line without its CRLF; false after refuse();
//     take_field(field): one that is neither Content-Length nor Transfer-Encoding; false after
//         refuse_value();
//     take_fields(): all fields are there: sets keep_alive_ and the body or informational_; false
//         after refuse();
//     headers(), is_response;
//     has_framing(): whether the fields of the message at hand say how long its body is. The start
//         line was taken.
template <class Reader>
class message_reader {
  public:
    // Consumes a prefix of `input` up to the next event. Views in the step point into `input`.
    // After `complete` the next byte begins the next message. Never throws but for memory.
    reader_step next(std::string_view input) {
        input_size_ = input.size();
        reader_step step = advance(input);
        step.consumed = input_size_ - input.size();
        offset_ += step.consumed;
        return step;
    }

    // The peer closed: `complete` where the close ends a body, `need_more` between messages, else
    // `failed` with code incomplete.
    reader_step finish() {
        if (phase_ == phase::until_close) phase_ = phase::complete;
        if (phase_ == phase::complete || phase_ == phase::failed || idle()) return next({});
        return fail(reader_errc::incomplete, offset_,
                    "the connection was closed before the end of the message");
    }

    // Of the message whose head came last; valid until the next message begins.
    const fields& trailers() const { return trailers_; }
    bool keep_alive() const { return keep_alive_; }
    bool has_body() const { return has_body_; }
    // Between messages: nothing of the next one was seen.
    bool idle() const { return phase_ == phase::start && !begun_ && !informational_; }
    // After `failed`.
    const reader_error& error() const { return error_; }

  protected:
    enum class phase {
        start,
        fields,
        length,
        until_close,
        chunk_size,
        chunk_data,
        chunk_end,
        trailers,
        complete,
        failed
    };

    explicit message_reader(const reader_limits& limits) : limits_(limits) {}
    ~message_reader() = default;
    message_reader(const message_reader&) = default;
    message_reader(message_reader&&) = default;
    message_reader& operator=(const message_reader&) = default;
    message_reader& operator=(message_reader&&) = default;

    // At a column of the line that is being taken. Always false.
    [[gnu::cold]] bool refuse(reader_errc code, std::size_t column, std::string_view message,
                              int status = 400) {
        fail(code, line_begin_ + column, message, status);
        return false;
    }
    // At the value of the field that is being taken. Always false.
    [[gnu::cold]] bool refuse_value(reader_errc code, std::string_view message, int status = 400) {
        fail(code, value_begin_, message, status);
        return false;
    }
    // "HTTP/1." DIGIT, which begins at `column` of its line.
    bool take_version(std::string_view text, std::size_t column);
    // What follows the head.
    bool expect_body(bool present);

    reader_limits limits_;
    phase phase_ = phase::start;
    int minor_ = 1;
    bool keep_alive_ = false;
    bool informational_ = false;  // the head just read is a 1xx
    bool has_body_ = false;
    bool chunked_ = false;
    std::optional<std::uint64_t> length_;

  private:
    enum class line_status { whole, partial, failed };

    Reader& self() { return static_cast<Reader&>(*this); }
    const Reader& self() const { return static_cast<const Reader&>(*this); }

    reader_step advance(std::string_view& input);
    void begin_message();
    line_status take_line(std::string_view& input, std::size_t allowed, std::string_view& line);
    line_status take_bounded_line(std::string_view& input, std::size_t total,
                                  std::string_view& line);
    [[gnu::cold]] line_status too_long(std::size_t column);
    bool take_field_line(std::string_view line, fields& into);
    [[gnu::cold]] bool take_fold(std::string_view line, fields& into);
    bool settle_field();
    bool take_content_length(std::string_view value);
    [[gnu::cold]] bool take_transfer_encoding(std::string_view value);
    std::size_t extension_room() const;
    bool take_chunk_size(std::string_view line);
    bool take_chunk_end(std::string_view& input);
    reader_step take_body(std::string_view& input, phase then);

    reader_step fail(reader_errc code, std::uint64_t offset, std::string_view message,
                     int status = 400) {
        phase_ = phase::failed;
        error_ = {code, std::string(message), offset, status};
        return {reader_event::failed};
    }
    std::uint64_t position(std::string_view rest) const {
        return offset_ + (input_size_ - rest.size());
    }

    std::uint64_t offset_ = 0;  // of the first byte of the current input
    std::size_t input_size_ = 0;
    std::uint64_t line_begin_ = 0;
    std::uint64_t value_begin_ = 0;  // of the field that came last
    bool is_unsettled_ = false;      // its value may go on in the next line
    std::string line_;               // the part of a line that came in earlier input
    bool line_taken_ = false;
    bool cr_seen_ = false;
    bool begun_ = false;           // of a message, something was seen
    std::size_t used_ = 0;         // bytes of the head or of the trailers so far
    std::uint64_t remaining_ = 0;  // of the body or of a chunk
    std::uint64_t received_ = 0;   // of the body
    std::uint64_t extension_bytes_ = 0;
    fields trailers_;
    reader_error error_;
};

}  // namespace tessera::http::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/http/detail/message_chunks_impl.hpp"
#include "tessera/http/detail/message_reader_impl.hpp"
#endif
