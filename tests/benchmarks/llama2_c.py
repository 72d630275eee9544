"""llama2.c (github.com/karpathy/llama2.c), compiled as its own `make runomp` does, and models in its form."""
import os
import re
import struct
import subprocess


def build(source, work):
    """Compiles run.c of a checkout."""
    program = work / "llama2-c-run"
    if not program.exists():
        subprocess.run(["gcc", "-Ofast", "-fopenmp", "-march=native", "-o", program, source / "run.c", "-lm"], check=True)
    return program


def write_random(folder, config, random_values):
    """model.bin and tokenizer.bin of that shape. Each of its words is an x."""
    hidden, wide, vocabulary = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    layers, heads, kv_heads = (config[n] for n in ("num_hidden_layers", "num_attention_heads", "num_key_value_heads"))
    positions, head = config["max_position_embeddings"], hidden // heads
    signed = vocabulary if config["tie_word_embeddings"] else -vocabulary
    with open(folder / "llama2-c.bin", "wb") as file:
        file.write(struct.pack("<7i", hidden, wide, layers, heads, kv_heads, signed, positions))

        def matrices(count, outputs, inner):
            for _ in range(count):
                file.write(random_values(outputs * inner, inner, "f32"))

        ones = struct.pack("<f", 1) * hidden
        matrices(1, vocabulary, hidden)
        file.write(ones * layers)
        matrices(layers, hidden, hidden)
        matrices(2 * layers, kv_heads * head, hidden)
        matrices(layers, hidden, hidden)
        file.write(ones * layers)
        matrices(layers, wide, hidden)
        matrices(layers, hidden, wide)
        matrices(layers, wide, hidden)
        file.write(ones)
        file.write(bytes(4 * positions * head))  # where rotations once stood
        if signed < 0:
            matrices(1, vocabulary, hidden)
    with open(folder / "llama2-c.tokens", "wb") as file:
        file.write(struct.pack("<i", 8))
        file.write((struct.pack("<fi", 0, 1) + b"x") * vocabulary)


def tokens_per_second(program, folder, threads, count=128):
    told = subprocess.run([program, folder / "llama2-c.bin", "-z", folder / "llama2-c.tokens", "-t", "0", "-n", str(count)],
                          env=os.environ | {"OMP_NUM_THREADS": str(threads)}, check=True, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if len(told.stdout) < count // 2:
        raise RuntimeError("llama2.c ended early: another seed of the weights is needed")
    return float(re.search(r"achieved tok/s: ([\d.]+)", told.stderr)[1])
