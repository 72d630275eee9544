#!/usr/bin/env python3
"""Training steps of tessera and of PyTorch in turn on this machine; prints median tokens/s.

PyTorch is tuned: run this with LD_PRELOAD=libjemalloc.so.2 OPENBLAS_CORETYPE=SKYLAKEX and
libopenblas0-pthread as the system's BLAS (without it PyTorch is slower, and the comparison unfair).

    python3 train_side_by_side.py build/release/tests/benchmarks/bench-train_side_by_side [threads] [steps]
"""
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

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


def compare(name, shape, program, threads, steps):
    rows, row = shape[-2:]
    model = Model(*shape)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, foreach=True)
    ids = torch.randint(shape[0], (rows, row))
    ours = subprocess.Popen([program, *map(str, shape), str(threads)], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    taken = {"tessera": [], "PyTorch": []}
    for _ in range(steps + 2):  # two of each to warm up
        start = time.perf_counter()
        optimiser.zero_grad()
        model(ids).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        taken["PyTorch"].append(time.perf_counter() - start)
        ours.stdin.write("\n")
        ours.stdin.flush()
        taken["tessera"].append(float(ours.stdout.readline().split()[0]))
    ours.stdin.close()
    ours.wait()
    speed = {who: rows * row / statistics.median(t[2:]) for who, t in taken.items()}
    best = {who: rows * row / min(t[2:]) for who, t in taken.items()}
    print(f"{name}: tessera {speed['tessera']:.0f}, PyTorch {speed['PyTorch']:.0f} tokens/s, "
          f"{speed['tessera'] / speed['PyTorch']:.2f}x (best steps {best['tessera']:.0f} and {best['PyTorch']:.0f})",
          flush=True)


def main():
    program = sys.argv[1]
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    torch.set_num_threads(threads)
    for name, shape in SHAPES.items():
        compare(name, shape, program, threads, steps)


main()
