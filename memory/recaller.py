"""Recall for a run: within a time budget, and never the end of it.

Whatever is slow or down costs a part of the answer: without the embedder passages are found by
their words, without the database by nothing. `Recalled.lacking` says so.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import psycopg

from errors import MosaicError
from log import get_logger
from memory import recall
from memory.caller import Caller
from memory.embeddings import Embedder, embed_parts
from memory.pool import get_conn
from memory.question import Question, read_question
from memory.recall import Before, Hit, Meaning

logger = get_logger(__name__)

SEARCH_SECONDS = 0.6
EMBED_SECONDS = 0.5
"""A new process loads the embedder's weights first; until then words have to do."""
SPARE = 3
"""Passages that are fetched for one that is wanted: some say the same."""
ALIKE = 0.8
"""Shared words, of all words of two passages, from which they are one thought."""

Result = TypeVar("Result")
Lacking = Literal["meaning", "everything"]


@dataclass(frozen=True)
class Recalled:
    """What was found for `question`, best first; `lacking` is what could not be searched."""

    question: Question
    hits: tuple[Hit, ...] = ()
    lacking: Lacking | None = None


class ActiveSource(Protocol):
    """Whoever knows the embedder in use; memory.embedding_models.ActiveEmbedder."""

    async def get(self) -> Embedder: ...


class Recaller:
    """Recalls passages with the embedder that is active."""

    def __init__(self, active: ActiveSource) -> None:
        self.active = active
        self._late: set[asyncio.Task[Any]] = set()

    async def recall(
        self,
        caller: Caller,
        asked: str,
        now: datetime,
        *,
        before: Before | None = None,
        limit: int = 8,
    ) -> Recalled:
        """At most `limit` passages that bear on `asked`, no two of them one thought. Raises
        nothing, and takes little over a second at the worst."""
        question = read_question(asked, (), now, caller.time_zone)
        # Most questions name nobody who speaks in the memories: what they mean need not wait.
        meant = asyncio.create_task(self._meaning(question))
        try:
            names = await self._in_time(_speakers(caller), SEARCH_SECONDS)
            unnamed, question = question, read_question(asked, names, now, caller.time_zone)
            same = question.text == unnamed.text
            meaning = await (meant if same else self._meaning(question))
            hits = await self._in_time(
                _search(caller, question, meaning, before, limit * SPARE), SEARCH_SECONDS
            )
        except (MosaicError, psycopg.Error, TimeoutError) as error:
            logger.warning("nothing was recalled", error_type=type(error).__name__)
            return Recalled(question, lacking="everything")
        finally:
            meant.cancel()
        return Recalled(question, distinct(hits, limit), None if meaning else "meaning")

    async def _meaning(self, question: Question) -> Meaning | None:
        try:
            return await self._in_time(self._embedded(question), EMBED_SECONDS)
        except (MosaicError, TimeoutError) as error:
            logger.warning("recalling by words alone", error_type=type(error).__name__)
            return None

    async def _embedded(self, question: Question) -> Meaning:
        return await meaning_of(await self.active.get(), question)

    async def _in_time(self, work: Coroutine[Any, Any, Result], seconds: float) -> Result:
        """The result, or TimeoutError at once: a frozen database is slow even to be cancelled."""
        task = asyncio.create_task(work)
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if done:
            return task.result()
        task.cancel()
        self._late.add(task)
        task.add_done_callback(self._forget)
        raise TimeoutError

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._late.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.info("a late recall ended", error_type=type(error).__name__)


async def meaning_of(embedder: Embedder, question: Question) -> Meaning:
    """The vector between that of the question and that of its telling words: the one knows how
    they belong together, the other is not led astray by how one asks. Raises Unavailable."""
    total = (await embed_parts(embedder, question.text, question.telling)).sum(axis=0)
    return Meaning(embedder.model, total / max(float(np.linalg.norm(total)), 1e-9))


async def _speakers(caller: Caller) -> list[str]:
    async with get_conn(caller) as conn:
        return await recall.speakers(conn, caller)


async def _search(
    caller: Caller, question: Question, meaning: Meaning | None, before: Before | None, limit: int
) -> list[Hit]:
    async with get_conn(caller) as conn:
        return await recall.search(conn, caller, question, meaning, before=before, limit=limit)


def distinct(hits: Sequence[Hit], limit: int) -> tuple[Hit, ...]:
    """The first `limit` hits without those that say what a better one says already, in nearly
    its words."""
    kept: list[Hit] = []
    seen: list[frozenset[str]] = []
    for hit in hits:
        if len(kept) == limit:
            break
        words = frozenset(re.findall(r"\w+", hit.text.lower()))
        if all(len(words & other) < ALIKE * len(words | other) for other in seen):
            kept.append(hit)
            seen.append(words)
    return tuple(kept)
