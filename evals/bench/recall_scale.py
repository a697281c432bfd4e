"""`mosaic bench recall --scale N`: N made-up memories, a hundred to a person, one with 10,000.

Rows are written in bulk; they are searched as the product searches. Times are of the database and
the driver, without the embedding, beside a plain count of the same person's rows in the same run.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg
from rich import box
from rich.console import Console
from rich.table import Table

from errors import MosaicError
from evals.bench.rig import CannotMeasure, median, percentile
from memory import embedded, migrations, recall
from memory.caller import Caller
from memory.embeddings import Vectors
from memory.pool import Connection, close_pool, get_conn, open_pool
from memory.question import Question
from memory.recall import SIGNALS, Meaning, Signal

DIMENSIONS = 384
USUAL, LARGE = 100, 10_000
LARGE_OWNER = "scale-0"
MODEL = "made-up"
WORDS = 20_000
QUERIES = {"usual": 200, "large": 60}
LIMITS_MS = {"usual": 15.0, "large": 40.0}
CHECKED = 30
MEANING_ALONE: dict[Signal, float] = {name: float(name == "meaning") for name in SIGNALS}


@dataclass(frozen=True)
class Timed:
    """A query: milliseconds on the clock, of the backend's processor, and of the plain count."""

    wall: float
    processor: float
    floor: float


def main(scale: int, as_json: bool) -> int:
    """Build, measure, print. Returns 0, or 2 when it could not be measured."""
    try:
        data = asyncio.run(_measure(max(scale, LARGE + USUAL)))
    except (CannotMeasure, MosaicError, psycopg.Error) as error:
        print(f"mosaic bench recall: {error}", file=sys.stderr)
        return 2
    Console(stderr=as_json, width=100).print(_table(data))
    if as_json:
        print(json.dumps(data))
    return 0


async def _measure(scale: int) -> dict[str, Any]:
    chance = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(prefix="mosaic-scale-") as home:
        url = embedded.start(Path(home))
        try:
            migrations.up(url)
            with Console(stderr=True).status(f"writing {scale:,} memories"):
                built = await asyncio.to_thread(_build, url, scale)
            await open_pool(url, max_size=4)
            people = (scale - LARGE) // USUAL
            owners = [f"scale-{n}" for n in chance.integers(1, people + 1, QUERIES["usual"])]
            return {
                "memories": scale,
                "people": people + 1,
                **built,
                "usual": _summary(await _queries(owners, chance), LIMITS_MS["usual"]),
                "large": _summary(
                    await _queries([LARGE_OWNER] * QUERIES["large"], chance), LIMITS_MS["large"]
                ),
                "exactness": await _exactness(chance),
                "backend_mb": await _backend_mb(),
            }
        finally:
            await close_pool()
            embedded.stop(Path(home))


