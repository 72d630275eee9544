#!/usr/bin/env bash
# Checks and measures what needs an NVIDIA GPU, in at most 9 minutes; a short table comes last, and the exit status
# tells whether all checks passed. Without a GPU it builds, says so and ends with 0.
#
#   gpu.sh                          builds here and runs
#   gpu.sh --pack DIR               builds here and puts all that a run needs into DIR: a machine with a driver and bash
#                                   will do
#   gpu.sh --packed DIR [PART...]   runs what is in DIR and builds nothing; parts: kernels models sanitizer training bench
#                                   llama.cpp, all of them by default
#
# With --llama ARCH behind these, llama.cpp's CUDA is built for that compute capability (90), which takes an hour on two
# processors the first time, and is measured in the same run; it needs python3 and CUDA's libraries there.
set -uo pipefail
started=$SECONDS
budget=540 # seconds
here=$(cd "$(dirname "$0")" && pwd)
programs=(gpu-check gpu-bench gpu-train test-engine-cuda libtessera-cuda.so)
all_parts="kernels models sanitizer training bench llama.cpp"

say() { echo "gpu.sh: $*"; }
fail() {
    say "$*" >&2
    exit 1
}

build() {
    cd "$here/.." || exit 1
    command -v nvcc >/dev/null || [ -x /usr/local/cuda/bin/nvcc ] ||
        fail "no CUDA compiler found: install the CUDA Toolkit 12.4 or later, or put nvcc on PATH"
    # For machines that have a driver and little else: of libraries, only libc is expected there.
    local static="-static-libstdc++ -static-libgcc"
    local utf8proc
    utf8proc=$(find /usr/lib /usr/local/lib -name libutf8proc.a -print -quit 2>/dev/null)
    cmake --preset cuda -DCMAKE_EXE_LINKER_FLAGS="$static" -DCMAKE_SHARED_LINKER_FLAGS="$static" \
        ${utf8proc:+-DUTF8PROC_LIBRARY="$utf8proc"} >/dev/null ||
        fail "cannot be configured: scripts/setup.sh installs what is missing; a machine without packages runs what another one packed (--pack, --packed)"
    cmake --build --preset cuda --target tessera-cuda gpu-check gpu-bench gpu-train test-engine-cuda || fail "the build failed"
}

