#include "tessera/core/error.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tessera/core/result.hpp"

namespace {

using tessera::error;
using tessera::error_kind;

template <class Thrown>
void expect_thrown(error_kind kind) {
    try {
        tessera::throw_error({.kind = kind, .message = "why", .status = 418});
    } catch (const Thrown& caught) {
        EXPECT_EQ(caught.kind(), kind);
        EXPECT_STREQ(caught.what(), "why");
        EXPECT_EQ(caught.error().status, 418);
        return;
    } catch (const std::exception&) {
    }
    FAIL() << "another class for " << to_string(kind);
}

TEST(error, each_kind_throws_its_own_class) {
    expect_thrown<tessera::bad_request_error>(error_kind::bad_request);
    expect_thrown<tessera::authentication_error>(error_kind::authentication);
    expect_thrown<tessera::permission_denied_error>(error_kind::permission_denied);
    expect_thrown<tessera::not_found_error>(error_kind::not_found);
    expect_thrown<tessera::conflict_error>(error_kind::conflict);
    expect_thrown<tessera::unprocessable_error>(error_kind::unprocessable);
    expect_thrown<tessera::rate_limit_error>(error_kind::rate_limit);
    expect_thrown<tessera::internal_server_error>(error_kind::internal_server);
    expect_thrown<tessera::api_error>(error_kind::api);
    expect_thrown<tessera::connection_error>(error_kind::connection);
    expect_thrown<tessera::timeout_error>(error_kind::timeout);
    expect_thrown<tessera::tls_error>(error_kind::tls);
    expect_thrown<tessera::protocol_error>(error_kind::protocol);
    expect_thrown<tessera::incomplete_stream_error>(error_kind::incomplete_stream);
    expect_thrown<tessera::cancelled_error>(error_kind::cancelled);
    expect_thrown<tessera::decode_error>(error_kind::decode);
    expect_thrown<tessera::refusal_error>(error_kind::refusal);
    expect_thrown<tessera::incomplete_answer_error>(error_kind::incomplete_answer);
    expect_thrown<tessera::empty_answer_error>(error_kind::empty_answer);
    expect_thrown<tessera::tool_limit_error>(error_kind::tool_limit);
    expect_thrown<tessera::invalid_argument_error>(error_kind::invalid_argument);
}

TEST(error, statuses_are_api_errors_and_the_rest_is_not) {
    expect_thrown<tessera::api_error>(error_kind::rate_limit);
    EXPECT_FALSE((std::is_base_of_v<tessera::api_error, tessera::timeout_error>));
}

TEST(error, kinds_follow_from_the_status) {
    EXPECT_EQ(tessera::kind_of_status(400), error_kind::bad_request);
    EXPECT_EQ(tessera::kind_of_status(401), error_kind::authentication);
    EXPECT_EQ(tessera::kind_of_status(403), error_kind::permission_denied);
    EXPECT_EQ(tessera::kind_of_status(404), error_kind::not_found);
    EXPECT_EQ(tessera::kind_of_status(409), error_kind::conflict);
    EXPECT_EQ(tessera::kind_of_status(422), error_kind::unprocessable);
    EXPECT_EQ(tessera::kind_of_status(429), error_kind::rate_limit);
    EXPECT_EQ(tessera::kind_of_status(500), error_kind::internal_server);
    EXPECT_EQ(tessera::kind_of_status(599), error_kind::internal_server);
    EXPECT_EQ(tessera::kind_of_status(600), error_kind::api);
    EXPECT_EQ(tessera::kind_of_status(418), error_kind::api);
}

TEST(error, an_exception_pointer_holds_the_same_class) {
    const auto held = tessera::make_exception_ptr({.kind = error_kind::tls, .message = "expired"});
    EXPECT_THROW(std::rethrow_exception(held), tessera::tls_error);
}

TEST(error, exceptions_are_copied_without_throwing) {
    EXPECT_TRUE(std::is_nothrow_copy_constructible_v<tessera::exception>);
    EXPECT_TRUE(std::is_nothrow_copy_constructible_v<tessera::rate_limit_error>);
}

TEST(result, holds_a_value_or_an_error) {
    tessera::result<std::string> good = "text";
    ASSERT_TRUE(good);
    EXPECT_EQ(*good, "text");
    EXPECT_EQ(good->size(), 4u);
    EXPECT_EQ(std::move(good).value(), "text");

    const tessera::result<std::string> bad = error{.kind = error_kind::timeout, .message = "late"};
    ASSERT_FALSE(bad.has_value());
    EXPECT_EQ(bad.error().kind, error_kind::timeout);
    EXPECT_THROW((void)bad.value(), tessera::timeout_error);
}

TEST(result, of_nothing_is_good_by_default) {
    const tessera::result<void> good;
    EXPECT_TRUE(good);
    good.value();
    const tessera::result<void> bad = error{.kind = error_kind::protocol};
    EXPECT_FALSE(bad);
    EXPECT_THROW(bad.value(), tessera::protocol_error);
}

TEST(result, takes_what_can_only_be_moved) {
    tessera::result<std::unique_ptr<int>> owned = std::make_unique<int>(3);
    const std::unique_ptr<int> taken = *std::move(owned);
    EXPECT_EQ(*taken, 3);
}

}  // namespace
