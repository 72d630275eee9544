#!/usr/bin/env python3
"""Writes data/golden.json: losses and gradients of small models by PyTorch's autograd in double
precision, and losses along a few steps of its AdamW; data/tuning.json: such steps of LoRA and of a
classifier; and data/contrast.json: loss and gradient of pairs of texts. Weights, texts and states follow formulas that the C++ tests repeat.
Run: python3 golden.py"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)

CONFIGS = [
    dict(name="tied", vocab=37, d=40, layers=2, heads=5, kv=1, hd=8, f=52, bias=False, tied=True),
    dict(name="biased", vocab=61, d=24, layers=3, heads=4, kv=2, hd=6, f=36, bias=True, tied=False),
]
LENGTHS = [[50, 1, 13], [2, 70]]  # documents of each row


def shapes(c):
    q, kv = c["heads"] * c["hd"], c["kv"] * c["hd"]
    out = [("model.embed_tokens.weight", (c["vocab"], c["d"]))]
    for i in range(c["layers"]):
        at = f"model.layers.{i}."
        out += [(at + "input_layernorm.weight", (c["d"],)),
                (at + "self_attn.q_proj.weight", (q, c["d"])),
                (at + "self_attn.k_proj.weight", (kv, c["d"])),
                (at + "self_attn.v_proj.weight", (kv, c["d"]))]
        if c["bias"]:
            out += [(at + f"self_attn.{p}_proj.bias", (n,)) for p, n in (("q", q), ("k", kv), ("v", kv))]
        out += [(at + "self_attn.o_proj.weight", (c["d"], q)),
                (at + "post_attention_layernorm.weight", (c["d"],)),
                (at + "mlp.gate_proj.weight", (c["f"], c["d"])),
                (at + "mlp.up_proj.weight", (c["f"], c["d"])),
                (at + "mlp.down_proj.weight", (c["d"], c["f"]))]
    out.append(("model.norm.weight", (c["d"],)))
    if not c["tied"]:
        out.append(("lm_head.weight", (c["vocab"], c["d"])))
    return out


def initial(c):
    weights = {}
    for number, (name, shape) in enumerate(shapes(c)):
        n = math.prod(shape)
        wave = torch.sin(torch.arange(n) * 1.37 + number * 0.61)
        value = 1 + 0.1 * wave if name.endswith("norm.weight") else 0.2 * wave
        weights[name] = value.reshape(shape).clone().requires_grad_()
    return weights


def text(c):
    """Documents of (tokens, mask)."""
    out = []
    for row, lengths in enumerate(LENGTHS):
        at = 0
        for length in lengths:
            ids = [((at + i) * 7 + row * 5 + (at + i) ** 2 // 3) % c["vocab"] for i in range(length)]
            mask = [(at + i) % 3 != 1 for i in range(length)]
            out.append((torch.tensor(ids), torch.tensor(mask)))
            at += length
    return out


def norm(x, w):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * w


def rotate(x, hd):
    inverse = 10000.0 ** (-torch.arange(0, hd, 2) / hd)
    angle = torch.arange(x.shape[1])[:, None] * inverse
    cos, sin = torch.cat((angle.cos(),) * 2, -1), torch.cat((angle.sin(),) * 2, -1)
    half = torch.cat((-x[..., hd // 2:], x[..., :hd // 2]), -1)
    return x * cos + half * sin


def states(c, w, ids, low={}):
    """After the last norm. `low`: the weights of adapters."""
    def linear(x, name):
        y = F.linear(x, w[name + ".weight"], w.get(name + ".bias"))
        if name + ".lora_A.weight" in low:
            y = y + ALPHA / RANK * F.linear(F.linear(x, low[name + ".lora_A.weight"]), low[name + ".lora_B.weight"])
        return y

    x = w["model.embed_tokens.weight"][ids]
    n = len(ids)
    for i in range(c["layers"]):
        at = f"model.layers.{i}."
        y = norm(x, w[at + "input_layernorm.weight"])

        def heads(p, count):
            z = linear(y, at + f"self_attn.{p}_proj")
            return z.reshape(n, count, c["hd"]).transpose(0, 1)

        q, k, v = heads("q", c["heads"]), heads("k", c["kv"]), heads("v", c["kv"])
        q, k = rotate(q, c["hd"]), rotate(k, c["hd"])
        k, v = (z.repeat_interleave(c["heads"] // c["kv"], 0) for z in (k, v))
        score = q @ k.transpose(1, 2) / math.sqrt(c["hd"])
        score = score.masked_fill(torch.ones(n, n, dtype=torch.bool).triu(1), -math.inf)
        z = (score.softmax(-1) @ v).transpose(0, 1).reshape(n, -1)
        x = x + linear(z, at + "self_attn.o_proj")
        y = norm(x, w[at + "post_attention_layernorm.weight"])
        z = F.silu(linear(y, at + "mlp.gate_proj")) * linear(y, at + "mlp.up_proj")
        x = x + linear(z, at + "mlp.down_proj")
    return norm(x, w["model.norm.weight"])


def losses(c, w, ids, mask, low={}):
    x = states(c, w, ids, low)
    logits = F.linear(x, w["model.embed_tokens.weight" if c["tied"] else "lm_head.weight"])
    each = F.cross_entropy(logits[:-1], ids[1:], reduction="none")
    return each[mask[1:]]


def mean_loss(c, w, low={}):
    return torch.cat([losses(c, w, ids, mask, low) for ids, mask in text(c)]).mean()


RANK, ALPHA, LABELS = 4, 8, 3
CLASS_WEIGHTS = torch.tensor([1.0, 2.0, 0.5])


def waves(shapes):
    """Weights of names, by the formula of initial()."""
    return {name: (0.2 * torch.sin(torch.arange(math.prod(shape)) * 1.37 + number * 0.61)).reshape(shape)
            .requires_grad_() for number, (name, shape) in enumerate(shapes)}


def adapters(c):
    out = []
    by_name = dict(shapes(c))
    for i in range(c["layers"]):
        for module in ("self_attn.q", "self_attn.k", "self_attn.v", "self_attn.o", "mlp.gate", "mlp.up", "mlp.down"):
            name = f"model.layers.{i}.{module}_proj"
            outputs, inputs = by_name[name + ".weight"]
            out += [(name + ".lora_A.weight", (RANK, inputs)), (name + ".lora_B.weight", (outputs, RANK))]
    return waves(out)


def class_loss(c, w):
    """Each document's last state against its label."""
    documents, labels = text(c), []
    for lengths in LENGTHS:
        labels += [(d + sum(lengths)) % LABELS for d in range(len(lengths))]
    last = torch.stack([states(c, w, ids)[-1] for ids, _ in documents])
    return F.cross_entropy(F.linear(last, w["score.weight"]), torch.tensor(labels), CLASS_WEIGHTS)


