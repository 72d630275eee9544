#!/usr/bin/env bash
# From a fresh clone to an answer: installs what is missing, builds, starts tessera-server on the bundled model and
# streams an answer through the SDK. With --serve the server stays in the foreground; further arguments go to it.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
cmake --preset release -DTESSERA_TESTS=OFF >/dev/null
cmake --build --preset release --target tessera-server example-cerebras-stream

if [ "${1:-}" = --serve ]; then
    shift
    exec build/release/mock-server/tessera-server "$@"
fi

log=$(mktemp)
build/release/mock-server/tessera-server --port 0 >"$log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -f "$log"' EXIT
until grep -q '^listening on ' "$log"; do
    kill -0 "$server" 2>/dev/null || { echo "run.sh: the server did not start" >&2; exit 1; }
    sleep 0.05
done
url=$(sed -n 's/^listening on //p' "$log")

question="What is the capital of France?"
echo "> $question"
CEREBRAS_API_KEY=csk-tessera-dev build/release/examples/example-cerebras-stream "$url/cerebras" "$question"
