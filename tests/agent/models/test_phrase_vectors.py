"""Vectors of phrasings on disk: a second start embeds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from agent.models.phrase_vectors import phrase_vectors
from memory.embeddings import CachedEmbedder, Vectors


class Counting:
    """Passes texts on to a real embedder and counts them."""

    def __init__(self, inner: CachedEmbedder) -> None:
        self._inner = inner
        self.seen: list[str] = []
        self.model = inner.model
        self.dimensions = inner.dimensions

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.seen += texts
        return await self._inner.embed(texts)


async def test_only_new_texts_are_embedded(minilm: CachedEmbedder, tmp_path: Path) -> None:
    first = Counting(minilm)
    rows = await phrase_vectors(first, tmp_path, ["what broke?", "hi", "what broke?"])
    assert rows.shape == (3, 384)
    np.testing.assert_array_equal(rows[0], rows[2])
    second = Counting(minilm)
    again = await phrase_vectors(second, tmp_path, ["what broke?", "hi", "bye"])
    assert first.seen == ["what broke?", "hi"]
    assert second.seen == ["bye"]
    np.testing.assert_array_equal(again[:2], rows[:2])


async def test_an_unreadable_file_is_made_again(minilm: CachedEmbedder, tmp_path: Path) -> None:
    await phrase_vectors(minilm, tmp_path, ["hi"])
    file = tmp_path / f"phrases-{minilm.model}.npz"
    file.write_bytes(b"PK\x03\x04 broken")
    counting = Counting(minilm)
    await phrase_vectors(counting, tmp_path, ["hi"])
    assert counting.seen == ["hi"]
    counting = Counting(minilm)
    await phrase_vectors(counting, tmp_path, ["hi"])
    assert counting.seen == []
