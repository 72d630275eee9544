#!/bin/sh
# Makes the bundled model from nothing: corpus, tokenizer, chat template and weights, then asks it
# what it learned. The same seed gives the same model on the same kind of processor.
#   scripts/train-bundled.sh [DIR] [options of tessera-train-bundled]
# DIR is reference-engine/bundled unless given. Options make it one round with them.
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
train() { build/train-bundled/reference-engine/tessera-train-bundled --out "$out" "$@"; }
if [ $# -gt 0 ]; then
    train "$@"
else
    # The model in the repository: two more rounds over other texts, each more careful than the one before.
    train
    train --from "$out" --seed 2 --steps 6000 --learning-rate 8e-4
    train --from "$out" --seed 3 --steps 5000 --learning-rate 5e-4
fi
echo "trained in $((($(date +%s) - begun) / 60)) minutes, the build included"
build/train-bundled/reference-engine/tessera-exam-bundled "$out" 100
