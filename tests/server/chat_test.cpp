// Chat completions on a model that says random bytes.
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "support.hpp"

namespace tessera::server::testing {
namespace {
namespace chat_tests {

json::value body_of(const json::value& more = json::value::object()) {
    json::value body = {
        {"model", "llama3.1-8b"},
        {"messages",
         {{{"role", "system"}, {"content", "Be brief."}}, {{"role", "user"}, {"content", "Hi"}}}},
        {"max_completion_tokens", 24},
        {"seed", 5}};
    body.update(more);
    return body;
}

raw_response post(const json::value& more = json::value::object()) {
    return running_server::shared().post("/cerebras/v1/chat/completions", body_of(more));
}

std::string content_of(const json::value& answer, std::size_t choice = 0) {
    return answer["choices"][choice]["message"]["content"];
}

// What the chunks of a stream say together, by choice.
struct gathered {
    std::map<int, std::string> content;
    std::map<int, std::string> finish;
    std::map<int, std::vector<json::value>> logprobs;
    json::value last;
};

gathered gather(const raw_response& got) {
    EXPECT_EQ(got.header("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_TRUE(got.whole);
    gathered all;
    for (const json::value& chunk : got.chunks()) {
        EXPECT_EQ(chunk["object"], "chat.completion.chunk");
        EXPECT_EQ(chunk["choices"].size(), 1U);
        const json::value& choice = chunk["choices"][0];
        const int index = choice["index"];
        if (!all.content.contains(index)) {
            EXPECT_EQ(choice["delta"]["role"], "assistant");
        }
        EXPECT_FALSE(all.finish.contains(index)) << "a chunk after the end";
        all.content[index] += choice["delta"].value("content", "");
        if (choice.contains("finish_reason")) all.finish[index] = choice["finish_reason"];
        if (choice.contains("logprobs"))
            for (const auto& each : choice["logprobs"]["content"])
                all.logprobs[index].push_back(each);
        EXPECT_EQ(all.last.contains("usage"), false) << "usage before the last chunk";
        all.last = chunk;
    }
    return all;
}

TEST(chat, an_answer_is_whole) {
    const raw_response got = post();
    ASSERT_EQ(got.status, 200) << got.body;
    const json::value answer = got.json();
    EXPECT_EQ(answer["object"], "chat.completion");
    EXPECT_EQ(answer["model"], "llama3.1-8b");
    EXPECT_TRUE(answer["id"].get<std::string>().starts_with("chatcmpl-"));
    EXPECT_TRUE(answer["system_fingerprint"].get<std::string>().starts_with("fp_"));
    EXPECT_GT(answer["created"], 1'700'000'000);
    EXPECT_EQ(answer["choices"].size(), 1U);
    EXPECT_EQ(answer["choices"][0]["message"]["role"], "assistant");
    const json::value& usage = answer["usage"];
    // <|start|> <|system|> 9 bytes <|end|> <|user|> 2 bytes <|end|> <|assistant|>
    EXPECT_EQ(usage["prompt_tokens"], 17);
    EXPECT_LE(usage["completion_tokens"], 24);
    EXPECT_EQ(usage["total_tokens"].get<int>(), 17 + usage["completion_tokens"].get<int>());
    EXPECT_EQ(usage["completion_tokens_details"]["reasoning_tokens"], 0);
    const json::value& time = answer["time_info"];
    EXPECT_GT(time["prompt_time"], 0);
    EXPECT_GE(time["total_time"].get<double>(),
              time["prompt_time"].get<double>() + time["completion_time"].get<double>());
}

TEST(chat, the_same_seed_gives_the_same_bytes_and_another_does_not) {
    const std::string first = content_of(post().json());
    EXPECT_FALSE(first.empty());
    EXPECT_EQ(content_of(post().json()), first);
    EXPECT_NE(content_of(post({{"seed", 6}}).json()), first);
    EXPECT_NE(content_of(post({{"seed", nullptr}}).json()),
              content_of(post({{"seed", nullptr}}).json()));
    EXPECT_EQ(content_of(post({{"seed", -1}}).json()), content_of(post({{"seed", -1}}).json()));
}

TEST(chat, a_server_with_a_seed_repeats_unseeded_requests) {
    running_server one;
    running_server other;
    const json::value unseeded = body_of({{"seed", nullptr}});
    const std::string path = "/cerebras/v1/chat/completions";
    const json::value first = one.post(path, unseeded).json();
    const json::value same = other.post(path, unseeded).json();
    EXPECT_EQ(content_of(first), content_of(same));
    EXPECT_EQ(first["id"], same["id"]);
}

TEST(chat, alone_or_among_others_the_bytes_are_the_same) {
    const std::string alone = content_of(post().json());
    std::vector<std::string> among(12);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < among.size(); ++i)
        threads.emplace_back([&, i] {
            among[i] = content_of(
                post(i % 3 == 0 ? json::value::object() : json::value{{"seed", i}}).json());
        });
    for (auto& each : threads) each.join();
    for (std::size_t i = 0; i < among.size(); i += 3) EXPECT_EQ(among[i], alone);
}

TEST(chat, choices_are_each_their_own_and_counted_together) {
    const json::value one = post().json();
    const json::value three = post({{"n", 3}}).json();
    ASSERT_EQ(three["choices"].size(), 3U);
    EXPECT_EQ(content_of(three, 0), content_of(one));
    EXPECT_NE(content_of(three, 1), content_of(three, 0));
    EXPECT_NE(content_of(three, 2), content_of(three, 1));
    EXPECT_EQ(three["usage"]["prompt_tokens"], 17);
    EXPECT_GT(three["usage"]["completion_tokens"], one["usage"]["completion_tokens"]);
}

TEST(chat, a_stream_says_the_same_as_an_answer) {
    const json::value whole = post({{"n", 2}, {"service_tier", "auto"}}).json();
    const gathered parts = gather(post({{"n", 2}, {"service_tier", "auto"}, {"stream", true}}));
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(parts.content.at(i), content_of(whole, static_cast<std::size_t>(i)));
        EXPECT_EQ(json::value(parts.finish.at(i)),
                  whole["choices"][static_cast<std::size_t>(i)]["finish_reason"]);
    }
    EXPECT_EQ(parts.last["usage"]["total_tokens"], whole["usage"]["total_tokens"]);
    EXPECT_EQ(parts.last["service_tier"], "default");
    EXPECT_GT(parts.last["time_info"]["total_time"], 0);
    EXPECT_EQ(parts.last["system_fingerprint"], whole["system_fingerprint"]);
}

TEST(chat, usage_may_be_left_out_of_a_stream) {
    const json::value off = {{"stream", true}, {"stream_options", {{"include_usage", false}}}};
    const gathered without = gather(post(off));
    EXPECT_FALSE(without.last.contains("usage"));
    EXPECT_TRUE(without.last.contains("time_info"));
}

TEST(chat, a_stream_for_http_1_0_ends_with_the_connection) {
    const std::string body = json::encode(body_of({{"stream", true}}));
    raw_client client(running_server::shared().port());
    client.send(
        "POST /cerebras/v1/chat/completions HTTP/1.0\r\ncontent-type: application/json\r\n" +
        key_line + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const raw_response got = client.receive("POST");
    EXPECT_EQ(got.header("transfer-encoding"), "(absent)");
    EXPECT_EQ(got.header("connection"), "close");
    gather(got);
}

TEST(chat, length_ends_an_answer) {
    const json::value answer = post({{"max_completion_tokens", 3}, {"min_tokens", 3}}).json();
    EXPECT_EQ(answer["choices"][0]["finish_reason"], "length");
    EXPECT_EQ(answer["usage"]["completion_tokens"], 3);
    const json::value nothing = post({{"max_completion_tokens", 0}}).json();
    EXPECT_EQ(nothing["choices"][0]["finish_reason"], "length");
    EXPECT_EQ(content_of(nothing), "");
    EXPECT_EQ(nothing["usage"]["completion_tokens"], 0);
    const json::value twin =
        post({{"max_completion_tokens", nullptr}, {"max_tokens", 3}, {"min_tokens", -1}}).json();
    EXPECT_EQ(twin["usage"]["completion_tokens"], 3);
    const json::value both = post({{"max_completion_tokens", 3}, {"max_tokens", 3}}).json();
    EXPECT_LE(both["usage"]["completion_tokens"], 3);
}

TEST(chat, without_a_bound_an_answer_fills_the_context) {
    const json::value answer =
        post({{"max_completion_tokens", -1}, {"min_completion_tokens", -1}, {"temperature", 0}})
            .json();
    EXPECT_EQ(answer["usage"]["total_tokens"], 2048);
    EXPECT_EQ(answer["choices"][0]["finish_reason"], "length");
}

// Four letters are what the bias leaves, so that stop sequences are plain text.
json::value letters() {
    json::value bias = json::value::object();
    for (int id = 0; id < 264; ++id)
        if (id < 'a' || id > 'd') bias[std::to_string(id)] = -100;
    return bias;
}

TEST(chat, logit_bias_bans_and_chooses) {
    const std::string few = content_of(post({{"logit_bias", letters()}}).json());
    EXPECT_EQ(few.size(), 24U);
    EXPECT_EQ(few.find_first_not_of("abcd"), std::string::npos) << few;
    const json::value one = post({{"logit_bias", {{"98", 100}}}, {"temperature", 0}}).json();
    const std::string same = content_of(one);
    EXPECT_EQ(same, std::string(24, 'b'));
}

TEST(chat, stop_sequences_end_an_answer_and_never_show) {
    json::value sampling = {{"logit_bias", letters()}, {"max_completion_tokens", 60}};
    const std::string all = content_of(post(sampling).json());
    ASSERT_EQ(all.size(), 60U);
    for (const std::size_t length : {1U, 2U, 3U, 5U}) {
        const std::string stop = all.substr(30, length);
        const std::string expected = all.substr(0, all.find(stop));
        sampling["stop"] = length % 2 == 1 ? json::value(stop) : json::value{"never", stop};
        sampling["logprobs"] = true;
        const json::value answer = post(sampling).json();
        EXPECT_EQ(content_of(answer), expected) << stop;
        EXPECT_EQ(answer["choices"][0]["finish_reason"], "stop");
        std::string tokens;
        for (const auto& each : answer["choices"][0]["logprobs"]["content"])
            tokens += each["token"];
        EXPECT_EQ(tokens, expected);
        json::value streamed = sampling;
        streamed["stream"] = true;
        const gathered parts = gather(post(streamed));
        EXPECT_EQ(parts.content.at(0), expected);
        EXPECT_EQ(parts.finish.at(0), "stop");
    }
}

TEST(chat, text_that_only_begins_like_a_stop_sequence_is_not_lost) {
    json::value sampling = {{"logit_bias", letters()}, {"max_completion_tokens", 30}};
    const std::string all = content_of(post(sampling).json());
    sampling["stop"] = all.substr(all.size() - 3) + "zz";
    EXPECT_EQ(content_of(post(sampling).json()), all);
    sampling["stream"] = true;
    EXPECT_EQ(gather(post(sampling)).content.at(0), all);
}

TEST(chat, log_probabilities_are_of_the_tokens_and_their_rivals) {
    const json::value sampling = {
        {"logprobs", true}, {"top_logprobs", 3}, {"temperature", 0}, {"min_tokens", 24}};
    const json::value answer = post(sampling).json();
    const json::value& content = answer["choices"][0]["logprobs"]["content"];
    EXPECT_EQ(content.size(), 24U);
    for (const auto& each : content) {
        ASSERT_EQ(each["top_logprobs"].size(), 3U);
        EXPECT_LT(each["logprob"], 0);
        double before = 0;
        for (const auto& rival : each["top_logprobs"]) {
            EXPECT_LE(rival["logprob"].get<double>(), before);
            before = rival["logprob"];
        }
        // Greedy: the chosen one is the likeliest, unless an end token was held off.
        EXPECT_LE(each["logprob"].get<double>(), each["top_logprobs"][0]["logprob"].get<double>());
        for (const auto& byte : each["bytes"]) EXPECT_LT(byte, 256);
    }
    json::value streamed = sampling;
    streamed["stream"] = true;
    const gathered parts = gather(post(streamed));
    EXPECT_EQ(json::value(parts.logprobs.at(0)), content);
    EXPECT_FALSE(post().json()["choices"][0].contains("logprobs"));
}

TEST(chat, penalties_change_what_is_said) {
    const json::value plain = {
        {"temperature", 0}, {"max_completion_tokens", 60}, {"min_tokens", 60}};
    json::value penalised = plain;
    penalised["frequency_penalty"] = 2;
    penalised["presence_penalty"] = 2;
    EXPECT_NE(content_of(post(plain).json()), content_of(post(penalised).json()));
    json::value top = plain;
    top["temperature"] = 2;
    top["top_p"] = 0;
    EXPECT_EQ(content_of(post(top).json()), content_of(post(plain).json()));
}

TEST(chat, parts_and_the_roles_of_the_api_reach_the_template) {
    const json::value parts =
        json::value::array({{{"type", "text"}, {"text", "H"}}, {{"type", "text"}, {"text", "i"}}});
    const json::value messages =
        json::value::array({{{"role", "developer"}, {"content", "Be brief."}},
                            {{"role", "user"}, {"content", parts}}});
    EXPECT_EQ(content_of(post({{"messages", messages}}).json()), content_of(post().json()));
}

TEST(chat, a_client_that_leaves_frees_its_slot) {
    running_server server;
    for (const bool streams : {true, false}) {
        raw_client client(server.port());
        json::value body = body_of({{"max_completion_tokens", -1}, {"min_tokens", -1}, {"n", 4}});
        body["stream"] = streams;
        client.send(post_of("/cerebras/v1/chat/completions", json::encode(body)));
        while (server.generations() == 0) {
        }
        const auto left = std::chrono::steady_clock::now();
        client.close();
        while (server.generations() > 0) {
        }
        // Sanitizers and a loaded machine stretch what takes a step or two.
        EXPECT_LT(std::chrono::steady_clock::now() - left, std::chrono::seconds(2));
    }
}

// A client that reads late gets every byte, and holds up nobody else.
TEST(chat, a_slow_reader_gets_the_whole_stream) {
    options settings = tiny_options();
    settings.limits.write_buffer = 4096;
    running_server server(settings);
    json::value body = body_of({{"max_completion_tokens", 500}, {"min_tokens", 500}, {"n", 4}});
    body.update({{"logprobs", true}, {"top_logprobs", 20}, {"stream", true}});
    raw_client client(server.port());
    client.socket().set_option(asio::socket_base::receive_buffer_size(128 * 1024));
    client.send(post_of("/cerebras/v1/chat/completions", json::encode(body)));
    while (client.unread().empty() && client.more()) {
    }
    EXPECT_EQ(server.post("/cerebras/v1/chat/completions", body_of()).status, 200);
    const gathered parts = gather(client.receive("POST"));
    EXPECT_EQ(parts.content.size(), 4U);
    EXPECT_EQ(parts.last["usage"]["completion_tokens"], 4 * 500);
}

}  // namespace chat_tests
}  // namespace
}  // namespace tessera::server::testing
