#pragma once

// What the headers of this room only declare in separate compilation. To be included before any
// other header, by one source: tessera/src.hpp does.
#ifndef TESSERA_SOURCE
#define TESSERA_SOURCE
#endif
#include "tessera/http.hpp"

namespace tessera::http::detail {

#ifdef TESSERA_SEPARATE_COMPILATION
template class message_reader<request_reader>;
template class message_reader<response_reader>;
#endif

}  // namespace tessera::http::detail
