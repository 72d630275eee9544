#pragma once
// Tests of request members, one function a member: what chat and text completions spell alike, for
// both. Each function is run twice: as it is, and with the member taken out of every request on its
// way, where it must fail. So a server that ignored the member would be found out.
#include <gtest/gtest-spi.h>

#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "contract/service.hpp"

namespace tessera::contract {

struct member_test {
    std::string member;
    void (*check)();
};

inline void PrintTo(const member_test& test, std::ostream* out) { *out << test.member; }
inline std::string name_of(const ::testing::TestParamInfo<member_test>& test) {
    return test.param.member;
}

/// The member that requests lose on their way; empty for none.
inline std::string& lost_member() {
    static std::string name;
    return name;
}

/// True if the check fails when requests lose the member.
inline bool fails_without(const member_test& test) {
    ::testing::TestPartResultArray results;
    {
        const ::testing::ScopedFakeTestPartResultReporter reporter(
            ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &results);
        lost_member() = test.member;
        try {
            test.check();
        } catch (const std::exception& thrown) {
            ADD_FAILURE() << thrown.what();
        }
        lost_member().clear();
    }
    for (int i = 0; i < results.size(); ++i)
        if (results.GetTestPartResult(i).failed()) return true;
    return false;
}

/// Each member that the specification gives a request has a test.
inline void every_member_is_tested(const std::vector<member_test>& tests, const char* request) {
    std::set<std::string> tested;
    for (const member_test& each : tests) EXPECT_TRUE(tested.insert(each.member).second);
    std::ifstream file(TESSERA_SOURCE_DIR "/tests/contract/specs/cerebras.json");
    const json::value facts =
        json::parse(std::string(std::istreambuf_iterator<char>(file), {})).value();
    std::set<std::string> specified;
    for (const auto& [name, member] :
         facts.at("components").at("schemas").at(request).at("properties").items())
        specified.insert(name);
    EXPECT_EQ(tested, specified);
}

/// One token that was chosen, and the likeliest ones with their log probabilities.
struct scored_token {
    std::string text;
    double logprob;
    std::map<std::string, double> top;
};

// What differs between the two operations.
struct chat {
    using request = cerebras::chat_request;
    using response = cerebras::chat_response;
    using choice = cerebras::chat_choice;
    using accumulator = cerebras::chat_accumulator;
    static constexpr auto max_tokens = &request::max_completion_tokens;
    static constexpr auto min_tokens = &request::min_completion_tokens;

    static const auto& resource() { return client().chat.completions; }
    static request saying(std::string text) {
        request made{.model = "llama3.1-8b", .messages = {system("Be brief."), user(text)}};
        made.seed = 5;
        return made;
    }
    static std::string text_of(const choice& of) { return of.message.content.value_or(""); }
    static std::string finish_of(const choice& of) { return std::string(of.finish_reason.text()); }
    static openai::usage usage_of(const response& of) { return of.usage; }
    static void ask_for_logprobs(request& of, int top) {
        of.logprobs = true;
        of.top_logprobs = top;
    }
    static std::vector<scored_token> scores_of(const choice& of) {
        std::vector<scored_token> all;
        for (const openai::token_logprob& each : *of.logprobs.value().content) {
            scored_token& made = all.emplace_back(scored_token{each.token, each.logprob, {}});
            for (const auto& other : each.top_logprobs) made.top[other.token] = other.logprob;
        }
        return all;
    }
    /// What takes the place of a required member that is lost.
    static json::value substitute(std::string_view member) {
        if (member == "model") return "tiny";
        if (member == "messages") return json::to_value(std::vector<openai::message>{user("")});
        return nullptr;
    }
};

struct completion {
    using request = cerebras::completion_request;
    using response = cerebras::completion_response;
    using choice = cerebras::completion_choice;
    using accumulator = cerebras::completion_accumulator;
    static constexpr auto max_tokens = &request::max_tokens;
    static constexpr auto min_tokens = &request::min_tokens;

