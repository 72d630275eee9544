// What a process of tessera-listen can still do. Each is tried in a child.
#include "speech/listen/confinement.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/sanitized.hpp"

namespace tessera::listen {
namespace {

constexpr int refused = 10, allowed = 11, failed_otherwise = 12;

// How a child ends that does this.
int status_of(const std::function<int()>& what) {
    const pid_t child = fork();
    if (child == 0) {
        int told = failed_otherwise;
        try {
            told = what();
        } catch (...) {
        }
        _exit(told);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return status;
}

int told_by(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }

int sealed(const std::function<long()>& call) {
    seal();
    errno = 0;
    if (call() >= 0) return allowed;
    return errno == EPERM ? refused : failed_otherwise;
}

TEST(confinement, nothing_is_reached_from_within) {
    const std::string file = ::testing::TempDir() + "tessera-confined";
    const char* words[] = {"/bin/true", nullptr};
    const rlimit more{RLIM_INFINITY, RLIM_INFINITY};
    const std::vector<std::pair<const char*, std::function<long()>>> calls = {
        {"a socket", [] { return socket(AF_INET, SOCK_STREAM, 0); }},
        {"a local socket", [] { return socket(AF_UNIX, SOCK_STREAM, 0); }},
        {"a pair of sockets",
         [] {
             int both[2];
             return socketpair(AF_UNIX, SOCK_STREAM, 0, both);
         }},
        {"a file that is read", [] { return open("/etc/passwd", O_RDONLY); }},
        {"a file that is written", [&] { return open(file.c_str(), O_CREAT | O_WRONLY, 0600); }},
        {"a file that is removed", [] { return unlink("/nonexistent/a"); }},
        {"a file that is renamed", [] { return rename("/nonexistent/a", "/nonexistent/b"); }},
        {"a folder", [] { return mkdir("/nonexistent/a", 0700); }},
        {"a program", [&] { return execv(words[0], const_cast<char**>(words)); }},
        {"a process",
         [] {
             const pid_t made = fork();
             if (made == 0) _exit(0);
             return made;
         }},
        {"a signal", [] { return kill(getppid(), 0); }},
        {"its own limits", [&] { return setrlimit(RLIMIT_NOFILE, &more); }},
        {"memory with a name", [] { return memfd_create("a", 0); }},
    };
    for (const auto& [name, call] : calls)
        EXPECT_EQ(told_by(status_of([&] { return sealed(call); })), refused) << name;
    EXPECT_NE(access(file.c_str(), F_OK), 0);
    // And with what is open goes on.
    EXPECT_EQ(told_by(status_of([] {
                  int ends[2];
                  if (pipe(ends) != 0) return failed_otherwise;
                  return sealed([&] { return write(ends[1], "x", 1); });
              })),
              allowed);
}

TEST(confinement, memory_is_limited) {
    if (test::sanitized)
        GTEST_SKIP() << "sanitizers reserve more of the address space than the limit";
    const auto has = [](std::size_t size) {
        return told_by(status_of([size] {
            limit({.memory_bytes = std::size_t{1} << 30});
            void* const made =
                mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            return made == MAP_FAILED ? refused : allowed;
        }));
    };
    EXPECT_EQ(has(std::size_t{1} << 20), allowed);
    EXPECT_EQ(has(std::size_t{1} << 30), refused);
}

TEST(confinement, time_is_limited) {
    const int status = status_of([] {
        limit({.cpu_seconds = 1});
        volatile bool over = false;
        while (!over) {
        }
        return allowed;
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_TRUE(WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL) << WTERMSIG(status);
    EXPECT_FALSE(WCOREDUMP(status));
}

}  // namespace
}  // namespace tessera::listen