def steps_of(weights, loss_of):
    """Losses and lengths of gradients along six steps of AdamW."""
    matrices = [v for v in weights.values() if v.dim() == 2]
    vectors = [v for v in weights.values() if v.dim() == 1]
    adam = torch.optim.AdamW([{"params": p, "weight_decay": decay} for p, decay in ((matrices, 0.1), (vectors, 0.0)) if p],
                             lr=1e-2, betas=(0.9, 0.95), eps=1e-8)
    steps = []
    for step in range(6):
        rate = 1e-2 * (step + 1) / 2 if step < 2 else 1e-2 * (
            0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * (step - 2) / 4)))
        for group in adam.param_groups:
            group["lr"] = rate
        adam.zero_grad()
        loss = loss_of()
        loss.backward()
        length = torch.nn.utils.clip_grad_norm_(list(weights.values()), 0.5)
        steps.append([loss.item(), length.item()])
        adam.step()
    return steps


def tuning():
    c = CONFIGS[0]
    frozen = {name: value.detach() for name, value in initial(c).items()}
    low = adapters(c)
    judged = initial(c)
    judged["score.weight"] = (0.2 * torch.sin(
        torch.arange(LABELS * c["d"]) * 1.37 + len(judged) * 0.61)).reshape(LABELS, -1).requires_grad_()
    return {"config": c, "adapters": steps_of(low, lambda: mean_loss(c, frozen, low)),
            "classes": steps_of(judged, lambda: class_loss(c, judged))}


def contrast():
    """Three pairs: texts 2i and 2i + 1 belong together (InfoNCE both ways over cosines of means)."""
    width, lengths = 6, [3, 1, 2, 5, 4, 2]
    n = sum(lengths) * width
    states = torch.sin(torch.arange(n) * 0.83 + 0.1).reshape(-1, width).requires_grad_()
    means = torch.stack([part.mean(0) for part in states.split(lengths)])
    units = F.normalize(means, dim=-1)
    scores = units[0::2] @ units[1::2].T / 0.07
    own = torch.arange(len(scores))
    loss = 0.5 * (F.cross_entropy(scores, own, reduction="sum") + F.cross_entropy(scores.T, own, reduction="sum"))
    loss.backward()
    return {"width": width, "lengths": lengths, "loss": loss.item(), "gradient": states.grad.flatten().tolist()}


def main():
    out = []
    for c in CONFIGS:
        w = initial(c)
        loss = mean_loss(c, w)
        loss.backward()
        gradients = {}
        for name, value in w.items():
            g = value.grad.flatten()
            i = torch.arange(len(g))
            gradients[name] = [g[0].item(), g[-1].item(), g.norm().item(),
                               (g * torch.cos(i * 0.7)).sum().item(), (g * torch.cos(i * 0.013)).sum().item()]
        w = initial(c)
        steps = steps_of(w, lambda: mean_loss(c, w))
        out.append({"config": c, "loss": loss.item(), "gradients": gradients, "steps": steps})
    data = pathlib.Path(__file__).parent / "data"
    (data / "golden.json").write_text(json.dumps(out, indent=1) + "\n")
    (data / "tuning.json").write_text(json.dumps(tuning(), indent=1) + "\n")
    (data / "contrast.json").write_text(json.dumps(contrast(), indent=1) + "\n")


main()
