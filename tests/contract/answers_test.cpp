// What answers say of themselves, and that each way to one gives the same answer.
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "contract/service.hpp"

namespace tessera::contract {
namespace {

using cerebras::chat_request;
using cerebras::completion_request;

chat_request a_chat(std::int64_t tokens = 24) {
    chat_request made{.model = "llama3.1-8b", .messages = {user("Hi")}};
    made.max_completion_tokens = tokens;
    made.min_completion_tokens = tokens;
    made.seed = 11;
    return made;
}
completion_request a_completion(std::int64_t tokens = 24) {
    completion_request made{.model = "llama3.1-8b", .prompt = "ab"};
    made.max_tokens = tokens;
    made.min_tokens = tokens;
    made.seed = 11;
    return made;
}

// All that two answers to one request have in common.
template <class Answer>
std::string essence(Answer answer) {
    answer.id.clear();
    answer.created = 0;
    answer.time_info = {};
    openai::usage used;
    if constexpr (std::is_same_v<decltype(answer.usage), openai::usage>)
        used = answer.usage;
    else
        used = answer.usage.value();
    used.prompt_tokens_details = {};
    answer.usage = used;
    return json::encode(answer);
}

template <class Accumulator, class Resource, class Request>
auto accumulated(const Resource& resource, const Request& request) {
    Accumulator sum;
    for (const auto& chunk : resource.stream(request)) sum.add(chunk);
    return sum.response();
}

TEST(answers, of_a_chat_are_the_same_in_pieces) {
    chat_request request = a_chat();
    request.n = 3;
    request.service_tier = cerebras::service_tier::flex;
    const auto& resource = client().chat.completions;
    const auto same = [&] {
        const cerebras::chat_response whole = resource.create(request);
        EXPECT_EQ(essence(accumulated<cerebras::chat_accumulator>(resource, request)),
                  essence(whole));
    };
    same();
    request.logprobs = true;
    request.top_logprobs = 3;
    same();
    request.temperature = 2;
    request.frequency_penalty = 1;
    request.stop = std::vector<std::string>{"e", "t", "\n"};
    request.min_completion_tokens.reset();
    same();
}

TEST(answers, of_a_completion_are_the_same_in_pieces) {
    completion_request request = a_completion();
    request.prompt = std::vector<std::string>{"ab", "cd"};
    request.n = 2;
    const auto& resource = client().completions;
    const auto same = [&] {
        const cerebras::completion_response whole = resource.create(request);
        EXPECT_EQ(essence(accumulated<cerebras::completion_accumulator>(resource, request)),
                  essence(whole));
    };
    same();
    request.echo = true;
    request.logprobs = 2;
    same();
    request.return_raw_tokens = true;
    same();
    request.best_of = 2;
    request.presence_penalty = -1;
    request.stop = "e";
    request.min_tokens.reset();
    same();
}

TEST(answers, do_not_depend_on_what_else_is_asked) {
    const chat_request request = a_chat();
    const std::string alone(client().chat.completions.create(request).text());
    std::vector<std::future<response<cerebras::chat_response>>> among;
    for (int i = 0; i < 12; ++i) {
        chat_request other = request;
        if (i % 3 != 0) other.seed = 100 + i;
        among.push_back(client().chat.completions.async_create(other, asio::use_future));
    }
    for (int i = 0; i < 12; ++i) {
        const auto answer = among[static_cast<std::size_t>(i)].get();
        if (i % 3 == 0) {
            EXPECT_EQ(answer.text(), alone);
        } else {
            EXPECT_NE(answer.text(), alone);
        }
    }
}

TEST(answers, do_not_depend_on_the_prompt_cache) {
    static int runs = 0;
    std::string prompt = std::to_string(++runs);  // one that nobody sent before
    prompt.resize(320, 'q');
    completion_request request = a_completion();
    request.prompt = prompt;
    const auto first = client().completions.create(request);
    const auto second = client().completions.create(request);
    EXPECT_EQ(second.text(), first.text());
    EXPECT_EQ(second.usage->prompt_tokens, 320);
    EXPECT_EQ(first.usage->prompt_tokens_details->cached_tokens, 0);
    EXPECT_GT(second.usage->prompt_tokens_details->cached_tokens, 0);
    EXPECT_LT(second.usage->prompt_tokens_details->cached_tokens, 320);
}

TEST(answers, count_their_tokens) {
    chat_request talk = a_chat();
    talk.n = 2;
    talk.logprobs = true;
    const auto answer = client().chat.completions.create(talk);
    std::int64_t tokens = 0;
    for (const auto& choice : answer.choices)
        tokens += static_cast<std::int64_t>(choice.logprobs->content->size());
    EXPECT_EQ(answer.usage.completion_tokens, tokens);
    EXPECT_EQ(answer.usage.prompt_tokens, 6);
    EXPECT_EQ(answer.usage.total_tokens, 6 + tokens);
    EXPECT_EQ(answer.usage.completion_tokens_details->reasoning_tokens, 0);

    completion_request text = a_completion();
    text.prompt = std::vector<std::vector<int>>{{1, 2, 3}, {4}};
    text.return_raw_tokens = true;
    const auto raw = client().completions.create(text);
    tokens = 0;
    for (const auto& choice : raw.choices)
        tokens += static_cast<std::int64_t>(choice.tokens->size());
    EXPECT_EQ(raw.usage->completion_tokens, tokens);
    EXPECT_EQ(raw.usage->prompt_tokens, 4);
    EXPECT_EQ(raw.usage->total_tokens, 4 + tokens);
}

void is_measured(const cerebras::time_info& time, double seen_by_client) {
    EXPECT_GE(time.queue_time, 0);
    EXPECT_GT(time.prompt_time, 0);
    EXPECT_GT(time.completion_time, 0);
    EXPECT_GT(time.total_time, 0);
    EXPECT_LE(*time.queue_time + *time.prompt_time + *time.completion_time,
              *time.total_time * 1.001 + 0.001);
    EXPECT_LE(time.total_time, seen_by_client);
}

TEST(answers, measure_their_time) {
    // What is left over is the way between threads: little, when the machine has time.
    double least_rest = 1;
    for (int i = 0; i < 5; ++i) {
        const auto answer = client().chat.completions.create(a_chat(100));
        const std::chrono::duration<double> seen = answer.info.timings.total;
        is_measured(answer.time_info, seen.count());
        const cerebras::time_info& time = answer.time_info;
        const double parts = *time.queue_time + *time.prompt_time + *time.completion_time;
        least_rest = std::min(least_rest, (*time.total_time - parts) / *time.total_time);
    }
    EXPECT_LT(least_rest, 0.2);
    const auto began = std::chrono::steady_clock::now();
    const auto streamed =
        accumulated<cerebras::completion_accumulator>(client().completions, a_completion());
    const std::chrono::duration<double> seen = std::chrono::steady_clock::now() - began;
    is_measured(streamed.time_info.value(), seen.count());
}

TEST(answers, name_the_request_and_its_limits) {
    const auto first = client().chat.completions.create(a_chat(2));
    const auto second = client().chat.completions.create(a_chat(2));
    EXPECT_NE(first.info.request_id, second.info.request_id);
    EXPECT_NE(first.id, second.id);
    EXPECT_EQ(first.system_fingerprint, second.system_fingerprint);
    const auto day = second.info.rate_limit("requests-day");
    EXPECT_EQ(day.limit, server::cerebras_options().requests_per_day);
    EXPECT_LT(day.remaining, day.limit);
    EXPECT_GT(day.reset.value().count(), 0);
    EXPECT_LT(second.info.rate_limit("tokens-minute").remaining,
              second.info.rate_limit("tokens-minute").limit);
}

TEST(headers, delay_an_answer) {
    for (const char* seconds : {"0.12", "0"}) {
        call_options options;
        options.headers.set("X-delay-time", seconds);
        const auto began = std::chrono::steady_clock::now();
        EXPECT_EQ(client().chat.completions.create(a_chat(1), options).choices.size(), 1U);
        EXPECT_GE(std::chrono::steady_clock::now() - began,
                  std::chrono::duration<double>(std::stod(seconds)));
    }
    call_options options;
    options.headers.set("X-delay-time", "0.12");
    const auto began = std::chrono::steady_clock::now();
    auto stream = client().completions.stream(a_completion(), options);
    EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(120));
}

TEST(headers, of_the_network_are_taken) {
    call_options options;
    options.headers.set("X-Amz-Cf-Id", "a");
    options.headers.set("CF-RAY", "b");
    EXPECT_TRUE(client().chat.completions.try_create(a_chat(1), options));
    EXPECT_TRUE(client().models.try_list(options));
    EXPECT_TRUE(client().public_models.try_list(options));
}

// The model that comes with the project.
class bundled : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        const auto folder = server::bundled_model();
        if (!folder || !std::filesystem::exists(*folder / "model.safetensors")) return;
        server::options settings = tiny_options();
        settings.models = {};
        server_ = std::make_unique<running_server>(settings);
    }
    static void TearDownTestSuite() { server_.reset(); }
    void SetUp() override {
        if (!server_) GTEST_SKIP() << "there is no bundled model";
    }

    static std::unique_ptr<running_server> server_;
};
std::unique_ptr<running_server> bundled::server_;

