#pragma once
// Processes that tests begin and kill.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

namespace tessera::test {

/// A copy of this process with a body of its own; killed in the end. There must be no other thread
/// when it begins.
class child {
  public:
    /// `body` gets the descriptor that say() writes to.
    template <class Body>
    explicit child(Body body) {
        EXPECT_EQ(pipe(says_), 0);
        process_ = fork();
        if (process_ == 0) {
            body(says_[1]);
            _exit(0);
        }
        close(says_[1]);
    }
    ~child() {
        kill();
        close(says_[0]);
    }
    child(const child&) = delete;
    child& operator=(const child&) = delete;

    /// False at its end.
    bool read(std::int64_t& number) {
        return ::read(says_[0], &number, sizeof number) == sizeof number;
    }
    void kill() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
        process_ = 0;
    }

  private:
    int says_[2]{};
    pid_t process_ = 0;
};

inline void say(int to, std::int64_t number) {
    if (write(to, &number, sizeof number) != sizeof number) _exit(1);
}

}  // namespace tessera::test
