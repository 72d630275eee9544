#include "jobs/command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace tessera::server {
namespace {

using real_time = std::chrono::steady_clock;

class descriptor {
  public:
    explicit descriptor(int number = -1) : number_(number) {}
    ~descriptor() { close(); }
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    int get() const { return number_; }
    bool is_open() const { return number_ >= 0; }
    void close() {
        if (number_ >= 0) ::close(std::exchange(number_, -1));
    }

  private:
    int number_;
};

int checked(int made, const char* what) {
    if (made < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
    return made;
}

struct channel_pair {
    descriptor read, write;

    channel_pair() {
        int ends[2];
        checked(pipe2(ends, O_CLOEXEC), "no pipe can be had");
        read = descriptor(ends[0]);
        write = descriptor(ends[1]);
    }
};

void never_block(const descriptor& of) { fcntl(of.get(), F_SETFL, O_NONBLOCK); }

// What posix_spawn is told, and lets go again.
class spawning {
  public:
    spawning(const descriptor& in, const descriptor& out, const descriptor& errors) {
        posix_spawn_file_actions_init(&files_);
        posix_spawn_file_actions_adddup2(&files_, in.get(), 0);
        posix_spawn_file_actions_adddup2(&files_, out.get(), 1);
        posix_spawn_file_actions_adddup2(&files_, errors.get(), 2);
        posix_spawn_file_actions_addclosefrom_np(&files_, 3);
        posix_spawnattr_init(&how_);
        posix_spawnattr_setflags(
            &how_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        posix_spawnattr_setpgroup(&how_, 0);
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&how_, &none);
        posix_spawnattr_setsigdefault(&how_, &all);
    }
    ~spawning() {
        posix_spawn_file_actions_destroy(&files_);
        posix_spawnattr_destroy(&how_);
    }
    spawning(const spawning&) = delete;
    spawning& operator=(const spawning&) = delete;

    pid_t start(const command& what) {
        std::vector<std::string> variables;
        for (const char* kept : {"PATH", "HOME", "LANG", "TMPDIR"})
            if (const char* value = std::getenv(kept))
                variables.push_back(std::string(kept) + "=" + value);
        for (const auto& [name, value] : what.variables) variables.push_back(name + "=" + value);
        std::vector<std::string> words = what.words;
        const auto pointers = [](std::vector<std::string>& texts) {
            std::vector<char*> all;
            for (std::string& each : texts) all.push_back(each.data());
            all.push_back(nullptr);
            return all;
        };
        pid_t child = -1;
        const int failed = posix_spawnp(&child, words.front().c_str(), &files_, &how_,
                                        pointers(words).data(), pointers(variables).data());
        if (failed)
            throw std::runtime_error(words.front() +
                                     " cannot be started: " + std::strerror(failed));
        return child;
    }

  private:
    posix_spawn_file_actions_t files_;
    posix_spawnattr_t how_;
};

// The process and its group, which end with this.
class process {
  public:
    explicit process(pid_t id) : id_(id), ended_(static_cast<int>(syscall(SYS_pidfd_open, id, 0))) {
        if (ended_.is_open()) return;
        end();
        throw std::runtime_error("a process cannot be watched");
    }
    ~process() { end(); }
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    const descriptor& ended() const { return ended_; }
    // How it ended by itself, or that it was killed now. The group's number is its own as long as
    // the process has not been waited for.
    int end() {
        if (id_ < 0) return status_;
        kill(-id_, SIGKILL);
        while (waitpid(id_, &status_, 0) < 0 && errno == EINTR) {
        }
        id_ = -1;
        return status_;
    }

  private:
    pid_t id_;
    descriptor ended_;
    int status_ = 0;
};

class stop_bell {
  public:
    explicit stop_bell(std::stop_token stop)
        : bell_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "no event can be had")),
          rings_(std::move(stop), ringer{bell_.get()}) {}
    int get() const { return bell_.get(); }

  private:
    struct ringer {
        int to;
        void operator()() const {
            const std::uint64_t one = 1;
            [[maybe_unused]] const auto written = write(to, &one, sizeof one);
        }
    };
    descriptor bell_;
    std::stop_callback<ringer> rings_;
};

class conversation {
  public:
    conversation(const command& what, std::string_view input,
                 const std::function<void(std::string_view)>& line)
        : what_(what), input_(input), line_(line), until_(real_time::now() + what.timeout) {}

