#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"
#include "tessera/http/grammar.hpp"
#include "tessera/http/url.hpp"

// The description of an operation: clients, server routes, OpenAPI documents and contract tests are
// made of it, and what it says is written nowhere else.
namespace tessera::http {

/// Where a request carries its credential: `scheme` and a blank in front of it, in the header
/// `header`. Without a header the operation needs none.
struct auth {
    std::string_view header{};  ///< in which it goes
    std::string_view scheme{};  ///< in front of the credential

    static const auth none;            ///< nowhere
    static const auth bearer;          ///< `authorization: Bearer`
    static const auth api_key_header;  ///< `x-api-key`
    constexpr bool operator==(const auth&) const = default;
};
inline constexpr auth auth::none{};
inline constexpr auth auth::bearer{"authorization", "Bearer"};
inline constexpr auth auth::api_key_header{"x-api-key", {}};

/// What a body is written in; a set of them where one operation answers in several.
enum class media : unsigned { json = 1, form = 2, text = 4, bytes = 8 };
/// A set of both.
constexpr media operator|(media left, media right) {
    return static_cast<media>(static_cast<unsigned>(left) | static_cast<unsigned>(right));
}
/// Whether a set has one.
constexpr bool includes(media set, media wanted) {
    return (static_cast<unsigned>(set) & static_cast<unsigned>(wanted)) != 0;
}

/// What ends an event stream in good order. The end of the body is an error unless `or_close` says
/// that it is a good end as well.
struct stream_end {
    std::string_view marker{};  ///< the data of an event that is not handed out
    std::string_view event{};   ///< the type of the event that is handed out last
    bool or_close = false;      ///< the body's end is a good end, too

    static const stream_end done_marker;  ///< "[DONE]"
    static const stream_end close;        ///< the body's end; "[DONE]" is taken as well
    /// An event of this type, which is handed out.
    static constexpr stream_end at_event(std::string_view type) { return {{}, type, false}; }
};
inline constexpr stream_end stream_end::done_marker{"[DONE]", {}, false};
inline constexpr stream_end stream_end::close{"[DONE]", {}, true};

/// How an error is told inside a stream, which ends with it.
enum class stream_error {
    none,    ///< not at all: every event is the caller's
    member,  ///< by an event whose JSON has the member `error`, not null
    event    ///< by an event of the type "error"
};

/// The stream of an operation that has one.
struct stream_rules {
    stream_end end = stream_end::done_marker;   ///< what ends it in good order
    stream_error error = stream_error::member;  ///< how an error is told
    std::string_view member =
        "stream";  ///< true in the request's body asks for the stream; empty: nothing there
    bool by_accept = false;  ///< `accept: text/event-stream` asks for it
};

/// A request's body.
struct body_rules {
    bool optional = false;              ///< it may be absent
    std::uint64_t most_bytes = 0;       ///< of the whole; 0: the server's general limit
    std::uint64_t most_file_bytes = 0;  ///< of one file of a form; 0: no limit of its own
    int too_large = 413;                ///< the status of what is larger
};

/// Whether a request that failed may be sent again.
enum class replay {
    by_method,  ///< as `safe`, but for POST and PATCH as `once`
    safe,       ///< reading, inference, deletion: sending it again does no harm
    once  ///< creating, starting, uploading: only if no byte went out, or the server did nothing
};

/// One operation. Request is the type of the body and Response that of the answer, void for none;
/// Chunk the type of a stream's events, void where there is no stream; Query and Headers are
/// described structs of the query's and the headers' parameters, void for none.
template <class Request, class Response, class Chunk = void, class Query = void,
          class Headers = void>
struct operation {
    /// Of the body.
    using request = Request;
    /// Of the answer.
    using response = Response;
    /// Of a stream's events.
    using chunk = Chunk;
    /// Of the query.
    using query = Query;
    /// Of header parameters.
    using headers = Headers;

    std::string_view id;      ///< of the OpenAPI document
    std::string_view method;  ///< such as "GET"
    /// Parameters in braces: "/v1/models/{model_id}". A query behind it is sent as it is, and tells
    /// operations of one path apart: "/v4/{app}?async=true".
    std::string_view path;
    auth authentication = auth::bearer;  ///< where the credential goes
    int status = 200;           ///< of success; a redirecting one (302) is handed out, not followed
    media takes = media::json;  ///< of the request's body
    media gives = media::json;  ///< of the answer
    std::string_view gives_by{};  ///< the request's member that chooses where `gives` is several
    stream_rules stream{};        ///< how it streams
    body_rules body{};            ///< what the request's body may be
    replay replays = replay::by_method;  ///< whether it may be sent again

    /// Whether it may be sent again whatever became of it.
    constexpr bool is_replayable() const {
        return replays == replay::safe ||
               (replays == replay::by_method && method != "POST" && method != "PATCH");
    }
    /// The path without its query.
    constexpr std::string_view path_pattern() const { return path.substr(0, path.find('?')); }
    /// The query that is a part of the path.
    constexpr std::string_view fixed_query() const {
        const std::size_t mark = path.find('?');
        return mark == path.npos ? std::string_view() : path.substr(mark + 1);
    }
};

/// Puts percent-encoded values in the place of a path's parameters, in order. Missing values leave
/// their parameter empty, surplus ones are ignored.
TESSERA_COLD_DECL std::string expand_path(std::string_view path,
                                          std::initializer_list<std::string_view> values);

}  // namespace tessera::http

#ifdef TESSERA_DEFINITIONS
#include "tessera/http/detail/operation_impl.hpp"
#endif
