// The server as programs have it inside: by its public header alone.
#include <gtest/gtest.h>

#include <clocale>
#include <csignal>
#include <cstdlib>
#include <future>

#include "support.hpp"
#include "support/manual_clock.hpp"
#include "tessera/server.hpp"

namespace tessera::server::testing {
namespace {
namespace local_tests {

using std::chrono::seconds;

const std::string completions = "/cerebras/v1/completions";

local_options tiny() { return {.models = {tiny_model()}}; }

raw_response ask(const local& of, const std::string& bytes, std::string_view method = "GET") {
    raw_client client(of.port());
    client.send(bytes);
    return client.receive(method);
}

std::string completion(const json::value& more, const std::string& key) {
    json::value body = {{"model", "llama3.1-8b"}, {"prompt", "a"}, {"max_tokens", 8}};
    body.update(more);
    return post_of(completions, json::encode(body), "authorization: Bearer " + key + "\r\n");
}

raw_response complete(const local& of, const json::value& more = json::value::object()) {
    return ask(of, completion(more, of.api_key("cerebras")), "POST");
}

// Asks for a stream of so many tokens, and reads its first.
void begin_stream(raw_client& client, int tokens, json::value more = json::value::object()) {
    more.update({{"max_tokens", tokens}, {"min_tokens", tokens}, {"stream", true}});
    client.send(completion(more, cerebras_options().api_key));
    while (client.unread().find("data:") == std::string_view::npos && client.more()) {
    }
}

// What the constructor says of options that it refuses.
std::string refusal_of(local_options options) {
    try {
        const local made(std::move(options));
    } catch (const std::runtime_error& thrown) {
        return thrown.what();
    }
    return "nothing";
}

TEST(local, several_run_at_once_each_with_its_own_key) {
    std::vector<local> all;
    for (const char* key : {"one", "two", "three"}) {
        local_options options = tiny();
        options.keys = {{"cerebras", key}};
        all.emplace_back(std::move(options));
    }
    for (const local& each : all) {
        EXPECT_EQ(each.url(), "http://127.0.0.1:" + std::to_string(each.port()));
        EXPECT_EQ(each.url("cerebras"), each.url() + "/cerebras");
        for (const local& other : all)
            EXPECT_EQ(
                ask(each, completion(json::value::object(), other.api_key("cerebras")), "POST")
                    .status,
                &each == &other ? 200 : 401);
    }
    all.erase(all.begin());
    EXPECT_EQ(complete(all.front()).status, 200);
}

TEST(local, says_what_it_is_made_of) {
    const local one(tiny());
    EXPECT_EQ(one.apis(),
              (std::vector<std::string>{"cerebras", "cerebrium", "cortex", "emissary"}));
    EXPECT_EQ(one.models(), std::vector<std::filesystem::path>{tiny_model()});
    EXPECT_EQ(one.seed(), 1U);
    EXPECT_EQ(&one.clock(), &tessera::clock::system());
    EXPECT_EQ(one.api_key("cerebras"), cerebras_options().api_key);
    EXPECT_THROW(one.url("_tessera"), std::invalid_argument);
    EXPECT_THROW(one.api_key("other"), std::invalid_argument);
}

TEST(local, one_seed_gives_the_same_answers_again) {
    const auto two_answers = [](std::optional<std::uint64_t> seed) {
        local_options options = tiny();
        options.seed = seed;
        const local made(std::move(options));
        EXPECT_EQ(made.seed(), seed.value_or(made.seed()));
        std::string all;
        for (int i = 0; i < 2; ++i) {
            const json::value answer = complete(made).json();
            all += answer["id"].get<std::string>() + answer["choices"].dump();
        }
        return std::pair(all, made.seed());
    };
    const auto first = two_answers(std::nullopt);
    EXPECT_EQ(two_answers(first.second), first);
    EXPECT_NE(two_answers(first.second + 1).first, first.first);
}

TEST(local, goes_by_the_clock_that_it_is_given) {
    test::manual_clock clock;
    local_options options = tiny();
    options.clock = &clock;
    options.config = R"({"cerebras": {"requests_per_day": 1}})";
    const local made(std::move(options));
    EXPECT_EQ(&made.clock(), &clock);
    const raw_response first = complete(made);
    EXPECT_EQ(first.json()["created"], 1'700'000'000);
    EXPECT_EQ(first.header("date"), "Tue, 14 Nov 2023 22:13:20 GMT");
    const raw_response refused = complete(made);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.header("retry-after"), "6400");
    clock.advance(seconds(6400));
    const raw_response next = complete(made);
    EXPECT_EQ(next.status, 200);
    EXPECT_EQ(next.header("date"), "Wed, 15 Nov 2023 00:00:00 GMT");
}

TEST(local, may_stand_before_another_server) {
    const local behind(tiny());
    local_options options;
    options.upstream = {.url = behind.url("cerebras"),
                        .api_key = behind.api_key("cerebras"),
                        .model = "llama3.1-8b"};
    const local made(std::move(options));
    EXPECT_TRUE(made.models().empty());
    EXPECT_EQ(complete(made).json()["usage"]["completion_tokens"], 8);
}

TEST(local, a_wrong_setting_is_named) {
    const auto with = [](auto change) {
        local_options options = tiny();
        change(options);
        return refusal_of(std::move(options));
    };
    const auto says = [](const std::string& text, std::initializer_list<const char*> parts) {
        for (const char* each : parts)
            EXPECT_NE(text.find(each), std::string::npos) << each << " is not in: " << text;
    };
    says(with([](auto& o) { o.config = R"({"cerebras": {"api_keys": "k"}})"; }),
         {"config", "cerebras.api_keys"});
    says(with([](auto& o) { o.config = "{"; }), {"config"});
    says(with([](auto& o) { o.config_file = "/absent.json"; }), {"/absent.json"});
    says(with([](auto& o) { o.keys = {{"cerebra", "k"}}; }), {"keys", "cerebra"});
    says(with([](auto& o) { o.keys = {{"cerebras", ""}}; }), {"keys", "cerebras.api_key"});
    says(with([](auto& o) { o.api = "other"; }), {"other"});
    says(with([](auto& o) { o.models = {"/absent"}; }), {"/absent"});
    const local made(tiny());
    says(with([&](auto& o) { o.port = made.port(); }), {std::to_string(made.port()).c_str()});
}

TEST(local, settings_go_from_the_file_to_the_text_to_the_keys) {
    const tessera::testing::temporary_folder folder("tessera-local");
    const auto file = folder.path() / "settings.json";
    std::ofstream(file) << R"({"cerebras": {"api_key": "of-file", "requests_per_day": 7}})";
    local_options options = tiny();
    options.config_file = file;
    options.config = R"({"cerebras": {"api_key": "of-text", "tokens_per_minute": 9}})";
    EXPECT_EQ(local(options).api_key("cerebras"), "of-text");
    options.keys = {{"cerebras", "own"}};
    const local made(options);
    EXPECT_EQ(made.api_key("cerebras"), "own");
    const raw_response got = complete(made);
    EXPECT_EQ(got.header("x-ratelimit-limit-requests-day"), "7");
    EXPECT_EQ(got.header("x-ratelimit-limit-tokens-minute"), "9");
}

TEST(local, stops_at_once_whatever_is_open) {
    local made(tiny());
    const std::uint16_t port = made.port();
    const auto idle = std::make_unique<raw_client>(port);
    // The one is more than all buffers hold and is not read; the other comes in ten minutes.
    raw_client unread(port);
    begin_stream(unread, 2000, {{"n", 8}, {"logprobs", 20}});
    raw_client late(port);
    late.send(post_of(completions, R"({"model":"llama3.1-8b","prompt":"a"})",
                      key_line + "x-delay-time: 600\r\n"));
    EXPECT_EQ(ask(made, head_of("GET", "/_tessera/health")).status, 200);
    auto stopped = std::async(std::launch::async, [&] { made.stop(); });
    EXPECT_EQ(stopped.wait_for(seconds(20)), std::future_status::ready);
    EXPECT_FALSE(unread.receive("POST").whole);
    EXPECT_FALSE(late.receive("POST").whole);
    EXPECT_TRUE(idle->ends());
    EXPECT_THROW(raw_client{port}, std::system_error);
    made.stop();
    EXPECT_EQ(made.port(), port);
}

TEST(local, a_stop_with_time_lets_an_answer_end) {
    local made(tiny());
    raw_client client(made.port());
    begin_stream(client, 300);
    auto stopped = std::async(std::launch::async, [&] { made.stop(std::chrono::minutes(10)); });
    const raw_response got = client.receive("POST");
    EXPECT_TRUE(got.whole);
    EXPECT_EQ(got.chunks().back()["choices"][0]["finish_reason"], "length");
    client.close();
    stopped.get();
}

TEST(local, leaves_the_process_as_it_was) {
    struct state {
        std::vector<void (*)(int)> handlers;
        sigset_t mask;
        std::string locale = std::setlocale(LC_ALL, nullptr);

        state() {
            for (int signal = 1; signal < SIGRTMIN; ++signal) {
                struct sigaction action {};
                sigaction(signal, nullptr, &action);
                handlers.push_back(action.sa_handler);
            }
            sigemptyset(&mask);
            pthread_sigmask(SIG_BLOCK, nullptr, &mask);
        }
    };
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const state before;
    {
        local made(tiny());
        // Written to after it is gone, with what SIGPIPE does by default.
        raw_client client(made.port());
        begin_stream(client, 2000);
        client.close();
        while (ask(made, head_of("GET", "/_tessera/health")).json()["models"][0]["running"] != 0) {
        }
        EXPECT_EQ(complete(made).status, 200);
    }
    const state after;
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(after.handlers, before.handlers);
    EXPECT_EQ(after.locale, before.locale);
    for (int signal = 1; signal < SIGRTMIN; ++signal)
        EXPECT_EQ(sigismember(&after.mask, signal), sigismember(&before.mask, signal)) << signal;
}

TEST(local, finds_the_bundled_model_where_it_is_told) {
    const local_options without_model;
    EXPECT_EQ(local(without_model).models().at(0).filename(), "bundled");
    ASSERT_EQ(setenv("TESSERA_BUNDLED_MODEL", tiny_model().c_str(), 1), 0);
    EXPECT_EQ(local(without_model).models().at(0), tiny_model());
    ASSERT_EQ(setenv("TESSERA_BUNDLED_MODEL", "/absent", 1), 0);
    EXPECT_NE(refusal_of(without_model).find("/absent"), std::string::npos);
    unsetenv("TESSERA_BUNDLED_MODEL");
}

}  // namespace local_tests
}  // namespace
}  // namespace tessera::server::testing
