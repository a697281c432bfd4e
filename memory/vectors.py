"""The vectors of memories, made behind the writes: what waits for them is embedded in batches.

The vector in use stands in the row of its passage, where recall reads it. While the embedding
model changes, those of the new one stand beside it in `memory_vectors`, and take its place at the
end.
"""

from __future__ import annotations

from pgvector import HalfVector

from memory.caller import SYSTEM
from memory.embeddings import Embedder, Vectors
from memory.pool import Connection, get_conn

BATCH = 64


async def fill(embedder: Embedder, limit: int = BATCH) -> int:
    """Embed up to `limit` passages that wait for it; returns how many were found waiting.

    The embedding is made outside of any transaction. A passage whose text changed meanwhile
    waits on; its vectors of other models are of another text, and go. Raises errors.Unavailable
    when the embedder or the database cannot."""
    async with get_conn(SYSTEM) as conn:
        waiting = await (
            await conn.execute(
                "SELECT m.id, m.text, m.speaker FROM memories_waiting w "
                "JOIN memories m ON m.id = w.memory_id ORDER BY w.memory_id LIMIT %s",
                (limit,),
            )
        ).fetchall()
    if not waiting:
        return 0
    vectors = await embedder.embed([as_said(row["text"], row["speaker"]) for row in waiting])
    async with get_conn(SYSTEM) as conn:
        model = await register(conn, embedder)
        await _write(conn, model, waiting, vectors)
    return len(waiting)


async def fill_space(embedder: Embedder, model: int, after: int, limit: int) -> tuple[int, int]:
    """Embed up to `limit` passages past the id `after` that have no vector of `model`; returns
    how many, and the last id. Those that wait are left to `fill`. Raises as `fill` does."""
    async with get_conn(SYSTEM) as conn:
        lacking = await (
            await conn.execute(
                """
                SELECT m.id, m.text, m.speaker FROM memories m
                 WHERE m.id > %(after)s
                   AND NOT EXISTS (SELECT FROM memories_waiting w WHERE w.memory_id = m.id)
                   AND m.vector_model IS DISTINCT FROM %(model)s
                   AND NOT EXISTS (
                       SELECT FROM memory_vectors v
                        WHERE v.memory_id = m.id AND v.model_id = %(model)s)
                 ORDER BY m.id LIMIT %(limit)s
                """,
                {"after": after, "model": model, "limit": limit},
            )
        ).fetchall()
    if not lacking:
        return 0, after
    vectors = await embedder.embed([as_said(row["text"], row["speaker"]) for row in lacking])
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            """
            INSERT INTO memory_vectors (memory_id, model_id, owner_id, audience, vector)
            SELECT m.id, %(model)s, m.owner_id, m.audience, made.vector
              FROM unnest(%(ids)s::bigint[], %(texts)b::text[], %(vectors)b::halfvec[])
                     AS made (id, text, vector)
              JOIN memories m ON m.id = made.id AND m.text = made.text
             WHERE NOT EXISTS (SELECT FROM memories_waiting w WHERE w.memory_id = m.id)
            ON CONFLICT (memory_id, model_id) DO UPDATE SET vector = excluded.vector
            """,
            _as_columns(model, lacking, vectors),
        )
    return len(lacking), int(lacking[-1]["id"])


async def take_in(model: int, limit: int) -> int:
    """Let up to `limit` vectors of `model` take the place of those in the passages' rows; returns
    how many. Raises Unavailable."""
    async with get_conn(SYSTEM) as conn:
        row = await (
            await conn.execute(
                """
            WITH held AS (
                SELECT id FROM memories m
                 WHERE EXISTS (SELECT FROM memory_vectors v
                                WHERE v.memory_id = m.id AND v.model_id = %(model)s)
                 LIMIT %(limit)s FOR NO KEY UPDATE
            ), beside AS (
                DELETE FROM memory_vectors v USING held
                 WHERE v.memory_id = held.id AND v.model_id = %(model)s
                RETURNING v.memory_id, v.vector
            ), taken AS (
                UPDATE memories m SET vector = beside.vector, vector_model = %(model)s
                  FROM beside
                 WHERE m.id = beside.memory_id AND m.vector_model IS DISTINCT FROM %(model)s
            )
            SELECT count(*) AS done FROM beside
            """,
                {"model": model, "limit": limit},
            )
        ).fetchone()
    return int(row["done"]) if row else 0


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
            SELECT * FROM unnest(%(ids)s::bigint[], %(texts)b::text[], %(vectors)b::halfvec[])
                       AS made (id, text, vector)
        ), fresh AS (
            UPDATE memories m SET vector = made.vector, vector_model = %(model)s
              FROM made WHERE m.id = made.id AND m.text = made.text
            RETURNING m.id
        ), served AS (
            DELETE FROM memories_waiting w USING fresh WHERE w.memory_id = fresh.id
        )
        DELETE FROM memory_vectors v USING fresh WHERE v.memory_id = fresh.id
        """,
        _as_columns(model, waiting, vectors),
    )


def _as_columns(model: int, rows: list[dict[str, object]], vectors: Vectors) -> dict[str, object]:
    return {
        "ids": [row["id"] for row in rows],
        "texts": [row["text"] for row in rows],
        "vectors": [HalfVector(vector) for vector in vectors],
        "model": model,
    }


def as_said(text: str, speaker: str | None) -> str:
    """The text that a passage is embedded as: who speaks is a part of what is meant."""
    return f"{speaker}: {text}" if speaker else text
