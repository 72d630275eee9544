#!/usr/bin/env python3
"""What one client costs a program that includes it: compile time and size.

  compile_cost.py [--compiler g++] [--rounds 3] [--only include,call]

Compiles, in turns, a program that includes asio.hpp, asio/ssl.hpp and nlohmann/json.hpp, one that
includes the Cerebras client and does nothing, and one that makes a call; prints the medians of the
compiler's CPU time, and what the last two add, stripped, to an empty program with the same libraries.
"""
import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile

INCLUDE = pathlib.Path(__file__).resolve().parents[3] / "include"
PROGRAMS = {
    "empty": "int main() {}\n",
    "libraries": "#include <asio.hpp>\n#include <asio/ssl.hpp>\n#include <nlohmann/json.hpp>\nint main() {}\n",
    "include": "#include <tessera/cerebras.hpp>\nint main() {}\n",
    "call": """#include <cstdio>
#include <tessera/cerebras.hpp>
int main() {
    const tessera::cerebras::client client{{.api_key = "key", .base_url = "http://127.0.0.1:8090/cerebras"}};
    const tessera::cerebras::chat_request request{.model = "llama3.1-8b", .messages = {tessera::user("Hello")}};
    std::puts(std::string(client.chat.completions.create(request).text()).c_str());
}
""",
}


def seconds_of(command):
    """CPU time of the compiler, which a busy machine disturbs less than the time on the clock."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, env=os.environ | {"CCACHE_DISABLE": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="include,call")
    options = parser.parse_args()
    names = ["libraries", *options.only.split(",")]
    # As the CMake package of Asio sets them.
    flags = ["-std=c++20", "-O2", "-DNDEBUG", "-DASIO_STANDALONE", "-DASIO_NO_DEPRECATED",
             "-DASIO_HAS_STD_ALIGNED_ALLOC", f"-I{INCLUDE}"]
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        for name, text in PROGRAMS.items():
            (at / f"{name}.cpp").write_text(text)
        compile_ = lambda name: [options.compiler, *flags, "-c", str(at / f"{name}.cpp"), "-o", str(at / f"{name}.o")]
        taken = {name: [] for name in names}
        for _ in range(options.rounds):
            for name in names:
                taken[name].append(seconds_of(compile_(name)))

        def stripped_size(name):
            subprocess.run([options.compiler, str(at / f"{name}.o"), "-o", str(at / name), "-Wl,--no-as-needed",
                            "-lssl", "-lcrypto", "-lpthread"], check=True)
            subprocess.run(["strip", str(at / name)], check=True)
            return (at / name).stat().st_size

        seconds_of(compile_("empty"))
        nothing = stripped_size("empty")
        print("| program | CPU seconds to compile | ratio | adds, stripped |")
        print("|---|---|---|---|")
        base = statistics.median(taken["libraries"])
        for name in names:
            middle = statistics.median(taken[name])
            print(f"| {name} | {middle:.2f} | {middle / base:.2f} | {(stripped_size(name) - nothing) / 1000:.0f} KB |")


main()
