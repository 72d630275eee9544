#!/usr/bin/env bash
# usage: run.sh SERVER WORK_DIR. Installs what drives a browser in WORK_DIR and runs the tests against SERVER.
# CHROMIUM names the browser where it is none of the usual ones.
set -euo pipefail
server=$1 work=$2 here=$(cd "$(dirname "$0")" && pwd)

skip() {
    echo "$1: nobody signs in in a browser. scripts/setup.sh --with-browser installs what is missing"
    [ -n "${CI:-}" ] && exit 1
    exit 77
}
command -v npm >/dev/null || skip "npm is not installed"
for each in ${CHROMIUM:-chromium chromium-browser google-chrome google-chrome-stable}; do
    browser=$(command -v "$each") && break
done
[ -n "${browser:-}" ] || skip "Chromium is not installed"

cp "$here"/package.json "$here"/*.test.js "$here"/server.yaml "$work"/
cd "$work"
[ -d node_modules/playwright-core ] && [ package.json -ot node_modules ] || npm install --silent --no-audit --no-fund

: >server.log  # an earlier run's would be read before the server empties it
"$server" --port 0 --seed 1 --config server.yaml >server.log &
pid=$!
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null' EXIT
until grep -q '^listening on ' server.log; do
    kill -0 "$pid" || { echo "the server did not start"; exit 1; }
    sleep 0.05
done
CHROMIUM=$browser TESSERA_URL=$(sed -n 's/^listening on //p' server.log) node --test *.test.js
