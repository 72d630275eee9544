#!/usr/bin/env bash
# usage: person.sh PROGRAM [ARGUMENT...]. Runs a program that has people "open URL", and is one who does, and who allows
# what is asked of them.
set -euo pipefail
cookies= answer= location=

# ask METHOD URL [FORM]
ask() {
    local rest=${2#http://} form=${3:-} cookie
    local authority=${rest%%/*}
    exec 3<>"/dev/tcp/${authority%:*}/${authority##*:}"
    printf '%s /%s HTTP/1.1\r\nhost: %s\r\ncookie: %s\r\nconnection: close\r\n' "$1" "${rest#*/}" "$authority" "$cookies" >&3
    printf 'content-type: application/x-www-form-urlencoded\r\ncontent-length: %s\r\n\r\n%s' "${#form}" "$form" >&3
    answer=$(tr -d '\r' <&3)
    exec 3>&-
    location=$(sed -n 's/^location: //p' <<<"$answer")
    while read -r cookie; do
        cookies+="${cookies:+; }$cookie"
    done < <(sed -n 's/^set-cookie: \([^;]*\);.*/\1/p' <<<"$answer")
}

visit() {
    local ticket
    ask "$@"
    while [ -n "$location" ]; do ask GET "$location"; done
    ticket=$(sed -n 's/.*name="ticket" value="\([^"]*\)".*/\1/p' <<<"$answer")
    [ -z "$ticket" ] || visit POST "${2%%/[a-z]*}/identity/authorize" "ticket=$ticket&user=ada&decision=allow"
}

"$@" | while IFS= read -r line; do
    echo "$line"
    [[ $line != "open "* ]] || visit GET "${line#open }"
done