    static const auto& resource() { return client().completions; }
    static request saying(std::string text) {
        request made{.model = "llama3.1-8b", .prompt = std::move(text)};
        made.seed = 5;
        return made;
    }
    static std::string text_of(const choice& of) { return of.text.value_or(""); }
    static std::string finish_of(const choice& of) {
        return std::string(of.finish_reason.value().text());
    }
    static openai::usage usage_of(const response& of) { return of.usage.value(); }
    static void ask_for_logprobs(request& of, int top) { of.logprobs = top; }
    static std::vector<scored_token> scores_of(const choice& of) {
        std::vector<scored_token> all;
        const cerebras::completion_logprobs& lists = of.logprobs.value();
        for (std::size_t i = 0; i < lists.tokens->size(); ++i) {
            const auto& logprob = lists.token_logprobs->at(i);
            const auto& top = lists.top_logprobs->at(i);
            all.push_back({lists.tokens->at(i), logprob ? *logprob : 0,
                           top ? *top : std::map<std::string, double>()});
        }
        return all;
    }
    static json::value substitute(std::string_view member) {
        if (member == "model") return "tiny";
        if (member == "prompt") return "";
        return nullptr;
    }
};

/// A request of exactly 24 tokens.
template <class Api>
typename Api::request plain() {
    auto made = Api::saying("ab");
    made.*Api::max_tokens = 24;
    made.*Api::min_tokens = 24;
    return made;
}

/// So long a prompt that few tokens fill the context.
template <class Api>
typename Api::request long_one() {
    return Api::saying(std::string(2000, 'x'));
}

/// A bias that leaves these characters alone to choose from.
inline openai::logit_bias only(std::string_view characters) {
    openai::logit_bias made;
    for (int id = 0; id < vocabulary_size; ++id)
        if (id > 127 || characters.find(static_cast<char>(id)) == characters.npos)
            made[std::to_string(id)] = -100;
    return made;
}

template <class Api>
typename Api::request as_sent(const typename Api::request& given, call_options& options) {
    const std::string& lost = lost_member();
    if (lost.empty()) return given;
    if (options.extra_body.is_object()) options.extra_body.erase(lost);
    // The client itself sets this one.
    if (lost == "stream") options.extra_body = {{"stream", false}};
    json::value body = json::to_value(given);
    if (const json::value other = Api::substitute(lost); !other.is_null())
        body[lost] = other;
    else
        body.erase(lost);
    return json::decode<typename Api::request>(body).value();
}

template <class Api>
auto try_ask(const typename Api::request& given, call_options options = {}) {
    const auto request = as_sent<Api>(given, options);
    return Api::resource().try_create(request, options);
}

/// Throws.
template <class Api>
auto ask(const typename Api::request& given, call_options options = {}) {
    return try_ask<Api>(given, std::move(options)).value();
}

/// The first choice's text. Throws.
template <class Api>
std::string said(const typename Api::request& given) {
    return Api::text_of(ask<Api>(given).choices.at(0));
}

template <class Api>
std::string said(typename Api::request given, std::int64_t seed) {
    given.seed = seed;
    return said<Api>(given);
}

/// All chunks of a stream. Throws.
template <class Api>
auto stream(const typename Api::request& given, call_options options = {}) {
    const auto request = as_sent<Api>(given, options);
    auto opened = Api::resource().stream(request, options);
    std::vector<std::remove_cvref_t<decltype(*opened.begin())>> chunks;
    while (auto chunk = opened.next().value()) chunks.push_back(*std::move(chunk));
    return chunks;
}

/// The issues of a request that must be refused with 422.
template <class Api>
std::map<std::string, std::string> issues(const typename Api::request& given,
                                          call_options options = {}) {
    const auto answer = try_ask<Api>(given, std::move(options));
    if (answer) {
        ADD_FAILURE() << "it was not refused";
        return {};
    }
    return issues_of(answer.error());
}

/// Sends a member of whatever type.
inline call_options with(std::string_view member, json::value value) {
    call_options options;
    options.extra_body = json::value::object();
    options.extra_body[std::string(member)] = std::move(value);
    return options;
}

// The tests of what both operations have.

template <class Api>
void model() {
    auto request = plain<Api>();
    request.model = "llama3.1-70b";
    EXPECT_EQ(ask<Api>(request).model, "llama3.1-70b");
    request.model = "none";
    const auto refused = try_ask<Api>(request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::not_found);
}

template <class Api>
void streamed() {
    auto request = plain<Api>();
    request.logit_bias = only("abcd");
    const auto chunks = stream<Api>(request);
    EXPECT_GT(chunks.size(), 3U);
    std::string text;
    for (const auto& chunk : chunks) text += chunk.text();
    EXPECT_EQ(text, said<Api>(request));
}

template <class Api>
void temperature() {
    auto request = plain<Api>();
    request.temperature = 0;
    const std::string coldest = said<Api>(request, 1);
    EXPECT_EQ(said<Api>(request, 2), coldest);
    request.temperature = 2;
    const std::string hot = said<Api>(request, 1);
    EXPECT_NE(hot, coldest);
    EXPECT_NE(said<Api>(request, 2), hot);
    request.temperature = 2.1;
    EXPECT_EQ(issues<Api>(request).count("body.temperature"), 1U);
}

template <class Api>
void top_p() {
    auto request = plain<Api>();
    request.temperature = 0;
    const std::string greedy = said<Api>(request);
    request.temperature = 2;
    EXPECT_NE(said<Api>(request), greedy);
    for (const double tiny : {0.0, 1e-4}) {
        request.top_p = tiny;
        EXPECT_EQ(said<Api>(request, 1), greedy);
        EXPECT_EQ(said<Api>(request, 2), greedy);
    }
    request.top_p = 1.5;
    EXPECT_EQ(issues<Api>(request).count("body.top_p"), 1U);
}

template <class Api>
void seed() {
    const auto request = plain<Api>();
    const std::string first = said<Api>(request, 1);
    EXPECT_EQ(said<Api>(request, 1), first);
    EXPECT_NE(said<Api>(request, 2), first);
    EXPECT_EQ(said<Api>(request, -3), said<Api>(request, -3));
}

// Replays greedy choices: each is the token with the largest log probability, less the penalties
// for what was said before.
template <class Api>
void penalty(std::optional<double> Api::request::*member, bool for_each_use) {
    std::string printable;
    for (char letter = ' '; letter <= '~'; ++letter) printable += letter;
    auto request = Api::saying("ab");
    request.*Api::max_tokens = 60;
    request.temperature = 0;
    request.logit_bias = only(printable);
    Api::ask_for_logprobs(request, 20);
    for (const double strength : {2.0, 0.5, -1.0}) {
        request.*member = strength;
        const auto answer = ask<Api>(request);
        std::map<std::string, int> uses;
        const auto adjusted = [&](const std::string& token, double logprob) {
            const auto used = uses.find(token);
            if (used == uses.end()) return logprob;
            return logprob - strength * (for_each_use ? used->second : 1);
        };
        for (const scored_token& step : Api::scores_of(answer.choices.at(0))) {
            const double chosen = adjusted(step.text, step.logprob);
            for (const auto& [token, logprob] : step.top)
                if (token.size() == 1 && printable.find(token) != token.npos) {
                    EXPECT_GE(chosen, adjusted(token, logprob) - 1e-4) << strength << token;
                }
            ++uses[step.text];
        }
    }
    request.*member = -2.5;
    EXPECT_EQ(issues<Api>(request).size(), 1U);
}

template <class Api>
void frequency_penalty() {
    penalty<Api>(&Api::request::frequency_penalty, true);
}

template <class Api>
void presence_penalty() {
    penalty<Api>(&Api::request::presence_penalty, false);
}

template <class Api>
void logit_bias() {
    auto request = plain<Api>();
    request.logit_bias = only("abcd");
    const std::string few = said<Api>(request);
    EXPECT_EQ(few.size(), 24U);
    EXPECT_EQ(few.find_first_not_of("abcd"), few.npos) << few;
    request.logit_bias = openai::logit_bias{{"98", 100}};
    EXPECT_EQ(said<Api>(request), std::string(24, 'b'));
    request.logit_bias = openai::logit_bias{{"264", 1}, {"x", 1}, {"1", 101}};
    const auto wrong = issues<Api>(request);
    EXPECT_EQ(wrong.size(), 3U);
    for (const char* key : {"264", "x", "1"})
        EXPECT_EQ(wrong.count(std::string("body.logit_bias.") + key), 1U) << key;
}

template <class Api>
void n() {
    auto request = plain<Api>();
    request.n = 3;
    const auto answer = ask<Api>(request);
    ASSERT_EQ(answer.choices.size(), 3U);
    std::set<std::string> texts;
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(answer.choices[i].index, static_cast<std::int64_t>(i));
        texts.insert(Api::text_of(answer.choices[i]));
    }
    EXPECT_EQ(texts.size(), 3U);
    request.n = 2;
    const auto fewer = ask<Api>(request);
    ASSERT_EQ(fewer.choices.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ(Api::text_of(fewer.choices[i]), Api::text_of(answer.choices[i]));
    for (const std::int64_t wrong : {-1, 0, 129}) {
        request.n = wrong;
        EXPECT_EQ(issues<Api>(request).count("body.n"), 1U) << wrong;
    }
}

template <class Api>
void stop() {
    auto request = Api::saying("ab");
    request.*Api::max_tokens = 60;
    request.logit_bias = only("abcd");
    const std::string all = said<Api>(request);
    ASSERT_EQ(all.size(), 60U);
    for (const std::size_t length : {1U, 2U, 3U, 5U}) {
        const std::string end = all.substr(30, length);
        if (length % 2 == 0)
            request.stop = end;
        else
            request.stop = std::vector<std::string>{"never", end, "zz"};
        const auto answer = ask<Api>(request);
        EXPECT_EQ(Api::text_of(answer.choices.at(0)), all.substr(0, all.find(end)));
        EXPECT_EQ(Api::finish_of(answer.choices.at(0)), "stop");
        // Every token is a character, so that a longer sequence crosses the border of chunks.
        typename Api::accumulator sum;
        std::string text;
        for (const auto& chunk : stream<Api>(request)) {
            sum.add(chunk);
            text += chunk.text();
            EXPECT_EQ(text.find(end), text.npos);
        }
        EXPECT_EQ(text, all.substr(0, all.find(end)));
        EXPECT_EQ(Api::finish_of(sum.response().choices.at(0)), "stop");
    }
    // What only begins like a stop sequence is text.
    request.stop = all.substr(57) + "e";
    const auto unstopped = ask<Api>(request);
    EXPECT_EQ(Api::text_of(unstopped.choices.at(0)), all);
    EXPECT_EQ(Api::finish_of(unstopped.choices.at(0)), "length");
    request.stop = std::vector<std::string>(5, "x");
    EXPECT_EQ(issues<Api>(request).count("body.stop"), 1U);
    request.stop = std::vector<std::string>{"x", ""};
    EXPECT_EQ(issues<Api>(request).count("body.stop.1"), 1U);
}

template <class Api>
void stream_options() {
    const auto usages = [](bool include) {
        auto request = plain<Api>();
        request.stream_options.emplace().include_usage = include;
        std::string pattern;
        for (const auto& chunk : stream<Api>(request)) pattern += chunk.usage ? 'u' : '-';
        return pattern;
    };
    const std::string unwanted = usages(false);
    EXPECT_GT(unwanted.size(), 1U);
    EXPECT_EQ(unwanted.find('u'), unwanted.npos);
    const std::string wanted = usages(true);
    EXPECT_EQ(wanted.find('u'), wanted.size() - 1);
}

// `member` is one of two spellings.
template <class Api>
void longest(std::optional<std::int64_t> Api::request::*member) {
    auto request = long_one<Api>();
    request.logit_bias = only("abcd");
    request.*member = 3;
    const auto answer = ask<Api>(request);
    EXPECT_EQ(Api::finish_of(answer.choices.at(0)), "length");
    EXPECT_EQ(Api::text_of(answer.choices.at(0)).size(), 3U);
    request.*member = 0;
    EXPECT_EQ(said<Api>(request), "");
    request.*member = -1;
    EXPECT_EQ(Api::usage_of(ask<Api>(request)).total_tokens, context_length);
    request.*member = -2;
    EXPECT_EQ(issues<Api>(request).size(), 1U);
    request.*member = 3;
    request.*Api::min_tokens = 4;
    EXPECT_EQ(issues<Api>(request).size(), 1U);
}

// The model wants to end its turn at once.
template <class Api>
void shortest(std::optional<std::int64_t> Api::request::*member) {
    auto request = long_one<Api>();
    request.logit_bias = openai::logit_bias{{std::to_string(end_token), 100}};
    const auto ended = ask<Api>(request);
    EXPECT_EQ(Api::finish_of(ended.choices.at(0)), "stop");
    EXPECT_EQ(Api::text_of(ended.choices.at(0)), "");
    request.*member = 5;
    const auto answer = ask<Api>(request);
    EXPECT_EQ(Api::finish_of(answer.choices.at(0)), "stop");
    EXPECT_EQ(*Api::usage_of(answer).completion_tokens - *Api::usage_of(ended).completion_tokens,
              5);
    request.*member = -1;
    EXPECT_EQ(Api::usage_of(ask<Api>(request)).total_tokens, context_length);
    request.*member = -2;
    EXPECT_EQ(issues<Api>(request).size(), 1U);
}

template <class Api>
void user_name() {
    auto request = plain<Api>();
    request.user = "someone";
    EXPECT_EQ(said<Api>(request), said<Api>(plain<Api>()));
    EXPECT_EQ(issues<Api>(plain<Api>(), with("user", 1)).count("body.user"), 1U);
}

/// What the model cannot do is refused by name, never ignored.
template <class Api>
void is_refused(const std::string& member, const json::value& value) {
    const auto answer = try_ask<Api>(plain<Api>(), with(member, value));
    ASSERT_FALSE(answer) << member;
    EXPECT_EQ(answer.error().kind, error_kind::bad_request);
    EXPECT_NE(answer.error().message.find(member), std::string::npos) << answer.error().message;
    EXPECT_EQ(content_of(answer.error()).param, member);
    EXPECT_EQ(content_of(answer.error()).code, "unsupported_parameter");
}

template <class Api>
void is_taken(const std::string& member, const json::value& value) {
    const auto answer = try_ask<Api>(plain<Api>(), with(member, value));
    EXPECT_TRUE(answer) << member << ": " << answer.error().message;
}

}  // namespace tessera::contract
