#include <gtest/gtest.h>

#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>

#include "support.hpp"

namespace tessera::server::testing {
namespace {
namespace control_tests {

raw_response get(std::string_view target, std::string_view more = {}) {
    return running_server::shared().ask(head_of("GET", target, more));
}

TEST(control, health_names_apis_and_models) {
    const json::value health = get("/_tessera/health").json();
    EXPECT_EQ(health["status"], "ok");
    EXPECT_EQ(health["apis"], json::value::array({"cerebras", "cerebrium", "cortex", "emissary"}));
    EXPECT_EQ(health["models"][0]["name"], "tiny");
    EXPECT_EQ(health["models"][0]["context_length"], 2048);
    EXPECT_EQ(health["models"][0]["precision"], "FP32");
    EXPECT_NE(health["models"][0]["kernels"].get<std::string>(), "");
}

TEST(control, health_names_the_precision_that_was_chosen) {
    const auto first_of = [](const options& settings) {
        running_server server(settings);
        const json::value health =
            server.ask(head_of("GET", "/_tessera/health")).json()["models"][0];
        const json::value answered =
            server
                .ask(
                    post_of("/cerebras/v1/completions",
                            R"({"model":"tiny","prompt":"One","max_tokens":8,"seed":1})", key_line),
                    "POST")
                .json();
        EXPECT_EQ(answered["usage"]["completion_tokens"], 8) << answered;
        return std::pair(health["precision"].get<std::string>(),
                         answered["system_fingerprint"].get<std::string>());
    };
    options settings = tiny_options();
    const auto plain = first_of(settings);
    settings.precision = weight_precision::int8;
    const auto narrow = first_of(settings);
    settings.cached = kv_precision::bf16;
    EXPECT_EQ(plain.first, "FP32");
    EXPECT_EQ(narrow.first, "INT8");
    EXPECT_NE(plain.second, narrow.second);
    EXPECT_NE(first_of(settings).second, narrow.second);
}

TEST(control, says_which_device_computes_and_why) {
    // Whatever this machine has.
    setenv("TESSERA_CUDA_LIBRARY", "/nowhere/libtessera-cuda.so", 1);
    std::mutex mutex;
    std::string said;
    options settings = tiny_options();
    settings.backend = backend_kind::automatic;
    settings.log = [&](const std::string& line) {
        const std::lock_guard lock(mutex);
        said += line + '\n';
    };
    running_server server(settings);
    const json::value health = server.ask(head_of("GET", "/_tessera/health")).json()["models"][0];
    EXPECT_EQ(health["device"], "CPU");
    EXPECT_FALSE(health.contains("device_memory"));
    EXPECT_GT(health["weights_size"], 0);
    EXPECT_NE(said.find("of FP32 weights on CPU"), std::string::npos) << said;
    EXPECT_NE(said.find("not on a GPU: libtessera-cuda.so is not there (/nowhere/"),
              std::string::npos)
        << said;
    settings.backend = backend_kind::cuda;
    try {
        running_server none(settings);
        ADD_FAILURE() << "a GPU that is not there computes";
    } catch (const std::runtime_error& refused) {
        EXPECT_NE(std::string(refused.what()).find("CUDA cannot be used"), std::string::npos)
            << refused.what();
    }
    unsetenv("TESSERA_CUDA_LIBRARY");
}

TEST(control, credentials_are_for_this_machine) {
    const raw_response got = get("/_tessera/credentials");
    EXPECT_EQ(got.json()["cerebras"], "csk-tessera-dev");
    const std::string token = got.json()["cerebrium"];
    EXPECT_EQ(running_server::shared()
                  .ask(post_of("/cerebrium/v4/p-tessera/echo/run", "{}",
                               "authorization: Bearer " + token + "\r\n"),
                       "POST")
                  .status,
              200);
    EXPECT_EQ(got.header("cache-control"), "no-store");
    EXPECT_EQ(get("/_tessera/credentials", "origin: http://example.com\r\n").status, 403);
    EXPECT_EQ(get("/_tessera/credentials", "origin: http://127.0.0.1:5173\r\n").status, 200);
    // A page whose name was made to lead here.
    const raw_response rebound = running_server::shared().ask(
        "GET /_tessera/credentials HTTP/1.1\r\nhost: example.com\r\n\r\n");
    EXPECT_EQ(rebound.status, 403);
}

TEST(control, the_openapi_document_has_every_operation) {
    const json::value document = get("/_tessera/openapi/cerebras.json").json();
    EXPECT_EQ(document["openapi"], "3.1.0");
    EXPECT_EQ(document["paths"].size(), 7U);
    const json::value& chat = document["paths"]["/v1/chat/completions"]["post"];
    EXPECT_EQ(chat["operationId"], "chat_v1_chat_completions_post");
    EXPECT_EQ(chat["requestBody"]["content"]["application/json"]["schema"]["$ref"],
              "#/components/schemas/ChatCompletionRequest");
    EXPECT_EQ(chat["responses"]["200"]["content"]["text/event-stream"]["schema"]["$ref"],
              "#/components/schemas/ChatChunkResponse");
    EXPECT_EQ(chat["security"][0].begin().key(), "HTTPBearer");
    const json::value& schemas = document["components"]["schemas"];
    EXPECT_EQ(schemas["ChatCompletionRequest"]["additionalProperties"], false);
    // Every reference leads somewhere.
    const std::string text = document.dump();
    const std::string prefix = "\"#/components/schemas/";
    for (std::size_t at = text.find(prefix); at != text.npos; at = text.find(prefix, at + 1)) {
        const std::size_t begin = at + prefix.size();
        const std::string name = text.substr(begin, text.find('"', begin) - begin);
        EXPECT_TRUE(schemas.contains(name)) << name;
    }
    EXPECT_EQ(get("/_tessera/openapi/other.json").status, 404);
}

TEST(control, one_api_may_be_at_the_root) {
    options settings = tiny_options();
    settings.api = "cerebras";
    running_server server(settings);
    EXPECT_EQ(server.ask(head_of("GET", "/v1/models", key_line)).status, 200);
    EXPECT_EQ(server.ask(head_of("GET", "/cerebras/v1/models", key_line)).status, 200);
    const raw_response unknown = server.ask(head_of("GET", "/v1/other", key_line));
    EXPECT_EQ(unknown.status, 404);
    EXPECT_TRUE(unknown.headers.contains("x-ratelimit-remaining-requests-day"));
}

TEST(control, an_unknown_api_is_refused) {
    options settings = tiny_options();
    settings.api = "other";
    EXPECT_THROW(server{settings}, std::runtime_error);
}

TEST(control, a_folder_without_a_model_is_refused_with_its_name) {
    options settings = tiny_options();
    settings.models = {"/nonexistent/model"};
    try {
        server made(settings);
        ADD_FAILURE();
    } catch (const std::runtime_error& thrown) {
        EXPECT_NE(std::string(thrown.what()).find("/nonexistent/model"), std::string::npos);
    }
}

TEST(control, a_port_in_use_is_named) {
    options settings = tiny_options();
    settings.port = running_server::shared().port();
    server other(settings);
    try {
        other.start();
        ADD_FAILURE();
    } catch (const std::runtime_error& thrown) {
        EXPECT_NE(std::string(thrown.what()).find(std::to_string(settings.port)),
                  std::string::npos);
    }
}

}  // namespace control_tests
}  // namespace
}  // namespace tessera::server::testing
