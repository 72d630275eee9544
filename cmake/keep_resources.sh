#!/usr/bin/env bash
# keep_resources.sh compiler argument...: compiles, and puts what ptxas says of each kernel beside the object.
object=
previous=
for argument in "$@"; do
    if [ "$previous" = -o ]; then
        object=$argument
    fi
    previous=$argument
done
said=$("$@" 2>&1)
result=$?
resources='^ptxas info|bytes stack frame'
grep -Ev "$resources" <<<"$said" | sed '/^$/d' >&2
grep -E "$resources" <<<"$said" >"$object.resources"
exit $result