# pack DIR [ARCH]: the programs and the bundled model; llama.cpp for that compute capability.
pack() {
    mkdir -p "$1/bundled" || exit 1
    local program
    for program in "${programs[@]}"; do
        find build/cuda -name "$program" -type f -not -path 'build/cuda/gpu/*' -exec cp {} "$1/" \; || exit 1
        strip --strip-debug "$1/$program" || exit 1
    done
    cp reference-engine/bundled/*.json reference-engine/bundled/*.safetensors "$1/bundled/" || exit 1
    # For machines whose libc is older.
    mkdir -p "$1/libc" || exit 1
    ldd "$1/gpu-check" | grep -o '/[^ ]*' | xargs -I{} cp -L {} "$1/libc/" || exit 1
    cp scripts/gpu.sh "$1/" || exit 1
    [ -n "${2:-}" ] || return 0
    local theirs
    theirs=$(python3 tests/benchmarks/llama_cpp.py build-cuda ~/.cache/tessera-benchmarks "$2" llama-batched-bench) ||
        fail "llama.cpp could not be built"
    mkdir -p "$1/llama.cpp" || exit 1
    cp "$theirs/llama-batched-bench" tests/benchmarks/llama_cpp.py tests/benchmarks/llama_on_gpu.py "$1/llama.cpp/" || exit 1
    strip "$1/llama.cpp/llama-batched-bench"
}

# Sets `loader`: what programs are started by, where the machine's libc is older than they are.
choose_loader() {
    loader=()
    local own
    own=$(echo "$1"/libc/ld-linux*)
    if ! "$1/gpu-check" --which >/dev/null 2>&1 && "$own" --library-path "$1/libc" "$1/gpu-check" --which >/dev/null; then
        loader=("$own" --library-path "$1/libc:${LD_LIBRARY_PATH:-}")
    fi
}

declare -A outcome
parts=()
wanted() {
    [ ${#parts[@]} = 0 ] || [[ " ${parts[*]} " == *" $1 "* ]]
}
# run NAME SECONDS command...: no longer than that, nor than what is left of the budget.
run() {
    local name=$1 limit=$2 left=$((budget - (SECONDS - started) - 5))
    shift 2
    wanted "$name" || return 0
    [ "$limit" -le "$left" ] || limit=$left
    if [ "$limit" -le 5 ]; then
        outcome[$name]="not run: no time was left"
        return 1
    fi
    local before=$SECONDS
    say "$name, at most $limit s"
    timeout -k 5 "$limit" "$@" 2>&1 | tee "$log/$name.txt"
    local result=${PIPESTATUS[0]}
    case $result in
    0) outcome[$name]="passed" ;;
    124 | 137) outcome[$name]="FAILED: more than $limit s" ;;
    *) outcome[$name]="FAILED: exit status $result" ;;
    esac
    outcome[$name]+=", $((SECONDS - before)) s"
    return "$result"
}

run_all() {
    local from=$1 log=$2 failed=0
    export TESSERA_CUDA_LIBRARY=$from/libtessera-cuda.so TESSERA_BUNDLED_MODEL=$from/bundled
    # Of cuBLASLt, which is opened where it is used.
    export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/local/cuda/lib64
    choose_loader "$from"
    run kernels 90 env TESSERA_TESTED_DEVICE=cuda "${loader[@]}" "$from/test-engine-cuda" --gtest_brief=1 \
        --gtest_filter='-Shim*:Planted*:CudaFailing*' || failed=1
    run models 170 "${loader[@]}" "$from/gpu-check" "$from/bundled" --break || failed=1
    local sanitizer
    sanitizer=$(command -v compute-sanitizer || echo /usr/local/cuda/bin/compute-sanitizer)
    if [ -x "$sanitizer" ]; then
        run sanitizer 90 env TESSERA_TESTED_DEVICE=cuda "$sanitizer" --error-exitcode 9 --leak-check no \
            "${loader[@]}" "$from/test-engine-cuda" --gtest_brief=1 --gtest_filter='CudaRunner.Computes*:CudaDrawing.Draws*' || failed=1
    else
        outcome[sanitizer]="not run: compute-sanitizer is not on this machine"
    fi
    # Of which the model of 1B may take half: its weights are drawn in 27 s by one processor, less by several, and steps
    # are timed for 8 s at most.
    run training 75 "${loader[@]}" "$from/gpu-train" "$from/bundled" || failed=1
    run bench 200 "${loader[@]}" "$from/gpu-bench" || failed=1
    if [ ! -d "$from/llama.cpp" ]; then
        outcome[llama.cpp]="not run: it was not built (--llama)"
    elif ! command -v python3 >/dev/null; then
        outcome[llama.cpp]="not run: python3 is not on this machine"
    else
        touch "$log/bench.txt"
        run llama.cpp 90 python3 "$from/llama.cpp/llama_on_gpu.py" \
            "$from/llama.cpp/llama-batched-bench" "$from/gpu-bench" "$log/bench.txt"
    fi
    return $failed
}

table() {
    local log=$1 name
    echo
    echo "== $(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | head -1), $(date -u +%F)"
    for name in $all_parts; do
        [ -f "$log/$name.txt" ] && grep -E '^\||a copy moves' "$log/$name.txt"
    done
    for name in $all_parts; do
        printf '%-10s %s\n' "$name" "${outcome[$name]:-not run}"
    done
}

action=${1:-}
[ $# = 0 ] || shift
case $action in
--pack)
    [ -n "${1:-}" ] || fail "--pack needs a folder"
    mkdir -p "$1" && from=$(cd "$1" && pwd) || exit 1
    shift
    ;;
--packed)
    from=$(cd "${1:-}" && pwd) || fail "--packed needs the folder that --pack made"
    shift
    parts=("$@")
    for part in "$@"; do
        [[ " $all_parts " == *" $part "* ]] || fail "unknown part $part: some of $all_parts"
    done
    ;;
--llama | "")
    from=$here/../build/cuda/gpu
    [ -z "$action" ] || set -- "$action" "$@"
    ;;
*) fail "unknown argument $action: --pack DIR, --packed DIR, --llama ARCH, or nothing" ;;
esac
if [ "$action" != --packed ]; then
    arch=
    if [ $# != 0 ]; then
        [ "$1" = --llama ] || fail "unknown argument $1: --llama ARCH, or nothing"
        arch=${2:-}
        [[ $arch =~ ^[0-9]+$ ]] || fail "--llama needs a compute capability: 90 of an H100 or H200"
    fi
    build
    pack "$from" "$arch"
fi
if [ "$action" = --pack ]; then
    say "$from: $(du -sh "$from" | cut -f1)"
    exit 0
fi

if ! command -v nvidia-smi >/dev/null || ! nvidia-smi -L >/dev/null 2>&1; then
    say "this machine has no NVIDIA GPU: nothing was run on one"
    exit 0
fi
log=$(mktemp -d)
run_all "$from" "$log"
result=$?
table "$log"
rm -rf "$log"
exit $result
