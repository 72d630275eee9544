// Functions of Cerebrium, called over a connection.
#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <mutex>
#include <string>
#include <vector>

#include "integration/call_fixture.hpp"
#include "tessera/cerebrium.hpp"
#include "tessera/cerebrium/events.hpp"
#include "tessera/openai/tool_runner.hpp"

namespace tessera::test {
namespace {

struct greeting {
    std::string name{};
    std::optional<int> times{};
};
constexpr auto describe(json::type<greeting>) {
    return json::object<greeting>("Greeting", json::field("name", &greeting::name),
                                  json::field("times", &greeting::times));
}

struct count {
    int n = 0;
};
constexpr auto describe(json::type<count>) {
    return json::object<count>("Count", json::field("n", &count::n));
}

using script = std::function<void(session&, const received_request&, int)>;

class Functions : public testing::Test {
  protected:
    // A client of a server that answers each request so, and keeps what was asked.
    cerebrium::client& client_to(script answer) {
        server_.emplace(for_each_request(
            [this, answer = std::move(answer)](session& on, const received_request& asked, int n) {
                {
                    const std::lock_guard lock(mutex_);
                    asked_.push_back(asked);
                }
                answer(on, asked, n);
            }));
        client_options options = quick();
        options.api_key = "a.b.c";
        options.base_url = server_->url();
        return client_.emplace(options);
    }
    cerebrium::client& client_to_answer(int status, std::string body) {
        return client_to(
            [status, body](session& on, const received_request&, int) { on.answer(status, body); });
    }
    received_request asked(std::size_t i = 0) {
        const std::lock_guard lock(mutex_);
        return asked_.at(i);
    }
    std::size_t times_asked() {
        const std::lock_guard lock(mutex_);
        return asked_.size();
    }

