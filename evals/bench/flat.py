"""One long conversation: what turn 500 costs against turn 10."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from evals.bench import sending
from evals.bench.rig import (
    CannotMeasure,
    Figure,
    median,
    people,
    running_product,
    running_standin,
)
from evals.bench.sending import Target, send
from evals.server import Server

PERSONA = "fixed:50x0"
LONG, NEW = "the-long-conversation", "a-new-conversation"
TURNS, QUICK_TURNS = 500, 20
WINDOW, QUICK_WINDOW = 20, 4
NEW_FROM = 6
"""The first turns of a conversation have less to remember; a new one counts from here on."""
TOPICS = (
    "the portfolio",
    "my manager",
    "night shifts",
    "teaching",
    "a second interview",
    "moving north",
    "writing at dawn",
    "the garden",
    "old colleagues",
    "a course in statistics",
)


@dataclass(frozen=True)
class Size:
    """The whole database: rows, and bytes with indexes and TOAST."""

    rows: int
    bytes: int


@dataclass(frozen=True)
class Spent:
    """One turn: milliseconds from message to end, and its prompt in tokens."""

    milliseconds: float
    prompt: int


async def run(quick: bool) -> list[Figure]:
    """Every turn is sent over HTTP, as a person would send it. The last turns of the long
    conversation take turns with those of a newcomer, who has nothing to remember and says nothing
    that was said before, so that both see the same machine and the same database. Growth is of
    half a conversation, because a database grows by pages."""
    turns, window = (QUICK_TURNS, QUICK_WINDOW) if quick else (TURNS, WINDOW)
    middle, together = turns // 2, turns - window
    async with running_standin() as standin, running_product(standin, PERSONA) as server:
        target, newcomer = [sending.product(server, one) for one in await people(server, 2)]
        long = [await _turn(target, LONG, turn) for turn in range(1, NEW_FROM + window)]
        start, early = measure(server), long[-1]
        long += [await _turn(target, LONG, turn) for turn in range(len(long) + 1, middle + 1)]
        half = measure(server)
        long += [await _turn(target, LONG, turn) for turn in range(middle + 1, together + 1)]
        end = measure(server)
        new = [await _turn(newcomer, NEW, turns + turn) for turn in range(1, NEW_FROM)]
        for number in range(window):
            new.append(await _turn(newcomer, NEW, turns + NEW_FROM + number))
            long.append(await _turn(target, LONG, together + 1 + number))
    first = _growth(start, half, middle - (NEW_FROM + window - 1))
    second = _growth(half, end, together - middle)
    of_new = median([spent.milliseconds for spent in new[-window:]])
    of_long = median([spent.milliseconds for spent in long[-window:]])
    return [
        Figure(f"a turn, {NEW_FROM}–{NEW_FROM + window - 1} of a newcomer", "ms", of_new),
        Figure(f"a turn, {together + 1}–{turns} beside it", "ms", of_long, limit=1.1 * of_new),
        Figure("rows a turn, first half", "rows", first[0]),
        Figure("rows a turn, second half", "rows", second[0]),
        Figure("database a turn, first half", "bytes", first[1], limit=8000),
        Figure("database a turn, second half", "bytes", second[1], limit=8000),
        Figure(f"prompt, turn {NEW_FROM + window - 1}", "tokens", early.prompt),
        Figure(f"prompt, turn {turns}", "tokens", long[-1].prompt, limit=1.1 * early.prompt),
    ]


def message(turn: int) -> str:
    """What is said at a turn: differs each time, as people do."""
    return (
        f"Hello again, number {turn}: today I would like to talk about {TOPICS[turn % len(TOPICS)]} "
        f"and what that could mean for week {turn // 7 + 1} of the {turn * 7919 % 1000} ahead."
    )


async def _turn(target: Target, thread_id: str, turn: int) -> Spent:
    """Send a turn. Its prompt is counted by the provider, cached tokens included."""
    timed = await send(target, message(turn), thread_id)
    usage = timed.last_event().get("usage", [])
    if not usage:
        raise CannotMeasure(f"Turn {turn} came without usage.")
    return Spent(1000 * timed.done, max(item["inputTokens"] for item in usage))


def measure(server: Server) -> Size:
    """The size of the server's database: every table of ours."""
    with psycopg.connect(server.environment["DATABASE_URL"]) as conn:
        tables = conn.execute(
            """
            SELECT n.nspname, c.relname, pg_total_relation_size(c.oid)
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND n.nspname IN ('public', 'jobs', 'checkpoints')
            """
        ).fetchall()
        rows = 0
        for schema, table, _ in tables:
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
            found = conn.execute(count).fetchone()
            rows += found[0] if found else 0
    return Size(rows, sum(size for _, _, size in tables))


def _growth(before: Size, after: Size, turns: int) -> tuple[float, float]:
    """Rows and bytes a turn."""
    return (after.rows - before.rows) / turns, (after.bytes - before.bytes) / turns
