#!/usr/bin/env python3
"""Measures the engine beside llama.cpp and llama2.c: the same shapes, precisions and threads, in turns, medians.

  generate_side_by_side.py BUILD_FOLDER [--shapes 15M,110M,1.1B] [--types f32,bf16,int8] [--threads 2]
                           [--rounds 5] [--work FOLDER] [--without-llama]
                           [--llama2-c CHECKOUT]

BUILD_FOLDER holds tessera, configured with the preset "release". llama.cpp is fetched and built in the
work folder (llama_cpp.py); llama2.c, which decodes one sequence in f32, is compiled of a checkout. Weights are
random. Prints a table in Markdown.
"""
import argparse
import json
import pathlib
import statistics
import subprocess

import llama2_c
from llama_cpp import build, random_values, rows_of, run, write_random_gguf

TESTS = ["pp128", "pp512", "tg1", "tg4", "tg16"]


def measure_tessera(program, folder, threads, kind):
    precision = "int8" if kind == "int8" else "as_stored"
    # llama.cpp's cache is of f16.
    cache = "f32" if kind == "f32" else "bf16"
    out = run(program, folder, threads, precision, cache, *TESTS, stdout=subprocess.PIPE).stdout
    return {name: float(value) for name, value in (line.split() for line in out.splitlines())}


def measure_llama(programs, gguf, threads):
    bench, batched = programs
    common = ["-m", gguf, "-t", threads, "-ngl", 0]
    result = {}
    for row in rows_of(bench, *common, "-p", "128,512", "-n", 128, "-r", 1, "-o", "jsonl", count=3):
        name = f"pp{row['n_prompt']}" if row["n_prompt"] else "tg1"
        result[name] = row["avg_ts"]
    for row in rows_of(batched, *common, "-npp", 1, "-ntg", 128, "-npl", "4,16", "-c", 4096, "--output-format", "jsonl",
                       count=2):
        result[f"tg{row['pl']}"] = row["speed_tg"]
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--shapes", default="15M,110M")
    parser.add_argument("--types", default="f32,bf16,int8")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path.home() / ".cache/tessera-benchmarks")
    parser.add_argument("--without-llama", action="store_true")
    parser.add_argument("--llama2-c", type=pathlib.Path)
    options = parser.parse_args()

    run("cmake", "--build", options.build, "--target", "bench-generate_side_by_side", stdout=subprocess.DEVNULL)
    program = next(options.build.glob("tests/**/bench-generate_side_by_side"))
    llama = None if options.without_llama else build(options.work, ["llama-bench", "llama-batched-bench"])
    options.work.mkdir(parents=True, exist_ok=True)
    simple = llama2_c.build(options.llama2_c, options.work) if options.llama2_c else None

    print(f"{options.threads} threads, tokens/s, medians of {options.rounds} rounds taken in turns\n")
    print("| model | | " + " | ".join(TESTS) + " |")
    print("|---|---|" + "---|" * len(TESTS))
    for shape in options.shapes.split(","):
        for kind in options.types.split(","):
            # int8 is made of bf16 as it is loaded; llama.cpp has it in a file, as q8_0.
            stored, theirs_as = ("bf16", "q8_0") if kind == "int8" else (kind, kind)
            folder = options.work / f"{shape}-{stored}"
            gguf = folder / ("model-q8_0.gguf" if kind == "int8" else "model.gguf")
            if not (folder / "model.safetensors").exists():
                run(program, "--make", folder, shape, stored)
            if llama and not gguf.exists():
                write_random_gguf(gguf, json.loads((folder / "config.json").read_text()),
                                  theirs_as)
            with_simple = simple and kind == "f32"
            if with_simple and not (folder / "llama2-c.bin").exists():
                llama2_c.write_random(folder, json.loads((folder / "config.json").read_text()), random_values)
            ours, theirs, simples = [], [], []
            for _ in range(options.rounds):
                ours.append(measure_tessera(program, folder, options.threads, kind))
                if llama:
                    theirs.append(measure_llama(llama, gguf, options.threads))
                if with_simple:
                    simples.append(llama2_c.tokens_per_second(simple, folder, options.threads))
            middle = lambda rows, test: statistics.median(row[test] for row in rows)
            row = lambda title, values: print(f"| {shape} {kind} | {title} | " + " | ".join(values) + " |", flush=True)
            row("tessera", [f"{middle(ours, t):.0f}" for t in TESTS])
            if llama:
                row("llama.cpp", [f"{middle(theirs, t):.0f}" for t in TESTS])
                row("ratio", [f"{middle(ours, t) / middle(theirs, t):.2f}" for t in TESTS])
            if simples:
                of_one = lambda value: ["" if t != "tg1" else value for t in TESTS]
                row("llama2.c", of_one(f"{statistics.median(simples):.0f}"))
                row("ratio", of_one(f"{middle(ours, 'tg1') / statistics.median(simples):.2f}"))


if __name__ == "__main__":
    main()
