// Conversations with tools, between the client and a scripted model.
#include <gtest/gtest.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "integration/call_fixture.hpp"
#include "tessera/cerebras.hpp"
#include "tessera/openai/tool_runner.hpp"

namespace tessera::test {
namespace {

struct place {
    std::string city{};
};
constexpr auto describe(json::type<place>) {
    return json::object<place>("Place", json::field("city", &place::city));
}

std::string answer_of(json::value message) {
    const bool calls = message.contains("tool_calls");
    message["role"] = "assistant";
    return json::value{{"id", "a"},
                       {"created", 1},
                       {"model", "m"},
                       {"system_fingerprint", "f"},
                       {"object", "chat.completion"},
                       {"usage", json::value::object()},
                       {"time_info", json::value::object()},
                       {"choices",
                        {{{"index", 0},
                          {"finish_reason", calls ? "tool_calls" : "stop"},
                          {"message", std::move(message)}}}}}
        .dump();
}

json::value calls_of(const std::vector<std::string>& cities, const std::string& name = "weather") {
    json::value message = json::value::object();
    for (std::size_t i = 0; i < cities.size(); ++i)
        message["tool_calls"].push_back(
            {{"id", "call-" + cities[i]},
             {"type", "function"},
             {"function",
              {{"name", name}, {"arguments", json::value{{"city", cities[i]}}.dump()}}}});
    return message;
}

// A model that calls `weather` for two cities and then says what it was told.
void converse(session& on, const received_request& request, int) {
    const json::value messages = json::value::parse(request.body)["messages"];
    std::string told;
    for (const json::value& each : messages)
        if (each["role"] == "tool")
            told += each["tool_call_id"].get<std::string>() + "=" +
                    each["content"].get<std::string>() + ";";
    json::value said;
    if (told.empty())
        said = calls_of({"Oslo", "Rome"});
    else
        said["content"] = told;
    on.answer(200, answer_of(said));
}

class Tools : public testing::Test {
  protected:
    using script = std::function<void(session&, const received_request&, int)>;

    void serve(script answer) {
        server_.emplace(for_each_request([this, answer = std::move(answer)](
                                             session& on, const received_request& request, int n) {
            {
                const std::lock_guard lock(mutex_);
                requests_.push_back(json::value::parse(request.body));
            }
            answer(on, request, n);
        }));
        client_options options = quick();
        options.base_url = server_->url();
        options.api_key = secret("k");
        client_.emplace(options);
    }
    auto runner(openai::toolbox tools, openai::tool_runner_options options = {}) {
        return openai::tool_runner(client_->chat.completions, request_, std::move(tools),
                                   std::move(options));
    }
    openai::function_tool weather() {
        return tool("weather", "Looks outside.", [this](const place& where) {
            ++runs_;
            return "rain in " + where.city;
        });
    }

