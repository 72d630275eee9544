#!/usr/bin/env bash
# Builds the fuzz targets with clang and runs each for a minute, or for the seconds given:
#   scripts/fuzz.sh [seconds [target...]]
# What a run learns is kept in build/fuzz/corpus; inputs that break a property land in build/fuzz/found.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
if ! command -v clang++-19 >/dev/null; then
    echo "fuzz.sh: clang++-19 is missing; scripts/setup.sh --with-clang installs it" >&2
    exit 1
fi
cmake --preset fuzz >/dev/null
if [ $# -gt 0 ]; then
    targets=("$@")
else
    targets=()
    for file in tests/fuzz/*.cpp tests/fuzz/engine/*.cpp; do
        name=$(basename "$file" .cpp)
        case $name in fuzzer_entry | replay_main | '*') ;; *) targets+=("$name") ;; esac
    done
fi
ninja -C build/fuzz "${targets[@]/#/fuzz-}"
mkdir -p build/fuzz/found
failed=()
for target in "${targets[@]}"; do
    learned=build/fuzz/corpus/$target
    seeds=tests/fuzz/corpus/$target
    mkdir -p "$learned" "$seeds"
    echo "== $target, $seconds s"
    if ! build/fuzz/tests/fuzz/fuzz-"$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=4096 -print_final_stats=1 -verbosity=1 -artifact_prefix="build/fuzz/found/$target-" \
        "$learned" "$seeds" >"build/fuzz/$target.log" 2>&1; then
        failed+=("$target")
        tail -n 40 "build/fuzz/$target.log"
    else
        grep -E 'number_of_executed_units|new_units_added' "build/fuzz/$target.log"
    fi
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "fuzz.sh: broken: ${failed[*]} (inputs in build/fuzz/found)" >&2
    exit 1
fi