TEST_F(bundled, answers_and_ends_its_turn) {
    const cerebras::client own(options_to(*server_));
    chat_request request{.model = "llama3.1-8b",
                         .messages = {user("What is the capital of France?")}};
    request.temperature = 0;
    request.max_completion_tokens = 60;
    const auto answer = own.chat.completions.create(request);
    EXPECT_NE(answer.text().find("Paris"), std::string_view::npos) << answer.text();
    EXPECT_EQ(answer.choices.at(0).finish_reason, cerebras::finish_reason::stop);
    EXPECT_LT(answer.usage.completion_tokens, 60);
    EXPECT_EQ(essence(accumulated<cerebras::chat_accumulator>(own.chat.completions, request)),
              essence<cerebras::chat_response>(answer));
    request.stop = "Paris";
    EXPECT_EQ(own.chat.completions.create(request).text().find("Paris"), std::string_view::npos);
}

TEST_F(bundled, is_the_same_among_others) {
    const cerebras::client own(options_to(*server_));
    chat_request request{.model = "gpt-oss-120b", .messages = {user("Tell me something.")}};
    request.seed = 3;
    request.max_completion_tokens = 30;
    const std::string alone(own.chat.completions.create(request).text());
    EXPECT_FALSE(alone.empty());
    std::vector<std::future<response<cerebras::chat_response>>> among;
    for (int i = 0; i < 6; ++i) {
        chat_request other = request;
        if (i % 2 == 1) other.seed = i + 10;
        among.push_back(own.chat.completions.async_create(other, asio::use_future));
    }
    for (int i = 0; i < 6; ++i) {
        const auto answer = among[static_cast<std::size_t>(i)].get();
        if (i % 2 == 0) {
            EXPECT_EQ(answer.text(), alone);
        }
    }
}

}  // namespace
}  // namespace tessera::contract
