#!/bin/sh
# Makes the bundled model from nothing: corpus, tokenizer, chat template and weights, then asks it
# what it learned. The same seed gives the same model on the same kind of processor.
#   scripts/train-bundled.sh [DIR] [options of tessera-train-bundled]
# DIR is reference-engine/bundled unless given.
set -eu
cd "$(dirname "$0")/.."
out=reference-engine/bundled
case "${1:-}" in
    "" | --*) ;;
    *) out=$1; shift ;;
esac
begun=$(date +%s)
cmake --preset release -DTESSERA_TESTS=OFF -DTESSERA_EXAMPLES=OFF -B build/train-bundled
cmake --build build/train-bundled --target tessera-train-bundled tessera-exam-bundled
build/train-bundled/reference-engine/tessera-train-bundled --out "$out" "$@"
echo "trained in $((($(date +%s) - begun) / 60)) minutes, the build included"
build/train-bundled/reference-engine/tessera-exam-bundled "$out" 100
