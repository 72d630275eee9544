#pragma once

#include "tessera/core/error.hpp"

namespace tessera {

TESSERA_DEF
void throw_error(error reason) {
    switch (reason.kind) {
        case error_kind::bad_request:
            throw bad_request_error(std::move(reason));
        case error_kind::authentication:
            throw authentication_error(std::move(reason));
        case error_kind::permission_denied:
            throw permission_denied_error(std::move(reason));
        case error_kind::not_found:
            throw not_found_error(std::move(reason));
        case error_kind::conflict:
            throw conflict_error(std::move(reason));
        case error_kind::unprocessable:
            throw unprocessable_error(std::move(reason));
        case error_kind::rate_limit:
            throw rate_limit_error(std::move(reason));
        case error_kind::internal_server:
            throw internal_server_error(std::move(reason));
        case error_kind::api:
            throw api_error(std::move(reason));
        case error_kind::connection:
            throw connection_error(std::move(reason));
        case error_kind::timeout:
            throw timeout_error(std::move(reason));
        case error_kind::tls:
            throw tls_error(std::move(reason));
        case error_kind::protocol:
            throw protocol_error(std::move(reason));
        case error_kind::incomplete_stream:
            throw incomplete_stream_error(std::move(reason));
        case error_kind::cancelled:
            throw cancelled_error(std::move(reason));
        case error_kind::decode:
            throw decode_error(std::move(reason));
        case error_kind::refusal:
            throw refusal_error(std::move(reason));
        case error_kind::incomplete_answer:
            throw incomplete_answer_error(std::move(reason));
        case error_kind::empty_answer:
            throw empty_answer_error(std::move(reason));
        case error_kind::tool_limit:
            throw tool_limit_error(std::move(reason));
        case error_kind::invalid_argument:
            break;
    }
    throw invalid_argument_error(std::move(reason));
}

TESSERA_DEF
std::exception_ptr make_exception_ptr(error reason) {
    try {
        throw_error(std::move(reason));
    } catch (...) {
        return std::current_exception();
    }
}

namespace detail {

TESSERA_DEF
error* boxed_error::box(error&& reason) { return new error(std::move(reason)); }

TESSERA_DEF
error* boxed_error::copy(const error& reason) { return new error(reason); }

TESSERA_DEF
void boxed_error::drop(error* held) noexcept { delete held; }

TESSERA_DEF
void boxed_error::raise() const { throw_error(*held_); }

TESSERA_DEF
boxed_error failed(error_kind kind, std::string_view message) { return failed(kind, {message}); }

TESSERA_DEF
boxed_error failed(error_kind kind, std::initializer_list<std::string_view> message) {
    error reason;
    reason.kind = kind;
    for (const std::string_view piece : message) reason.message += piece;
    return boxed_error(std::move(reason));
}

}  // namespace detail
}  // namespace tessera
