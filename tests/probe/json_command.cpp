#include "json_command.hpp"

#include "tessera/json/parse.hpp"

namespace tessera::probe {

// A text is parsed whole, so `--split` changes nothing.
int json_command(std::span<const std::string>, std::istream& in, std::ostream& out) {
    const auto parsed = json::parse(read_all(in));
    if (parsed)
        print_line(out, {{"accept", true}, {"error", nullptr}});
    else
        print_line(out, {{"accept", false}, {"error", parsed.error().message}});
    return 0;
}

}  // namespace tessera::probe
