#pragma once

#include <chrono>
#include <exception>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/core/linkage.hpp"

namespace tessera {

/// What went wrong, in one word. to_string() gives the word.
enum class error_kind {
    bad_request,        ///< 400
    authentication,     ///< 401, or no key could be had
    permission_denied,  ///< 403
    not_found,          ///< 404
    conflict,           ///< 409
    unprocessable,      ///< 422
    rate_limit,         ///< 429
    internal_server,    ///< 500 to 599
    api,                ///< any other HTTP status that is not a success
    connection,         ///< none could be made, or it broke
    timeout,            ///< a deadline passed
    tls,                ///< the server is not who it should be, or the handshake failed
    protocol,           ///< what came is no HTTP, or too much
    incomplete_stream,  ///< a stream ended before its end
    cancelled,          ///< the caller wanted it no more
    decode,             ///< an answer is not what its type describes
    refusal,            ///< the model declined to answer
    incomplete_answer,  ///< the model was cut off: by a token limit, or by a filter
    empty_answer,       ///< the model said nothing that could be read
    tool_limit,         ///< the model goes on calling tools
    invalid_argument    ///< what was asked cannot be done
};

/// The name of an enumerator, as it is spelled here.
constexpr std::string_view to_string(error_kind kind) {
    switch (kind) {
        case error_kind::bad_request:
            return "bad_request";
        case error_kind::authentication:
            return "authentication";
        case error_kind::permission_denied:
            return "permission_denied";
        case error_kind::not_found:
            return "not_found";
        case error_kind::conflict:
            return "conflict";
        case error_kind::unprocessable:
            return "unprocessable";
        case error_kind::rate_limit:
            return "rate_limit";
        case error_kind::internal_server:
            return "internal_server";
        case error_kind::api:
            return "api";
        case error_kind::connection:
            return "connection";
        case error_kind::timeout:
            return "timeout";
        case error_kind::tls:
            return "tls";
        case error_kind::protocol:
            return "protocol";
        case error_kind::incomplete_stream:
            return "incomplete_stream";
        case error_kind::cancelled:
            return "cancelled";
        case error_kind::decode:
            return "decode";
        case error_kind::refusal:
            return "refusal";
        case error_kind::incomplete_answer:
            return "incomplete_answer";
        case error_kind::empty_answer:
            return "empty_answer";
        case error_kind::tool_limit:
            return "tool_limit";
        case error_kind::invalid_argument:
            return "invalid_argument";
    }
    return "unknown";
}

/// The kind of an answer that is not a success, by its HTTP status.
constexpr error_kind kind_of_status(int status) {
    switch (status) {
        case 400:
            return error_kind::bad_request;
        case 401:
            return error_kind::authentication;
        case 403:
            return error_kind::permission_denied;
        case 404:
            return error_kind::not_found;
        case 409:
            return error_kind::conflict;
        case 422:
            return error_kind::unprocessable;
        case 429:
            return error_kind::rate_limit;
        default:
            return status >= 500 && status <= 599 ? error_kind::internal_server : error_kind::api;
    }
}

/// What went wrong with a call, as a value. `message` is one sentence for people.
struct error {
    error_kind kind = error_kind::invalid_argument;  ///< what went wrong, in one word
    std::string message{};                           ///< what went wrong, for people
    int status = 0;                                  ///< HTTP status, 0 when there was no answer
    std::string request_id{};                        ///< empty when the server named none
    int attempts = 0;                                ///< requests sent, retries included
    /// The raw body of an API error or of an answer that could not be used; the text so far of an
    /// incomplete stream; the conversation so far (JSON) of a tool_limit.
    std::string body{};
    /// The pause that the server asked for.
    std::optional<std::chrono::milliseconds> retry_after{};
    /// What the API says of its error, as it spells it; empty where it says nothing.
    std::string type{};
    std::string code{};   ///< a stable word
    std::string param{};  ///< the part of the request that is at fault
};

/// The base of everything the throwing forms throw. Copies share one error and never throw.
class exception : public std::runtime_error {
  public:
    /// Made of the error that it is about.
    explicit exception(tessera::error reason)
        : std::runtime_error(reason.message), error_(new tessera::error(std::move(reason))) {}

