#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace tessera::probe {

// A sub-command: `args` are those behind its name. Answers the exit status: 0 whenever a verdict
// was reached, "rejected" included. main.cpp holds the table of names.
using command = int(std::span<const std::string> args, std::istream& in, std::ostream& out);

inline constexpr int usage_error = 2;

// The value behind `name` ("--split"), or nothing.
std::optional<std::string> option(std::span<const std::string> args, std::string_view name);
// Whether `name` ("--eof") is among the arguments.
bool has_flag(std::span<const std::string> args, std::string_view name);
// The arguments that are neither options nor their values; `with_value` names the options that have
// one.
std::vector<std::string> positionals(std::span<const std::string> args,
                                     std::initializer_list<std::string_view> with_value);

std::string read_all(std::istream& in);

// Cuts a text as `--split N` or `--split random:SEED` in `args` say; in one piece without.
class splitter {
  public:
    explicit splitter(std::span<const std::string> args);
    // The next piece of what is left, never empty unless `rest` is.
    std::string_view take(std::string_view& rest);

  private:
    std::size_t size_ = 0;  // 0: all
    std::optional<std::minstd_rand> random_;
};

// One JSON value on a line of its own; bytes that are not UTF-8 become U+FFFD.
void print_line(std::ostream& out, const nlohmann::ordered_json& line);

std::string base64(std::string_view bytes);

}  // namespace tessera::probe
