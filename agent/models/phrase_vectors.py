"""Vectors of the declared phrasings, kept on disk so that a second start embeds nothing."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from log import get_logger
from memory.embeddings import Embedder, Vectors, text_hash

logger = get_logger(__name__)


async def phrase_vectors(embedder: Embedder, cache_dir: Path, texts: Sequence[str]) -> Vectors:
    """(n, dimensions): one row a text. What the file lacks is embedded and the file rewritten
    with exactly these texts. Raises errors.Unavailable when the embedder cannot answer."""
    path = cache_dir / f"phrases-{re.sub(r'[^A-Za-z0-9.-]+', '-', embedder.model)}.npz"
    keys = [text_hash(text) for text in texts]
    known = await asyncio.to_thread(_read, path)
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if new:
        known |= dict(zip(new, await embedder.embed(list(new.values())), strict=True))
        kept = {key: known[key] for key in keys}
        await asyncio.to_thread(_write, path, kept)
    return np.stack([known[key] for key in keys])


def _read(path: Path) -> dict[str, Vectors]:
    if not path.is_file():
        return {}
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(zip(file["keys"].tolist(), file["vectors"], strict=True))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        logger.warning("phrase vectors unreadable, made again", path=str(path), error=str(error))
        return {}


def _write(path: Path, vectors: dict[str, Vectors]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".npz")
    with os.fdopen(handle, "wb") as file:
        np.savez(file, keys=np.array(list(vectors)), vectors=np.stack(list(vectors.values())))
    Path(temporary).replace(path)
