#include "tessera/net/connect.hpp"

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <future>

#include "tessera/net/resolve.hpp"

namespace tessera::net {
namespace {

class Connect : public testing::Test {
  protected:
    asio::io_context context_;
    std::shared_ptr<watch> watch_ =
        std::make_shared<watch>(context_.get_executor(), clock::system());
};

TEST_F(Connect, ALookupThatThrowsIsAnError) {
    std::optional<result<void>> found;
    const auto look = [&]() -> task<result<void>> {
        const resolve_hook hook = [](const std::string&) -> result<std::vector<std::string>> {
            throw 1;
        };
        endpoints addresses;
        found = co_await resolve("some.test", 80, hook, *watch_, addresses);
        co_return result<void>();
    };
    fiber::start(context_.get_executor(), look(), {});
    context_.run();
    ASSERT_TRUE(found);
    ASSERT_FALSE(*found);
    EXPECT_EQ(found->error().kind, error_kind::connection);
}

TEST_F(Connect, NothingBeginsAfterAStop) {
    watch_->stop(stop_cause::cancelled);
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
    bool resolved = false, connected = false;
    const auto look = [&]() -> task<result<void>> {
        const resolve_hook hook =
            [released](const std::string&) -> result<std::vector<std::string>> {
            released.wait();
            return std::vector<std::string>{};
        };
        endpoints none;
        EXPECT_FALSE((co_await resolve("some.test", 80, hook, *watch_, none)).has_value());
        resolved = true;
        // No host answers at this address (RFC 5737).
        endpoints nobody{{asio::ip::make_address("192.0.2.1"), 80}};
        std::unique_ptr<stream> opened;
        const std::error_code code = co_await connect_any(std::move(nobody), *watch_, opened);
        EXPECT_FALSE(opened);
        EXPECT_EQ(code, asio::error::operation_aborted);
        connected = true;
        co_return result<void>();
    };
    fiber::start(context_.get_executor(), look(), {});
    while (context_.poll() > 0) {
    }
    EXPECT_TRUE(resolved);
    EXPECT_TRUE(connected);
    release.set_value();
}

}  // namespace
}  // namespace tessera::net
