#!/usr/bin/env python3
"""Writes data/*.json: final states and logits of tiny random-weight models, computed with PyTorch in double precision.

The formulas follow the models' papers and the reference implementation in Hugging Face transformers.
Weights are drawn as tests/support/random_model.hpp draws them. Needs PyTorch 1.13 or later.
"""
import json
import math
import pathlib

import numpy as np
import torch

torch.set_default_dtype(torch.float64)


def uniform(name, count):
    x = 0xCBF29CE484222325
    for byte in name.encode():
        x = ((x ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(x) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float32) / np.float32(8388608) - np.float32(1)


class Model:
    def __init__(self, config, rounded, adapter=None):
        self.c = config
        self.rounded = rounded
        self.adapter = adapter
        self.head_dim = config.get("head_dim", config["hidden_size"] // config["num_attention_heads"])

    def tensor(self, name, *shape):
        spread = np.float32(0.25) if len(shape) == 1 else np.sqrt(np.float32(3) / np.float32(shape[-1]))
        values = uniform(name, int(np.prod(shape))) * spread
        if name.endswith("norm.weight"):
            values = values + np.float32(1)
        values = torch.tensor(values.reshape(shape), dtype=torch.float32)
        if self.rounded:
            values = values.to(torch.bfloat16)
        return values.to(torch.float64)

    def linear(self, x, name, outer, bias):
        y = x @ self.tensor(name + ".weight", outer, x.shape[-1]).T
        if self.adapter and name.split(".")[-1] in self.adapter["target_modules"]:
            rank, own = self.adapter["r"], "base_model.model." + name
            down = self.tensor(own + ".lora_A.weight", rank, x.shape[-1])
            up = self.tensor(own + ".lora_B.weight", outer, rank)
            by = math.sqrt(rank) if self.adapter.get("use_rslora") else rank
            y = y + self.adapter["lora_alpha"] / by * (x @ down.T) @ up.T
        return y + self.tensor(name + ".bias", outer) if bias else y

    def norm(self, x, name):
        scale = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.c["rms_norm_eps"])
        return x * scale * self.tensor(name, x.shape[-1])

    def frequencies(self, length):
        """Angles per position, and the factor on cosines and sines."""
        dim, theta = self.head_dim, self.c["rope_theta"]
        exponent = torch.arange(0, dim, 2) / dim
        plain = 1.0 / theta**exponent
        scaling = self.c.get("rope_scaling") or {}
        kind = scaling.get("rope_type", "default")
        factor = scaling.get("factor")
        original = scaling.get("original_max_position_embeddings", self.c["max_position_embeddings"])
        if kind == "default":
            return plain, 1.0
        if kind == "linear":
            return plain / factor, 1.0
        if kind == "dynamic":
            longest = max(length, original)
            base = theta * (factor * longest / original - (factor - 1)) ** (dim / (dim - 2))
            return 1.0 / base**exponent, 1.0
        if kind == "llama3":
            low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
            wavelength = 2 * math.pi / plain
            smooth = (original / wavelength - low) / (high - low)
            blended = (1 - smooth) * plain / factor + smooth * plain
            result = torch.where(wavelength > original / low, plain / factor, plain)
            middle = (wavelength <= original / low) & (wavelength >= original / high)
            return torch.where(middle, blended, result), 1.0
        assert kind == "yarn"

        def dimension(turns):
            return dim * math.log(original / (turns * 2 * math.pi)) / (2 * math.log(theta))

        low = max(math.floor(dimension(scaling.get("beta_fast", 32))), 0)
        high = min(math.ceil(dimension(scaling.get("beta_slow", 1))), dim - 1)
        if low == high:
            high += 0.001
        ramp = torch.clamp((torch.arange(dim // 2) - low) / (high - low), 0, 1)
        magnitude = scaling.get("attention_factor", 0.1 * math.log(factor) + 1)
        return plain / factor * ramp + plain * (1 - ramp), magnitude

    def rotate(self, x):  # [position][head][dim]
        rows = []
        half = self.head_dim // 2
        for position in range(x.shape[0]):
            frequencies, magnitude = self.frequencies(position + 1)
            angle = torch.cat([frequencies, frequencies]) * position
            turned = torch.cat([-x[position, :, half:], x[position, :, :half]], -1)
            rows.append((x[position] * angle.cos() + turned * angle.sin()) * magnitude)
        return torch.stack(rows)

    def attention(self, x, prefix):
        c, n = self.c, x.shape[0]
        heads, kv_heads, dim = c["num_attention_heads"], c["num_key_value_heads"], self.head_dim
        qwen = c["architectures"][0].startswith("Qwen2")
        bias = qwen or c.get("attention_bias", False)
        q = self.linear(x, prefix + "q_proj", heads * dim, bias).view(n, heads, dim)
        k = self.linear(x, prefix + "k_proj", kv_heads * dim, bias).view(n, kv_heads, dim)
        v = self.linear(x, prefix + "v_proj", kv_heads * dim, bias).view(n, kv_heads, dim)
        q, k = self.rotate(q), self.rotate(k)
        k = k.repeat_interleave(heads // kv_heads, 1)
        v = v.repeat_interleave(heads // kv_heads, 1)
        scores = torch.einsum("qhd,khd->hqk", q, k) / math.sqrt(dim)
        scores = scores.masked_fill(torch.ones(n, n, dtype=torch.bool).triu(1), -math.inf)
        mixed = torch.einsum("hqk,khd->qhd", scores.softmax(-1), v).reshape(n, heads * dim)
        return self.linear(mixed, prefix + "o_proj", c["hidden_size"], bias and not qwen)

    def mlp(self, x, prefix):
        bias, wide = self.c.get("mlp_bias", False), self.c["intermediate_size"]
        gate = self.linear(x, prefix + "gate_proj", wide, bias)
        up = self.linear(x, prefix + "up_proj", wide, bias)
        return self.linear(torch.nn.functional.silu(gate) * up, prefix + "down_proj", x.shape[-1], bias)

    def states(self, tokens):
        c = self.c
        embedding = self.tensor("model.embed_tokens.weight", c["vocab_size"], c["hidden_size"])
        x = embedding[torch.tensor(tokens)]
        for i in range(c["num_hidden_layers"]):
            layer = f"model.layers.{i}."
            x = x + self.attention(self.norm(x, layer + "input_layernorm.weight"), layer + "self_attn.")
            x = x + self.mlp(self.norm(x, layer + "post_attention_layernorm.weight"), layer + "mlp.")
        return self.norm(x, "model.norm.weight")

    def logits(self, states):
        c = self.c
        if c.get("tie_word_embeddings"):
            return states @ self.tensor("model.embed_tokens.weight", c["vocab_size"], c["hidden_size"]).T
        return self.linear(states, "lm_head", c["vocab_size"], False)

    def scores(self, states):
        return self.linear(states, "score", len(self.c["id2label"]), False)


def written(rows):
    return ",\n".join(json.dumps([float(f"{x:.8g}") for x in row.tolist()]) for row in rows)


def config(name="LlamaForCausalLM", **changes):
    base = dict(
        architectures=[name], vocab_size=60, hidden_size=48, num_hidden_layers=3, num_attention_heads=6,
        num_key_value_heads=2, head_dim=16, intermediate_size=72, max_position_embeddings=64,
        rms_norm_eps=1e-5, rope_theta=10000.0, tie_word_embeddings=False)
    base.update(changes)
    return base


def scaled(kind, **parameters):
    return dict(rope_type=kind, **parameters)


CASES = {
    "llama3_gqa": config(
        max_position_embeddings=512, rope_theta=500000.0,
        rope_scaling=scaled("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                            original_max_position_embeddings=64)),
    "llama_biases": config(
        attention_bias=True, mlp_bias=True, hidden_size=36, head_dim=12, num_attention_heads=4,
        num_key_value_heads=4, intermediate_size=50, vocab_size=50),
    "qwen2_tied": config(
        "Qwen2ForCausalLM", tie_word_embeddings=True, rope_theta=1000000.0, hidden_size=33, head_dim=20,
        num_attention_heads=3, num_key_value_heads=1, intermediate_size=45, rms_norm_eps=1e-6),
    "linear": config(rope_scaling=scaled("linear", factor=4.0)),
    "dynamic": config(max_position_embeddings=40, rope_scaling=scaled("dynamic", factor=2.0)),
    "yarn": config(
        max_position_embeddings=256,
        rope_scaling=scaled("yarn", factor=4.0, original_max_position_embeddings=32)),
    "bf16": config(tie_word_embeddings=True),
}
LABELS = {str(i): name for i, name in enumerate(["calm", "glad", "sad", "angry", "afraid"])}
CLASSIFIERS = {
    "llama_classifier": config("LlamaForSequenceClassification", id2label=LABELS),
    "qwen2_regressor": config("Qwen2ForSequenceClassification", id2label={"0": "stars"}, problem_type="regression"),
    "bf16_classifier": config(
        "LlamaForSequenceClassification", id2label=LABELS, problem_type="multi_label_classification"),
}
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ADAPTED = {
    "llama_lora": (config(), dict(r=3, lora_alpha=2, target_modules=["q_proj", "v_proj", "up_proj"])),
    "qwen2_lora": (config("Qwen2ForCausalLM", hidden_size=33, head_dim=20, num_attention_heads=3,
                          num_key_value_heads=1, intermediate_size=45),
                   dict(r=5, lora_alpha=0.5, target_modules=ALL, use_rslora=True)),
    "bf16_lora": (config(), dict(r=16, lora_alpha=4, target_modules=ALL)),
}
LENGTH = 75
ROWS = [0, 1, 15, 16, 40, 63, 64, 74]


def main():
    folder = pathlib.Path(__file__).parent / "data"
    folder.mkdir(exist_ok=True)
    for name, settings in CASES.items():
        tokens = [(7 * i * i + 3 * i + 11) % settings["vocab_size"] for i in range(LENGTH)]
        stored = "bf16" if name == "bf16" else "f32"
        model = Model(settings, stored == "bf16")
        states = model.states(tokens)
        logits = model.logits(states)
        head = json.dumps(dict(config=settings, stored=stored, tokens=tokens, rows=ROWS))[:-1]
        (folder / f"{name}.json").write_text(
            f'{head},\n"logits": [\n{written(logits[ROWS])}],\n"states": [\n{written(states[ROWS])}],\n'
            f'"mean": {written([states.mean(0)])}}}\n')
    for name, settings in CLASSIFIERS.items():
        tokens = [(7 * i * i + 3 * i + 11) % settings["vocab_size"] for i in range(64)]
        stored = "bf16" if name.startswith("bf16") else "f32"
        model = Model(settings, stored == "bf16")
        scores = model.scores(model.states(tokens))
        ends = [row for row in ROWS if row < len(tokens)]
        kind = settings.get("problem_type", "single_label_classification")
        meaning = {"regression": lambda x: x, "single_label_classification": lambda x: x.softmax(-1),
                   "multi_label_classification": torch.sigmoid}[kind](scores)
        head = json.dumps(dict(config=settings, stored=stored, tokens=tokens, rows=ends))[:-1]
        (folder / f"{name}.json").write_text(
            f'{head},\n"scores": [\n{written(scores[ends])}],\n"meaning": [\n{written(meaning[ends])}]}}\n')
    for name, (settings, adapter) in ADAPTED.items():
        tokens = [(7 * i * i + 3 * i + 11) % settings["vocab_size"] for i in range(64)]
        stored = "bf16" if name.startswith("bf16") else "f32"
        adapter = dict(peft_type="LORA", bias="none", **adapter)
        states = Model(settings, stored == "bf16", adapter).states(tokens)
        rows = [row for row in ROWS if row < len(tokens)]
        head = json.dumps(dict(config=settings, adapter=adapter, stored=stored, tokens=tokens, rows=rows))[:-1]
        (folder / f"{name}.json").write_text(f'{head},\n"states": [\n{written(states[rows])}]}}\n')


if __name__ == "__main__":
    main()
