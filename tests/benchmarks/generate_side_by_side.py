#!/usr/bin/env python3
"""Measures the engine beside llama.cpp: the same shapes, precisions and threads, in turns, medians.

  generate_side_by_side.py BUILD_FOLDER [--shapes 15M,110M] [--types f32,bf16] [--threads 2]
                           [--rounds 5] [--work FOLDER] [--without-llama]

BUILD_FOLDER holds tessera, configured with the preset "release". llama.cpp is the release inside the
npm package node-llama-cpp 3.22.1; it is fetched and built in the work folder (about 7 minutes, once).
Weights are random. Prints a table in Markdown. Needs npm, git, CMake and Ninja.
"""
import argparse
import json
import math
import pathlib
import random
import shutil
import statistics
import struct
import subprocess
import tarfile

PACKAGE = "node-llama-cpp@3.22.1"
TESTS = ["pp128", "pp512", "tg1", "tg4", "tg16"]
GGML_TYPE = {"f32": 0, "bf16": 30}


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, text=True, **options)


def build_llama(work):
    build = work / "llama-build"
    programs = [build / "bin" / name for name in ("llama-bench", "llama-batched-bench")]
    if all(p.exists() for p in programs):
        return programs
    work.mkdir(parents=True, exist_ok=True)
    source = work / "llama.cpp"
    if not (source / "CMakeLists.txt").exists():
        packed = run("npm", "pack", PACKAGE, "--silent", cwd=work, stdout=subprocess.PIPE).stdout.split()[-1]
        with tarfile.open(work / packed) as archive:
            archive.extract("package/llama/gitRelease.bundle", work)
        shutil.rmtree(source, ignore_errors=True)
        run("git", "-c", "advice.detachedHead=false", "clone", "--quiet", work / "package/llama/gitRelease.bundle", source)
    run("cmake", "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON",
        "-DLLAMA_OPENSSL=OFF", "-DLLAMA_BUILD_SERVER=OFF", "-DLLAMA_BUILD_APP=OFF",
        "-DLLAMA_BUILD_EXAMPLES=OFF", "-DLLAMA_BUILD_TESTS=OFF", stdout=subprocess.DEVNULL)
    run("cmake", "--build", build, "--parallel", "--target", "llama-bench", "llama-batched-bench",
        stdout=subprocess.DEVNULL)
    return programs


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def random_values(count, inner, kind):
    """Numbers about as large as 1 / sqrt(inner): sign and mantissa are drawn, the exponent is given."""
    exponent = 127 - round(math.log2(inner) / 2)
    mantissa, code = (23, "<I") if kind == "f32" else (7, "<H")
    size, drawn = struct.calcsize(code), 1 << 16
    repeat = lambda word: int.from_bytes(struct.pack(code, word) * drawn, "little")
    sign_and_mantissa = 1 << (8 + mantissa) | ((1 << mantissa) - 1)
    bits = random.Random(inner).getrandbits(8 * size * drawn) & repeat(sign_and_mantissa) | repeat(exponent << mantissa)
    return (bits.to_bytes(size * drawn, "little") * (count // drawn + 1))[:size * count]


def write_gguf(path, config, kind):
    """A model of that shape with random weights and no vocabulary, in GGUF version 3."""
    hidden, wide, vocabulary = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    head = hidden // heads
    u32 = lambda x: struct.pack("<II", 4, x)
    entries = {
        "general.architecture": struct.pack("<I", 8) + text("llama"),
        "llama.context_length": u32(config["max_position_embeddings"]),
        "llama.embedding_length": u32(hidden),
        "llama.block_count": u32(config["num_hidden_layers"]),
        "llama.feed_forward_length": u32(wide),
        "llama.attention.head_count": u32(heads),
        "llama.attention.head_count_kv": u32(kv_heads),
        "llama.rope.dimension_count": u32(head),
        "llama.vocab_size": u32(vocabulary),
        "llama.attention.layer_norm_rms_epsilon": struct.pack("<If", 6, config["rms_norm_eps"]),
        "tokenizer.ggml.model": struct.pack("<I", 8) + text("no_vocab"),
    }
    tensors = [("token_embd.weight", (vocabulary, hidden)), ("output_norm.weight", (hidden,))]
    if not config["tie_word_embeddings"]:
        tensors.append(("output.weight", (vocabulary, hidden)))
    for i in range(config["num_hidden_layers"]):
        tensors += [(f"blk.{i}.{name}.weight", dims) for name, dims in (
            ("attn_norm", (hidden,)), ("attn_q", (heads * head, hidden)),
            ("attn_k", (kv_heads * head, hidden)), ("attn_v", (kv_heads * head, hidden)),
            ("attn_output", (hidden, heads * head)), ("ffn_norm", (hidden,)),
            ("ffn_gate", (wide, hidden)), ("ffn_up", (wide, hidden)), ("ffn_down", (hidden, wide)))]
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries))
    header += b"".join(text(key) + value for key, value in entries.items())
    offset, sizes = 0, []
    for name, dims in tensors:
        stored = "f32" if len(dims) == 1 else kind
        size = math.prod(dims) * (4 if stored == "f32" else 2)
        header += text(name) + struct.pack("<I", len(dims))
        header += b"".join(struct.pack("<Q", n) for n in reversed(dims))
        header += struct.pack("<IQ", GGML_TYPE[stored], offset)
        sizes.append((dims, stored, size))
        offset += -(-size // 32) * 32
    with open(path, "wb") as file:
        file.write(header + b"\0" * (-len(header) % 32))
        for dims, stored, size in sizes:
            norm = len(dims) == 1
            values = struct.pack("<f", 1) * dims[0] if norm else random_values(math.prod(dims), dims[-1], stored)
            file.write(values + b"\0" * (-size % 32))


def measure_tessera(program, folder, threads):
    out = run(program, folder, threads, *TESTS, stdout=subprocess.PIPE).stdout
    return {name: float(value) for name, value in (line.split() for line in out.splitlines())}


def measure_llama(programs, gguf, threads):
    bench, batched = programs
    common = ["-m", gguf, "-t", threads, "-ngl", 0]
    out = run(bench, *common, "-p", "128,512", "-n", 128, "-r", 1, "-o", "json",
              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    result = {}
    for row in json.loads(out):
        name = f"pp{row['n_prompt']}" if row["n_prompt"] else "tg1"
        result[name] = row["avg_ts"]
    # Its log is written by a thread that the program's end may overtake.
    for _ in range(5):
        out = run(batched, *common, "-npp", 1, "-ntg", 128, "-npl", "4,16", "-c", 4096,
                  "--output-format", "jsonl", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        for line in out.splitlines():
            if line.startswith("{") and line.endswith("}"):
                row = json.loads(line)
                result[f"tg{row['pl']}"] = row["speed_tg"]
        if all(test in result for test in TESTS):
            return result
    raise RuntimeError("llama-batched-bench printed no result:\n" + out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--shapes", default="15M,110M")
    parser.add_argument("--types", default="f32,bf16")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path.home() / ".cache/tessera-benchmarks")
    parser.add_argument("--without-llama", action="store_true")
    options = parser.parse_args()

    run("cmake", "--build", options.build, "--target", "bench-generate_side_by_side", stdout=subprocess.DEVNULL)
    program = next(options.build.glob("tests/**/bench-generate_side_by_side"))
    llama = None if options.without_llama else build_llama(options.work)
    options.work.mkdir(parents=True, exist_ok=True)

    print(f"{options.threads} threads, tokens/s, medians of {options.rounds} rounds taken in turns\n")
    print("| model | | " + " | ".join(TESTS) + " |")
    print("|---|---|" + "---|" * len(TESTS))
    for shape in options.shapes.split(","):
        for kind in options.types.split(","):
            folder = options.work / f"{shape}-{kind}"
            gguf = folder / "model.gguf"
            if not (folder / "model.safetensors").exists():
                run(program, "--make", folder, shape, kind)
            if llama and not gguf.exists():
                write_gguf(gguf, json.loads((folder / "config.json").read_text()), kind)
            ours, theirs = [], []
            for _ in range(options.rounds):
                ours.append(measure_tessera(program, folder, options.threads))
                if llama:
                    theirs.append(measure_llama(llama, gguf, options.threads))
            middle = lambda rows, test: statistics.median(row[test] for row in rows)
            row = lambda title, values: print(f"| {shape} {kind} | {title} | " + " | ".join(values) + " |", flush=True)
            row("tessera", [f"{middle(ours, t):.0f}" for t in TESTS])
            if llama:
                row("llama.cpp", [f"{middle(theirs, t):.0f}" for t in TESTS])
                row("ratio", [f"{middle(ours, t) / middle(theirs, t):.2f}" for t in TESTS])


if __name__ == "__main__":
    main()
