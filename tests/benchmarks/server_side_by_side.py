#!/usr/bin/env python3
"""Measures tessera-server beside nginx with a static file: the server on one core, wrk on another,
in turns, medians.

  server_side_by_side.py BUILD_FOLDER [--rounds 5] [--seconds 3]

GET /v1/models on both, the same bytes; on tessera-server also a chat of one token on the bundled
model. Needs Debian's nginx-light and wrk. Prints tables in Markdown.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time
import urllib.request

from web_servers import nginx, pinned

KEY = "csk-tessera-dev"
CHAT = json.dumps({"model": "llama3.1-8b", "messages": [{"role": "user", "content": "Hello"}],
                   "max_completion_tokens": 1, "temperature": 0})
MICROSECONDS = {"us": 1, "ms": 1e3, "s": 1e6}


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def get(url):
    return urllib.request.urlopen(urllib.request.Request(url, headers={"authorization": "Bearer " + KEY}), timeout=10)


@contextlib.contextmanager
def tessera(program, *flags, started=None):
    begun = time.perf_counter()
    process = subprocess.Popen(pinned(1, str(program), "--port", "0", "--api", "cerebras", *flags),
                               stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().split()[-1]
        get(url + "/v1/models").read()
        if started is not None:
            started += [process, time.perf_counter() - begun]
        yield url
    finally:
        process.terminate()
        process.wait()


def load(url, script, connections, seconds, pid):
    """Requests/s, median latency in µs, CPU µs a request."""
    cpu = cpu_seconds(pid)
    text = subprocess.run(pinned(0, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), url),
                          check=True, text=True, stdout=subprocess.PIPE).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"{url} did not answer all of it:\n{text}")
    requests = int(re.search(r"(\d+) requests in", text)[1])
    half = re.search(r"50%\s+([\d.]+)(us|ms|s)", text)
    return (float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), float(half[1]) * MICROSECONDS[half[2]],
            (cpu_seconds(pid) - cpu) * 1e6 / requests)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    subprocess.run(["cmake", "--build", options.build, "--target", "tessera-server"], check=True, stdout=subprocess.DEVNULL)
    program = options.build / "mock-server/tessera-server"

    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours, theirs = [], []
        url = stack.enter_context(tessera(program, started=ours))
        body = get(url + "/v1/models").read().decode()
        still = stack.enter_context(nginx(folder, body, started=theirs))
        key = f'wrk.headers["authorization"] = "Bearer {KEY}"\n'
        (folder / "get.lua").write_text(key + 'wrk.path = "/v1/models"\n')
        (folder / "chat.lua").write_text(key + 'wrk.method = "POST"\nwrk.path = "/v1/chat/completions"\n'
                                         f'wrk.headers["content-type"] = "application/json"\nwrk.body = [[{CHAT}]]\n')
        idle = {"tessera-server": resident(ours[0].pid), "nginx": resident(theirs[0].pid)}
        rows = {"nginx, a file": (still, "get.lua", theirs[0].pid), "tessera-server, GET /v1/models": (url, "get.lua", ours[0].pid),
                "tessera-server, chat of one token": (url, "chat.lua", ours[0].pid)}
        got = {(name, n): [] for name in rows for n in (1, 16)}
        for _ in range(options.rounds):
            for name, n in got:
                at, script, pid = rows[name]
                got[name, n].append(load(at, folder / script, n, options.seconds, pid))
        loaded = {"tessera-server": resident(ours[0].pid), "nginx": resident(theirs[0].pid)}

    print("| | 1 connection: requests/s | p50 µs | CPU µs a request | 16 connections: requests/s | p50 µs | CPU µs a request |")
    print("|---|---|---|---|---|---|---|")
    for name in rows:
        cells = [f"{statistics.median(each[i] for each in got[name, n]):.0f}" for n in (1, 16) for i in range(3)]
        print(f"| {name} | " + " | ".join(cells) + " |")

    first = {"tessera-server": [], "nginx": []}
    for _ in range(options.rounds):
        facts = []
        with tessera(program, started=facts):
            first["tessera-server"].append(facts[1])
        with tempfile.TemporaryDirectory() as folder:
            begun = time.perf_counter()
            with nginx(pathlib.Path(folder), body) as still:
                get(still + "/v1/models").read()
                first["nginx"].append(time.perf_counter() - begun)
    print("\n| | from exec to the first 200, ms | resident memory idle / after the load, MiB |")
    print("|---|---|---|")
    for who in first:
        print(f"| {who} | {statistics.median(first[who]) * 1000:.0f} | {idle[who]:.1f} / {loaded[who]:.1f} |")


if __name__ == "__main__":
    main()
