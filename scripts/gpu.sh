#!/usr/bin/env bash
# Builds with CUDA and runs what needs a GPU: its checks and benchmarks. Without a GPU it says so and ends with 0.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v nvcc >/dev/null && [ ! -x /usr/local/cuda/bin/nvcc ]; then
    echo "gpu.sh: no CUDA compiler found: install the CUDA Toolkit 12 or later, or put nvcc on PATH" >&2
    exit 1
fi
scripts/setup.sh
cmake --preset cuda >/dev/null
cmake --build --preset cuda
if ! command -v nvidia-smi >/dev/null || ! nvidia-smi -L >/dev/null 2>&1; then
    echo "gpu.sh: the CUDA build is done, but this machine has no NVIDIA GPU: nothing was run on one"
    exit 0
fi
nvidia-smi -L
ctest --test-dir build/cuda -L gpu --no-tests=error --output-on-failure
