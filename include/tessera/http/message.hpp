#pragma once

#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"
#include "tessera/http/fields.hpp"

namespace tessera::http {

/// The minor version of HTTP/1.x is kept as it was sent; 2 and more behave as 1.
struct request_head {
    std::string method;  ///< such as "GET"
    std::string target;  ///< as sent: origin, absolute, authority or asterisk form
    int minor = 1;       ///< of the version: 1 for HTTP/1.1
    fields headers;      ///< its fields
};

/// An answer without its body.
struct response_head {
    int status = 0;      ///< the number
    std::string reason;  ///< the phrase
    int minor = 1;       ///< of the version: 1 for HTTP/1.1
    fields headers;      ///< its fields
};

/// RFC 9110 section 15; "Unknown" for others.
constexpr std::string_view reason_phrase(int status) {
    switch (status) {
        case 100:
            return "Continue";
        case 101:
            return "Switching Protocols";
        case 102:
            return "Processing";
        case 103:
            return "Early Hints";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 203:
            return "Non-Authoritative Information";
        case 204:
            return "No Content";
        case 205:
            return "Reset Content";
        case 206:
            return "Partial Content";
        case 300:
            return "Multiple Choices";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 402:
            return "Payment Required";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 407:
            return "Proxy Authentication Required";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Content";
        case 424:
            return "Failed Dependency";
        case 425:
            return "Too Early";
        case 426:
            return "Upgrade Required";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 451:
            return "Unavailable For Legal Reasons";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Unknown";
    }
}

/// RFC 9112 section 9.3: whether the connection may carry another message after one with this head.
TESSERA_DECL bool wants_keep_alive(int minor, const fields& headers);

}  // namespace tessera::http

#ifdef TESSERA_DEFINITIONS
#include "tessera/http/detail/message_impl.hpp"
#endif
