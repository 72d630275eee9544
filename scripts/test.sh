#!/usr/bin/env bash
# Installs what is missing, builds everything and passes all tests: the optimised build by GCC, ASan+UBSan over all of them,
# TSan over those with threads, both by Clang. --quick: the first of the three alone.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh --with-clang --with-docs --with-browser --with-speech
presets=(dev asan tsan)
if [ "${1:-}" = --quick ]; then
    presets=(dev)
fi

for preset in "${presets[@]}"; do
    echo "== $preset"
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset"
    ctest --preset "$preset" --no-tests=error --parallel "$(nproc)"
done
