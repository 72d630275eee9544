#pragma once
// A server of Emissary's API whose clock is the test's, and a client of it.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "contract/service.hpp"
#include "support/manual_clock.hpp"
#include "tessera/emissary.hpp"
#include "tessera/emissary/errors.hpp"

namespace tessera::contract::emissary_tests {

using server::testing::head_of;
using server::testing::raw_response;

inline const std::string key = server::emissary_options().api_key;
inline const std::string base_model = "Llama-3.2-1B-Instruct";

class workshop {
  public:
    explicit workshop(const std::optional<std::filesystem::path>& data = {},
                      const server::emissary_options& how = {})
        : server_([&] {
              auto settings = tiny_options();
              settings.data = data;
              settings.emissary = how;
              settings.clock = &clock;
              return settings;
          }()),
          client([this] {
              auto options = contract::options_to(server_, "/emissary");
              options.api_key = secret(key);
              return options;
          }()) {}

    /// What a request without the client is answered; empty bodies are none.
    raw_response ask(std::string_view method, std::string_view path, std::string_view body = {},
                     std::string_view with = key) {
        std::string more;
        if (!with.empty()) more = "x-api-key: " + std::string(with) + "\r\n";
        if (!body.empty()) more += "content-type: application/json\r\n";
        if (method == "POST") more += "content-length: " + std::to_string(body.size()) + "\r\n";
        return server_.ask(head_of(method, "/emissary" + std::string(path), more).append(body),
                           method);
    }
    running_server& server() { return server_; }

    std::string new_project() { return client.projects.create().id; }
    /// The text of where a deployment, or an engine, stands.
    std::string status(const std::string& project, const std::string& deployment) const {
        return std::string(client.deployments.retrieve(project, deployment).status.text());
    }
    std::string status(const std::string& engine) const {
        return std::string(client.engines.retrieve(engine).status.text());
    }
    /// Whether it comes to stand so, without any more time.
    template <class... Ids>
    ::testing::AssertionResult becomes(std::string_view wanted, const Ids&... ids) const {
        if (comes_true([&] { return status(ids...) == wanted; }))
            return ::testing::AssertionSuccess();
        return ::testing::AssertionFailure() << "it is " << status(ids...) << ", not " << wanted;
    }
    /// A deployment of the base model that answers.
    std::string new_deployment(const std::string& project,
                               emissary::deployment_request how = {.training_job_id = base_model}) {
        const std::string id = client.deployments.create(project, how).id;
        EXPECT_TRUE(becomes("Deploying", project, id));
        clock.advance(std::chrono::seconds(1));
        EXPECT_TRUE(becomes("Deployed", project, id));
        return id;
    }
    std::string new_engine(emissary::engine_request how = {.base_model = base_model}) {
        const std::string id = client.engines.create(how).id;
        clock.advance(std::chrono::seconds(1));
        EXPECT_TRUE(becomes("Active", id));
        return id;
    }

    test::manual_clock clock;

  private:
    running_server server_;

  public:
    const emissary::client client;
};

/// The status and the message of a request that is refused, in the API's own form.
inline std::pair<int, std::string> refusal_of(const raw_response& got) {
    const auto body = json::decode_text<emissary::error_body>(got.body);
    if (!body) return {got.status, "no body of an error: " + got.body};
    EXPECT_EQ(body->status, got.status);
    EXPECT_EQ(body->code.has_value(), got.status == 404) << got.body;
    EXPECT_EQ(body->code.value_or("object_not_found"), "object_not_found");
    EXPECT_TRUE(body->extra.is_null() || body->extra.empty()) << got.body;
    return {got.status, body->error};
}

}  // namespace tessera::contract::emissary_tests