    command_end run(std::stop_token stop) {
        channel_pair in, out, errors;
        process child(spawning(in.read, out.write, errors.write).start(what_));
        in_ = std::move(in.write);
        out_ = std::move(out.read);
        errors_ = std::move(errors.read);
        in.read.close();
        out.write.close();
        errors.write.close();
        for (const descriptor* each : {&in_, &out_, &errors_}) never_block(*each);
        const stop_bell bell(std::move(stop));
        while (end_.reason.empty() && wait(child, bell)) {
        }
        const int status = child.end();
        // Bounded, since what left the group may go on writing.
        for (int i = 0; i < 16; ++i) read_errors();
        if (end_.reason.empty() && !partial_.empty()) line_(partial_);
        if (end_.reason.empty()) judge(status);
        return std::move(end_);
    }

  private:
    // False when the process has ended and all that it wrote is read.
    bool wait(const process& child, const stop_bell& bell) {
        std::array<pollfd, 5> on{{{child.ended().get(), POLLIN, 0},
                                  {bell.get(), POLLIN, 0},
                                  {out_.get(), POLLIN, 0},
                                  {errors_.get(), POLLIN, 0},
                                  {in_.get(), POLLOUT, 0}}};
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until_ - real_time::now()).count();
        if (left <= 0) {
            end_.reason = "it took longer than " + std::to_string(what_.timeout.count()) + " ms";
            return false;
        }
        if (poll(on.data(), on.size(), static_cast<int>(std::min<std::int64_t>(left, 60'000))) < 0)
            return true;
        if (on[1].revents) {
            end_.reason = "it was stopped";
            return false;
        }
        if (on[4].revents) write_input();
        if (on[2].revents) read_lines();
        if (on[3].revents) read_errors();
        // What it wrote before it ended is in the pipe already.
        if (on[0].revents == 0) return true;
        read_lines();
        return false;
    }

    void write_input() {
        const ssize_t size = write(in_.get(), input_.data(), input_.size());
        if (size > 0) input_.remove_prefix(static_cast<std::size_t>(size));
        const bool later = size < 0 && (errno == EAGAIN || errno == EINTR);
        // A program need not read what it is given.
        if (input_.empty() || (size < 0 && !later)) in_.close();
    }

    // What is there; empty at the end and where there is nothing yet.
    static std::string_view piece_of(descriptor& from, std::array<char, 16384>& buffer) {
        while (from.is_open()) {
            const ssize_t size = read(from.get(), buffer.data(), buffer.size());
            if (size > 0) return {buffer.data(), static_cast<std::size_t>(size)};
            if (size < 0 && errno == EINTR) continue;
            if (size == 0 || errno != EAGAIN) from.close();
            break;
        }
        return {};
    }

    void read_lines() {
        std::array<char, 16384> buffer;
        for (std::string_view piece; end_.reason.empty();) {
            if (piece = piece_of(out_, buffer); piece.empty()) return;
            output_ += piece.size();
            if (output_ > what_.most_output) {
                end_.reason = "it wrote more than " + std::to_string(what_.most_output) + " bytes";
                return;
            }
            for (std::size_t end; (end = piece.find('\n')) != piece.npos;) {
                partial_ += piece.substr(0, end);
                line_(std::exchange(partial_, {}));
                piece.remove_prefix(end + 1);
            }
            partial_ += piece;
        }
    }

    void read_errors() {
        std::array<char, 16384> buffer;
        end_.errors += piece_of(errors_, buffer);
        if (end_.errors.size() > what_.most_errors)
            end_.errors.erase(0, end_.errors.size() - what_.most_errors);
    }

    void judge(int status) {
        end_.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (end_.succeeded) return;
        end_.reason = WIFEXITED(status)
                          ? "it ended with status " + std::to_string(WEXITSTATUS(status))
                          : "it was ended by signal " + std::to_string(WTERMSIG(status));
    }

    const command& what_;
    std::string_view input_;
    const std::function<void(std::string_view)>& line_;
    const real_time::time_point until_;
    descriptor in_, out_, errors_;
    std::string partial_;
    std::size_t output_ = 0;
    command_end end_;
};

}  // namespace

command_end run_command(const command& what, std::string_view input,
                        const std::function<void(std::string_view)>& line, std::stop_token stop) {
    return conversation(what, input, line).run(std::move(stop));
}

}  // namespace tessera::server
