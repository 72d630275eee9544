#!/usr/bin/env python3
"""What the SDK costs a program that uses it: compile time, compiler memory, code.

  compile_cost.py [--compiler g++] [--rounds 3] [--include DIR]

Compiles, in turns and at -O2, a program that includes asio.hpp, asio/ssl.hpp and nlohmann/json.hpp, one that
includes the Cerebras client and does nothing, one that makes a call, and the first program of the README,
header-only and for a library of what TESSERA_SEPARATE_COMPILATION leaves out. Prints the least CPU time of
the compiler, its ratio to that of the libraries, the compiler's memory, and what the header-only programs
add, stripped, to an empty one with the same libraries. --include measures another tree's headers.
"""
import argparse
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
CALL = """#include <cstdio>
#include <tessera/cerebras.hpp>
int main() {
    const tessera::cerebras::client client{{.api_key = "key", .base_url = "http://127.0.0.1:8090/cerebras"}};
    const tessera::cerebras::chat_request request{.model = "llama3.1-8b", .messages = {tessera::user("Hello")}};
    std::puts(std::string(client.chat.completions.create(request).text()).c_str());
}
"""
PROGRAMS = {
    "empty": "int main() {}\n",
    "libraries": "#include <asio.hpp>\n#include <asio/ssl.hpp>\n#include <nlohmann/json.hpp>\nint main() {}\n",
    "client included": "#include <tessera/cerebras.hpp>\nint main() {}\n",
    "one call": CALL,
    "README's first program": (ROOT / "examples/cerebras/first.cpp").read_text(),
}
# As the CMake package of Asio sets them.
FLAGS = ["-std=c++20", "-O2", "-DNDEBUG", "-DASIO_STANDALONE", "-DASIO_NO_DEPRECATED", "-DASIO_HAS_STD_ALIGNED_ALLOC"]


def cost_of(command):
    """CPU seconds, which a busy machine disturbs less than the time on the clock, and MB of memory."""
    child = subprocess.Popen(command, env=os.environ | {"CCACHE_DISABLE": "1"})
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--include", default=ROOT / "include")
    options = parser.parse_args()
    ways = {"header-only": [], "compiled": ["-DTESSERA_SEPARATE_COMPILATION"]}
    runs = [("libraries", "header-only")]
    runs += [(name, way) for name in list(PROGRAMS)[2:] for way in ways]
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)

        def compile_(name, way):
            source, built = at / "program.cpp", at / f"{name}-{way}.o"
            source.write_text(PROGRAMS[name])
            return cost_of([options.compiler, *FLAGS, *ways[way], f"-I{options.include}", "-c", source, "-o", built])

        def stripped_size(name):
            program = at / "program"
            subprocess.run([options.compiler, at / f"{name}-header-only.o", "-o", program, "-Wl,--no-as-needed",
                            "-lssl", "-lcrypto", "-lpthread"], check=True)
            subprocess.run(["strip", program], check=True)
            return program.stat().st_size

        compile_("empty", "header-only")
        nothing = stripped_size("empty")
        taken = {run: [] for run in runs}
        for _ in range(options.rounds):
            for run in runs:
                taken[run].append(compile_(*run))
        base = min(taken[runs[0]])[0]
        print("| program | | CPU seconds | ratio | compiler memory | adds, stripped |")
        print("|---|---|---|---|---|---|")
        for name, way in runs:
            seconds, memory = min(taken[name, way])
            size = f"{(stripped_size(name) - nothing) / 1000:.0f} KB" if way == "header-only" else ""
            print(f"| {name} | {way if name != 'libraries' else ''} | {seconds:.2f} | {seconds / base:.2f} | "
                  f"{memory:.0f} MB | {size} |")


main()
