#pragma once

// All that the headers of this room only declare in separate compilation. For the one source that
// includes tessera/src.hpp.
#include "tessera/http/detail/date_impl.hpp"
#include "tessera/http/detail/fields_impl.hpp"
#include "tessera/http/detail/form_impl.hpp"
#include "tessera/http/detail/message_chunks_impl.hpp"
#include "tessera/http/detail/message_impl.hpp"
#include "tessera/http/detail/message_reader_impl.hpp"
#include "tessera/http/detail/multipart_impl.hpp"
#include "tessera/http/detail/operation_impl.hpp"
#include "tessera/http/detail/request_reader_impl.hpp"
#include "tessera/http/detail/response_reader_impl.hpp"
#include "tessera/http/detail/sse_impl.hpp"
#include "tessera/http/detail/url_impl.hpp"
#include "tessera/http/detail/writer_impl.hpp"

#include "tessera/http/request_reader.hpp"
#include "tessera/http/response_reader.hpp"

namespace tessera::http::detail {

#ifdef TESSERA_SEPARATE_COMPILATION
template class message_reader<request_reader>;
template class message_reader<response_reader>;
#endif

}  // namespace tessera::http::detail
