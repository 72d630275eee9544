#!/usr/bin/env python3
"""llama.cpp, built of the release inside the npm package node-llama-cpp, and models in its form.

  llama_cpp.py build WORK_FOLDER TARGET...              prints the folder of the programs
  llama_cpp.py build-cuda WORK_FOLDER ARCH TARGET...    the same for a GPU of compute capability ARCH (90)
  llama_cpp.py convert MODEL_FOLDER OUT.gguf            a Hugging Face folder of the Llama family in bf16
  llama_cpp.py random CONFIG.json f32|q8_0|bf16 OUT.gguf    random weights of that shape, and no vocabulary

The source is fetched once and built in the work folder: in about 7 minutes on two processors, and in an hour for a
GPU. Needs npm, git, CMake and Ninja, and the CUDA Toolkit for a GPU.
"""
import json
import math
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tarfile

PACKAGE = "node-llama-cpp@3.22.1"
GGML_TYPE = {"f32": 0, "q8_0": 8, "bf16": 30}
BLOCK = {"f32": (1, 4), "q8_0": (32, 34), "bf16": (1, 2)}  # numbers, and their bytes
U32, I32, STRING, ARRAY, BOOL = 4, 5, 8, 9, 7  # of GGUF's values
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4  # of llama.cpp's tokens


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, text=True, **options)


def build(work, targets, gpu=None):
    """`gpu`: a compute capability, of programs that need CUDA's libraries and else little of a machine."""
    build = work / (f"llama-build-cuda-{gpu}" if gpu else "llama-build")
    programs = [build / "bin" / name for name in targets]
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
    server = "ON" if "llama-server" in targets else "OFF"
    training = "ON" if "llama-finetune" in targets else "OFF"
    device = ["-DGGML_NATIVE=ON"]
    if gpu:
        device = ["-DGGML_NATIVE=OFF", "-DGGML_OPENMP=OFF", "-DBUILD_SHARED_LIBS=OFF",
                  "-DCMAKE_EXE_LINKER_FLAGS=-static-libstdc++ -static-libgcc", "-DGGML_CUDA=ON",
                  "-DGGML_CUDA_NCCL=OFF", f"-DCMAKE_CUDA_ARCHITECTURES={gpu}"]
    run("cmake", "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", *device,
        "-DLLAMA_OPENSSL=OFF", "-DLLAMA_BUILD_SERVER=" + server, "-DLLAMA_BUILD_APP=OFF",
        "-DLLAMA_BUILD_EXAMPLES=" + training, "-DLLAMA_BUILD_TESTS=OFF", stdout=subprocess.DEVNULL)
    run("cmake", "--build", build, "--parallel", "--target", *targets, stdout=subprocess.DEVNULL)
    return programs


