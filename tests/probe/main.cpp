#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "command.hpp"
#include "get_command.hpp"
#include "http_commands.hpp"
#include "json_command.hpp"

#ifdef TESSERA_PROBE_ENGINE
#include "engine_commands.hpp"
#endif

namespace {

using tessera::probe::command;

struct entry {
    std::string_view name;
    command* run;
    std::string_view usage;
};

constexpr entry commands[] = {
    {"sse", tessera::probe::sse_command, "[--split N|random:SEED]"},
    {"http-request", tessera::probe::http_request_command, "[--eof] [--split N|random:SEED]"},
    {"http-response", tessera::probe::http_response_command,
     "[--method M] [--eof] [--split N|random:SEED]"},
    {"json", tessera::probe::json_command, ""},
#ifdef TESSERA_PROBE_ENGINE
    {"safetensors", tessera::probe::safetensors_command, "FILE"},
    {"schema", tessera::probe::schema_command, ""},
    {"template", tessera::probe::template_command, ""},
    {"tokenizer", tessera::probe::tokenizer_command, "DIR"},
    {"mask", tessera::probe::mask_command, "[--tokenizer DIR]"},
#endif
    {"echo-server", tessera::probe::echo_server_command, "--port P"},
    {"get", tessera::probe::get_command, "URL [--ca FILE]"},
};

int usage() {
    std::cerr << "usage:\n";
    for (const entry& each : commands)
        std::cerr << "  probe " << each.name << ' ' << each.usage << '\n';
    return tessera::probe::usage_error;
}

}  // namespace

int main(int argc, char** argv) try {
    std::ios::sync_with_stdio(false);
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.empty()) return usage();
    const auto found = std::find_if(std::begin(commands), std::end(commands),
                                    [&](const entry& each) { return each.name == words[0]; });
    if (found == std::end(commands)) return usage();
    return found->run(std::span(words).subspan(1), std::cin, std::cout);
} catch (const std::exception& reason) {
    std::cerr << "probe: " << reason.what() << '\n';
    return tessera::probe::usage_error;
}