  private:
    std::mutex mutex_;
    std::vector<received_request> asked_;
    std::optional<scripted_server> server_;
    std::optional<cerebrium::client> client_;
};

constexpr const char* greeted = R"({"run_id":"r1","run_time_ms":1.5,"result":{"name":"Ann"}})";

TEST_F(Functions, RunSendsParametersAndGivesTheResult) {
    const auto done =
        client_to_answer(200, greeted).run("p-1", "my app", "predict", {{"name", "Ann"}});
    EXPECT_EQ(done.result["name"], "Ann");
    EXPECT_EQ(done.run_id, "r1");
    EXPECT_EQ(done.run_time_ms, 1.5);
    EXPECT_EQ(done.info.status, 200);
    EXPECT_EQ(asked().head.method, "POST");
    EXPECT_EQ(asked().head.target, "/v4/p-1/my%20app/predict");
    EXPECT_EQ(asked().header("authorization"), "Bearer a.b.c");
    EXPECT_EQ(asked().header("accept"), "application/json");
    EXPECT_EQ(asked().body, R"({"name":"Ann"})");
}

TEST_F(Functions, RunTakesAndGivesDescribedTypes) {
    auto& client = client_to_answer(200, greeted);
    EXPECT_EQ(client.run<greeting>("p", "a", "f", greeting{.name = "Bob", .times = 2}).result.name,
              "Ann");
    EXPECT_EQ(asked().body, R"({"name":"Bob","times":2})");
    const json::value parameters = {{"n", 1}};
    EXPECT_EQ(client.run<greeting>("p", "a", "f", parameters).result.name, "Ann");
    EXPECT_EQ(client.run("p", "a", "f", greeting{}).result["name"], "Ann");
    client.run("p", "a", "f");
    EXPECT_EQ(asked(3).body, "{}");
}

TEST_F(Functions, RunTakesResultsOfEveryKind) {
    const auto given = [this](const std::string& result) -> cerebrium::client& {
        return client_to_answer(200, R"({"run_id":"r","result":)" + result + "}");
    };
    EXPECT_EQ(given("3").run<int>("p", "a", "f").result, 3);
    EXPECT_EQ(given(R"("x")").run<std::string>("p", "a", "f").result, "x");
    EXPECT_EQ(given("[1,2]").run<std::vector<int>>("p", "a", "f").result.size(), 2u);
    EXPECT_TRUE(given("null").run("p", "a", "f").result.is_null());
    EXPECT_EQ(given("1").run("p", "a", "f").run_time_ms, std::nullopt);
    const auto wrong = given(R"({"name":7})").try_run<greeting>("p", "a", "f");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().kind, error_kind::decode);
    EXPECT_NE(wrong.error().message.find("result.name"), std::string::npos)
        << wrong.error().message;
}

TEST_F(Functions, EveryFormOfRun) {
    auto& client = client_to_answer(200, greeted);
    const greeting parameters{.name = "Ann"};
    const call_options options{.headers = {{"x-mine", "1"}}};
    const auto function = client.function("p", "a", "f");
    EXPECT_EQ(client.run<greeting>("p", "a", "f", parameters, options).result.name, "Ann");
    EXPECT_EQ(client.try_run<greeting>("p", "a", "f", parameters, options)->result.name, "Ann");
    EXPECT_EQ(function.run<greeting>(parameters, options).result.name, "Ann");
    EXPECT_EQ(function.try_run<greeting>(parameters, options)->result.name, "Ann");
    using asio::use_future;
    EXPECT_EQ(client.async_run<greeting>("p", "a", "f", parameters, options, use_future)
                  .get()
                  .result.name,
              "Ann");
    EXPECT_EQ(client.async_run<greeting>("p", "a", "f", parameters, use_future).get().result.name,
              "Ann");
    EXPECT_EQ(client.async_try_run<greeting>("p", "a", "f", parameters, options, use_future)
                  .get()
                  ->result.name,
              "Ann");
    EXPECT_EQ(function.async_run<greeting>(parameters, use_future).get().result.name, "Ann");
    EXPECT_EQ(function.async_try_run<greeting>(parameters, options, use_future).get()->result.name,
              "Ann");
    for (std::size_t i = 0; i < times_asked(); ++i) {
        EXPECT_EQ(asked(i).head.target, "/v4/p/a/f");
        EXPECT_EQ(asked(i).body, R"({"name":"Ann"})");
    }
    EXPECT_EQ(times_asked(), 9u);
}

TEST_F(Functions, RunAwaitsInACoroutine) {
    auto& client = client_to_answer(200, greeted);
    asio::io_context context;
    auto later = asio::co_spawn(
        context,
        [&]() -> asio::awaitable<std::string> {
            const greeting parameters{.name = "Ann"};
            const auto function = client.function("p", "a", "f");
            const auto done =
                co_await function.async_run<greeting>(parameters, asio::use_awaitable);
            co_return done.result.name;
        },
        asio::use_future);
    context.run();
    EXPECT_EQ(later.get(), "Ann");
}

TEST_F(Functions, AsynchronousRunsAreAccepted) {
    auto& client = client_to_answer(202, R"({"run_id":"r9"})");
    EXPECT_EQ(client.run_async("p", "a", "f", {{"n", 1}}).run_id, "r9");
    EXPECT_EQ(asked().head.target, "/v4/p/a/f?async=true");
    EXPECT_EQ(asked().body, R"({"n":1})");
    const greeting parameters{.name = "Ann"};
    const auto function = client.function("p", "a", "f");
    EXPECT_EQ(function.try_run_async(parameters)->run_id, "r9");
    EXPECT_EQ(function.async_run_async(parameters, asio::use_future).get().run_id, "r9");
    EXPECT_EQ(function.async_try_run_async(parameters, asio::use_future).get()->run_id, "r9");
}

TEST_F(Functions, DeliveriesAreAskedForWithAnyCall) {
    auto& client = client_to_answer(202, R"({"run_id":"r9"})");
    (void)client.run_async("p", "a", "f", {{"n", 1}},
                           cerebrium::deliver_to("https://me.example/a?b=c&d", "key"));
    EXPECT_EQ(asked().head.target,
              "/v4/p/a/f?async=true&webhookEndpoint=https%3A%2F%2Fme.example%2Fa%3Fb%3Dc%26d");
    EXPECT_EQ(asked().header("x-webhook-secret"), "key");
}

TEST_F(Functions, StreamGivesLinesAsTheyAre) {
    auto& client = client_to([](session& on, const received_request&, int) {
        on.begin_stream();
        on.event("one");
        on.event("two words");
        on.event(R"({"error":"is data here"})");
        on.end_stream();
    });
    std::vector<std::string> lines;
    for (const auto& event : client.stream("p", "a", "f", {{"n", 3}})) lines.push_back(event.data);
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two words", R"({"error":"is data here"})"}));
    EXPECT_EQ(asked().header("accept"), "text/event-stream");
    EXPECT_EQ(asked().body, R"({"n":3})");
    EXPECT_EQ(asked().head.target, "/v4/p/a/f");
}

TEST_F(Functions, EveryFormOfStream) {
    auto& client = client_to([](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(R"({"n":1})");
        on.event(R"({"n":2})");
        on.event("[DONE]");
        on.end_stream();
    });
    const greeting parameters{.name = "Ann"};
    const auto function = client.function("p", "a", "f");
    const auto sum = [](auto stream) {
        int all = 0;
        for (const count& each : stream) all += each.n;
        return all;
    };
    EXPECT_EQ(sum(client.stream<count>("p", "a", "f", parameters)), 3);
    EXPECT_EQ(sum(std::move(client.try_stream<count>("p", "a", "f", parameters)).value()), 3);
    EXPECT_EQ(sum(function.stream<count>(parameters)), 3);
    auto stream = function.async_stream<count>(parameters, asio::use_future).get();
    EXPECT_EQ(stream.async_next(asio::use_future).get()->n, 1);
    EXPECT_EQ(stream.async_try_next(asio::use_future).get()->value().n, 2);
    EXPECT_EQ(stream.async_next(asio::use_future).get(), std::nullopt);
    const call_options options;
    auto tried = function.async_try_stream<count>(parameters, options, asio::use_future).get();
    ASSERT_TRUE(tried);
    EXPECT_EQ(tried->async_next(asio::use_future).get()->n, 1);
}

TEST_F(Functions, AStreamEndsInGoodOrderOrSaysThatItDidNot) {
    const auto stream_of = [this](script end) {
        return client_to([end](session& on, const received_request& asked, int n) {
                   on.begin_stream();
                   on.event("1");
                   end(on, asked, n);
               })
            .stream("p", "a", "f");
    };
    auto broken = stream_of([](session& on, const received_request&, int) { on.shut_down(); });
    ASSERT_TRUE(broken.next());
    const auto end = broken.next();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().kind, error_kind::incomplete_stream);
    EXPECT_EQ(end.error().body, "1\n");

