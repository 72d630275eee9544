#!/usr/bin/env python3
"""Measures llama.cpp's CUDA beside what gpu-bench measured in the same run.

  llama_on_gpu.py LLAMA_BATCHED_BENCH GPU_BENCH RESULTS [MODEL...]

LLAMA_BATCHED_BENCH is llama.cpp's (llama_cpp.py build-cuda), GPU_BENCH tells the shapes of its models, RESULTS is what
it printed. Weights are random, of bf16, the cache of f16. Prints rows of a table in Markdown.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from llama_cpp import rows_of, run, write_random_gguf


def measure(program, gguf):
    """Tokens a second: of one sequence, of a prompt, of many sequences; the best of three times, as shapes are new once."""
    def best(speed, prompt, generated, sequences, step):
        rows = rows_of(program, "-m", gguf, "-ngl", 99, "-fa", 1, "-npp", ",".join([str(prompt)] * 3), "-ntg", generated,
                       "-npl", sequences, "-c", sequences * (prompt + generated), "-b", max(step, 2048), "-ub", step,
                       "--output-format", "jsonl", count=3)
        return max(row[speed] for row in rows)

    return {"batch 1 at 64": best("speed_tg", 64, 64, 1, 512),
            "prefill of 4096": max(best("speed_pp", 4096, 1, 1, step) for step in (512, 2048)),
            "batch 64 at 1024": best("speed_tg", 1024, 32, 64, 2048)}


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
    program, gpu_bench, results = (pathlib.Path(each).absolute() for each in sys.argv[1:4])
    for model in sys.argv[4:] or ["1B"]:
        config = json.loads(run(gpu_bench, "--config", model, stdout=subprocess.PIPE).stdout)
        with tempfile.TemporaryDirectory() as folder:
            gguf = pathlib.Path(folder) / "model.gguf"
            write_random_gguf(gguf, config, "bf16")
            theirs = measure(program, gguf)
        measured = ours(results.read_text(), model)
        for what, rate in theirs.items():
            beside = "".join(f" | {name}: {measured[name] / rate:.2f} times that" for name in measured
                             if name.startswith(what))
            print(f"| {model} bf16 of llama.cpp | {what} | {rate:.0f} tokens/s{beside} |", flush=True)


if __name__ == "__main__":
    main()
