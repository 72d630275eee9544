#!/usr/bin/env bash
# splits.sh PROBE CORPUS: every seed of the corpus gives the same lines at every split.
set -euo pipefail
probe=$1
corpus=$2
compare() {
    local seeds=$1
    shift
    local seed whole split
    for seed in "$corpus/$seeds"/*; do
        whole=$("$probe" "$@" <"$seed")
        for split in 1 2 7 random:1; do
            if [ "$("$probe" "$@" --split "$split" <"$seed")" != "$whole" ]; then
                echo "probe $* --split $split differs on $seed" >&2
                exit 1
            fi
        done
    done
}
compare sse sse
compare http_request http-request
compare http_request http-request --eof
compare http_response http-response --eof
compare http_response http-response --method HEAD
compare http_response http-response --method CONNECT
compare json json
