#!/usr/bin/env bash
# Installs what tessera is built and tested with on Debian 12 or later. Asks nothing; does nothing when all is there.
set -euo pipefail

packages=(
    g++ cmake ninja-build ccache mold git ca-certificates
    libasio-dev nlohmann-json3-dev libssl-dev          # the SDK
    libcli11-dev libsqlite3-dev libutf8proc-dev libyaml-cpp-dev libcsv-dev libhowardhinnant-date-dev tzdata   # the server and its engine
    libgtest-dev librapidcheck-dev libbenchmark-dev clang-format python3   # the tests and benchmarks
)
clang_packages=(clang-19 libclang-rt-19-dev)
reference_packages=(python3 python3-yaml python3-torch python3-numpy python3-jinja2 python3-regex)
docs_packages=(doxygen)
browser_packages=(chromium)
speech_packages=(
    pkg-config libpocketsphinx-dev pocketsphinx-en-us
    libavformat-dev libavcodec-dev libavutil-dev libswresample-dev
    pocketsphinx-testdata ffmpeg espeak-ng flite   # the tests' recordings
)

usage="usage: setup.sh [--with-clang] [--with-reference] [--with-docs] [--with-browser] [--with-speech]
  --with-clang      clang 19: sanitizers, fuzzers, races of CUDA kernels
  --with-reference  PyTorch and friends, for the scripts that make golden files
  --with-docs       Doxygen, for the reference of the headers
  --with-browser    Chromium, for the tests in which people sign in
  --with-speech     PocketSphinx and FFmpeg, for transcriptions of real speech"
for argument in "$@"; do
    case "$argument" in
        --with-clang) packages+=("${clang_packages[@]}") ;;
        --with-reference) packages+=("${reference_packages[@]}") ;;
        --with-docs) packages+=("${docs_packages[@]}") ;;
        --with-browser) packages+=("${browser_packages[@]}") ;;
        --with-speech) packages+=("${speech_packages[@]}") ;;
        *) echo "$usage" >&2; exit 2 ;;
    esac
done

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

if ! command -v apt-get >/dev/null; then
    echo "setup.sh: this is not Debian; install the equivalents of: ${missing[*]}" >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
fi
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
