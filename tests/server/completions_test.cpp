// Text completions on a model that says random bytes.
#include <gtest/gtest.h>

#include "support.hpp"

namespace tessera::server::testing {
namespace {
namespace completions_tests {

json::value body_of(const json::value& more = json::value::object()) {
    json::value body = {{"model", "llama3.1-8b"},
                        {"prompt", "ab"},
                        {"max_tokens", 12},
                        {"min_tokens", 12},
                        {"seed", 5}};
    body.update(more);
    return body;
}

raw_response post(const json::value& more = json::value::object()) {
    return running_server::shared().post("/cerebras/v1/completions", body_of(more));
}

json::value answer(const json::value& more = json::value::object()) {
    const raw_response got = post(more);
    EXPECT_EQ(got.status, 200) << got.body;
    return got.json();
}

TEST(completions, an_answer_is_whole) {
    const json::value got = answer();
    EXPECT_EQ(got["object"], "text_completion");
    EXPECT_EQ(got["usage"]["prompt_tokens"], 2);
    EXPECT_EQ(got["usage"]["completion_tokens"], 12);
    EXPECT_EQ(got["choices"][0]["finish_reason"], "length");
    EXPECT_FALSE(got["choices"][0].contains("tokens"));
    EXPECT_FALSE(got["choices"][0].contains("logprobs"));
    EXPECT_EQ(answer()["choices"], got["choices"]);
}

TEST(completions, the_four_forms_of_a_prompt) {
    const json::value text = answer();
    const json::value ids = answer({{"echo", true}, {"prompt", {97, 98}}});
    EXPECT_TRUE(ids["choices"][0]["text"].get<std::string>().starts_with("ab"));
    EXPECT_EQ(ids["choices"][0]["text"].get<std::string>().substr(2),
              text["choices"][0]["text"].get<std::string>());
    const json::value texts = answer({{"prompt", {"ab", "cd"}}, {"n", 2}});
    ASSERT_EQ(texts["choices"].size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(texts["choices"][i]["index"], i);
    EXPECT_EQ(texts["choices"][0]["text"], text["choices"][0]["text"]);
    EXPECT_NE(texts["choices"][1]["text"], text["choices"][0]["text"]);
    EXPECT_EQ(texts["usage"]["prompt_tokens"], 4);
    const json::value lists = answer({{"prompt", {{97, 98}, {99, 100}}}, {"n", 2}});
    EXPECT_EQ(lists["choices"], texts["choices"]);
    EXPECT_EQ(answer({{"prompt", ""}})["usage"]["prompt_tokens"], 1);
}

TEST(completions, raw_tokens_in_place_of_text) {
    const json::value raw = answer({{"return_raw_tokens", true}});
    EXPECT_EQ(raw["choices"][0]["tokens"].size(), 12U);
    EXPECT_FALSE(raw["choices"][0].contains("text"));
    const json::value echoed = answer({{"return_raw_tokens", true}, {"echo", true}});
    EXPECT_EQ(echoed["choices"][0]["tokens"].size(), 14U);
    EXPECT_EQ(echoed["choices"][0]["tokens"][0], 97);
    const raw_response streamed =
        post({{"return_raw_tokens", true}, {"echo", true}, {"stream", true}});
    json::value tokens = json::value::array();
    for (const auto& chunk : streamed.chunks())
        for (const auto& id : chunk["choices"][0].value("tokens", json::value::array()))
            tokens.push_back(id);
    EXPECT_EQ(tokens, echoed["choices"][0]["tokens"]);
}

TEST(completions, an_echo_with_log_probabilities_scores_the_prompt) {
    const json::value got = answer({{"echo", true},
                                    {"logprobs", 2},
                                    {"prompt", "abcd"},
                                    {"max_tokens", 3},
                                    {"min_tokens", 3}});
    const json::value& choice = got["choices"][0];
    EXPECT_TRUE(choice["text"].get<std::string>().starts_with("abcd"));
    const json::value& logprobs = choice["logprobs"];
    ASSERT_EQ(logprobs["tokens"].size(), 7U);
    for (const char* name : {"token_logprobs", "top_logprobs", "text_offset"})
        EXPECT_EQ(logprobs[name].size(), 7U) << name;
    EXPECT_EQ(logprobs["tokens"][1], "b");
    EXPECT_EQ(logprobs["text_offset"][3], 3);
    EXPECT_TRUE(logprobs["token_logprobs"][0].is_null());
    EXPECT_LT(logprobs["token_logprobs"][1], 0);
    for (std::size_t i = 1; i < 7; ++i) {
        EXPECT_GE(logprobs["top_logprobs"][i].size(), 1U);
        EXPECT_LE(logprobs["top_logprobs"][i].size(), 3U);
    }
    const raw_response streamed = post({{"echo", true},
                                        {"logprobs", 2},
                                        {"prompt", "abcd"},
                                        {"max_tokens", 3},
                                        {"min_tokens", 3},
                                        {"stream", true}});
    json::value joined = json::value::array();
    std::string text;
    for (const auto& chunk : streamed.chunks()) {
        const json::value& part = chunk["choices"][0];
        text += part.value("text", "");
        if (part.contains("logprobs"))
            for (const auto& each : part["logprobs"]["token_logprobs"]) joined.push_back(each);
    }
    EXPECT_EQ(text, choice["text"].get<std::string>());
    EXPECT_EQ(joined, logprobs["token_logprobs"]);
}

TEST(completions, a_prompt_can_be_scored_alone) {
    const json::value got = answer({{"echo", true},
                                    {"logprobs", 0},
                                    {"prompt", "abcd"},
                                    {"max_tokens", 0},
                                    {"min_tokens", 0}});
    EXPECT_EQ(got["choices"][0]["text"], "abcd");
    EXPECT_EQ(got["choices"][0]["logprobs"]["tokens"].size(), 4U);
    EXPECT_EQ(got["usage"]["completion_tokens"], 0);
}

TEST(completions, the_best_of_several_is_the_likeliest) {
    const json::value all = answer({{"n", 5}, {"logprobs", 0}});
    std::vector<std::pair<double, std::string>> scored;
    for (const auto& choice : all["choices"]) {
        double sum = 0;
        for (const auto& each : choice["logprobs"]["token_logprobs"]) sum += each.get<double>();
        scored.emplace_back(-sum / static_cast<double>(choice["logprobs"]["token_logprobs"].size()),
                            choice["text"]);
    }
    std::sort(scored.begin(), scored.end());
    const json::value best = answer({{"n", 2}, {"best_of", 5}});
    ASSERT_EQ(best["choices"].size(), 2U);
    EXPECT_EQ(best["choices"][0]["text"], scored[0].second);
    EXPECT_EQ(best["choices"][1]["text"], scored[1].second);
    EXPECT_FALSE(best["choices"][0].contains("logprobs"));
    EXPECT_EQ(best["usage"]["completion_tokens"], 60);
    EXPECT_EQ(answer({{"best_of", 1}, {"n", 2}})["choices"].size(), 2U);
}

TEST(completions, a_stream_says_the_same_as_an_answer) {
    const json::value whole = answer({{"prompt", {"ab", "cd"}}, {"echo", true}});
    const raw_response streamed =
        post({{"prompt", {"ab", "cd"}}, {"echo", true}, {"stream", true}});
    std::map<std::size_t, std::string> texts;
    json::value last;
    for (const auto& chunk : streamed.chunks()) {
        EXPECT_EQ(chunk["object"], "text_completion");
        texts[chunk["choices"][0]["index"]] += chunk["choices"][0]["text"].get<std::string>();
        last = chunk;
    }
    for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ(texts[i], whole["choices"][i]["text"].get<std::string>());
    EXPECT_EQ(last["usage"], whole["usage"]);
    EXPECT_TRUE(last.contains("time_info"));
}

}  // namespace completions_tests
}  // namespace
}  // namespace tessera::server::testing
