#!/usr/bin/env bash
# A tessera-server for several tests. FOLDER is where it notes what runs.
#   server.sh start FOLDER tessera-server [OPTION...]    starts it on a free port
#   server.sh use FOLDER PROGRAM [ARGUMENT...]           runs a program with the variables of `tessera-server env`;
#                                                        {url} in arguments is the server's URL
#   server.sh stop FOLDER
set -euo pipefail
what=$1 folder=$2
shift 2
case $what in
start)
    mkdir -p "$folder"
    : >"$folder/log"
    "$@" --port 0 >>"$folder/log" 2>&1 </dev/null &
    echo $! >"$folder/pid"
    ln -sf "$1" "$folder/program"
    until grep -q '^listening on ' "$folder/log"; do
        kill -0 $! 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
        sleep 0.01
    done
    ;;
use)
    url=$(sed -n 's/^listening on //p' "$folder/log")
    eval "$("$folder/program" env --port "${url##*:}")"
    exec "${@//\{url\}/$url}"
    ;;
stop)
    kill "$(cat "$folder/pid")"
    ;;
esac