    auto failed = stream_of([](session& on, const received_request&, int) {
        on.chunk("event: error\ndata: {\"error\":{\"message\":\"it broke\"},\"run_id\":\"r\"}\n\n");
        on.end_stream();
    });
    ASSERT_TRUE(failed.next());
    const auto told = failed.next();
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().kind, error_kind::api);
    EXPECT_NE(told.error().message.find("it broke"), std::string::npos);
}

TEST_F(Functions, ARunIsNotSentAgainUnlessTheCallerAllowsIt) {
    const auto fails_once = [](session& on, const received_request&, int n) {
        if (n % 2 == 1) return (void)on.answer(500, R"({"run_id":"r","message":"it broke"})");
        on.answer(200, greeted);
    };
    auto& client = client_to(fails_once);
    const auto failed = client.try_run("p", "a", "f");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, error_kind::internal_server);
    EXPECT_NE(failed.error().message.find("it broke"), std::string::npos);
    EXPECT_EQ(times_asked(), 1u);
    EXPECT_TRUE(client.try_run("p", "a", "f"));
    EXPECT_TRUE(client.try_run("p", "a", "f", {{"n", 1}}, {.allow_replay = true}));
    EXPECT_EQ(times_asked(), 4u);
}

TEST_F(Functions, AChatIsSentAgain) {
    auto& client = client_to([](session& on, const received_request&, int n) {
        if (n == 1) return (void)on.answer(500, "{}");
        on.answer(200, R"({"id":"c","created":1,"model":"m","choices":[]})");
    });
    const openai::chat_request request{.model = "m", .messages = {user("Hi")}};
    EXPECT_TRUE(client.function("p", "a", "f").chat.completions.try_create(request));
    EXPECT_EQ(times_asked(), 2u);
}

