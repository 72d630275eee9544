#!/usr/bin/env bash
# verdicts.sh PROBE: what `probe mask` says of schemas that are read, and of those that a server refuses.
set -euo pipefail
probe=$1
expect() {
    local got
    got=$("$probe" mask <<<"$1")
    if [[ $got != $2 ]]; then
        echo "probe mask says $got of $1, and not $2" >&2
        exit 1
    fi
}
expect '{"schema": {"type": "integer"}, "text": "12"}' '{"accepted_bytes":2,"complete":true}'
expect '{"schema": {"type": "integer"}, "text": "1x"}' '{"accepted_bytes":1,"complete":false}'
expect '{"schema": {"not": {"uniqueItems": true}}, "text": "1"}' '{"unsupported":"not",*'
# Twice as many alternatives with every member of the list.
all=
for i in {0..9}; do
    all+="${all:+, }{\"anyOf\": [{\"required\": [\"a$i\"]}, {\"required\": [\"b$i\"]}]}"
done
expect "{\"schema\": {\"type\": \"object\", \"allOf\": [$all]}, \"text\": \"{}\"}" '{"unsupported":"schema",*'
expect '{"schema": {"type": "string", "enum": [1]}, "text": "1"}' '{"unsupported":"schema",*no value*'
