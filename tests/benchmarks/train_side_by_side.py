#!/usr/bin/env python3
"""Training steps of tessera, in f32 and with products of bf16, and of PyTorch in turn on this machine; then those of
llama.cpp's llama-finetune. Prints median tokens/s.

PyTorch is tuned: run this with LD_PRELOAD=libjemalloc.so.2 OPENBLAS_CORETYPE=SKYLAKEX and
libopenblas0-pthread as the system's BLAS (without it PyTorch is slower, and the comparison unfair).

  train_side_by_side.py BUILD_FOLDER [--threads 2] [--steps 7] [--work FOLDER] [--without-llama]

BUILD_FOLDER holds tessera, configured with the preset "release". llama.cpp is fetched and built in the work folder
(llama_cpp.py). It takes a step of AdamW every 256 tokens; the others every 4,096, or 1,024 of the second shape.
"""
import argparse
import os
import pathlib
import random
import statistics
import struct
import subprocess
import time

import torch
import torch.nn.functional as F

from llama_cpp import build, byte_vocabulary_entries, run, shape_entries, tensor_names, write_gguf

SHAPES = {  # vocabulary, dim, layers, heads, kv heads, head dim, ff, rows, row
    "1.5M, 16 x 256": (2048, 128, 6, 4, 2, 32, 384, 16, 256),
    "bundled, 4 x 256": (1536, 160, 6, 5, 1, 32, 416, 4, 256),
    "15M, 16 x 256": (32000, 288, 6, 6, 6, 48, 768, 16, 256),
}


class Model(torch.nn.Module):
    def __init__(self, vocab, dim, layers, heads, kv, hd, ff, rows, row):
        super().__init__()
        self.heads, self.kv, self.hd = heads, kv, hd
        self.embedding = torch.nn.Embedding(vocab, dim)
        torch.nn.init.normal_(self.embedding.weight, std=0.02)
        linear = lambda a, b: torch.nn.Linear(a, b, bias=False)
        self.layers = torch.nn.ModuleList()
        for _ in range(layers):
            layer = torch.nn.Module()
            layer.qkv = linear(dim, (heads + 2 * kv) * hd)
            layer.out, layer.gate_up, layer.down = linear(heads * hd, dim), linear(dim, 2 * ff), linear(ff, dim)
            layer.norm1, layer.norm2 = (torch.nn.Parameter(torch.ones(dim)) for _ in range(2))
            self.layers.append(layer)
        self.norm = torch.nn.Parameter(torch.ones(dim))
        angle = torch.arange(row)[:, None] * 10000.0 ** (-torch.arange(0, hd, 2) / hd)
        self.cos, self.sin = angle.cos()[:, None], angle.sin()[:, None]
        self.mask = torch.full((row, row), float("-inf")).triu(1)

    @staticmethod
    def normed(x, w):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * w

    def rotate(self, x):
        a, b = x.chunk(2, -1)
        return torch.cat((a * self.cos - b * self.sin, b * self.cos + a * self.sin), -1)

    def forward(self, ids):
        x = self.embedding(ids)
        rows, n, _ = x.shape
        for layer in self.layers:
            z = layer.qkv(self.normed(x, layer.norm1)).view(rows, n, -1, self.hd)
            q, k, v = z.split((self.heads, self.kv, self.kv), 2)
            q, k = self.rotate(q), self.rotate(k)
            group = self.heads // self.kv
            k, v = (y.repeat_interleave(group, 2).transpose(1, 2) for y in (k, v))
            p = (q.transpose(1, 2) @ k.transpose(2, 3) * self.hd ** -0.5 + self.mask).softmax(-1)
            x = x + layer.out((p @ v).transpose(1, 2).reshape(rows, n, -1))
            gate, up = layer.gate_up(self.normed(x, layer.norm2)).chunk(2, -1)
            x = x + layer.down(F.silu(gate) * up)
        logits = F.linear(self.normed(x, self.norm), self.embedding.weight)
        return F.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1))


