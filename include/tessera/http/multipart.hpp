#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/core/random.hpp"
#include "tessera/core/result.hpp"
#include "tessera/http/fields.hpp"

namespace tessera::http {

/// One part of a form (multipart/form-data, RFC 7578).
struct part {
    std::string name;                     ///< of the form's field
    std::optional<std::string> filename;  ///< absent: no file
    std::string content_type;             ///< empty: not said
    std::string data;                     ///< its bytes

    friend bool operator==(const part&, const part&) = default;
};

/// A whole multipart body, and the content type that goes with it.
struct multipart_body {
    std::string content_type;  ///< with the boundary: for the request's Content-Type
    std::string body;          ///< the bytes
};

/// Puts a form together, behind a boundary that none of the parts holds. invalid_argument for a
/// control character in a content type; quotes and line breaks in names are encoded as browsers do.
TESSERA_DECL result<multipart_body> write_multipart(
    std::span<const part> parts, random_source& random = random_source::system());

/// What a reader takes before it fails.
struct multipart_limits {
    std::size_t parts = 256;                ///< how many
    std::size_t head_bytes = 16384;         ///< of one part's header fields
    std::uint64_t part_bytes = UINT64_MAX;  ///< of one part
};

/// What a step of a multipart reader found.
enum class multipart_event {
    need_more,  ///< all input was consumed
    part,       ///< part() says what begins; its data is empty
    data,       ///< step.data is a piece of the part's data, never empty
    part_end,   ///< it ends
    complete,   ///< the closing boundary was seen; what follows is not looked at
    failed      ///< error() says why
};

/// One step of a multipart reader.
struct multipart_step {
    multipart_event event = multipart_event::need_more;  ///< what was found
    std::size_t consumed = 0;    ///< how much of the input's front is dealt with
    std::string_view data = {};  ///< a view into the input or the reader: valid until the next call
};

/// Reads a form from pieces of a body, without holding its data.
class multipart_reader {
  public:
    /// From a request's Content-Type; invalid_argument if that is not multipart/form-data with a
    /// boundary.
    TESSERA_DECL static result<multipart_reader> from_content_type(std::string_view content_type,
                                                                   multipart_limits limits = {});

    /// Consumes a prefix of `input` up to the next event.
    TESSERA_DECL multipart_step next(std::string_view input);
    /// The body ended: `complete` after the closing boundary, else `failed`.
    TESSERA_DECL multipart_step finish();

    /// From `part` until the next one; may be moved from.
    http::part& part() { return part_; }
    /// After `failed`.
    const std::string& error() const { return error_; }
    /// After `failed`: 413 if a limit was passed, else 400.
    int status() const { return status_; }

  private:
    enum class phase { preamble, after_boundary, head, data, epilogue, failed };

    multipart_reader(std::string_view boundary, multipart_limits limits)
        : limits_(limits), delimiter_("\r\n--") {
        delimiter_ += boundary;
    }
    TESSERA_DECL multipart_step advance(std::string_view& input);
    TESSERA_DECL multipart_step take_data(std::string_view& input);
    TESSERA_DECL bool take_line(std::string_view& input);
    TESSERA_DECL bool begin_part();
    TESSERA_DECL void end_part();
    TESSERA_DECL bool take_head_line();
    TESSERA_DECL bool take_disposition(std::string_view value);
    TESSERA_DECL bool refuse(std::string_view message, int status = 400);

    multipart_limits limits_;
    std::string delimiter_;
    // Bytes of the delimiter seen and not handed out. The first may stand at the very beginning,
    // without its CRLF.
    std::size_t matched_ = 2;
    phase phase_ = phase::preamble;
    std::string line_;  // the current line of a part's head, or what follows a boundary
    std::size_t head_used_ = 0;
    std::size_t part_count_ = 0;
    std::uint64_t part_used_ = 0;
    bool named_ = false;     // the current part has its Content-Disposition
    bool finished_ = false;  // `complete` was handed out
    http::part part_;
    std::string error_;
    int status_ = 400;
};

/// Reads a whole form at once; the limits hold. For small forms.
TESSERA_DECL result<std::vector<part>> read_multipart(std::string_view content_type,
                                                      std::string_view body,
                                                      multipart_limits limits = {});

}  // namespace tessera::http

#ifdef TESSERA_DEFINITIONS
#include "tessera/http/detail/multipart_impl.hpp"
#endif
