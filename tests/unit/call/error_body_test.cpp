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
    EXPECT_EQ(message(R"({"detail":[{"loc":["body","messages",0,"role"],"msg":"m","type":"enum"}]})"),
              "body.messages.0.role: m (HTTP 400)");
    for (const char* body : {"", "no json", "[]", "7", "{}", R"({"detail":[]})", R"({"error":null})", R"({"detail":[7]})"})
        EXPECT_EQ(message(body), "Bad Request (HTTP 400)") << body;
    EXPECT_EQ(error_of_answer(404, "x").body, "x");
    EXPECT_EQ(error_of_answer(404, "x").kind, error_kind::not_found);
}

TEST(ErrorOfEvent, KnowsTheCommonForms) {
    EXPECT_FALSE(error_of_event(event(R"({"choices":[]})")));
    EXPECT_FALSE(error_of_event(event(R"({"text":"\"error\": so says the model"})")));
    EXPECT_FALSE(error_of_event(event(R"({"error":null,"text":"x"})")));
    const auto coded = error_of_event(event(R"({"status_code":503,"error":{"message":"m"}})"));
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->kind, error_kind::internal_server);
    EXPECT_EQ(coded->status, 503);
    EXPECT_EQ(error_of_event(event(R"({"error":{"code":429}})"))->kind, error_kind::rate_limit);
    EXPECT_EQ(error_of_event(event(R"({"type":"error","error":{"type":"overloaded_error","message":"m"}})", "error"))
                  ->status,
              529);
    EXPECT_EQ(error_of_event(event(R"({"error":{"type":"invalid_request_error"}})"))->kind, error_kind::bad_request);
    EXPECT_EQ(error_of_event(event(R"({"error":"gone"})"))->kind, error_kind::api);
    EXPECT_EQ(error_of_event(event("no json", "error"))->kind, error_kind::api);
}

}  // namespace
}  // namespace tessera::call
