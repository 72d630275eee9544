// What the service refuses ends in the errors that every API has; a chat that streams.
#include <asio/use_future.hpp>
#include <map>

#include "tessera/openai/chat_accumulator.hpp"
#include "unit/emissary/client_fixture.hpp"

namespace tessera::emissary::test {
namespace {

const chat_request chat{.model = "d", .messages = {user("Hello.")}};

TEST_F(service, errors_are_typed_by_their_status_and_keep_their_code) {
    struct refusal {
        std::string body;
        error_kind kind;
        std::string code, message;
    };
    const std::map<int, refusal> refusals = {
        {400,
         {R"({"status":400,"error":"the name is taken"})", error_kind::bad_request, "",
          "the name is taken (HTTP 400)"}},
        {401,
         {R"({"status":401,"error":"Unauthorized"})", error_kind::authentication, "",
          "Unauthorized (HTTP 401)"}},
        {404,
         {R"({"status":404,"error":"Not found","code":"object_not_found"})", error_kind::not_found,
          "object_not_found", "Not found (HTTP 404)"}}};
    for (const auto& [status, wanted] : refusals) {
        serve([status = status, body = wanted.body](session& on, const received_request&, int) {
            on.answer(status, body);
        });
        const client api = at_service();
        const std::vector<error> errors = {
            api.models.try_retrieve("m").error(),
            api.projects.try_create().error(),
            api.projects.try_remove("p").error(),
            api.datasets.try_upload("p", {.file = file::of("a,b\n", "a.csv")}).error(),
            api.datasets.try_download("p", "d").error(),
            api.training_jobs.try_wait("p", "j").error(),
            api.training_jobs.try_watch("p", "j").error(),
            api.training_jobs.try_cancel("p", "j").error(),
            api.engines.try_deactivate("e").error(),
            api.deployments.async_try_wait("p", "d", asio::use_future).get().error(),
            api.deployments.async_try_watch("p", "d", asio::use_future).get().error(),
            api.chat.completions.try_create(chat).error(),
            api.chat.completions.try_stream(chat).error(),
            api.files.try_download(server_->url() + "/x").error()};
        for (std::size_t i = 0; i < errors.size(); ++i) {
            EXPECT_EQ(errors[i].kind, wanted.kind) << i;
            EXPECT_EQ(errors[i].status, status) << i;
            EXPECT_EQ(errors[i].code, wanted.code) << i;
            EXPECT_EQ(errors[i].message, wanted.message) << i;
            const auto body = body_as<error_body>(errors[i]);
            ASSERT_TRUE(body) << i;
            EXPECT_EQ(body->status, status) << i;
            EXPECT_EQ(body->code.value_or(""), wanted.code) << i;
        }
    }
}

TEST_F(service, a_bare_400_is_one_as_well) {
    serve([](session& on, const received_request&, int) {
        on.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    EXPECT_THROW(at_service().engines.reactivate("e"), bad_request_error);
}

TEST_F(service, an_id_that_is_none_is_not_asked_for) {
    serve([](session& on, const received_request&, int) { on.answer(500, "{}"); });
    const client api = at_service();
    for (const char* id : {"", "..", "."}) {
        EXPECT_EQ(api.projects.try_retrieve(id).error().kind, error_kind::invalid_argument);
        EXPECT_EQ(api.training_jobs.try_wait("p", id).error().kind, error_kind::invalid_argument);
        EXPECT_EQ(api.datasets.try_download(id, "d").error().kind, error_kind::invalid_argument);
    }
    EXPECT_EQ(server_->connections(), 0);
}

std::string chunk(const std::string& delta, const std::string& finish = "null",
                  const std::string& more = "") {
    return R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"d","choices":[{"index":0,"delta":)" +
           delta + R"(,"finish_reason":)" + finish + "}]" + more + "}\n\n";
}

TEST_F(service, chats_are_streamed_at_any_split) {
    const std::string text =
        chunk(R"({"role":"assistant","content":""})") + chunk(R"({"content":"In Zür"})") +
        chunk(R"({"content":"ich."})") +
        chunk("{}", R"("stop")",
              R"(,"usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":7})") +
        "data: [DONE]\n\n";
    serve([&](session& on, const received_request& asked, int n) {
        EXPECT_EQ(asked.body,
                  R"({"model":"d","messages":[{"role":"user","content":"Hello."}],"stream":true})");
        EXPECT_EQ(asked.header("accept"), "text/event-stream");
        on.stream_in_two(text, static_cast<std::size_t>(n));
    });
    const client api(unhurried());
    for (std::size_t split = 1; split < text.size(); ++split) {
        openai::chat_accumulator<openai::chat_response, openai::chat_chunk> answer;
        for (const auto& each : api.chat.completions.stream(chat)) answer.add(each);
        ASSERT_EQ(answer.response().text(), "In Zürich.") << split;
        ASSERT_EQ(answer.response().usage->total(), 7) << split;
    }
    EXPECT_EQ(server_->connections(), 1);
}

TEST_F(service, a_chat_that_breaks_off_says_why) {
    serve([](session& on, const received_request&, int n) {
        on.begin_stream();
        on.chunk(chunk(R"({"content":"In"})"));
        if (n == 1) on.event(R"({"status":500,"error":"the model went away"})");
        on.end_stream();
    });
    const client api = at_service();
    for (const error_kind kind : {error_kind::internal_server, error_kind::incomplete_stream}) {
        auto stream = api.chat.completions.stream(chat);
        EXPECT_EQ((*stream.next())->text(), "In");
        const auto broken = stream.next();
        ASSERT_FALSE(broken);
        EXPECT_EQ(broken.error().kind, kind);
    }
}

}  // namespace
}  // namespace tessera::emissary::test
