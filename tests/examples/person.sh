#!/usr/bin/env bash
# usage: person.sh PROGRAM [ARGUMENT...]. Runs a program that has people "open URL", and is one who does, and who allows
# what is asked of them.
set -euo pipefail
cookies= answer= location= origin=

# ask METHOD URL [FORM]
ask() {
    local rest=${2#http://} form=${3:-} cookie
    local authority=${rest%%/*}
    origin=http://$authority
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

# All "ticket=..." or "scope=..." of the form that is shown, each behind an ampersand.
fields() {
    sed 's/<input/\n&/g' <<<"$answer" | sed -n "s/^<input.* name=\"$1\" value=\"\([^\"]*\)\".*/\&$1=\1/p" | tr -d '\n'
}

visit() {
    ask "$@"
    while [ -n "$location" ]; do ask GET "$location"; done
    local ticket
    ticket=$(fields ticket)
    [ -z "$ticket" ] || visit POST "$origin/identity/authorize" "user=ada&decision=allow$ticket$(fields scope)"
}

"$@" | while IFS= read -r line; do
    echo "$line"
    [[ $line != "open "* ]] || visit GET "${line#open }"
done
