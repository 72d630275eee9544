// Requests and answers of a chat, to JSON and back, and JSON itself.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <vector>

#include "tessera/cerebras/chat.hpp"
#include "tessera/json.hpp"
#include "tessera/json/partial.hpp"

namespace {

using namespace tessera;
using namespace tessera::cerebras;

constexpr std::string_view chunk_text =
    R"({"id":"chatcmpl-0123456789","choices":[{"delta":{"content":" the"},"index":0}],)"
    R"("created":1730733250,"model":"llama3.1-8b","system_fingerprint":"fp_0123456789",)"
    R"("object":"chat.completion.chunk"})";

std::string prose(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes)
        text += "The quick brown fox jumps over the lazy dog.\n\"Fjörde\", it said, \t \\o/ ";
    return text;
}

constexpr std::string_view end_of_answer =
    R"("created":1730733250,"model":"llama3.1-8b","system_fingerprint":"fp_0123456789",)"
    R"("object":"chat.completion","usage":{"prompt_tokens":24,"completion_tokens":12,)"
    R"("total_tokens":36,"prompt_tokens_details":{"cached_tokens":0}},"time_info":)"
    R"({"queue_time":0.00012,"prompt_time":0.0012,"completion_time":0.0057,)"
    R"("total_time":0.0083,"created":1730733250.1}})";

std::string answer_text(std::size_t content) {
    std::string text =
        R"({"id":"chatcmpl-0123456789","choices":[{"finish_reason":"stop","index":0,)"
        R"("message":{"content":)";
    json::encode(text, prose(content));
    text += R"(,"role":"assistant"}}],)";
    return text += end_of_answer;
}

// An answer with the log probabilities of many tokens.
std::string probable_text(std::size_t tokens) {
    std::string text = R"({"id":"c","choices":[{"finish_reason":"stop","index":0,"message":)"
                       R"({"content":"x","role":"assistant"},"logprobs":{"content":[)";
    for (std::size_t i = 0; i < tokens; ++i) {
        if (i > 0) text += ',';
        text += R"({"token":" the","logprob":-0.0123456,"bytes":[32,116,104,101],"top_logprobs":[)"
                R"({"token":" the","logprob":-0.0123456,"bytes":[32,116,104,101]},)"
                R"({"token":" a","logprob":-4.5678901,"bytes":[32,97]}]})";
    }
    text += "]}}],";
    return text += end_of_answer;
}

chat_request request_of(std::size_t turns) {
    chat_request request{.model = "llama3.1-8b", .messages = {tessera::system("Be brief.")}};
    for (std::size_t i = 0; i < turns; ++i) {
        request.messages.push_back(user(prose(200)));
        request.messages.push_back(assistant(prose(400)));
    }
    request.temperature = 0.7;
    request.max_completion_tokens = 500;
    request.seed = 7;
    return request;
}

void report(benchmark::State& state, std::size_t bytes) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
    state.SetItemsProcessed(state.iterations());
}

void parse(benchmark::State& state, const std::string& text) {
    for (auto _ : state) benchmark::DoNotOptimize(json::parse(text));
    report(state, text.size());
}

template <class T>
void decode(benchmark::State& state, const std::string& text) {
    if (!json::decode_text<T>(text)) state.SkipWithError("the text is no such value");
    for (auto _ : state) benchmark::DoNotOptimize(json::decode_text<T>(text));
    report(state, text.size());
}

template <class T>
void decode_tree(benchmark::State& state, const std::string& text, json::mode how) {
    const json::value tree = json::parse(text).value();
    for (auto _ : state) {
        std::vector<json::issue> issues;
        benchmark::DoNotOptimize(json::decode<T>(tree, how, issues));
        if (!issues.empty()) state.SkipWithError(issues.front().message.c_str());
    }
    report(state, text.size());
}

template <class T>
void encode(benchmark::State& state, const T& given) {
    std::string out;
    for (auto _ : state) {
        out.clear();
        json::encode(out, given);
        benchmark::DoNotOptimize(out.data());
    }
    report(state, out.size());
}

void parse_pieces(benchmark::State& state, const std::string& text) {
    for (auto _ : state) {
        json::partial_reader reader;
        for (std::string_view rest = text; !rest.empty();) {
            const std::string_view piece = rest.substr(0, 16);
            rest.remove_prefix(piece.size());
            benchmark::DoNotOptimize(reader.feed(piece));
        }
        benchmark::DoNotOptimize(reader.finish());
    }
    report(state, text.size());
}

const std::string chunk(chunk_text);
const std::string short_answer = answer_text(60), long_answer = answer_text(1 << 20);
const std::string probable_answer = probable_text(500);
const chat_request short_request = request_of(1), long_request = request_of(500);
const std::string short_request_text = json::encode(short_request),
                  long_request_text = json::encode(long_request);

constexpr auto decode_chunk = decode<chat_chunk>;
constexpr auto decode_answer = decode<chat_response>;
constexpr auto decode_request = decode<chat_request>;
constexpr auto decode_chunk_tree = decode_tree<chat_chunk>;
constexpr auto decode_answer_tree = decode_tree<chat_response>;
constexpr auto decode_request_tree = decode_tree<chat_request>;
constexpr auto encode_request = encode<chat_request>;

BENCHMARK_CAPTURE(parse, chunk, chunk);
BENCHMARK_CAPTURE(parse, short_answer, short_answer);
BENCHMARK_CAPTURE(parse, long_answer, long_answer);
BENCHMARK_CAPTURE(parse, probable_answer, probable_answer);
BENCHMARK_CAPTURE(parse, long_request, long_request_text);
BENCHMARK_CAPTURE(parse_pieces, probable_answer, probable_answer);
BENCHMARK_CAPTURE(parse_pieces, long_answer, long_answer);
BENCHMARK_CAPTURE(decode_chunk, chunk, chunk);
BENCHMARK_CAPTURE(decode_answer, short_answer, short_answer);
BENCHMARK_CAPTURE(decode_answer, long_answer, long_answer);
BENCHMARK_CAPTURE(decode_answer, probable_answer, probable_answer);
BENCHMARK_CAPTURE(decode_request, long_request, long_request_text);
BENCHMARK_CAPTURE(decode_chunk_tree, chunk, chunk, json::mode::lenient);
BENCHMARK_CAPTURE(decode_answer_tree, probable_answer, probable_answer, json::mode::lenient);
BENCHMARK_CAPTURE(decode_request_tree, short_request, short_request_text, json::mode::strict);
BENCHMARK_CAPTURE(decode_request_tree, long_request, long_request_text, json::mode::strict);
BENCHMARK_CAPTURE(encode_request, short_request, short_request);
BENCHMARK_CAPTURE(encode_request, long_request, long_request);

}  // namespace
