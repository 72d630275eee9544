// The configuration follows its file.
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>

#include "contract/cortex/gateway.hpp"
#include "support/manual_clock.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace reloading_tests {

// Lines about settings, as they come.
class heard {
  public:
    void say(const std::string& line) {
        if (line.find("the settings") == std::string::npos) return;
        const std::lock_guard lock(mutex_);
        lines_.push_back(line);
        changed_.notify_all();
    }
    // The line of that number; empty where it does not come for long.
    std::string line(std::size_t number) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(20), [&] { return lines_.size() > number; });
        return lines_.size() > number ? lines_[number] : "";
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
};

TEST(gateway_configuration, follows_its_file_and_refuses_a_broken_one_by_its_line) {
    SCOPED_TRACE("rule: auth-config-file");
    const tessera::testing::temporary_folder folder("tessera-gateway");
    const auto file = folder.path() / "cortex.yaml";
    const auto write = [&](std::string_view text) {
        // At once, as careful editors do.
        const auto beside = folder.path() / "next";
        std::ofstream(beside) << text;
        std::filesystem::rename(beside, file);
    };
    write("api_keys: [{name: Old, key: old-key}]\n");
    test::manual_clock time;
    heard log;
    server::options base = server::testing::tiny_options();
    base.clock = &time;
    base.log = [&](const std::string& line) { log.say(line); };
    const auto how = server::with_settings(base, file);
    ASSERT_TRUE(how) << how.error().message;
    gateway of(how->cortex, *how);
    const auto lets_in = [&](std::string_view key) {
        return of.get("/v1/models", bearer(key)).status == 200;
    };
    EXPECT_TRUE(lets_in("old-key"));
    EXPECT_FALSE(lets_in("new-key"));

    write("api_keys: [{name: New, key: new-key}]\naliases: {swift: gpt-4o}\n");
    time.advance(std::chrono::seconds(1));
    EXPECT_NE(log.line(0).find("in force"), std::string::npos);
    EXPECT_FALSE(lets_in("old-key"));
    EXPECT_TRUE(lets_in("new-key"));
    const json::value asked = with(hello, {{"model", "swift"}});
    EXPECT_EQ(of.post("/v1/chat/completions", asked, bearer("new-key")).status, 200);

    write("api_keys:\n  - {name: Third, key: third-key}\nprovidrs: {}\n");
    time.advance(std::chrono::seconds(1));
    const std::string refused = log.line(1);
    EXPECT_NE(refused.find("line 3"), std::string::npos) << refused;
    EXPECT_NE(refused.find("providrs"), std::string::npos) << refused;
    EXPECT_TRUE(lets_in("new-key"));
    EXPECT_FALSE(lets_in("third-key"));

    write("api_keys: [{name: Third, key: third-key}]\n");
    time.advance(std::chrono::seconds(1));
    EXPECT_NE(log.line(2).find("in force"), std::string::npos);
    EXPECT_TRUE(lets_in("third-key"));
}

TEST(gateway_configuration, that_a_request_changed_stays_until_the_restart) {
    const tessera::testing::temporary_folder folder("tessera-gateway");
    const auto file = folder.path() / "cortex.yaml";
    std::ofstream(file) << "caching: {response_cache_ttl_secs: 10}\n";
    test::manual_clock time;
    heard log;
    server::options base = server::testing::tiny_options();
    base.clock = &time;
    base.log = [&](const std::string& line) { log.say(line); };
    const auto how = server::with_settings(base, file);
    ASSERT_TRUE(how) << how.error().message;
    gateway of(how->cortex, *how);
    EXPECT_EQ(of.put("/api/config/token-refresh", R"({"check_interval_secs": 7})").status, 200);
    std::ofstream(file) << "caching: {response_cache_ttl_secs: 20}\n"
                           "token_refresh: {check_interval_secs: 30}\n";
    time.advance(std::chrono::seconds(1));
    EXPECT_NE(log.line(0), "");
    EXPECT_EQ(of.get("/api/config/caching").json()["response_cache_ttl_secs"], 20);
    EXPECT_EQ(of.get("/api/config/token-refresh").json()["check_interval_secs"], 7);
}

}  // namespace reloading_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