TEST_F(Functions, NamesGoIntoThePathAndNowhereElse) {
    auto& client = client_to_answer(200, greeted);
    (void)client.function("p/../q", "a?b", "f#g").run();
    EXPECT_EQ(asked().head.target, "/v4/p%2F..%2Fq/a%3Fb/f%23g");
    for (const char* name : {"", ".", ".."}) {
        const auto refused = client.try_run("p", name, "f");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, error_kind::invalid_argument);
    }
    EXPECT_EQ(times_asked(), 1u);
}

TEST_F(Functions, RegionsAndHostsAreUrls) {
    std::mutex mutex;
    std::vector<std::string> hosts;
    const auto host_of = [&](const std::string& base_url) {
        client_options options;
        options.max_retries = 0;
        options.base_url = base_url;
        options.resolve = [&](const std::string& host) {
            const std::lock_guard lock(mutex);
            hosts.push_back(host);
            return std::vector<std::string>();
        };
        (void)cerebrium::client(options).try_run("p", "a", "f");
        return hosts.back();
    };
    EXPECT_EQ(host_of(""), "api.aws.us-east-1.cerebrium.ai");
    EXPECT_EQ(host_of("aws.eu-west-2"), "api.aws.eu-west-2.cerebrium.ai");
    EXPECT_EQ(host_of("cortex"), "api.cortex.cerebrium.ai");
    EXPECT_EQ(host_of("https://gpu.example/api"), "gpu.example");
    for (const char* wrong : {"localhost:8090", "evil.example/", "a b", "u@h", "ftp://x"}) {
        client_options options;
        options.base_url = wrong;
        EXPECT_THROW(cerebrium::client{options}, invalid_argument_error) << wrong;
    }
}

TEST_F(Functions, AProviderGivesFreshTokens) {
    std::mutex mutex;
    int given = 0;
    scripted_server server(for_each_request([](session& on, const received_request& asked, int) {
        if (asked.header("authorization") == "Bearer t2") return (void)on.answer(200, greeted);
        on.answer(401, R"({"message":"the token has expired"})");
    }));
    client_options options = quick();
    options.base_url = server.url();
    options.api_key = credential::from([&](bool fresh) {
        const std::lock_guard lock(mutex);
        if (fresh || given == 0) ++given;
        return secret("t" + std::to_string(given));
    });
    const cerebrium::client client(options);
    EXPECT_EQ(client.run("p", "a", "f").info.attempts, 2);
    EXPECT_EQ(client.run("p", "a", "f").info.attempts, 1);
}

// What a function yields: chunks that all say "stop", and then nothing.
const std::string documented_stream = [] {
    std::string all;
    for (const char* text : {" The", " mist", "ral"})
        all += std::string("data: {\"id\":\"r\",\"object\":\"chat.completion\",\"created\":1,") +
               "\"model\":\"m\",\"choices\":[{\"text\":\"" + text +
               "\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n";
    return all;
}();

TEST_F(Functions, ChatsStreamUntilTheBodyEnds) {
    for (const std::string& ending : {std::string(), std::string("data: [DONE]\n\n")}) {
        const std::string body = documented_stream + ending;
        // Cuts close to each other, so that every byte is at one.
        for (std::size_t split = 1; split < body.size(); split += 1 + body.size() / 97) {
            auto& client = client_to([&](session& on, const received_request&, int) {
                on.begin_stream();
                on.chunk(body.substr(0, split));
                on.chunk(body.substr(split));
                on.end_stream();
            });
            const openai::chat_request request{.model = "m", .messages = {user("Hi")}};
            std::string text;
            for (const auto& chunk :
                 client.function("p", "a", "f").chat.completions.stream(request))
                text += chunk.text();
            EXPECT_EQ(text, " The mistral") << split;
        }
    }
}

