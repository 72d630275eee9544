#!/usr/bin/env python3
"""Measures llama.cpp's CUDA beside what gpu-bench measured in the same run.

  llama_on_gpu.py PROGRAMS GPU_BENCH RESULTS [MODEL...]

PROGRAMS holds llama-bench and llama-batched-bench (llama_cpp.py build-cuda), GPU_BENCH tells the shapes of its models,
RESULTS is what it printed. Weights are random, of bf16, the cache of f16. Prints rows of a table in Markdown.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from llama_cpp import rows_of, run, write_random_gguf

CONTEXT, SEQUENCES, GENERATED, PROMPT = 1024, 64, 32, 4096


def measure(programs, gguf):
    """Tokens a second: of one sequence, of a prompt, of many sequences."""
    on_gpu = ["-m", gguf, "-ngl", 99, "-fa", 1]
    # Prompts by both of the sizes of a step that suit it, and what follows them twice.
    single = rows_of(programs / "llama-bench", *on_gpu, "-p", PROMPT, "-n", 64, "-b", PROMPT, "-ub", "512,2048", "-r", 3,
                     "-o", "jsonl", count=4)
    many = rows_of(programs / "llama-batched-bench", *on_gpu, "-npp", CONTEXT, "-ntg", GENERATED, "-npl", SEQUENCES,
                   "-b", 2048, "-ub", 2048, "-c", SEQUENCES * (CONTEXT + GENERATED), "--output-format", "jsonl", count=1)
    best = lambda prompts: max(row["avg_ts"] for row in single if bool(row["n_prompt"]) == prompts)
    return {"batch 1 at 64": best(False), f"prefill of {PROMPT}": best(True),
            f"batch {SEQUENCES} at {CONTEXT}": many[0]["speed_tg"]}


def ours(results, model):
    """The same, of gpu-bench; prompts in the mode that may be a library's, too."""
    found = {}
    for line in results.splitlines():
        cells = [" ".join(cell.split()) for cell in line.split("|")]
        rate = re.search(r"(\d+) tokens/s", line)
        if rate and cells[1] == f"{model} bf16":
            found[cells[2]] = float(rate[1])
    return found


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    programs, gpu_bench, results = (pathlib.Path(each).absolute() for each in sys.argv[1:4])
    for model in sys.argv[4:] or ["1B"]:
        config = json.loads(run(gpu_bench, "--config", model, stdout=subprocess.PIPE).stdout)
        with tempfile.TemporaryDirectory() as folder:
            gguf = pathlib.Path(folder) / "model.gguf"
            write_random_gguf(gguf, config, "bf16")
            theirs = measure(programs, gguf)
        measured = ours(results.read_text(), model)
        for what, rate in theirs.items():
            beside = "".join(f" | {name}: {measured[name] / rate:.2f} times that" for name in measured
                             if name.startswith(what))
            print(f"| {model} bf16 of llama.cpp | {what} | {rate:.0f} tokens/s{beside} |", flush=True)


if __name__ == "__main__":
    main()
