"""Fact sets as the tools make them, and short ways to run an answer through the gate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from agent.models.types import BlockEnd, Cited, Text
from agent.receipts.gate import Gate
from tools.findings import Fact, RowSource

NOW = datetime(2026, 3, 6, 15, tzinfo=UTC)
Role = Literal["client", "operator"]

NAMES: dict[Role, tuple[str, ...]] = {
    "operator": (
        "Harbor Dental intake", "Maple Med Spa booking", "Northside Legal intake",
        "Cedar Contractors quotes", "Bright Coaching site", "Summit Realty router",
        "Lakeside Physio", "Oak Family Law portal", "Vita Clinic booking", "Pine Renovations",
        "Riverside Vet", "Metro Fitness", "Aspen Bakery", "Granite Plumbing",
    ),
    "client": (
        "Evening class in data analysis", "Email two people a day", "Run one workshop",
        "Morning pages", "Coffee chats with product people",
    ),
}  # fmt: skip


def _fact(row: dict[str, Any], number: int) -> Fact:
    value = row.get("value")
    if row.get("type") == "datetime":
        value = datetime.fromisoformat(value)
    elif row.get("type") == "date":
        value = date.fromisoformat(value)
    elif isinstance(value, str) and value.replace(".", "", 1).isdigit():
        value = Decimal(value)
    key: dict[str, str | int] = {"id": (row.get("keys") or ["none"])[0]}
    return Fact(
        id=f"f{number}",
        ledger=row["ledger"],
        sources=(RowSource(table="rows", key=key, columns=("value",), version="1"),),
        subject=row["subject"],
        aliases=tuple(row.get("aliases", ())),
        label=row["label"],
        value=value,
        unit=row.get("unit"),
        as_of=NOW,
        statement=row["statement"],
        headline=row["headline"],
    )


def _load() -> dict[Role, dict[str, Fact]]:
    found: dict[Role, dict[str, Fact]] = {"operator": {}, "client": {}}
    lines = (Path(__file__).parent / "facts.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        own = found[row["role"]]
        own[row["handle"]] = _fact(row, len(own) + 1)
    return found


FACTS: dict[Role, dict[str, Fact]] = _load()
"""By role, then by handle: "cedar.days-stuck" is the fact about Cedar with that label."""


@dataclass(frozen=True)
class Truth:
    """A truthful text, the handles of the facts it cites, and what the user had asked."""

    role: Role
    text: str
    cites: tuple[str, ...]
    user: str = ""


@dataclass(frozen=True)
class Lie:
    """A text that the cited facts do not bear out, and in what way."""

    kind: str
    role: Role
    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True)
class Fresh:
    """A lie of some kind or a "truth", of the set with this number; `fails` where the verifier is
    known to release the lie or to hold the truth."""

    number: int
    kind: str
    role: Role
    text: str
    cites: tuple[str, ...]
    fails: bool = False


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [{**row, "cites": tuple(row["cites"].split())} for row in rows]


TRUTHS = [Truth(**row) for row in _rows("truths.jsonl")]
LIES: dict[str, list[Lie]] = {}
for _row in _rows("lies.jsonl"):
    LIES.setdefault(_row["kind"], []).append(Lie(**_row))
FRESH = [Fresh(**row) for row in _rows("fresh.jsonl")]


def ids(role: Role, handles: Sequence[str]) -> tuple[str, ...]:
    """The fact ids behind handles; a handle that is no fact's is passed through as an id."""
    own = FACTS[role]
    return tuple(own[handle].id if handle in own else handle for handle in handles)


def gate_for(role: Role, user_text: str = "", **options: Any) -> Gate:
    """A gate with every fact of the role."""
    return Gate(
        role=role,
        user_text=user_text,
        facts=tuple(FACTS[role].values()),
        names=NAMES[role],
        now=NOW,
        **options,
    )


def run(
    role: Role, text: str, handles: Sequence[str] = (), user_text: str = "", **options: Any
) -> tuple[Gate, str]:
    """Put one cited block through a gate; returns the gate and what it released."""
    gate = gate_for(role, user_text, **options)
    out = gate.feed(Text(0, text))
    if handles:
        out += gate.feed(Cited(0, ids(role, handles)))
    out += gate.feed(BlockEnd(0))
    return gate, out + gate.finish()