    cerebras::chat_request request_{.model = "m", .messages = {user("Weather?")}};
    std::atomic<int> runs_{0};
    std::mutex mutex_;
    std::vector<json::value> requests_;
    std::optional<scripted_server> server_;
    std::optional<cerebras::client> client_;
};

const std::string both = "call-Oslo=rain in Oslo;call-Rome=rain in Rome;";

TEST_F(Tools, CallsAndResultsGoBackAndForth) {
    serve(converse);
    auto talk = runner({weather()});
    EXPECT_EQ(talk.run().text(), both);
    EXPECT_EQ(runs_, 2);
    ASSERT_EQ(requests_.size(), 2u);
    EXPECT_EQ(requests_[0]["tools"][0]["function"]["name"], "weather");
    EXPECT_EQ(requests_[1]["messages"].size(), 4u);
    EXPECT_EQ(requests_[1]["messages"][1]["tool_calls"].size(), 2u);
    EXPECT_EQ(talk.request().messages.size(), 5u);
    // The conversation goes on where it was.
    talk.request().messages.push_back(user("And now?"));
    EXPECT_EQ(talk.run().text(), both);
    EXPECT_EQ(requests_[2]["messages"].size(), 6u);
}

TEST_F(Tools, CallsOfOneAnswerRunAtTheSameTime) {
    serve(converse);
    gate first, second;
    const auto meets = tool("weather", "", [&](const place& where) {
        (where.city == "Oslo" ? first : second).open();
        (where.city == "Oslo" ? second : first).wait();
        return "rain in " + where.city;
    });
    EXPECT_EQ(runner({meets}, {.max_threads = 2}).run().text(), both);
}

TEST_F(Tools, OneThreadIsEnough) {
    serve(converse);
    EXPECT_EQ(runner({weather()}, {.max_threads = 1}).run().text(), both);
}

TEST_F(Tools, RetriedRequestsRunNoToolTwice) {
    serve([](session& on, const received_request& request, int n) {
        if (n % 2 == 1) return (void)on.answer(500, "{}");
        converse(on, request, n);
    });
    EXPECT_EQ(runner({weather()}).run().text(), both);
    EXPECT_EQ(requests_.size(), 4u);
    EXPECT_EQ(runs_, 2);
}

TEST_F(Tools, ARunThatFailedIsTakenUpWithoutRunningAToolTwice) {
    serve([](session& on, const received_request& request, int n) {
        if (n == 2) return (void)on.answer(400, R"({"message":"no"})");
        converse(on, request, n);
    });
    auto talk = runner({weather()});
    EXPECT_EQ(talk.try_run().error().kind, error_kind::bad_request);
    EXPECT_EQ(talk.request().messages.size(), 4u);
    EXPECT_EQ(talk.run().text(), both);
    EXPECT_EQ(runs_, 2);
}

TEST_F(Tools, FailuresAreTheModelsToRead) {
    serve(converse);
    const auto fails = tool("weather", "", [](const place& where) -> std::string {
        if (where.city == "Oslo") throw std::runtime_error("no window");
        return "sun";
    });
    EXPECT_EQ(runner({fails}).run().text(), R"(call-Oslo={"error":"no window"};call-Rome=sun;)");
    EXPECT_EQ(runner({}).run().text().substr(0, 33), R"(call-Oslo={"error":"there is no t)");
    EXPECT_FALSE(requests_.back().contains("tools"));
}

TEST_F(Tools, TheLimitOfRoundsCarriesTheConversation) {
    serve([](session& on, const received_request&, int n) {
        on.answer(200, answer_of(calls_of({std::to_string(n)})));
    });
    auto talk = runner({weather()}, {.max_rounds = 3});
    const auto said = talk.try_run();
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().kind, error_kind::tool_limit);
    EXPECT_EQ(requests_.size(), 3u);
    // Nobody would read the result of the last call: it waits.
    EXPECT_EQ(runs_, 2);
    const auto so_far = json::decode_text<std::vector<openai::message>>(said.error().body);
    ASSERT_TRUE(so_far);
    EXPECT_EQ(so_far->size(), 6u);
    EXPECT_EQ(json::encode(*so_far), json::encode(talk.request().messages));
    EXPECT_THROW((void)talk.run(), tool_limit_error);
    EXPECT_EQ(runs_, 5);
}

TEST_F(Tools, AStopRequestEndsTheRunAndTellsTheTools) {
    serve(converse);
    std::stop_source stop;
    const auto waits = tool("weather", "", [&](const place&, std::stop_token told) {
        stop.request_stop();
        ++runs_;
        return told.stop_requested() ? "stopped" : "not told";
    });
    auto talk = runner({waits}, {.max_threads = 1, .call = {.stop = stop.get_token()}});
    const auto said = talk.try_run();
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().kind, error_kind::cancelled);
    EXPECT_EQ(runs_, 1);
    EXPECT_EQ(requests_.size(), 1u);
}

TEST_F(Tools, AsynchronousRuns) {
    serve(converse);
    asio::io_context context;
    auto one = runner({weather()});
    auto later = one.async_run(asio::use_future);
    auto other = runner({weather()});
    std::optional<result<response<cerebras::chat_response>>> said;
    other.async_try_run(asio::bind_executor(
        context,
        [&](result<response<cerebras::chat_response>> answer) { said = std::move(answer); }));
    context.run();
    ASSERT_TRUE(said && *said);
    EXPECT_EQ((*said)->text(), both);
    EXPECT_EQ(later.get().text(), both);
    EXPECT_EQ(runs_, 4);
}

TEST_F(Tools, ARunOutlivesItsRunner) {
    serve(converse);
    auto later = runner({weather()}).async_run(asio::use_future);
    EXPECT_EQ(later.get().text(), both);
}

TEST_F(Tools, AwaitableToolsTakeTurns) {
    serve(converse);
    int arrived = 0;
    std::shared_ptr<asio::steady_timer> meeting;
    const auto meets = tool("weather", "", [&](place where) -> asio::awaitable<std::string> {
        if (!meeting)
            meeting = std::make_shared<asio::steady_timer>(
                co_await asio::this_coro::executor, std::chrono::steady_clock::time_point::max());
        const auto timer = meeting;
        std::error_code ignored;
        if (++arrived == 2) timer->cancel();
        while (arrived < 2)
            co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        co_return "rain in " + where.city;
    });
    asio::io_context context;
    auto talk = runner({meets});
    const auto converse_alone = [&]() -> asio::awaitable<std::string> {
        const auto reply = co_await talk.async_run(asio::use_awaitable);
        co_return std::string(reply.text());
    };
    auto later = asio::co_spawn(context, converse_alone(), asio::use_future);
    context.run();
    meeting.reset();
    EXPECT_EQ(later.get(), both);
}

TEST_F(Tools, ACancellationSlotEndsTheRun) {
    asio::cancellation_signal signal;
    asio::io_context context;
    serve([&](session& on, const received_request&, int) {
        asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
        on.wait_for_close();
    });
    auto talk = runner({weather()});
    std::optional<error> reason;
    talk.async_try_run(asio::bind_cancellation_slot(
        signal.slot(),
        asio::bind_executor(context, [&](result<response<cerebras::chat_response>> answer) {
            reason = answer.error();
        })));
    context.run();
    ASSERT_TRUE(reason);
    EXPECT_EQ(reason->kind, error_kind::cancelled);
}

}  // namespace
}  // namespace tessera::test
