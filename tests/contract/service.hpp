#pragma once
// The SDK's client and the server, in one process. The model says random bytes: its tokens are the
// 256 bytes, then <|end|>, <|start|>, <|user|>, <|assistant|> and <|system|>.
#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <string>
#include <utility>

#include "server/support.hpp"
#include "tessera/call.hpp"
#include "tessera/cerebras.hpp"

namespace tessera::contract {

using server::testing::comes_true;
using server::testing::running_server;
using server::testing::tiny_options;

constexpr int end_token = 256;
constexpr int vocabulary_size = 264;
constexpr int context_length = 2048;

/// Options of a client of that server, with its key and without retries.
inline client_options options_to(const running_server& of, std::string path = "/cerebras") {
    client_options made;
    made.api_key = secret(server::cerebras_options().api_key);
    made.base_url = "http://127.0.0.1:" + std::to_string(of.port()) + std::move(path);
    made.max_retries = 0;
    return made;
}

/// The server that most tests share, and a client of it.
inline const cerebras::client& client() {
    static const cerebras::client made(options_to(running_server::shared()));
    return made;
}

/// The body of an API error.
inline cerebras::error_content content_of(const error& failed) {
    auto decoded = json::decode_text<cerebras::error_content>(failed.body);
    EXPECT_TRUE(decoded) << failed.body;
    return decoded ? *std::move(decoded) : cerebras::error_content();
}

/// The types of all issues of a 422, by place: "body.stop.1".
inline std::map<std::string, std::string> issues_of(const error& failed) {
    EXPECT_EQ(failed.kind, error_kind::unprocessable) << failed.message;
    std::map<std::string, std::string> all;
    const auto decoded = json::decode_text<cerebras::http_validation_error>(failed.body);
    if (!decoded || !decoded->detail) {
        ADD_FAILURE() << failed.body;
        return all;
    }
    for (const cerebras::validation_error& each : *decoded->detail) {
        std::string place;
        for (const auto& step : each.loc) {
            const auto* index = std::get_if<std::int64_t>(&step);
            place += (place.empty() ? "" : ".") +
                     (index ? std::to_string(*index) : std::get<std::string>(step));
        }
        EXPECT_FALSE(each.msg.empty());
        all[place] = each.type;
    }
    return all;
}

/// Runs an asio::awaitable to its end and gives what it returns.
template <class Awaitable>
auto awaited(Awaitable work) {
    asio::io_context context;
    auto later = asio::co_spawn(context, std::move(work), asio::use_future);
    context.run();
    return later.get();
}

/// Generations that run or wait, by the server's own account.
inline int load_of(running_server& of) {
    const json::value model =
        of.ask(server::testing::head_of("GET", "/_tessera/health")).json()["models"][0];
    return model["running"].get<int>() + model["queued"].get<int>();
}

}  // namespace tessera::contract