TEST_F(Functions, ChatsAskInOpenAisForm) {
    auto& client = client_to([](session& on, const received_request& asked, int) {
        if (asked.body.find("stream") != std::string::npos) {
            on.begin_stream();
            on.chunk(documented_stream);
            return (void)on.end_stream();
        }
        on.answer(200, R"({"id":"c","created":1,"model":"other","object":"chat.completion",)"
                       R"("choices":[{"index":0,"finish_reason":"stop","message":)"
                       R"({"role":"assistant","content":"{\"name\":\"Oslo\"}"}}]})");
    });
    const auto chat = client.function("p", "a", "run").chat;
    const openai::chat_request request{.model = "m", .messages = {user("Hi")}};
    const auto reply = chat.completions.create(request);
    EXPECT_EQ(reply.text(), R"({"name":"Oslo"})");
    EXPECT_EQ(reply.model, "other");
    EXPECT_EQ(asked().head.target, "/v4/p/a/run/chat/completions");
    EXPECT_EQ(asked().body, R"({"model":"m","messages":[{"content":"Hi","role":"user"}]})");
    EXPECT_EQ(chat.completions.parse<greeting>(request).value.name, "Oslo");
    EXPECT_EQ(
        chat.completions.async_try_parse<greeting>(request, asio::use_future).get()->value.name,
        "Oslo");
    EXPECT_EQ(chat.completions.async_create(request, asio::use_future).get().model, "other");
    (void)chat.completions.create(request, {.webhook_endpoint = "https://me.example/"});
    EXPECT_EQ(asked(4).head.target,
              "/v4/p/a/run/chat/completions?webhookEndpoint=https%3A%2F%2Fme.example%2F");

    auto told = events(chat.completions.stream(request));
    std::string text;
    int finished = 0;
    for (const auto& event : told) {
        if (const auto* grown = std::get_if<openai::content_grown>(&event)) text += grown->delta;
        finished += std::holds_alternative<openai::choice_finished>(event);
    }
    EXPECT_EQ(text, " The mistral");
    EXPECT_EQ(finished, 1);
    EXPECT_EQ(told.response().text(), " The mistral");
    EXPECT_NE(asked(5).body.find(R"("stream":true)"), std::string::npos);
}

TEST_F(Functions, EmbeddingsComeInEitherForm) {
    auto& client = client_to_answer(
        200,
        R"({"object":"list","model":"m","data":[{"object":"embedding","index":0,)"
        R"("embedding":[0.5,-1]},{"object":"embedding","index":1,"embedding":"AAAAPwAAgL8="}],)"
        R"("usage":{"prompt_tokens":4,"total_tokens":4}})");
    const auto embeddings = client.function("p", "a", "f").embeddings;
    const openai::embedding_request request{.model = "m",
                                            .input = std::vector<std::string>{"one", "two"}};
    const auto got = embeddings.create(request);
    ASSERT_EQ(got.data.size(), 2u);
    for (const auto& each : got.data) {
        const std::span<const float> values = each.embedding.values();
        EXPECT_EQ(std::vector<float>(values.begin(), values.end()), (std::vector<float>{0.5, -1}));
    }
    EXPECT_EQ(asked().head.target, "/v4/p/a/f/embedding");
    EXPECT_EQ(asked().body, R"({"model":"m","input":["one","two"]})");
    EXPECT_EQ(embeddings.async_try_create(request, asio::use_future).get()->usage.total_tokens, 4);
}

TEST_F(Functions, ToolsRunInChats) {
    auto& client = client_to([](session& on, const received_request&, int n) {
        const std::string message =
            n == 1 ? R"("content":null,"tool_calls":[{"id":"t","type":"function","function":)"
                     R"({"name":"greet","arguments":"{\"name\":\"Ann\"}"}}])"
                   : R"("content":"done")";
        on.answer(200, R"({"id":"c","created":1,"model":"m","choices":[{"index":0,)"
                       R"("finish_reason":"stop","message":{"role":"assistant",)" +
                           message + "}}]}");
    });
    std::string greeted_one;
    openai::tool_runner runner(client.function("p", "a", "f").chat.completions,
                               openai::chat_request{.model = "m", .messages = {user("Hi")}},
                               {tool("greet", "Greets somebody.", [&](const greeting& who) {
                                   greeted_one = who.name;
                                   return who.name;
                               })});
    EXPECT_EQ(runner.run().text(), "done");
    EXPECT_EQ(greeted_one, "Ann");
    EXPECT_NE(asked(1).body.find(R"("role":"tool")"), std::string::npos) << asked(1).body;
}

}  // namespace
}  // namespace tessera::test
