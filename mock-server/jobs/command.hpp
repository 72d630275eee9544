#pragma once
// Programs of the user's, run for one request.
#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tessera::server {

struct command {
    std::vector<std::string> words;  // the program, by its path or looked up in PATH; its arguments
    std::vector<std::pair<std::string, std::string>>
        variables{};  // beside PATH, HOME, LANG, TMPDIR
    std::chrono::milliseconds timeout{30'000};
    std::size_t most_output = 1024 * 1024;  // bytes on stdout
    std::size_t most_errors = 16 * 1024;    // bytes of stderr that are kept: the last ones
};

struct command_end {
    bool succeeded = false;
    std::string reason{};  // why it did not, for people
    std::string errors{};  // what it wrote to stderr
};

/// Runs the program without a shell, as a process group of its own that has no files open but its
/// three pipes, and returns when it has ended. `line` is called with each line of its output,
/// without the line's end. Whatever is left of the group is killed: when the program has ended,
/// when the time is over, when the output is too long, when a stop is asked for or `line` throws,
/// which is thrown on. The calling thread must have SIGPIPE blocked or ignored.
command_end run_command(const command& what, std::string_view input,
                        const std::function<void(std::string_view)>& line, std::stop_token stop);

}  // namespace tessera::server
