#pragma once
// The gateway between a client's bytes and a scripted upstream's.
#include <gtest/gtest.h>

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/service.hpp"
#include "support/scripted_server.hpp"

namespace tessera::contract::cortex_tests {

/// JSON that compares as JSON does: the order of members says nothing.
using document = nlohmann::json;

inline document read(std::string_view text) { return document::parse(text); }

/// Models `gpt` of a provider of OpenAI's dialect and `claude` of Anthropic's, both behind one
/// upstream, which answers as the test says.
class translated_gateway {
  public:
    using script = std::function<void(test::session&, const test::received_request&)>;

    static translated_gateway& shared() {
        static translated_gateway instance;
        return instance;
    }

    translated_gateway()
        : upstream_(test::for_each_request(
              [this](test::session& to, const test::received_request& asked, int) {
                  script answer;
                  {
                      const std::lock_guard lock(mutex_);
                      seen_.push_back(asked);
                      answer = script_;
                  }
                  answer(to, asked);
              })),
          server_(settings()) {}

    /// From now on the upstream answers so; what it was asked before is forgotten.
    void upstream(script answer) {
        const std::lock_guard lock(mutex_);
        script_ = std::move(answer);
        seen_.clear();
    }
    std::vector<test::received_request> seen() {
        const std::lock_guard lock(mutex_);
        return seen_;
    }
    /// The body of the one request that the upstream was asked.
    document asked() {
        const auto all = seen();
        EXPECT_EQ(all.size(), 1U);
        return all.empty() ? document() : read(all.front().body);
    }

    std::uint16_t port() const { return server_.port(); }
    server::testing::raw_response chat(std::string_view members) {
        return post("/cortex/v1/chat/completions", chat_body(members));
    }
    server::testing::raw_response message(std::string_view members) {
        return post("/cortex/anthropic/v1/messages", message_body(members));
    }
    server::testing::raw_response post(std::string_view path, const std::string& body) {
        return server_.ask(bytes_of(path, body), "POST");
    }

    /// A chat that asks Anthropic; `members` may give its messages.
    static std::string chat_body(std::string_view members) {
        return request_body(R"({"model":"claude")", members);
    }
    /// A message that OpenAI is asked for.
    static std::string message_body(std::string_view members) {
        return request_body(R"({"model":"gpt","max_tokens":50)", members);
    }
    static std::string bytes_of(std::string_view path, const std::string& body) {
        return server::testing::post_of(path, body, key_line);
    }

    /// The one record of usage that `ask` leaves, whenever it comes.
    template <class Ask>
    document record_of(std::string_view model, Ask ask) {
        const std::size_t before = usage(model).size();
        ask();
        document records;
        EXPECT_TRUE(comes_true([&] { return (records = usage(model)).size() > before; }));
        EXPECT_EQ(records.size(), before + 1);
        return records.empty() ? document() : records.front();
    }
    document usage(std::string_view model) {
        return read(
            server_
                .ask(server::testing::head_of(
                    "GET", "/cortex/usage?limit=1000&model=" + std::string(model), key_line))
                .body);
    }

    static constexpr std::string_view key_line = "authorization: Bearer cortex-dev-key-001\r\n";

  private:
    static std::string request_body(std::string begin, std::string_view members) {
        if (members.find("\"messages\"") == std::string_view::npos)
            begin += R"(,"messages":[{"role":"user","content":"Hi"}])";
        if (!members.empty()) begin.append(",").append(members);
        return begin + "}";
    }

    server::options settings() const {
        server::options made = tiny_options();
        made.cortex.providers = {{"openai",
                                  {.type = server::provider_type::openai,
                                   .base_url = upstream_.url() + "/v1",
                                   .api_keys = std::vector<std::string>{"sk-upstream"},
                                   .models = std::vector<std::string>{"gpt"}}},
                                 {"anthropic",
                                  {.type = server::provider_type::anthropic,
                                   .base_url = upstream_.url(),
                                   .api_keys = std::vector<std::string>{"sk-ant-upstream"},
                                   .models = std::vector<std::string>{"claude"}}}};
        made.cortex.aliases.clear();
        made.cortex.virtual_models.clear();
        return made;
    }

    std::mutex mutex_;
    script script_;
    std::vector<test::received_request> seen_;
    test::scripted_server upstream_;
    running_server server_;
};

inline translated_gateway& gateway() { return translated_gateway::shared(); }

inline translated_gateway::script answers(std::string body, int status = 200,
                                          std::string headers = "") {
    return
        [=](test::session& to, const test::received_request&) { to.answer(status, body, headers); };
}

/// The bytes of a stream, `piece` at a time, so that events and characters are cut anywhere.
inline translated_gateway::script streams(std::string bytes, std::size_t piece = 1 << 20) {
    return [=](test::session& to, const test::received_request&) {
        to.begin_stream();
        for (std::size_t i = 0; i < bytes.size(); i += piece) to.chunk(bytes.substr(i, piece));
        to.end_stream();
    };
}

/// Events of messages, with their names.
inline std::string message_events(const std::vector<std::string>& data) {
    std::string all;
    for (const std::string& each : data)
        all += "event: " + read(each)["type"].get<std::string>() + "\ndata: " + read(each).dump() +
               "\n\n";
    return all;
}

inline std::string chat_chunks(const std::vector<std::string>& data, bool is_marked = true) {
    std::string all;
    for (const std::string& each : data) all += "data: " + read(each).dump() + "\n\n";
    return is_marked ? all + "data: [DONE]\n\n" : all;
}

}  // namespace tessera::contract::cortex_tests
