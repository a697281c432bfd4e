"""The embedding models of the memories: which one is in use, and how it is changed while it is.

Every model has a vector space of its own in the database, and one of them is active: questions
are embedded with it, by every process, whatever its settings say. So a new model is filled in
beside the old one, recall goes on with the old until nothing lacks, and one statement switches
all processes at once. Killed, the change goes on from where it was: what is there is not made
again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from errors import ConfigError, Unavailable
from log import get_logger
from memory.caller import SYSTEM
from memory.embeddings import Embedder, embedder_of, make_embedder
from memory.fresh import Fresh
from memory.pool import get_conn, get_system_conn
from memory.vectors import BATCH, fill_space, register, take_in
from settings import Settings

logger = get_logger(__name__)

READ_EVERY_SECONDS = 2.0
SETTLE_SECONDS = 15.0
"""From a switch until no process embeds with the old model any more."""
DROPPED_AT_ONCE = 20_000
TAKEN_IN_AT_ONCE = 500

Progress = Callable[[int, int], None]


class ActiveEmbedder:
    """The embedder of the active model, as the database has it; before there is one, that of
    the settings."""

    def __init__(self, settings: Settings, read_every: float = READ_EVERY_SECONDS) -> None:
        self._settings = settings
        self.configured = make_embedder(settings)
        self._by_model: dict[str, Embedder] = {self.configured.model: self.configured}
        self._active = Fresh(self._read, read_every)

    async def get(self) -> Embedder:
        """Raises Unavailable when the database cannot be read, or the settings do not reach the
        active model."""
        return await self._active.get()

    async def _read(self) -> Embedder:
        return self._embedder_of(await active_model())

    def _embedder_of(self, model: str | None) -> Embedder:
        if model is None:
            return self.configured
        if model not in self._by_model:
            logger.warning(
                "memories are embedded with another model than the settings name; "
                "`mosaic memory reembed` changes that",
                active=model,
                configured=self.configured.model,
            )
            try:
                self._by_model[model] = embedder_of(self._settings, model)
            except ConfigError as error:
                raise Unavailable(str(error), code="embedding_model") from error
        return self._by_model[model]


async def active_model() -> str | None:
    """The name of the model in use; None before the first memory has been embedded."""
    async with get_system_conn() as conn:
        row = await (
            await conn.execute("SELECT name FROM embedding_models WHERE state = 'active'")
        ).fetchone()
    return row["name"] if row else None


async def reembed(
    embedder: Embedder, progress: Progress, *, settle: float = SETTLE_SECONDS
) -> list[str]:
    """Make `embedder`'s model the active one: fill its space, switch, take its vectors into the
    passages' rows, drop the others. Returns the names of the models that were dropped; none when
    it is active already and alone.

    `progress` is told how many passages have a vector of it, of how many. Raises
    errors.Unavailable; what was done until then stays, and the next call goes on from it.
    """
    await embedder.embed(["The first text shows how many dimensions the model has."])
    async with get_conn(SYSTEM) as conn:
        model = await register(conn, embedder)
    await _fill(embedder, model, progress)
    if await _switch(model):
        await asyncio.sleep(settle)
        await _fill(embedder, model, progress)
    while await take_in(model, TAKEN_IN_AT_ONCE):
        pass
    return await _drop_others(model)


async def _fill(embedder: Embedder, model: int, progress: Progress) -> None:
    """Rounds over all passages, until a round finds none that lacks a vector."""
    done, total = await _counts(model)
    found = -1
    while found != 0:
        found, after = 0, 0
        progress(done, total)
        while True:
            made, after = await fill_space(embedder, model, after, BATCH)
            if not made:
                break
            found += made
            done, total = done + made, max(total, done + made)
            progress(done, total)


async def _counts(model: int) -> tuple[int, int]:
    async with get_conn(SYSTEM) as conn:
        row = await (
            await conn.execute(
                "SELECT (SELECT count(*) FROM memories WHERE vector_model = %(model)s) + "
                "(SELECT count(*) FROM memory_vectors WHERE model_id = %(model)s) AS done, "
                "(SELECT count(*) FROM memories) AS total",
                {"model": model},
            )
        ).fetchone()
    return (int(row["done"]), int(row["total"])) if row else (0, 0)


async def _switch(model: int) -> bool:
    """Make it the active one; False when it is."""
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            "UPDATE embedding_models SET state = 'retired' WHERE state = 'active' AND id <> %s",
            (model,),
        )
        done = await conn.execute(
            "UPDATE embedding_models SET state = 'active' WHERE id = %s AND state <> 'active'",
            (model,),
        )
        return done.rowcount > 0


async def _drop_others(model: int) -> list[str]:
    """Delete the retired models with their vectors, a part at a time. One that another process
    is filling stays."""
    dropped = []
    async with get_conn(SYSTEM) as conn:
        retired = await (
            await conn.execute(
                "SELECT id, name FROM embedding_models WHERE state = 'retired' AND id <> %s",
                (model,),
            )
        ).fetchall()
    for row in retired:
        left = DROPPED_AT_ONCE
        while left == DROPPED_AT_ONCE:
            async with get_conn(SYSTEM) as conn:
                left = (
                    await conn.execute(
                        "DELETE FROM memory_vectors WHERE (memory_id, model_id) IN ("
                        "SELECT memory_id, model_id FROM memory_vectors "
                        "WHERE model_id = %s LIMIT %s)",
                        (row["id"], DROPPED_AT_ONCE),
                    )
                ).rowcount
        async with get_conn(SYSTEM) as conn:
            await conn.execute("DELETE FROM embedding_models WHERE id = %s", (row["id"],))
        dropped.append(str(row["name"]))
    return dropped


@dataclass(frozen=True)
class Status:
    """How the memories stand: passages, those that wait for their vector, those forgotten; each
    model with its vectors; today's tokens at an embedding server."""

    memories: int
    waiting: int
    forgotten: int
    models: list[dict[str, Any]]
    tokens_today: dict[str, int]


async def status() -> Status:
    """Counted now."""
    async with get_conn(SYSTEM) as conn:
        counts = await (
            await conn.execute(
                "SELECT count(*) AS memories, count(forgotten_at) AS forgotten, "
                "(SELECT count(*) FROM memories_waiting) AS waiting FROM memories"
            )
        ).fetchone()
        models = await (
            await conn.execute(
                "SELECT e.name, e.dimensions, e.state, "
                "(SELECT count(*) FROM memories m WHERE m.vector_model = e.id) + "
                "(SELECT count(*) FROM memory_vectors v WHERE v.model_id = e.id) AS vectors "
                "FROM embedding_models e ORDER BY e.id"
            )
        ).fetchall()
        tokens = await (
            await conn.execute(
                "SELECT model, tokens FROM embedding_days "
                "WHERE day = (now() AT TIME ZONE 'UTC')::date ORDER BY model"
            )
        ).fetchall()
    counts = counts or {"memories": 0, "waiting": 0, "forgotten": 0}
    return Status(
        memories=counts["memories"],
        waiting=counts["waiting"],
        forgotten=counts["forgotten"],
        models=[dict(row) for row in models],
        tokens_today={row["model"]: row["tokens"] for row in tokens},
    )
