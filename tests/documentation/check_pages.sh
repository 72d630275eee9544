#!/usr/bin/env bash
# usage: check_pages.sh [--update] [ROOT]
# Fails where README.md or a page of docs/
#   - has code that differs from the source it names, or names none (snippets.awk); --update rewrites the code instead;
#   - links to a file that is not there;
#   - says `<!-- names all of FOLDER/FILE: TYPE -->` and leaves out a member or an enumerator of that type (names.awk).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
update=false
if [ "${1:-}" = --update ]; then
    update=true
    shift
fi
cd "${1:-$here/../..}"

wrong=0
complain() {
    echo "$*" >&2
    wrong=1
}

check_code() {
    if ! awk -v root=. -f "$here/snippets.awk" "$1" >"$fresh"; then
        wrong=1
    elif $update; then
        cmp -s "$1" "$fresh" || cat "$fresh" >"$1"
    elif ! diff -u --label "$1" --label "its sources" "$1" "$fresh"; then
        complain "tests/documentation/check_pages.sh --update takes the code anew"
    fi
}

check_links() {
    local link
    while IFS= read -r link; do
        case $link in
            *://* | '') ;;
            *) [ -e "$(dirname "$1")/$link" ] || complain "$1: there is no file $link" ;;
        esac
    done < <(sed '/^```/,/^```$/d; s/`[^`]*`//g' "$1" | grep -o '](\([^)#]*\)' | sed 's/^](//')
}

check_names() {
    local header type names name
    while IFS=: read -r header type; do
        names=$(awk -v name="${type# }" -f "$here/names.awk" "$header") || complain "$1: $header has no type$type"
        for name in $names; do
            grep -q "\`$name\`" "$1" || complain "$1: does not name $name of$type"
        done
    done < <(sed -n 's/^<!-- names all of \(.*\) -->$/\1/p' "$1")
}

fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
for page in $(find README.md docs -name '*.md' ! -path 'docs/decisions/*' ! -path 'docs/benchmarks/*' | sort); do
    check_code "$page"
    check_links "$page"
    check_names "$page"
done
exit $wrong