    /// What went wrong.
    const tessera::error& error() const noexcept { return *error_; }
    /// What went wrong, in one word.
    error_kind kind() const noexcept { return error_->kind; }

  private:
    std::shared_ptr<const tessera::error> error_;
};

/// The server answered with a status that is not a success.
class api_error : public exception {
  public:
    using exception::exception;
    /// The HTTP status; 0 for an error inside a stream that names none.
    int status() const noexcept { return error().status; }
};

/// 400.
class bad_request_error : public api_error {
  public:
    using api_error::api_error;
};
/// 401, or no key could be had.
class authentication_error : public api_error {
  public:
    using api_error::api_error;
};
/// 403.
class permission_denied_error : public api_error {
  public:
    using api_error::api_error;
};
/// 404.
class not_found_error : public api_error {
  public:
    using api_error::api_error;
};
/// 409.
class conflict_error : public api_error {
  public:
    using api_error::api_error;
};
/// 422.
class unprocessable_error : public api_error {
  public:
    using api_error::api_error;
};
/// 429.
class rate_limit_error : public api_error {
  public:
    using api_error::api_error;
};
/// 500 to 599.
class internal_server_error : public api_error {
  public:
    using api_error::api_error;
};

/// No connection could be made, or it broke.
class connection_error : public exception {
  public:
    using exception::exception;
};
/// A deadline passed.
class timeout_error : public exception {
  public:
    using exception::exception;
};
/// The server is not who it should be, or the handshake failed.
class tls_error : public exception {
  public:
    using exception::exception;
};
/// What came is no HTTP, or too much.
class protocol_error : public exception {
  public:
    using exception::exception;
};
/// A stream ended before its end.
class incomplete_stream_error : public exception {
  public:
    using exception::exception;
};
/// The caller wanted it no more.
class cancelled_error : public exception {
  public:
    using exception::exception;
};
/// An answer is not what its type describes.
class decode_error : public exception {
  public:
    using exception::exception;
};
/// The model declined to answer.
class refusal_error : public exception {
  public:
    using exception::exception;
};
/// The model was cut off: by a token limit, or by a filter.
class incomplete_answer_error : public exception {
  public:
    using exception::exception;
};
/// The model said nothing that could be read.
class empty_answer_error : public exception {
  public:
    using exception::exception;
};
/// The model goes on calling tools.
class tool_limit_error : public exception {
  public:
    using exception::exception;
};
/// What was asked cannot be done.
class invalid_argument_error : public exception {
  public:
    using exception::exception;
};

/// Throws the exception class of the error's kind.
TESSERA_COLD_DECL [[noreturn]] void throw_error(error reason);

/// The exception that throw_error() throws.
TESSERA_COLD_DECL std::exception_ptr make_exception_ptr(error reason);

namespace detail {

// An error or none, in one pointer: what a result costs where all went well.
class boxed_error {
  public:
    boxed_error() noexcept = default;
    explicit boxed_error(error&& reason) : held_(box(std::move(reason))) {}
    boxed_error(const boxed_error& other) : held_(other.held_ ? copy(*other.held_) : nullptr) {}
    boxed_error(boxed_error&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    boxed_error& operator=(boxed_error other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    ~boxed_error() {
        if (held_) drop(held_);
    }

    explicit operator bool() const noexcept { return held_ != nullptr; }
    error& operator*() const noexcept { return *held_; }
    error* operator->() const noexcept { return held_; }
    // As throw_error().
    TESSERA_COLD_DECL [[noreturn]] void raise() const;

  private:
    TESSERA_COLD_DECL static error* box(error&& reason);
    TESSERA_COLD_DECL static error* copy(const error& reason);
    TESSERA_COLD_DECL static void drop(error* held) noexcept;

    error* held_ = nullptr;
};

// The message, or its pieces.
TESSERA_COLD_DECL boxed_error failed(error_kind kind, std::string_view message);
TESSERA_COLD_DECL boxed_error failed(error_kind kind,
                                     std::initializer_list<std::string_view> message);

}  // namespace detail
}  // namespace tessera

#ifdef TESSERA_DEFINITIONS
#include "tessera/core/detail/error_impl.hpp"
#endif
