#!/usr/bin/env bash
# The Cerebras API in front of llama.cpp: builds llama-server (about 7 minutes, once), gives it the bundled model, and
# streams an answer of it through tessera-server. The work folder is the first argument. Needs npm, git and Python 3.
set -euo pipefail
cd "$(dirname "$0")/.."
work=${1:-$HOME/.cache/tessera-benchmarks}

scripts/setup.sh
cmake --preset release -DTESSERA_TESTS=OFF >/dev/null
cmake --build --preset release --target tessera-server example-cerebras-stream
programs=$(nice tests/benchmarks/llama_cpp.py build "$work" llama-server)
model="$work/bundled.gguf"
tests/benchmarks/llama_cpp.py convert reference-engine/bundled "$model"

logs=$(mktemp -d)
running=()
trap 'kill "${running[@]}" 2>/dev/null || true; wait; rm -rf "$logs"' EXIT

# started NAME PATTERN: waits until the program's log says so, and gives the address in that line.
started() {
    until grep -q "$2" "$logs/$1"; do
        kill -0 "${running[-1]}" 2>/dev/null || { cat "$logs/$1" >&2; exit 1; }
        sleep 0.05
    done
    grep "$2" "$logs/$1" | grep -o 'http://[0-9.]*:[0-9]*' | tail -1
}

"$programs/llama-server" --model "$model" --ctx-size 2048 --jinja --host 127.0.0.1 --port 8191 >"$logs/llama" 2>&1 &
running+=($!)
upstream=$(started llama 'server is listening on')
build/release/mock-server/tessera-server --port 0 --upstream "$upstream" >"$logs/tessera" &
running+=($!)
url=$(started tessera '^listening on')

question="What is the capital of France?"
echo "> $question"
CEREBRAS_API_KEY=csk-tessera-dev build/release/examples/example-cerebras-stream "$url/cerebras" "$question"
