#!/usr/bin/env bash
# usage: run.sh SERVER WORK_DIR. Installs the official clients in WORK_DIR and runs the tests against SERVER.
set -euo pipefail
server=$1 work=$2 here=$(cd "$(dirname "$0")" && pwd)

if ! command -v npm >/dev/null; then
    echo "npm is not installed: the official JavaScript clients are not tried"
    [ -n "${CI:-}" ] && exit 1
    exit 77
fi
cp "$here"/package.json "$here"/*.test.js "$work"/
cd "$work"
[ -d node_modules/@anthropic-ai/sdk ] && [ package.json -ot node_modules ] || npm install --silent --no-audit --no-fund

: >server.log  # an earlier run's would be read before the server empties it
"$server" --port 0 --seed 1 >server.log &
pid=$!
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null' EXIT
until grep -q '^listening on ' server.log; do
    kill -0 "$pid" || { echo "the server did not start"; exit 1; }
    sleep 0.05
done
TESSERA_URL=$(sed -n 's/^listening on //p' server.log) node --test *.test.js
