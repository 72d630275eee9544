// usage: scripted EXPECTED PROGRAM [ARGUMENT...]
// Runs a program against answers as OpenAI, Anthropic and Emissary give them; {url} in its arguments
// is where they are. Fails if the program does, if what it writes lacks EXPECTED, or if it asks for what is
// not there or without what these services want.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <iostream>
#include <string>
#include <vector>

#include "examples/scripted_emissary.hpp"
#include "support/scripted_server.hpp"
#include "tessera/json.hpp"

namespace {

using tessera::json::value;
using tessera::test::received_request;
using tessera::test::session;

std::atomic<bool> refused{false};

void refuse(session& on, int status, const std::string& why) {
    refused = true;
    std::cerr << "refused: " << why << '\n';
    on.answer(status,
              value{{"error", {{"message", why}, {"type", "invalid_request_error"}}}}.dump());
}

void stream(session& on, const std::vector<std::string>& frames) {
    on.begin_stream();
    for (const std::string& each : frames) on.chunk(each);
    on.end_stream();
}

std::string chunk(const value& choices, const value& usage = nullptr) {
    return "data: " +
           value{{"id", "chatcmpl-1"}, {"object", "chat.completion.chunk"},
                 {"created", 1},       {"model", "gpt-4o-mini"},
                 {"choices", choices}, {"usage", usage}}
               .dump() +
           "\n\n";
}

std::string delta(const value& of, const value& reason = nullptr) {
    return chunk(value::array({{{"index", 0}, {"delta", of}, {"finish_reason", reason}}}));
}

void answer_openai(session& on, const received_request& asked) {
    if (!asked.header("authorization").starts_with("Bearer ")) return refuse(on, 401, "no key");
    if (asked.head.target == "/v1/models")
        return (void)on.answer(
            200,
            R"({"object":"list","data":[{"id":"gpt-4o-mini","object":"model","created":1,"owned_by":"system"}]})");
    const value request = value::parse(asked.body);
    if (asked.head.target == "/v1/embeddings") {
        if (request["encoding_format"] != "base64") return refuse(on, 400, "not this encoding");
        return (void)on.answer(
            200,
            R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAAA="}],)"
            R"("model":"text-embedding-3-small","usage":{"prompt_tokens":1,"total_tokens":1}})");
    }
    stream(on, {delta({{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}}),
                delta({{"content", "Par"}}), delta({{"content", "is."}}),
                delta(value::object(), "stop"),
                chunk(value::array(),
                      {{"prompt_tokens", 14}, {"completion_tokens", 3}, {"total_tokens", 17}}),
                "data: [DONE]\n\n"});
}

void answer_message(session& on, const value& content, const char* reason) {
    on.answer(200, value{{"id", "msg_1"},
                         {"type", "message"},
                         {"role", "assistant"},
                         {"model", "claude-sonnet-4-5"},
                         {"content", value::array({content})},
                         {"stop_reason", reason},
                         {"stop_sequence", nullptr},
                         {"usage", {{"input_tokens", 14}, {"output_tokens", 5}}}}
                       .dump());
}

std::string event(const value& of) {
    return "event: " + of["type"].get<std::string>() + "\ndata: " + of.dump() + "\n\n";
}

void answer_anthropic(session& on, const received_request& asked) {
    if (asked.header("x-api-key").empty()) return refuse(on, 401, "no key");
    if (asked.header("anthropic-version").empty()) return refuse(on, 400, "no version");
    if (asked.head.target == "/v1/models")
        return (void)on.answer(
            200,
            R"({"data":[{"type":"model","id":"claude-sonnet-4-5","display_name":"Claude Sonnet 4.5",)"
            R"("created_at":"2025-09-29T00:00:00Z"}],"has_more":false,"first_id":"a","last_id":"a"})");
    const value request = value::parse(asked.body);
    if (request.value("stream", false))
        return stream(on,
                      {event({{"type", "message_start"},
                              {"message",
                               {{"id", "msg_1"},
                                {"type", "message"},
                                {"role", "assistant"},
                                {"model", "claude-sonnet-4-5"},
                                {"content", value::array()},
                                {"stop_reason", nullptr},
                                {"stop_sequence", nullptr},
                                {"usage", {{"input_tokens", 14}, {"output_tokens", 1}}}}}}),
                       event({{"type", "content_block_start"},
                              {"index", 0},
                              {"content_block", {{"type", "text"}, {"text", ""}}}}),
                       event({{"type", "ping"}}),
                       event({{"type", "content_block_delta"},
                              {"index", 0},
                              {"delta", {{"type", "text_delta"}, {"text", "Paris."}}}}),
                       event({{"type", "content_block_stop"}, {"index", 0}}),
                       event({{"type", "message_delta"},
                              {"delta", {{"stop_reason", "end_turn"}, {"stop_sequence", nullptr}}},
                              {"usage", {{"output_tokens", 5}}}}),
                       event({{"type", "message_stop"}})});
    const value& last = request["messages"].back()["content"];
    if (last.is_array() && last[0]["type"] == "tool_result")
        return answer_message(on, {{"type", "text"}, {"text", last[0]["content"]}}, "end_turn");
    const bool is_forced = request.contains("tool_choice");
    answer_message(on,
                   {{"type", "tool_use"},
                    {"id", "toolu_1"},
                    {"name", request["tools"][0]["name"]},
                    {"input", {{"name", is_forced ? "Paris" : "France"}, {"population", nullptr}}}},
                   "tool_use");
}

void answer(session& on, const received_request& asked, int) {
    if (asked.head.target == "/v1/messages" || !asked.header("anthropic-version").empty())
        return answer_anthropic(on, asked);
    if (!asked.header("x-api-key").empty()) {
        static tessera::examples::emissary_script emissary;
        if (!emissary.answer(on, asked)) refuse(on, 404, "not as asked: " + asked.head.target);
        return;
    }
    for (const char* path : {"/v1/chat/completions", "/v1/embeddings", "/v1/models"})
        if (asked.head.target == path) return answer_openai(on, asked);
    refuse(on, 404, "nothing at " + asked.head.target);
}

// What the program writes, and whether it succeeded.
std::pair<std::string, bool> run(std::vector<std::string> words) {
    int ends[2];
    if (::pipe(ends) != 0) return {"no pipe", false};
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        std::vector<char*> arguments;
        for (std::string& each : words) arguments.push_back(each.data());
        arguments.push_back(nullptr);
        ::execv(arguments[0], arguments.data());
        ::_exit(127);
    }
    ::close(ends[1]);
    std::string written;
    char bytes[4096];
    for (ssize_t size; (size = ::read(ends[0], bytes, sizeof bytes)) > 0;)
        written.append(bytes, static_cast<std::size_t>(size));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return {written, WIFEXITED(status) && WEXITSTATUS(status) == 0};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const tessera::test::scripted_server server(tessera::test::for_each_request(answer));
    std::vector<std::string> words(argv + 2, argv + argc);
    for (std::string& each : words)
        if (each == "{url}") each = server.url();
    const auto [written, succeeded] = run(std::move(words));
    std::cout << written;
    const bool says_it = written.find(argv[1]) != std::string::npos;
    if (!says_it) std::cerr << "it does not say: " << argv[1] << '\n';
    return succeeded && says_it && !refused ? 0 : 1;
}
