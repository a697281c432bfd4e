"""Embeddings: the protocol, a cache in front of any embedder, and the choice by settings."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from errors import ConfigError
from settings import Settings

Span = tuple[int, int]
Vectors = npt.NDArray[np.float32]

MINILM = "all-MiniLM-L6-v2"


class Embedder(Protocol):
    """Turns texts into unit vectors. `model` names the vector space; vectors of different
    models are never compared."""

    @property
    def model(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, in order: (n, dimensions) float32 of length 1.

        Raises errors.Unavailable when the embedder cannot answer."""
        ...


@runtime_checkable
class PartsEmbedder(Protocol):
    """An embedder that reads a text once and says what a part of it means in its place."""

    async def embed_parts(self, text: str, parts: Sequence[Span]) -> Vectors:
        """(2, dimensions): the vector of the text, and that of its `parts` (start, end), taken
        together; without any, of the text again. Raises errors.Unavailable."""
        ...


async def embed_parts(embedder: Embedder, text: str, parts: Sequence[Span]) -> Vectors:
    """As PartsEmbedder.embed_parts; an embedder that is none reads the parts by themselves."""
    if isinstance(embedder, PartsEmbedder):
        return await embedder.embed_parts(text, parts)
    return await embedder.embed(_apart(text, parts))


def _apart(text: str, parts: Sequence[Span]) -> list[str]:
    return [text, " ".join(text[start:end] for start, end in parts) or text]


def text_hash(text: str) -> str:
    """The key of a text in every embedding cache: SHA-256 of its UTF-8 form."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class CachedEmbedder:
    """An embedder that remembers its latest `size` vectors by text hash.

    One cache serves one model, so (text hash, model) is the key."""

    def __init__(self, inner: Embedder, size: int = 2048) -> None:
        self._inner = inner
        self._size = size
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    @property
    def model(self) -> str:
        return self._inner.model

    @property
    def dimensions(self) -> int:
        return self._inner.dimensions

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """As Embedder.embed; texts seen lately, and repeats within the call, cost nothing."""
        if not texts:
            return await self._inner.embed([])
        keys = [text_hash(text) for text in texts]
        found = {key: self._vectors[key] for key in keys if key in self._vectors}
        unknown = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if unknown:
            vectors = await self._inner.embed(list(unknown.values()))
            found |= {key: vector.copy() for key, vector in zip(unknown, vectors, strict=True)}
        for key in keys:
            self._remember(key, found[key])
        return np.stack([found[key] for key in keys])

    async def embed_parts(self, text: str, parts: Sequence[Span]) -> Vectors:
        """As PartsEmbedder.embed_parts. The text's vector is kept as `embed` would keep it: what
        is asked is remembered, too."""
        if not isinstance(self._inner, PartsEmbedder):
            return await self.embed(_apart(text, parts))
        keys = text_hash(text), text_hash(f"{text}\0{parts}")
        if all(key in self._vectors for key in keys):
            return np.stack([self._vectors[key] for key in keys])
        vectors = await self._inner.embed_parts(text, parts)
        for key, vector in zip(keys, vectors, strict=True):
            self._remember(key, vector.copy())
        return vectors

    def _remember(self, key: str, vector: Vectors) -> None:
        self._vectors[key] = vector
        self._vectors.move_to_end(key)
        if len(self._vectors) > self._size:
            self._vectors.popitem(last=False)


def make_embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name, behind a cache.

    Raises ConfigError when the HTTP embedder lacks its address or model."""
    if settings.embedder == "minilm":
        return embedder_of(settings, MINILM)
    if not settings.embeddings_base_url or not settings.embeddings_model:
        raise ConfigError(
            "MOSAIC_EMBEDDER=http needs EMBEDDINGS_BASE_URL and EMBEDDINGS_MODEL; set both, "
            "or use MOSAIC_EMBEDDER=minilm."
        )
    return embedder_of(settings, settings.embeddings_model)


def embedder_of(settings: Settings, model: str) -> Embedder:
    """The embedder of a model by its name, behind a cache: MiniLM, or one of the server at
    EMBEDDINGS_BASE_URL. Raises ConfigError when there is no such server."""
    if model == MINILM:
        from memory.minilm import MiniLM

        return CachedEmbedder(MiniLM(settings.home / "cache"))
    from memory.embedding_spending import DailyTokens
    from memory.embeddings_http import HttpEmbedder, RateLimit

    if not settings.embeddings_base_url:
        raise ConfigError(f"Vectors of the model {model} need its server: set EMBEDDINGS_BASE_URL.")
    key = settings.embeddings_api_key
    return CachedEmbedder(
        HttpEmbedder(
            settings.embeddings_base_url,
            model,
            key.get_secret_value() if key else None,
            rate_limit=RateLimit(settings.embeddings_requests_per_minute),
            budget=DailyTokens(model, settings.embeddings_daily_tokens),
        )
    )
