#!/usr/bin/env bash
# program.sh SERVER EXAMPLE: EXAMPLE gets its answer from SERVER, told by `SERVER env` where it is.
set -euo pipefail
server=$1 example=$2 work=$(mktemp -d)
log=$work/log settings=$work/settings.json
"$server" --port 0 >"$log" &
pid=$!
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; rm -rf "$work"' EXIT
until grep -q '^listening on ' "$log"; do
    kill -0 "$pid"
    sleep 0.05
done
port=$(sed -n 's/^listening on .*://p' "$log")

unset CEREBRAS_BASE_URL CEREBRAS_API_KEY
eval $("$server" env --port "$port")
answer=$("$example" "$CEREBRAS_BASE_URL" "What is the capital of France?")
[[ $answer == *Paris* ]] || { echo "the answer is $answer" >&2; exit 1; }

echo "{\"cerebras\": {\"api_key\": \"it's \$mine\"}}" >"$settings"
eval $("$server" env --host ::1 --port 81 --config "$settings")
[[ $CEREBRAS_BASE_URL == "http://[::1]:81/cerebras" ]]
[[ $(bash -c 'echo "$CEREBRAS_API_KEY"') == "it's \$mine" ]]
! "$server" env --port 0 2>"$log" && grep -q -- --port "$log"
