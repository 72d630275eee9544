#include "tessera/call/error_body.hpp"

#include <gtest/gtest.h>

namespace tessera::call {
namespace {

http::sse_event event(std::string data, std::string type = "message") {
    return {std::move(type), std::move(data), ""};
}

TEST(ErrorOfAnswer, FindsTheMessage) {
    const auto message = [](std::string_view body) { return error_of_answer(400, body).message; };
    EXPECT_EQ(message(R"({"error":{"message":"m","type":"t"}})"), "m (HTTP 400)");
    EXPECT_EQ(message(R"({"message":"m"})"), "m (HTTP 400)");
    EXPECT_EQ(message(R"({"detail":"m"})"), "m (HTTP 400)");
    EXPECT_EQ(message(R"({"error":"m"})"), "m (HTTP 400)");
    EXPECT_EQ(
        message(R"({"detail":[{"loc":["body","messages",0,"role"],"msg":"m","type":"enum"}]})"),
        "body.messages.0.role: m (HTTP 400)");
    for (const char* body : {"", "no json", "[]", "7", "{}", R"({"detail":[]})",
                             R"({"error":null})", R"({"detail":[7]})"})
        EXPECT_EQ(message(body), "Bad Request (HTTP 400)") << body;
    EXPECT_EQ(error_of_answer(404, "x").body, "x");
    EXPECT_EQ(error_of_answer(404, "x").kind, error_kind::not_found);
}

TEST(ErrorOfAnswer, PlainTextIsTheMessage) {
    const auto message = [](std::string_view body, std::string_view type) {
        return error_of_answer(400, body, type).message;
    };
    EXPECT_EQ(message("OAuth error: access_denied\n", "text/plain; charset=utf-8"),
              "OAuth error: access_denied (HTTP 400)");
    EXPECT_EQ(message("<html>no</html>", "text/html"), "Bad Request (HTTP 400)");
    EXPECT_EQ(message(" \n", "text/plain"), "Bad Request (HTTP 400)");
    EXPECT_EQ(message(R"({"error":{"message":"m"}})", "text/plain"), "m (HTTP 400)");
    EXPECT_LT(message(std::string(100000, 'x'), "text/plain").size(), 300u);
}

TEST(ErrorOfAnswer, SaysWhatTheApiSays) {
    const error flat =
        error_of_answer(401, R"({"message":"m","type":"t","param":"api_key","code":"c"})");
    EXPECT_EQ(flat.type, "t");
    EXPECT_EQ(flat.param, "api_key");
    EXPECT_EQ(flat.code, "c");
    const error nested =
        error_of_answer(400, R"({"error":{"message":"m","type":"t","param":null,"code":429}})");
    EXPECT_EQ(nested.type, "t");
    EXPECT_EQ(nested.param, "");
    EXPECT_EQ(nested.code, "429");
    const error issue = error_of_answer(
        422, R"({"detail":[{"loc":["body","messages",0,"role"],"msg":"m","type":"enum"}]})");
    EXPECT_EQ(issue.type, "enum");
    EXPECT_EQ(issue.param, "body.messages.0.role");
    const error none = error_of_answer(500, "[]");
    EXPECT_EQ(none.type + none.param + none.code, "");
}

struct own_body {
    std::string reason;
    std::int64_t level;
};
constexpr auto describe(json::type<own_body>) {
    return json::object<own_body>("OwnBody", json::field("reason", &own_body::reason),
                                  json::field("level", &own_body::level));
}

TEST(BodyAs, GivesTheApisOwnType) {
    const auto body = body_as<own_body>(error_of_answer(418, R"({"reason":"teapot","level":3})"));
    ASSERT_TRUE(body);
    EXPECT_EQ(body->reason, "teapot");
    EXPECT_EQ(body->level, 3);
    EXPECT_FALSE(body_as<own_body>(error_of_answer(418, R"({"reason":"teapot"})")));
    EXPECT_FALSE(body_as<own_body>(error_of_answer(418, "no json")));
}

TEST(ErrorOfEvent, MembersAreErrorsWhereTheApiSaysSo) {
    const auto told = [](const http::sse_event& by) {
        return error_of_event(by, http::stream_error::member);
    };
    EXPECT_FALSE(told(event(R"({"choices":[]})")));
    EXPECT_FALSE(told(event(R"({"text":"\"error\": so says the model"})")));
    EXPECT_FALSE(told(event(R"({"error":null,"text":"x"})")));
    const auto coded = told(event(R"({"status_code":503,"error":{"message":"m","code":"busy"}})"));
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->kind, error_kind::internal_server);
    EXPECT_EQ(coded->status, 503);
    EXPECT_EQ(coded->code, "busy");
    const auto flat = told(event(R"({"status":404,"error":"gone","code":"object_not_found"})"));
    ASSERT_TRUE(flat);
    EXPECT_EQ(flat->kind, error_kind::not_found);
    EXPECT_EQ(flat->code, "object_not_found");
    EXPECT_NE(flat->message.find("gone"), std::string::npos);
    EXPECT_EQ(told(event(R"({"error":{"code":429}})"))->kind, error_kind::rate_limit);
    EXPECT_EQ(told(event(R"({"error":{"type":"invalid_request_error"}})"))->kind,
              error_kind::bad_request);
    EXPECT_EQ(told(event(R"({"error":"gone"})"))->kind, error_kind::api);
    EXPECT_FALSE(told(event("no json", "error")));
}

TEST(ErrorOfEvent, NamedEventsAreErrorsWhereTheApiSaysSo) {
    const auto told = [](const http::sse_event& by) {
        return error_of_event(by, http::stream_error::event);
    };
    EXPECT_EQ(told(event(R"({"type":"error","error":{"type":"overloaded_error","message":"m"}})",
                         "error"))
                  ->status,
              529);
    const auto status = [&](const std::string& type) {
        return told(event(R"({"error":{"type":")" + type + "\"}}", "error"))->status;
    };
    EXPECT_EQ(status("model_not_found"), 404);
    EXPECT_EQ(status("request_too_large"), 413);
    EXPECT_EQ(status("api_error"), 500);
    EXPECT_EQ(status("provider_error"), 502);
    EXPECT_EQ(told(event("no json", "error"))->kind, error_kind::api);
    EXPECT_FALSE(told(event(R"({"error":{"message":"of a tool, which is the caller's matter"}})")));
}

TEST(ErrorOfEvent, NothingIsAnErrorWhereTheApiSaysNothing) {
    EXPECT_FALSE(
        error_of_event(event(R"({"error":{"code":429}})", "error"), http::stream_error::none));
}

}  // namespace
}  // namespace tessera::call
