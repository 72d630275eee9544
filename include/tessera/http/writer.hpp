#pragma once

#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/http/message.hpp"

namespace tessera::http {

/// Both append a whole head, its empty line included, or leave `out` as it was and answer
/// invalid_argument: nothing that holds CR, LF, NUL or another control character is ever written,
/// so no value can smuggle in a field or a message. Framing fields are the caller's: nothing is
/// added.
TESSERA_DECL result<void> write_head(std::string& out, const request_head& head);
/// An empty reason is filled in.
TESSERA_DECL result<void> write_head(std::string& out, const response_head& head);

/// Appends one chunk of the chunked coding; nothing for empty data, which would end the body.
TESSERA_DECL void write_chunk(std::string& out, std::string_view data);

/// Ends a chunked body. Trailers that may not be written are left out.
TESSERA_DECL void write_last_chunk(std::string& out, const fields& trailers = {});

}  // namespace tessera::http

#ifdef TESSERA_DEFINITIONS
#include "tessera/http/detail/writer_impl.hpp"
#endif
