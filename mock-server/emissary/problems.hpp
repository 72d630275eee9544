#pragma once
// What goes wrong with requests, and the form in which this API says so.
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/core/error.hpp"
#include "tessera/json/describe.hpp"
#include "tessera/json/issue.hpp"
#include "web/message.hpp"

namespace tessera::emissary {}

namespace tessera::server::emissary {

namespace wire = tessera::emissary;

/// Ends a request with a problem for an answer.
class refused : public std::exception {
  public:
    explicit refused(problem reason) : reason_(std::move(reason)) {}
    const char* what() const noexcept override { return reason_.message.c_str(); }
    const problem& reason() const { return reason_; }

  private:
    problem reason_;
};

/// What errors are sent as: all but a 404, and that.
struct api_error {
    std::int64_t status = 0;
    std::string error;
};
struct not_found_error {
    std::int64_t status = 404;
    std::string error;
    std::string code = "object_not_found";
};

constexpr auto describe(json::type<api_error>) {
    return json::object<api_error>("ApiErrorInvalidInput",
                                   json::field("status", &api_error::status),
                                   json::field("error", &api_error::error));
}
constexpr auto describe(json::type<not_found_error>) {
    using e = not_found_error;
    return json::object<e>("ApiErrorNotFound", json::field("status", &e::status),
                           json::field("error", &e::error), json::field("code", &e::code));
}

/// A text of the request's in quotation marks; of a long one the beginning.
std::string shown(std::string_view text);

/// 404: there is no `kind` ("dataset") of that id or name.
problem unknown(std::string_view kind, std::string_view id);
/// 400: what is wrong with the member `place` of the body ("parameters.learning_rate"), and what it
/// may be; an empty place is the request as a whole.
problem invalid_input(std::string_view place, std::string_view why);
/// 400: every issue with the name of its place.
problem invalid_input(std::span<const json::issue> issues);
/// What the store or the engine could not do.
problem failed(const error& why);

/// The error as it is sent.
answer explanation(const problem& reason);

}  // namespace tessera::server::emissary