def llama_tokens_per_second(program, work, shape, threads, rounds):
    """Of rows of the shape's length, without what it takes to start and to save."""
    vocab, dim, layers, heads, kv, hd, ff, _, row = shape
    config = {"max_position_embeddings": row, "hidden_size": dim, "num_hidden_layers": layers,
              "intermediate_size": ff, "num_attention_heads": heads, "num_key_value_heads": kv, "head_dim": hd,
              "vocab_size": vocab, "rms_norm_eps": 1e-5, "tie_word_embeddings": True}
    shapes = {"token_embd": (vocab, dim), "attn_q": (heads * hd, dim), "attn_k": (kv * hd, dim),
              "attn_v": (kv * hd, dim), "attn_output": (dim, heads * hd), "ffn_gate": (ff, dim),
              "ffn_up": (ff, dim), "ffn_down": (dim, ff)}
    model, letters, trained = (work / name for name in ("train.gguf", "train.txt", "trained.gguf"))

    def values(_, dims, __):
        return torch.ones(dims).numpy().tobytes() if len(dims) == 1 else (torch.randn(dims) * 0.02).numpy().tobytes()

    tensors = [(name, shapes.get(name.split(".")[-2], (dim,)), "f32") for name, _ in tensor_names(config)]
    sizes = {"llama.attention.key_length": hd, "llama.attention.value_length": hd}
    write_gguf(model, shape_entries(config) | {k: struct.pack("<II", 4, n) for k, n in sizes.items()} |
               byte_vocabulary_entries(vocab), tensors, values)
    pieces = 8
    # Rows begin half a row apart.
    letters.write_text("".join(random.Random(1).choices("abcdefghijklmnop", k=row * pieces // 2 + row + 1)))

    def seconds(epochs):
        start = time.perf_counter()
        run(program, "-m", model, "-f", letters, "-c", row, "-b", row, "-ub", row, "-t", threads, "-ngl", 0,
            "-fa", "off", "-opt", "adamw", "-val-split", 0, "-epochs", epochs, "-o", trained,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={k: v for k, v in os.environ.items() if k != "LD_PRELOAD"})
        return time.perf_counter() - start

    epochs = 3
    taken = [(seconds(1 + epochs) - seconds(1)) / epochs for _ in range(rounds)]
    return row * pieces / statistics.median(taken)


def start(program, shape, threads, *precision):
    return subprocess.Popen([program, *map(str, shape), str(threads), *precision], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)


def compare(name, shape, options, program, llama):
    rows, row = shape[-2:]
    model = Model(*shape)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, foreach=True)
    ids = torch.randint(shape[0], (rows, row))
    ours = {"tessera": start(program, shape, options.threads), "bf16": start(program, shape, options.threads, "bf16")}
    taken = {"tessera": [], "bf16": [], "PyTorch": []}
    for _ in range(options.steps + 2):  # two of each to warm up
        begin = time.perf_counter()
        optimiser.zero_grad()
        model(ids).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        taken["PyTorch"].append(time.perf_counter() - begin)
        for who, process in ours.items():
            process.stdin.write("\n")
            process.stdin.flush()
            taken[who].append(float(process.stdout.readline().split()[0]))
    for process in ours.values():
        process.stdin.close()
        process.wait()
    speed = {who: rows * row / statistics.median(t[2:]) for who, t in taken.items()}
    if llama:
        speed["llama.cpp"] = llama_tokens_per_second(llama, options.work, shape, options.threads, 3)
    ratios = [f"{speed[who]:.0f} ({speed['tessera'] / speed[who]:.2f}, {speed['bf16'] / speed[who]:.2f})"
              for who in speed if who not in ours]
    print(f"| {name} | {speed['tessera']:.0f} | {speed['bf16']:.0f} | " + " | ".join(ratios) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path.home() / ".cache/tessera-benchmarks")
    parser.add_argument("--without-llama", action="store_true")
    options = parser.parse_args()
    run("cmake", "--build", options.build, "--target", "bench-train_side_by_side", stdout=subprocess.DEVNULL)
    program = next(options.build.glob("tests/**/bench-train_side_by_side"))
    llama = None if options.without_llama else build(options.work, ["llama-finetune"])[0]
    torch.set_num_threads(options.threads)
    print("tokens/s; behind others: how many times as fast tessera is, in f32 and with products of bf16\n")
    print("| | tessera f32 | bf16 | PyTorch |" + (" llama-finetune |" if llama else ""))
    print("|---|---|---|---|" + ("---|" if llama else ""))
    for name, shape in SHAPES.items():
        compare(name, shape, options, program, llama)


main()
