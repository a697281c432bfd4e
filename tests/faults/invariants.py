"""What must hold of the database after any fault: `invariants.sql`, run query by query."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from memory.snapshot import above_row_security, see_every_row
from tools.registry import all_tools

FILE = Path(__file__).with_suffix(".sql")
SHOWN = 5
_PART = re.compile(r"^-- (setup|check: (?P<promise>.+))$", re.MULTILINE)

Connection = psycopg.Connection[dict[str, Any]]


@dataclass(frozen=True)
class Acknowledged:
    """A message that a client was told is stored: it has seen the first event of its run."""

    run_id: str
    message_id: str
    text: str


@dataclass(frozen=True)
class Broken:
    """A promise that does not hold, how many rows break it, and a few of them."""

    promise: str
    count: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        return "\n    ".join([f"not so: {self.promise} ({self.count})", *self.examples])


def load() -> tuple[str, dict[str, str]]:
    """The set-up, and the queries by what they promise."""
    text = FILE.read_text(encoding="utf-8")
    marks = list(_PART.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    parts = [
        (mark["promise"], text[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)
    ]
    return parts[0][1], {promise: query for promise, query in parts[1:] if promise}


def broken(conn: Connection, acknowledged: Iterable[Acknowledged] = ()) -> list[Broken]:
    """The promises that do not hold of the database as `conn` sees it.

    Ask when nothing is being written: while a worker is at it, a run is between two states.
    """
    setup, checks = load()
    effects = [tool.name for tool in all_tools() if tool.effect != "read"]
    given = {"acknowledged": Jsonb([asdict(item) for item in acknowledged]), "effects": effects}
    conn.execute(setup.encode())
    found = []
    for promise, query in checks.items():
        rows = conn.execute(query.encode(), given).fetchall()
        if rows:
            examples = tuple(f"{row['wrong']}: {row['why']}" for row in rows[:SHOWN])
            found.append(Broken(promise, len(rows), examples))
    return found


def examine(url: str, acknowledged: Iterable[Acknowledged] = ()) -> list[Broken]:
    """The promises that do not hold of the database at `url`."""
    with psycopg.connect(url, row_factory=dict_row, options="-c search_path=public") as conn:
        if not above_row_security(conn):
            see_every_row(conn)
        return broken(conn, acknowledged)


def assert_invariants(url: str, acknowledged: Iterable[Acknowledged] = ()) -> None:
    """Fail with the promises that do not hold of the database at `url`, and rows that break them."""
    found = examine(url, acknowledged)
    assert not found, "\n".join(map(str, found))
