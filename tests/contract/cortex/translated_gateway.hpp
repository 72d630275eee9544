#pragma once
// The gateway between a client's bytes and a scripted upstream's.
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/cortex/gateway.hpp"

namespace tessera::contract::gateway_tests {

/// JSON that compares as JSON does: the order of members says nothing.
using document = nlohmann::json;

inline document read(std::string_view text) { return document::parse(text); }

/// Models `gpt` of a provider of OpenAI's dialect and `claude` of Anthropic's, both behind one
/// upstream, which answers as the test says.
class translated_gateway {
  public:
    using script = provider::script;

    static translated_gateway& shared() {
        static translated_gateway instance;
        return instance;
    }

    /// From now on the upstream answers so; what it was asked before is forgotten.
    void upstream(script answer) {
        const std::lock_guard lock(mutex_);
        script_ = std::move(answer);
        forgotten_ = upstream_.asked().size();
    }
    std::vector<test::received_request> seen() const {
        auto all = upstream_.asked();
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(forgotten_));
        return all;
    }
    /// The body of the one request that the upstream was asked.
    document asked() const {
        const auto all = seen();
        EXPECT_EQ(all.size(), 1U);
        return all.empty() ? document() : read(all.front().body);
    }

    /// A chat that asks Anthropic; `members` may give its messages.
    raw_response chat(std::string_view members) { return ask(chats, chat_body(members)); }
    /// A message that OpenAI is asked for.
    raw_response message(std::string_view members) { return ask(messages, message_body(members)); }

    /// The same, without waiting for the answer.
    ///@{
    void send_chat(raw_client& by, std::string_view members) {
        server_.send(by, "POST", chats, chat_body(members));
    }
    void send_message(raw_client& by, std::string_view members) {
        server_.send(by, "POST", messages, message_body(members));
    }
    ///@}
    std::uint16_t port() const { return server_.port(); }

    /// The one record of usage that `ask` leaves, whenever it comes.
    template <class Ask>
    document record_of(std::string_view model, Ask ask) {
        const std::size_t before = records(model).size();
        ask();
        document all;
        const auto latest = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        do all = records(model);
        while (all.size() <= before && std::chrono::steady_clock::now() < latest);
        EXPECT_EQ(all.size(), before + 1);
        return all.empty() ? document() : all.front();
    }

  private:
    static constexpr std::string_view chats = "/v1/chat/completions",
                                      messages = "/anthropic/v1/messages";

    static std::string chat_body(std::string_view members) {
        return request_body(R"({"model":"claude")", members);
    }
    static std::string message_body(std::string_view members) {
        return request_body(R"({"model":"gpt","max_tokens":50)", members);
    }
    static std::string request_body(std::string begin, std::string_view members) {
        if (members.find("\"messages\"") == std::string_view::npos)
            begin += R"(,"messages":[{"role":"user","content":"Hi"}])";
        if (!members.empty()) begin.append(",").append(members);
        return begin + "}";
    }

    raw_response ask(std::string_view path, const std::string& body) {
        return server_.ask("POST", path, body);
    }
    document records(std::string_view model) {
        return read(server_.get("/usage?limit=1000&model=" + std::string(model)).body);
    }

    cortex_options options() const {
        cortex_options made;
        made.providers = {{"openai", upstream_.settings(provider_type::openai, {"gpt"})},
                          {"anthropic", upstream_.settings(provider_type::anthropic, {"claude"})}};
        made.aliases.clear();
        made.virtual_models.clear();
        made.provider_patterns.clear();
        return made;
    }

    std::mutex mutex_;
    script script_;
    std::size_t forgotten_ = 0;
    provider upstream_{[this](test::session& to, const test::received_request& asked) {
        script answer;
        {
            const std::lock_guard lock(mutex_);
            answer = script_;
        }
        answer(to, asked);
    }};
    gateway server_{options()};
};

inline translated_gateway& translated() { return translated_gateway::shared(); }

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

}  // namespace tessera::contract::gateway_tests
