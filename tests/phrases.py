"""The offline model's phrasings, embedded once for all workers of a test run."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import fasteners

from agent.models.offline import OfflineModel
from evals.server import CACHE
from memory.minilm import MiniLM


@cache
def trained() -> Path:
    """The folder that has their vectors. Blocks for some seconds where they were never made."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with fasteners.InterProcessLock(CACHE / ".lock"):
        model = OfflineModel(MiniLM(CACHE), CACHE, lambda: datetime.now(UTC))
        asyncio.run(model.warm())
    return CACHE
