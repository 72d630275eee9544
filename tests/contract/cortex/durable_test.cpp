// Whoever got an answer finds its record, also when the server was killed right after it.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <set>
#include <thread>

#include "contract/cortex/gateway.hpp"
#include "cortex/usage.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace durable_tests {

constexpr const char* folder_variable = "TESSERA_TEST_FOLDER";
constexpr int told_on = 3;  // the descriptor

// What the process to be killed does: it serves, and says on which port.
TEST(gateway_durable, DISABLED_process) {
    const char* const folder = std::getenv(folder_variable);
    ASSERT_TRUE(folder);
    auto settings = server::testing::tiny_options();
    settings.data = folder;
    gateway of({}, settings);
    const std::uint16_t port = of.port();
    ASSERT_EQ(::write(told_on, &port, sizeof port), ssize_t{sizeof port});
    for (;;) ::pause();
}

/// This program again, as a server with a folder.
class server_process {
  public:
    explicit server_process(const std::filesystem::path& folder) {
        EXPECT_EQ(::pipe(says_), 0);
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_adddup2(&files, says_[1], told_on);
        std::vector<std::string> variables = {std::string(folder_variable) + "=" + folder.string()};
        std::vector<char*> environment = {variables[0].data()};
        for (char** each = environ; *each; ++each) environment.push_back(*each);
        environment.push_back(nullptr);
        std::string arguments[] = {"test", "--gtest_filter=gateway_durable.DISABLED_process",
                                   "--gtest_also_run_disabled_tests", "--gtest_brief=1"};
        char* pointers[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                            arguments[3].data(), nullptr};
        EXPECT_EQ(::posix_spawn(&process_, "/proc/self/exe", &files, nullptr, pointers,
                                environment.data()),
                  0);
        posix_spawn_file_actions_destroy(&files);
        ::close(says_[1]);
        EXPECT_EQ(::read(says_[0], &port_, sizeof port_), ssize_t{sizeof port_});
    }
    ~server_process() {
        kill();
        ::close(says_[0]);
    }
    std::uint16_t port() const { return port_; }
    void kill() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = 0;
    }

  private:
    int says_[2]{};
    pid_t process_ = 0;
    std::uint16_t port_ = 0;
};

TEST(gateway_durable, no_record_of_an_answered_request_is_lost_when_the_server_is_killed) {
    const tessera::testing::temporary_folder folder("gateway");
    std::mutex mutex;
    std::set<std::string> answered;
    {
        server_process serving(folder.path());
        ASSERT_NE(serving.port(), 0);
        const auto count = [&] {
            const std::lock_guard lock(mutex);
            return answered.size();
        };
        std::vector<std::thread> clients;
        for (int i = 0; i < 4; ++i)
            clients.emplace_back([&, streams = i % 2 == 1] {
                const std::string body = json::encode(with(hello, {{"stream", streams}}));
                const std::string asked =
                    head_of("POST", "/cortex/v1/chat/completions",
                            key_line + "content-type: application/json\r\ncontent-length: " +
                                std::to_string(body.size()) + "\r\n") +
                    body;
                raw_client client(serving.port());
                for (;;) {
                    client.send(asked);
                    const raw_response got = client.receive("POST");
                    if (!got.whole || got.status != 200) return;
                    const std::lock_guard lock(mutex);
                    answered.insert(got.header("x-request-id"));
                }
            });
        while (count() < 60) std::this_thread::yield();
        serving.kill();
        for (std::thread& each : clients) each.join();
    }
    server::store::database database(folder.path());
    server::cortex::usage_ledger ledger(&database);
    std::set<std::string> recorded;
    const auto records = ledger.list({.limit = 1000});
    ASSERT_TRUE(records);
    for (const auto& each : *records) {
        EXPECT_TRUE(recorded.insert(each.request_id).second) << "twice: " << each.request_id;
        EXPECT_GT(each.output_tokens, 0);
    }
    for (const std::string& each : answered) EXPECT_TRUE(recorded.contains(each)) << each;
}

}  // namespace durable_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
