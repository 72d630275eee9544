// What works beside the I/O threads: programs, threads, a loop that goes by the server's clock.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <set>
#include <thread>

#include "jobs/command.hpp"
#include "jobs/loop.hpp"
#include "jobs/threads.hpp"
#include "support/manual_clock.hpp"

namespace tessera::server {
namespace {
namespace jobs_tests {

using std::chrono::milliseconds;

struct ran {
    command_end end;
    std::vector<std::string> lines;
};

ran run(command what, std::string_view input = {}, std::stop_token stop = {}) {
    signal(SIGPIPE, SIG_IGN);
    ran made;
    made.end = run_command(
        what, input, [&](std::string_view line) { made.lines.emplace_back(line); }, stop);
    return made;
}

ran run_script(std::string script, std::string_view input = {}) {
    return run({.words = {"/bin/sh", "-c", std::move(script)}}, input);
}

TEST(command, gets_its_input_and_gives_lines) {
    const ran made = run_script("cat; printf 'last without its end'", "one\n\ntwo\n");
    EXPECT_TRUE(made.end.succeeded) << made.end.reason;
    EXPECT_EQ(made.lines, (std::vector<std::string>{"one", "", "two", "last without its end"}));
}

TEST(command, words_are_words_and_no_shell_reads_them) {
    const ran made = run({.words = {"echo", "$HOME; exit 3", "*"}});
    EXPECT_EQ(made.lines, std::vector<std::string>{"$HOME; exit 3 *"});
}

TEST(command, a_large_input_that_nobody_reads_is_no_failure) {
    const std::string input(4 * 1024 * 1024, 'x');
    EXPECT_TRUE(run_script("exec 0<&-; echo done", input).end.succeeded);
    EXPECT_EQ(run_script("wc -c", input).lines.at(0), std::to_string(input.size()));
}

TEST(command, has_no_files_open_but_its_pipes) {
    const ran made = run_script("ls /proc/self/fd | wc -l; ls /proc/self/fd");
    ASSERT_FALSE(made.lines.empty());
    // Its three, and the folder that ls reads.
    EXPECT_EQ(made.lines.front(), "4");
}

TEST(command, sees_few_variables) {
    setenv("TESSERA_TEST_SECRET", "hidden", 1);
    const ran made = run({.words = {"env"}, .variables = {{"TESSERA_RUN_ID", "7"}}});
    std::set<std::string> names;
    for (const std::string& line : made.lines) names.insert(line.substr(0, line.find('=')));
    EXPECT_TRUE(names.contains("TESSERA_RUN_ID"));
    EXPECT_TRUE(names.contains("PATH"));
    EXPECT_FALSE(names.contains("TESSERA_TEST_SECRET"));
}

TEST(command, tells_how_it_failed) {
    const ran status = run_script("echo a; echo wrong >&2; exit 3");
    EXPECT_FALSE(status.end.succeeded);
    EXPECT_EQ(status.end.reason, "it ended with status 3");
    EXPECT_EQ(status.end.errors, "wrong\n");
    EXPECT_EQ(status.lines, std::vector<std::string>{"a"});
    EXPECT_EQ(run_script("kill -TERM $$").end.reason, "it was ended by signal 15");
    EXPECT_THROW(run({.words = {"/absent/program"}}), std::runtime_error);
}

TEST(command, is_killed_with_its_group_when_the_time_is_over) {
    // The child that stays behind would hold the output open for ever.
    const ran made = run({.words = {"/bin/sh", "-c", "sleep 1000 & echo $!; sleep 1000"},
                          .timeout = milliseconds(200)});
    EXPECT_EQ(made.end.reason, "it took longer than 200 ms");
    ASSERT_EQ(made.lines.size(), 1U);
    const int child = std::stoi(made.lines[0]);
    // Until init has taken it: it is dead at once, and gone a little later.
    while (kill(child, 0) == 0) std::this_thread::yield();
    EXPECT_EQ(errno, ESRCH);
}

TEST(command, what_it_leaves_behind_is_killed) {
    const ran made = run_script("sleep 1000 >/dev/null 2>&1 & echo $!");
    EXPECT_TRUE(made.end.succeeded);
    const int child = std::stoi(made.lines.at(0));
    while (kill(child, 0) == 0) std::this_thread::yield();
    EXPECT_EQ(errno, ESRCH);
}

TEST(command, output_and_errors_are_bounded) {
    const ran made = run({.words = {"/bin/sh", "-c", "yes"}, .most_output = 100'000});
    EXPECT_EQ(made.end.reason, "it wrote more than 100000 bytes");
    const ran errors =
        run({.words = {"/bin/sh", "-c", "yes 12345678 | head -c 100000 >&2; echo end >&2"},
             .most_errors = 1000});
    EXPECT_TRUE(errors.end.succeeded);
    EXPECT_LE(errors.end.errors.size(), 1000U);
    EXPECT_TRUE(errors.end.errors.ends_with("end\n"));
}

TEST(command, ends_when_a_stop_is_asked_for) {
    std::stop_source stop;
    ran made;
    std::jthread other([&] {
        made = run({.words = {"sleep", "1000"}, .timeout = std::chrono::hours(1)}, {},
                   stop.get_token());
    });
    stop.request_stop();
    other.join();
    EXPECT_EQ(made.end.reason, "it was stopped");
}

TEST(command, what_a_line_throws_is_thrown_on) {
    EXPECT_THROW(run_command({.words = {"yes"}}, {},
                             [](std::string_view) { throw std::length_error("enough"); }, {}),
                 std::length_error);
}

TEST(threads, run_beside_each_other_up_to_their_number) {
    threads all(2);
    std::promise<void> go;
    const auto gone = go.get_future().share();
    std::atomic<int> running{0}, done{0};
    for (int i = 0; i < 5; ++i)
        all.run([&] {
            ++running;
            gone.wait();
            ++done;
        });
    while (running < 2) std::this_thread::yield();
    EXPECT_EQ(running, 2);
    go.set_value();
    while (done < 5) std::this_thread::yield();
    all.stop();
    all.run([&] { ++done; });
    EXPECT_EQ(done, 5);
}

TEST(loop, goes_by_the_clock_that_it_is_given) {
    test::manual_clock clock;
    loop background(clock);
    std::vector<int> order;
    std::promise<void> second;
    background.at(clock.now() + std::chrono::hours(2), [&] {
        order.push_back(2);
        second.set_value();
    });
    std::promise<void> first;
    background.at(clock.now() + std::chrono::hours(1), [&] {
        order.push_back(1);
        first.set_value();
    });
    clock.advance(std::chrono::hours(1));
    first.get_future().wait();
    EXPECT_EQ(order, std::vector<int>{1});
    clock.advance(std::chrono::hours(1));
    second.get_future().wait();
    EXPECT_EQ(order, (std::vector<int>{1, 2}));
    background.at(clock.now() + std::chrono::hours(1), [&] { order.push_back(3); });
    background.stop();
    clock.advance(std::chrono::hours(1));
    EXPECT_EQ(order.size(), 2U);
}

}  // namespace jobs_tests
}  // namespace
}  // namespace tessera::server
