"""Writes data/pieces.json and data/tokenizers/*: small tokenizers and what they make of texts.

The reference is the plain definition: published regular expressions (python3-regex), merges applied
one by one in the order of their rank.
"""
import json
import pathlib
import random
import unicodedata

import regex

HERE = pathlib.Path(__file__).parent / "data"
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
PATTERNS = {
    "gpt2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "llama3": CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "qwen2": CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}


def compiled(pattern):
    # \s is White_Space for the engine of published tokenizers, a little more for Python.
    pattern = pattern.replace(r"[^\s", r"[^\p{White_Space}").replace(r"\s", r"\p{White_Space}")
    return regex.compile(pattern.replace(r"\S", r"\P{White_Space}"))


random.seed(7)
ATOMS = ["a", "B", "é", "ß", "ſ", "你", "好", "ա", "1", "23", "٣", "Ⅷ", "²", " ", "  ", "\n", "\r\n", "\t", "\u00a0",
         "\u3000", "\u2028", "'", "'s", "'LL", "'Re", "'ſ", "!", "?!", "-", "_", "😀", "\u0301", "\u200d", "\u0085", "\x1c", "\0"]
samples = ["".join(random.choices(ATOMS, k=random.randint(1, 14))) for _ in range(250)]
pieces = {name: [[s, compiled(p).findall(s)] for s in samples] for name, p in PATTERNS.items()}
for rows in pieces.values():
    assert all("".join(found) == s for s, found in rows)
(HERE / "pieces.json").write_text(json.dumps(pieces, ensure_ascii=False, separators=(",", ":")) + "\n")

printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
letters = {b: chr(b) for b in printable}
for b in range(256):
    letters.setdefault(b, chr(256 + len(letters) - len(printable)))

CORPUS = """The capital of France is Paris. What's the capital of Germany? It's Berlin, they'll say; we've 1234 reasons.
the quick brown fox jumps over the lazy dog, and then the other one. Grüße aus Zürich! 你好 你好
    indented code = { "key": [1, 22, 333] }
"""


def best_merges(words, count):
    merges = []
    for _ in range(count):
        pairs = {}
        for word in words:
            for pair in zip(word, word[1:]):
                pairs[pair] = pairs.get(pair, 0) + 1
        if not pairs:
            break
        best = max(pairs, key=lambda p: (pairs[p], p))
        merges.append(best)
        words = [apply_merge(w, best) for w in words]
    return merges


def apply_merge(word, pair):
    out, i = [], 0
    while i < len(word):
        if tuple(word[i:i + 2]) == pair:
            out.append(pair[0] + pair[1])
            i += 2
        else:
            out.append(word[i])
            i += 1
    return out


def bpe(symbols, ranks):
    while True:
        found = [(ranks[p], i) for i, p in enumerate(zip(symbols, symbols[1:])) if p in ranks]
        if not found:
            return symbols
        _, i = min(found)
        symbols = symbols[:i] + [symbols[i] + symbols[i + 1]] + symbols[i + 2:]


def spell(piece):
    return "".join(letters[b] for b in piece.encode())


class Tokenizer:
    def __init__(self, name, file, split, ignore_merges=False, prepare=lambda s: s):
        self.name, self.file, self.split, self.ignore_merges, self.prepare = name, file, split, ignore_merges, prepare
        self.vocab = file["model"]["vocab"]
        self.ranks = {tuple(m.split(" ") if isinstance(m, str) else m): i for i, m in enumerate(file["model"]["merges"])}
        self.added = sorted(file["added_tokens"], key=lambda t: -len(t["content"]))

    def sections(self, text, special):
        at = start = 0
        while at < len(text):
            hit = next((t for t in self.added if text.startswith(t["content"], at) and (special or not t["special"])), None)
            if hit is None:
                at += 1
                continue
            a, b = at, at + len(hit["content"])
            at = b
            word = lambda c: regex.fullmatch(r"\w", c) is not None
            if hit["single_word"] and ((a > 0 and word(text[a - 1])) or (b < len(text) and word(text[b]))):
                continue
            while hit["lstrip"] and a > start and text[a - 1].isspace():
                a -= 1
            while hit["rstrip"] and b < len(text) and text[b].isspace():
                b += 1
            if a > start:
                yield text[start:a], None
            yield None, hit["id"]
            at = start = b
        if start < len(text):
            yield text[start:], None

    def encode(self, text, special=True):
        ids = []
        for plain, token in self.sections(text, special):
            if token is not None:
                ids.append(token)
                continue
            for piece in self.split(self.prepare(plain)):
                if self.ignore_merges and "".join(piece) in self.vocab:
                    ids.append(self.vocab["".join(piece)])
                else:
                    ids += [self.vocab[s] for s in bpe(list(piece), self.ranks)]
        return ids

    def write(self, texts):
        folder = HERE / "tokenizers" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tokenizer.json").write_text(json.dumps(self.file, ensure_ascii=False, separators=(",", ":")) + "\n")
        rows = [{"text": t, "ids": self.encode(t), "plain": self.encode(t, special=False)} for t in texts]
        (folder / "expected.json").write_text(json.dumps(rows, ensure_ascii=False, separators=(",", ":")) + "\n")


def added(content, i, special=True, **flags):
    return {"id": i, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": special, **flags}


def byte_level(name, split, pre_tokenizer, normalizer=None, merges=90, pairs=False, prepare=lambda s: s, ignore=False):
    words = [list(spell(p)) for p in split(prepare(CORPUS))]
    rules = best_merges(words, merges)
    vocab = {letters[b]: b for b in range(256)}
    for a, b in rules:
        vocab.setdefault(a + b, len(vocab))
    if ignore:
        vocab[spell(" unmerged")] = len(vocab)
    n = len(vocab)
    tokens = [added("<|begin|>", n), added("<|end|>", n + 1), added("<|end|>x", n + 2),
              added("<call>", n + 3, special=False), added("<l>", n + 4, lstrip=True), added("<r>", n + 5, rstrip=True),
              added("word", n + 6, special=False, single_word=True)]
    file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens, "normalizer": normalizer,
            "pre_tokenizer": pre_tokenizer,
            "post_processor": {"type": "Sequence", "processors": [
                {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
                {"type": "TemplateProcessing",
                 "single": [{"SpecialToken": {"id": "<|begin|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                 "pair": [], "special_tokens": {"<|begin|>": {"id": "<|begin|>", "ids": [n], "tokens": ["<|begin|>"]}}}]},
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                      "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False, "ignore_merges": ignore,
                      "vocab": vocab, "merges": [list(r) if pairs else " ".join(r) for r in rules]}}
    return Tokenizer(name, file, lambda s: [spell(p) for p in split(s)], ignore, prepare)


def with_regex(name):
    return {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": PATTERNS[name]}, "behavior": "Isolated", "invert": False},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]}


TEXTS = ["", "a", "The capital of France is Paris.", CORPUS, "What's up? I'LL see they've IT'S", "  two  spaces \n\n and\ttabs \r\n",
         "12345 67 8", "Grüße 你好 😀 e\u0301 ﬁ \u212b", "<|begin|>Hello<|end|> and <|end|>xyz", "a <l> b <r>  c<call>d",
         "word words word sword word", " unmerged unmerged", "\u00a0\u3000x \u0000 \u001f", "a" * 100, "<|begi", "  <l>\n", *samples[:20]]
for name in ("gpt2", "llama3", "qwen2"):
    find = compiled(PATTERNS[name]).findall
    if name == "gpt2":
        pre = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
        byte_level(name, find, pre).write(TEXTS)
    elif name == "llama3":
        byte_level(name, find, with_regex(name), ignore=True, pairs=True).write(TEXTS)
    else:
        nfc = lambda s: unicodedata.normalize("NFC", s)
        byte_level(name, find, with_regex(name), {"type": "NFC"}, prepare=nfc).write(TEXTS)

gpt2 = compiled(PATTERNS["gpt2"]).findall
digits = regex.compile(r"\p{N}|\P{N}+").findall
byte_level("digits", lambda s: [q for p in digits(s) for q in gpt2(p)], {"type": "Sequence", "pretokenizers": [
    {"type": "Digits", "individual_digits": True},
    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}]}).write(TEXTS)

# Llama 2: SentencePiece as BPE over characters, with bytes for what is not in the vocabulary.
prepare = lambda s: ("▁" + s).replace(" ", "▁") if s else s
rules = best_merges([list(prepare(line)) for line in CORPUS.split("\n")], 90)
vocab = {"<unk>": 0, "<s>": 1, "</s>": 2, **{f"<0x{b:02X}>": 3 + b for b in range(256)}}
for c in sorted(set(prepare(CORPUS)) - {"\n", "你"}):
    vocab[c] = len(vocab)
rules = [(a, b) for a, b in rules if "你" not in a + b and "\n" not in a + b]
for a, b in rules:
    vocab.setdefault(a + b, len(vocab))
file = {"version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [added("<unk>", 0), added("<s>", 1), added("</s>", 2)],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "pre_tokenizer": None,
        "post_processor": {"type": "TemplateProcessing",
                           "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                                      {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                           "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]},
                                                          "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True, "vocab": vocab,
                  "merges": [" ".join(r) for r in rules]}}


def symbols(s):
    out = []
    for c in s:
        out += [c] if c in vocab else [f"<0x{b:02X}>" for b in c.encode()]
    return [out] if out else []


Tokenizer("llama2", file, symbols, prepare=prepare).write(TEXTS)