def rows_of(program, *arguments, count):
    """That many rows of JSON, a line each. A log is written by a thread that the program's end may overtake."""
    for _ in range(5):
        out = run(program, *arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        rows = [json.loads(line) for line in out.splitlines() if line.startswith("{") and line.endswith("}")]
        if len(rows) == count:
            return rows
    raise RuntimeError(f"{program} did not print {count} results:\n{out}")


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def string(value):
    return struct.pack("<I", STRING) + text(value)


def u32(value):
    return struct.pack("<II", U32, value)


def array(kind, packed):
    return struct.pack("<IIQ", ARRAY, kind, len(packed)) + b"".join(packed)


def shape_entries(config):
    heads = config["num_attention_heads"]
    return {
        "general.architecture": string("llama"),
        "llama.context_length": u32(config["max_position_embeddings"]),
        "llama.embedding_length": u32(config["hidden_size"]),
        "llama.block_count": u32(config["num_hidden_layers"]),
        "llama.feed_forward_length": u32(config["intermediate_size"]),
        "llama.attention.head_count": u32(heads),
        "llama.attention.head_count_kv": u32(config["num_key_value_heads"]),
        "llama.rope.dimension_count": u32(config.get("head_dim") or config["hidden_size"] // heads),
        "llama.vocab_size": u32(config["vocab_size"]),
        "llama.attention.layer_norm_rms_epsilon": struct.pack("<If", 6, config["rms_norm_eps"]),
    }


def tensor_names(config):
    """GGUF's names, and those of Hugging Face."""
    names = [("token_embd.weight", "model.embed_tokens.weight"), ("output_norm.weight", "model.norm.weight")]
    if not config["tie_word_embeddings"]:
        names.append(("output.weight", "lm_head.weight"))
    for i in range(config["num_hidden_layers"]):
        names += [(f"blk.{i}.{theirs}.weight", f"model.layers.{i}.{ours}.weight") for theirs, ours in (
            ("attn_norm", "input_layernorm"), ("attn_q", "self_attn.q_proj"), ("attn_k", "self_attn.k_proj"),
            ("attn_v", "self_attn.v_proj"), ("attn_output", "self_attn.o_proj"),
            ("ffn_norm", "post_attention_layernorm"), ("ffn_gate", "mlp.gate_proj"), ("ffn_up", "mlp.up_proj"),
            ("ffn_down", "mlp.down_proj"))]
    return names


def write_gguf(path, entries, tensors, values):
    """GGUF version 3. `tensors` are name, dimensions and type; `values` gives the bytes of one."""
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries))
    header += b"".join(text(key) + value for key, value in entries.items())
    offset, sizes = 0, []
    for name, dims, kind in tensors:
        numbers, block = BLOCK[kind]
        size = math.prod(dims) // numbers * block
        header += text(name) + struct.pack("<I", len(dims))
        header += b"".join(struct.pack("<Q", n) for n in reversed(dims))
        header += struct.pack("<IQ", GGML_TYPE[kind], offset)
        sizes.append(size)
        offset += -(-size // 32) * 32
    with open(path, "wb") as file:
        file.write(header + b"\0" * (-len(header) % 32))
        for tensor, size in zip(tensors, sizes):
            file.write(values(*tensor) + b"\0" * (-size % 32))


def random_values(count, inner, kind):
    """Numbers about as large as 1 / sqrt(inner): sign and mantissa are drawn, the exponent is given.
    Those of q8_0 are drawn bytes, with such a scale for each block."""
    if kind == "q8_0":
        drawn = random.Random(inner).randbytes(32 << 10)
        scale = struct.pack("<e", 1 / (127 * math.sqrt(inner)))
        blocks = b"".join(scale + drawn[i:i + 32] for i in range(0, len(drawn), 32))
        return (blocks * (count // len(drawn) + 1))[:count // 32 * 34]
    exponent = 127 - round(math.log2(inner) / 2)
    mantissa, code = (23, "<I") if kind == "f32" else (7, "<H")
    size, drawn = struct.calcsize(code), 1 << 16
    repeat = lambda word: int.from_bytes(struct.pack(code, word) * drawn, "little")
    sign_and_mantissa = 1 << (8 + mantissa) | ((1 << mantissa) - 1)
    bits = random.Random(inner).getrandbits(8 * size * drawn) & repeat(sign_and_mantissa) | repeat(exponent << mantissa)
    return (bits.to_bytes(size * drawn, "little") * (count // drawn + 1))[:size * count]


def write_random_gguf(path, config, kind):
    """A model of that shape with random weights and no vocabulary."""
    hidden, wide, vocabulary = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    head = hidden // config["num_attention_heads"]
    keys = config["num_key_value_heads"] * head
    shapes = {"token_embd": (vocabulary, hidden), "output": (vocabulary, hidden), "attn_q": (hidden, hidden),
              "attn_k": (keys, hidden), "attn_v": (keys, hidden), "attn_output": (hidden, hidden),
              "ffn_gate": (wide, hidden), "ffn_up": (wide, hidden), "ffn_down": (hidden, wide)}
    tensors = []
    for name, _ in tensor_names(config):
        dims = shapes.get(name.split(".")[-2], (hidden,))
        tensors.append((name, dims, "f32" if len(dims) == 1 else kind))

    def values(_, dims, stored):
        if len(dims) == 1:
            return struct.pack("<f", 1) * dims[0]
        return random_values(math.prod(dims), dims[-1], stored)

    write_gguf(path, shape_entries(config) | {"tokenizer.ggml.model": string("no_vocab")}, tensors, values)


def vocabulary_entries(folder, config):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    tokens = [f"[unused {i}]" for i in range(config["vocab_size"])]
    kinds = [NORMAL] * len(tokens)
    for token, number in tokenizer["model"]["vocab"].items():
        tokens[number] = token
    for added in tokenizer["added_tokens"]:
        tokens[added["id"]] = added["content"]
        kinds[added["id"]] = CONTROL if added["special"] else USER_DEFINED
    merges = [m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]]
    return {
        "tokenizer.ggml.model": string("gpt2"),
        "tokenizer.ggml.pre": string("smollm"),  # digits one by one, then GPT-2's rule
        "tokenizer.ggml.tokens": array(STRING, [text(t) for t in tokens]),
        "tokenizer.ggml.token_type": array(I32, [struct.pack("<i", k) for k in kinds]),
        "tokenizer.ggml.merges": array(STRING, [text(m) for m in merges]),
        "tokenizer.ggml.bos_token_id": u32(config["bos_token_id"]),
        "tokenizer.ggml.eos_token_id": u32(config["eos_token_id"]),
        "tokenizer.ggml.add_bos_token": struct.pack("<I?", BOOL, False),
        "tokenizer.chat_template": string(settings["chat_template"]),
    }


def byte_vocabulary_entries(size):
    """A token for each byte, as GPT-2 writes bytes, and others that no text has."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    tokens = [chr(b) for b in plain] + [chr(256 + i) for i in range(len(others))]
    tokens += [f"[unused {i}]" for i in range(size - len(tokens))]
    return {
        "tokenizer.ggml.model": string("gpt2"),
        "tokenizer.ggml.pre": string("gpt-2"),
        "tokenizer.ggml.tokens": array(STRING, [text(t) for t in tokens]),
        "tokenizer.ggml.token_type": array(I32, [struct.pack("<i", NORMAL)] * size),
        "tokenizer.ggml.merges": array(STRING, []),
        "tokenizer.ggml.eos_token_id": u32(size - 1),
    }


def rotated(rows, heads):
    """llama.cpp turns neighbouring numbers of a head, Hugging Face those half a head apart."""
    half = len(rows) // heads // 2
    return [rows[head * 2 * half + part * half + i] for head in range(heads) for i in range(half) for part in (0, 1)]


def convert(folder, path):
    config = json.loads((folder / "config.json").read_text())
    data = (folder / "model.safetensors").read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    stored = json.loads(data[8:8 + size])
    names = dict(tensor_names(config))

    def values(name, dims, kind):
        begin, end = stored[names[name]]["data_offsets"]
        raw = data[8 + size + begin:8 + size + end]
        if kind == "f32":  # of bf16: the upper half
            return b"".join(b"\0\0" + raw[i:i + 2] for i in range(0, len(raw), 2))
        heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}.get(name.split(".")[-2])
        if heads is None:
            return raw
        row = 2 * dims[1]
        return b"".join(rotated([raw[i:i + row] for i in range(0, len(raw), row)], heads))

    tensors = []
    for name, ours in names.items():
        if stored[ours]["dtype"] != "BF16":
            raise RuntimeError(f"{ours} is {stored[ours]['dtype']}; only BF16 is converted")
        dims = tuple(stored[ours]["shape"])
        tensors.append((name, dims, "f32" if len(dims) == 1 else "bf16"))
    write_gguf(path, shape_entries(config) | vocabulary_entries(folder, config), tensors, values)


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[1] == "build":
        print(build(pathlib.Path(sys.argv[2]), sys.argv[3:])[0].parent)
    elif len(sys.argv) > 4 and sys.argv[1] == "build-cuda":
        print(build(pathlib.Path(sys.argv[2]), sys.argv[4:], gpu=sys.argv[3])[0].parent)
    elif len(sys.argv) == 5 and sys.argv[1] == "random":
        write_random_gguf(pathlib.Path(sys.argv[4]), json.loads(pathlib.Path(sys.argv[2]).read_text()), sys.argv[3])
    elif len(sys.argv) == 4 and sys.argv[1] == "convert":
        convert(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    else:
        sys.exit(__doc__)
