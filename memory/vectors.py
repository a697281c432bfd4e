"""The vectors of memories, filled in behind the writes: what is stale is embedded in batches."""

from __future__ import annotations

from memory.caller import SYSTEM
from memory.embeddings import Embedder, Vectors
from memory.pool import Connection, get_conn

BATCH = 64


async def fill(embedder: Embedder, limit: int = BATCH) -> int:
    """Embed up to `limit` passages that wait for it; returns how many were found waiting.

    The embedding is made outside of any transaction. A passage whose text changed meanwhile
    stays stale. Raises errors.Unavailable when the embedder or the database cannot."""
    async with get_conn(SYSTEM) as conn:
        waiting = await (
            await conn.execute(
                "SELECT id, text, speaker FROM memories WHERE stale ORDER BY id LIMIT %s", (limit,)
            )
        ).fetchall()
    if not waiting:
        return 0
    vectors = await embedder.embed([as_said(row["text"], row["speaker"]) for row in waiting])
    async with get_conn(SYSTEM) as conn:
        model = await register(conn, embedder)
        await _write(conn, model, waiting, vectors)
    return len(waiting)


async def register(conn: Connection, embedder: Embedder) -> int:
    """The id of the embedder's vector space. The first one is active, another one fills."""
    row = await (
        await conn.execute("SELECT id FROM embedding_models WHERE name = %s", (embedder.model,))
    ).fetchone()
    if row is None:
        row = await (
            await conn.execute(
                "INSERT INTO embedding_models (name, dimensions, state) "
                "SELECT %s, %s, CASE WHEN EXISTS (SELECT FROM embedding_models "
                "WHERE state = 'active') THEN 'filling' ELSE 'active' END "
                "ON CONFLICT (name) DO UPDATE SET dimensions = excluded.dimensions RETURNING id",
                (embedder.model, embedder.dimensions),
            )
        ).fetchone()
    if row is None:
        raise LookupError(f"the embedding model {embedder.model} could not be registered")
    return int(row["id"])


async def _write(
    conn: Connection, model: int, waiting: list[dict[str, object]], vectors: Vectors
) -> None:
    await conn.execute(
        """
        WITH made AS (
            SELECT * FROM unnest(%(ids)s::bigint[], %(texts)s::text[], %(vectors)s::text[])
                       AS made (id, text, vector)
        ), fresh AS (
            UPDATE memories m SET stale = false FROM made
             WHERE m.id = made.id AND m.text = made.text
            RETURNING m.id, m.owner_id, m.audience, made.vector
        )
        INSERT INTO memory_vectors (memory_id, model_id, owner_id, audience, vector)
        SELECT id, %(model)s, owner_id, audience, vector::halfvec FROM fresh
        ON CONFLICT (memory_id, model_id) DO UPDATE SET vector = excluded.vector
        """,
        {
            "ids": [row["id"] for row in waiting],
            "texts": [row["text"] for row in waiting],
            "vectors": [as_text(vector) for vector in vectors],
            "model": model,
        },
    )


def as_said(text: str, speaker: str | None) -> str:
    """The text that a passage is embedded as: who speaks is a part of what is meant."""
    return f"{speaker}: {text}" if speaker else text


def as_text(vector: Vectors) -> str:
    """A vector as Postgres reads it, to the five digits that half precision holds."""
    return "[" + ",".join(f"{value:.5g}" for value in vector.tolist()) + "]"
