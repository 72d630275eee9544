#pragma once
// The gateway, asked as any client of HTTP would ask it, and providers that are scripts.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/support.hpp"
#include "support/scripted_server.hpp"

namespace tessera::contract::gateway_tests {

using server::cortex_options;
using server::gateway_key_settings;
using server::provider_settings;
using server::provider_type;
using server::testing::head_of;
using server::testing::raw_client;
using server::testing::raw_response;
using server::testing::running_server;

inline const std::string key_line = "authorization: Bearer cortex-dev-key-001\r\n";

/// The line of another key.
inline std::string bearer(std::string_view key) {
    return "authorization: Bearer " + std::string(key) + "\r\n";
}

/// A gateway of its own.
class gateway {
  public:
    explicit gateway(const cortex_options& how = {},
                     server::options all = server::testing::tiny_options())
        : server_([&] {
              all.cortex = how;
              return std::move(all);
          }()) {}

    raw_response ask(std::string_view method, std::string_view path, std::string_view body = {},
                     std::string_view headers = key_line) {
        raw_client client(server_.port());
        send(client, method, path, body, headers);
        return client.receive(method);
    }
    raw_response get(std::string_view path, std::string_view headers = key_line) {
        return ask("GET", path, {}, headers);
    }
    raw_response post(std::string_view path, const json::value& body,
                      std::string_view headers = key_line) {
        return ask("POST", path, json::encode(body), headers);
    }
    raw_response put(std::string_view path, std::string_view body) {
        return ask("PUT", path, body);
    }
    void send(raw_client& by, std::string_view method, std::string_view path,
              std::string_view body = {}, std::string_view headers = key_line) {
        std::string more(headers);
        if (!body.empty() || method == "POST" || method == "PUT")
            more +=
                "content-type: application/json\r\ncontent-length: " + std::to_string(body.size()) +
                "\r\n";
        by.send(head_of(method, "/cortex" + std::string(path), more).append(body));
    }
    std::uint16_t port() const { return server_.port(); }
    void stop() { server_.stop(); }

    /// The one that tests of the default configuration share.
    static gateway& shared() {
        static gateway instance;
        return instance;
    }

    /// The same with the model that comes with the project, which calls tools.
    static gateway& bundled() {
        static gateway instance({}, bundled_options());
        return instance;
    }
    static server::options bundled_options() {
        auto made = server::testing::tiny_options();
        made.models = {};
        return made;
    }

  private:
    running_server server_;
};

/// A provider by a script: what it was asked, and one answer for all.
class provider {
  public:
    using script = std::function<void(test::session&, const test::received_request&)>;

    explicit provider(script answer)
        : answer_(std::move(answer)),
          server_(test::for_each_request(
              [this](test::session& on, const test::received_request& asked, int) {
                  {
                      const std::lock_guard lock(mutex_);
                      asked_.push_back(asked);
                  }
                  answer_(on, asked);
              })) {}
    /// Answers everything with this.
    explicit provider(const json::value& body, int status = 200)
        : provider(
              [text = json::encode(body), status](
                  test::session& on, const test::received_request&) { on.answer(status, text); }) {}

    std::vector<test::received_request> asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }
    /// The body of the last request.
    json::value last() const {
        const auto all = asked();
        EXPECT_FALSE(all.empty());
        return all.empty() ? json::value() : json::parse(all.back().body).value();
    }
    std::string url() const { return server_.url(); }

    provider_settings settings(provider_type type, std::vector<std::string> models) const {
        provider_settings made;
        made.type = type;
        made.base_url = url() + "/v1";
        made.api_keys = {{"upstream-key"}};
        made.models = std::move(models);
        made.timeout_secs = 20;
        return made;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<test::received_request> asked_;
    script answer_;
    test::scripted_server server_;
};

/// The default, where the provider of this name is another.
inline cortex_options with_provider(std::string name, provider_settings given) {
    cortex_options made;
    std::erase_if(made.providers, [&](const auto& each) { return each.first == name; });
    made.providers.emplace_back(std::move(name), std::move(given));
    return made;
}

inline const json::value hello = {{"model", "gpt-4o"},
                                  {"messages", {{{"role", "user"}, {"content", "Hello"}}}},
                                  {"max_tokens", 3}};

/// The same with other members.
inline json::value with(json::value body, const json::value& members) {
    for (const auto& [name, value] : members.items()) body[name] = value;
    return body;
}
inline json::value without(json::value body, const std::string& member) {
    body.erase(member);
    return body;
}

/// A member, or null where there is none.
inline json::value member(const json::value& of, const std::string& name) {
    return of.is_object() && of.contains(name) ? of[name] : json::value();
}

/// OpenAI's answer to a chat.
inline json::value completion(std::string text = "Hi",
                              json::value usage = {{"prompt_tokens", 5},
                                                   {"completion_tokens", 2},
                                                   {"total_tokens", 7}}) {
    return {{"id", "chatcmpl-1"},
            {"object", "chat.completion"},
            {"created", 1},
            {"model", "gpt-4o"},
            {"choices",
             {{{"index", 0},
               {"message", {{"role", "assistant"}, {"content", std::move(text)}}},
               {"finish_reason", "stop"}}}},
            {"usage", std::move(usage)}};
}

/// Anthropic's answer to messages.
inline json::value message(std::string text = "Hi") {
    return {{"id", "msg_1"},
            {"type", "message"},
            {"role", "assistant"},
            {"model", "claude-3-5-sonnet-20241022"},
            {"content", {{{"type", "text"}, {"text", std::move(text)}}}},
            {"stop_reason", "end_turn"},
            {"stop_sequence", nullptr},
            {"usage", {{"input_tokens", 5}, {"output_tokens", 2}}}};
}

/// Error of either family: its type.
inline std::string error_type(const raw_response& of) {
    const json::value body = of.json();
    return body.value("error", json::value::object()).value("type", "(none)");
}

}  // namespace tessera::contract::gateway_tests