def _build(url: str, scale: int) -> dict[str, Any]:
    """Write people, memories and vectors. A text is 15 words of a long-tailed
    vocabulary (what is left of a sentence or two without its stop words), a vector
    the middle between two of 2,000 random ones; fifty memories in a row are neighbours."""
    started = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET synchronous_commit = off")
        conn.execute("ALTER TABLE memories DISABLE TRIGGER wait_for_vectors")
        conn.execute("SELECT setseed(0.5)")
        conn.execute(
            "INSERT INTO users (id, email, password_hash) SELECT 'scale-' || n, 'scale-' || n "
            "|| '@bench.local', 'none' FROM generate_series(0, %s) n",
            ((scale - LARGE) // USUAL,),
        )
        conn.execute(
            "INSERT INTO embedding_models (name, dimensions) VALUES (%s, %s)", (MODEL, DIMENSIONS)
        )
        conn.execute(
            "CREATE TEMP TABLE corner AS SELECT n, l2_normalize((SELECT array_agg(random() - 0.5) "
            "FROM generate_series(1, %s) WHERE n > 0)::vector::halfvec) AS v "
            "FROM generate_series(1, 2000) n",
            (DIMENSIONS,),
        )
        conn.execute(
            """
            INSERT INTO memories (owner_id, kind, text, source_table, source_key, part, written_by,
                                  happened_at)
            SELECT 'scale-' || CASE WHEN n < %(large)s THEN 0
                                    ELSE 1 + (n - %(large)s) / %(usual)s END, 'message',
                   (SELECT string_agg('w' || floor(%(words)s * power(random(), 2)), ' ')
                      FROM generate_series(1, 15) WHERE n >= 0),
                   'scale', jsonb_build_object('id', n / 50), n %% 50, 'person',
                   now() - n * interval '1 minute'
              FROM generate_series(0, %(scale)s - 1) n
            """,
            {"large": LARGE, "usual": USUAL, "words": WORDS, "scale": scale},
        )
        rows_at = time.perf_counter()
        conn.execute(
            """
            UPDATE memories m SET vector = l2_normalize(a.v + b.v), vector_model = 1
              FROM (SELECT id, 1 + floor(2000 * random())::integer AS one,
                           1 + floor(2000 * random())::integer AS other FROM memories) chosen
              JOIN corner a ON a.n = one JOIN corner b ON b.n = other
             WHERE m.id = chosen.id
            """
        )
        vectors_at = time.perf_counter()
        # As dense as where passages and their vectors come a few at a time.
        conn.execute("VACUUM FULL memories")
        conn.execute("VACUUM ANALYZE memories")
        sizes = conn.execute(
            "SELECT pg_table_size('memories'), pg_indexes_size('memories')"
        ).fetchone()
    names = ("memories_mb", "memories_indexes_mb")
    return {
        "rows_seconds": round(rows_at - started, 1),
        "vectors_seconds": round(vectors_at - rows_at, 1),
        **{name: round(size / 2**20) for name, size in zip(names, sizes or (), strict=True)},
    }


async def _queries(owners: list[str], chance: np.random.Generator) -> list[Timed]:
    timed = []
    for owner in owners:
        caller = Caller(owner, "client")
        words = " ".join(f"w{int(WORDS * draw**2)}" for draw in chance.random(6))
        async with get_conn(caller) as conn:
            backend = psutil.Process(await _backend(conn))
            floor = await _clock(_count(conn, owner))
            before = backend.cpu_times()
            wall = await _clock(
                recall.search(conn, caller, Question(words), _meaning(chance), limit=24)
            )
            after = backend.cpu_times()
        processor = after.user + after.system - before.user - before.system
        timed.append(Timed(wall, 1000 * processor, floor))
    return timed


async def _clock(work: Any) -> float:
    started = time.perf_counter()
    await work
    return 1000 * (time.perf_counter() - started)


async def _backend(conn: Connection) -> int:
    row = await (await conn.execute("SELECT pg_backend_pid() AS pid")).fetchone()
    return int(row["pid"]) if row else 0


async def _count(conn: Connection, owner: str) -> None:
    await (
        await conn.execute(
            "SELECT count(text) AS texts FROM memories WHERE owner_id = %s", (owner,)
        )
    ).fetchone()


def _meaning(chance: np.random.Generator) -> Meaning:
    vector = chance.normal(size=DIMENSIONS)
    unit: Vectors = (vector / np.linalg.norm(vector)).astype(np.float32)
    return Meaning(MODEL, unit)


async def _exactness(chance: np.random.Generator) -> float:
    """The part of the ten nearest of one person among a million, computed here in single
    precision, that the search returns."""
    caller = Caller(LARGE_OWNER, "client")
    async with get_conn(caller) as conn:
        rows = await (
            await conn.execute(
                "SELECT id, vector::text AS vector FROM memories WHERE owner_id = %s",
                (LARGE_OWNER,),
            )
        ).fetchall()
        ids = np.array([row["id"] for row in rows])
        vectors = np.array([json.loads(row["vector"]) for row in rows], np.float32)
        kept = 0
        for _ in range(CHECKED):
            meaning = _meaning(chance)
            nearest = set(ids[np.argsort(-(vectors @ meaning.vector))[:10]].tolist())
            hits = await recall.search(
                conn, caller, Question(""), meaning, limit=10, weights=MEANING_ALONE
            )
            kept += len(nearest & {hit.id for hit in hits})
    return round(kept / (10 * CHECKED), 4)


async def _backend_mb() -> int:
    """Memory of the backend that has searched, without what all backends share."""
    async with get_conn(Caller(LARGE_OWNER, "client")) as conn:
        backend = psutil.Process(await _backend(conn))
        return int(backend.memory_full_info().uss / 2**20)


def _summary(timed: list[Timed], limit: float) -> dict[str, float]:
    return {
        "p50_ms": round(median([t.wall for t in timed]), 2),
        "p95_ms": round(percentile([t.wall for t in timed], 95), 2),
        "limit_p95_ms": limit,
        "processor_ms": round(sum(t.processor for t in timed) / len(timed), 2),
        "floor_p50_ms": round(median([t.floor for t in timed]), 2),
        "floor_p95_ms": round(percentile([t.floor for t in timed], 95), 2),
    }


def _table(data: dict[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("", "figure", "value"):
        table.add_column(title, justify="left" if title != "value" else "right")
    for name, value in data.items():
        if isinstance(value, dict):
            for figure, number in value.items():
                table.add_row(name, figure, f"{number:,}")
        else:
            table.add_row("", name, f"{value:,}")
    return table
