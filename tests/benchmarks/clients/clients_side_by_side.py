#!/usr/bin/env python3
"""Measures the SDK beside libcurl and cpp-httplib on one server, in turns, medians.

  clients_side_by_side.py BUILD_FOLDER [--rounds 5] [--seconds 2]

Calls are GET /v1/models answered by nginx from a file, pinned to another core than the client where
there are two. Streams come from a server in this script: a chunk every 300 ms, then silence. Needs
Debian's nginx-light, libcurl4-openssl-dev, libcpp-httplib-dev and pkgconf. Prints tables in Markdown.
"""
import argparse
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from web_servers import nginx, pinned

CLIENTS = ["tessera", "tessera-bytes", "curl", "httplib"]
MODELS = ('{"object":"list","data":[' +
          ",".join(f'{{"id":"model-{i}","object":"model","created":1700000000,"owned_by":"tessera"}}' for i in range(4)) +
          "]}")


def serve_stream(listener, chunks, stall):
    """Answers every connection with chunks, one every 300 ms, whose text is the time of sending."""
    def answer(peer):
        with peer:
            while b"\r\n\r\n" not in peer.recv(65536):
                pass
            peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            send = lambda text: peer.sendall(f"{len(text):x}\r\n{text}\r\n".encode())
            for _ in range(chunks):
                time.sleep(0.3)
                send('data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"f",'
                     f'"choices":[{{"index":0,"delta":{{"content":"{time.time() * 1000:.3f}"}}}}]}}\n\n')
            if stall:
                peer.settimeout(30)
                try:
                    peer.recv(1)
                except OSError:
                    pass
                return
            send("data: [DONE]\n\n")
            peer.sendall(b"0\r\n\r\n")

    while True:
        peer, _ = listener.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=answer, args=(peer,), daemon=True).start()


def stream_server(chunks, stall):
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve_stream, args=(listener, chunks, stall), daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    options = parser.parse_args()
    subprocess.run(["cmake", "--build", options.build, "--target", "bench-clients_side_by_side"], check=True,
                   stdout=subprocess.DEVNULL)
    program = str(next(options.build.glob("tests/**/bench-clients_side_by_side")))
    run = lambda *arguments: [float(x) for x in subprocess.run(
        pinned(0, program, *map(str, arguments)), check=True, text=True, stdout=subprocess.PIPE).stdout.split()]

    with tempfile.TemporaryDirectory() as folder, nginx(pathlib.Path(folder), MODELS) as url:
        print("| client | " + " | ".join(f"{n} in flight, calls/s | CPU µs a call" for n in (1, 16)) + " |")
        print("|---|---|---|---|---|")
        got = {(who, n): [] for who in CLIENTS for n in (1, 16)}
        for _ in range(options.rounds):
            for who, n in got:
                got[who, n].append(run("calls", who, url, n, options.seconds))
        for who in CLIENTS:
            cells = []
            for n in (1, 16):
                rate, cpu = (statistics.median(each[i] for each in got[who, n]) for i in (0, 1))
                cells += [f"{rate:.0f}", f"{cpu:.1f}"]
            print(f"| {who} | " + " | ".join(cells) + " |", flush=True)

    print("\n| client | chunk every 300 ms arrives after, ms: median | worst | leaving a stalled stream, ms: median |")
    print("|---|---|---|---|")
    steady, stalled = stream_server(5, False), stream_server(1, True)
    late = {who: [] for who in CLIENTS if who != "tessera-bytes"}
    left = {who: [] for who in late}
    for _ in range(options.rounds):
        for who in late:
            late[who] += run("arrival", who, steady)
            left[who] += run("leave", who, stalled)
    for who in late:
        print(f"| {who} | {statistics.median(late[who]):.2f} | {max(late[who]):.2f} | {statistics.median(left[who]):.2f} |")


if __name__ == "__main__":
    main()
