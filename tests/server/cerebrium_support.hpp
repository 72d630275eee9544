#pragma once
// A server with functions, and requests for them.
#include <map>
#include <string>
#include <string_view>
#include <thread>

#include "cerebrium/api.hpp"
#include "support.hpp"

namespace tessera::server::testing {

inline const std::string endpoint = "1-openai-compatible-endpoint/run";

/// With a configuration of its own.
class function_server : public running_server {
  public:
    explicit function_server(std::string_view cerebrium = "{}", const clock* time = nullptr)
        : function_server(settings_of(cerebrium, time)) {}

    /// POST to "app/function[/...][?query]" of the project p-tessera.
    raw_response call(const std::string& function, const json::value& body,
                      std::string_view more = {}) {
        return ask(request(function, body, more), "POST");
    }
    std::string request(const std::string& function, const json::value& body,
                        std::string_view more = {}) const {
        return post_of("/cerebrium/v4/p-tessera/" + function, json::encode(body),
                       authorization() + std::string(more));
    }
    std::string authorization() const {
        return "authorization: Bearer " +
               cerebrium::token_for(settings_, "p-tessera", std::chrono::hours(1)) + "\r\n";
    }
    const options& settings() const { return settings_; }

    /// What the journal says of a run.
    json::value record(const std::string& run_id) {
        return ask(head_of("GET", "/_tessera/cerebrium/runs/" + run_id)).json();
    }
    /// The record as soon as the member has such a value.
    json::value record_when(const std::string& run_id, const char* member,
                            const json::value& wanted) {
        for (;;) {
            json::value now = record(run_id);
            if (now.value(member, json::value()) == wanted) return now;
            std::this_thread::yield();
        }
    }

  private:
    explicit function_server(options settings)
        : running_server(settings), settings_(std::move(settings)) {}

    static options settings_of(std::string_view cerebrium, const clock* time) {
        options made = tiny_options();
        if (time) made.clock = time;
        auto read = with_settings(made, "cerebrium: " + std::string(cerebrium), "test");
        if (!read) throw std::runtime_error(read.error().message);
        return *std::move(read);
    }

    options settings_;
};

inline json::value chat_of(const char* text = "Hi", json::value more = json::value::object()) {
    json::value made = {{"model", "any"},
                        {"messages", json::value::array({{{"role", "user"}, {"content", text}}})},
                        {"max_tokens", 8},
                        {"seed", 1}};
    made.update(more);
    return made;
}

}  // namespace tessera::server::testing
