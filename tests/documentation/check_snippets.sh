#!/usr/bin/env bash
# usage: check_snippets.sh [--update] [ROOT]
# Fails where code in README.md or docs/ differs from the source it names, or names none, and where a link to another
# file leads nowhere; --update rewrites the code instead. snippets.awk says how a page names a source.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
update=false
if [ "${1:-}" = --update ]; then
    update=true
    shift
fi
cd "${1:-$here/../..}"

fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
wrong=0
pages=$(find README.md docs -name '*.md' ! -path 'docs/decisions/*' ! -path 'docs/benchmarks/*' | sort)
for page in $pages; do
    if ! awk -v root=. -f "$here/snippets.awk" "$page" >"$fresh"; then
        wrong=1
    elif $update; then
        cmp -s "$page" "$fresh" || cat "$fresh" >"$page"
    elif ! diff -u --label "$page" --label "its sources" "$page" "$fresh"; then
        wrong=1
    fi
    while IFS= read -r link; do
        case $link in
            *://* | '') ;;
            *) [ -e "$(dirname "$page")/$link" ] || { echo "$page: no such file: $link" >&2; wrong=1; } ;;
        esac
    done < <(sed '/^```/,/^```$/d; s/`[^`]*`//g' "$page" | grep -o '](\([^)#]*\)' | sed 's/^](//')
done
if [ $wrong -ne 0 ] && ! $update; then
    echo "tests/documentation/check_snippets.sh --update takes the code anew" >&2
fi
exit $wrong
