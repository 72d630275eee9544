#pragma once

// HTTP/1.1, server-sent events, URLs and forms as bytes and values: no sockets, no threads, no clock
// but where a parameter has one by default.
#include "tessera/http/date.hpp"
#include "tessera/http/fields.hpp"
#include "tessera/http/grammar.hpp"
#include "tessera/http/message.hpp"
#include "tessera/http/multipart.hpp"
#include "tessera/http/operation.hpp"
#include "tessera/http/reader_types.hpp"
#include "tessera/http/request_reader.hpp"
#include "tessera/http/response_reader.hpp"
#include "tessera/http/sse.hpp"
#include "tessera/http/url.hpp"
#include "tessera/http/writer.hpp"
