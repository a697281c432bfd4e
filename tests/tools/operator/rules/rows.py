"""Rows for the rules, made by hand. `NOW` is the clock; ages are in days before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tools.operator.records import Artifact, Business, Lead, Run, Step, Touch

NOW = datetime(2026, 3, 6, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def before(days: float) -> datetime:
    return NOW - timedelta(days=days)


def lead(key: str = "A", created: float = 20, **columns: Any) -> Lead:
    return Lead(id=key, title=f"Lead {key}", created_at=before(created), **columns)


def proposal(key: str = "A", age: float = 9) -> Artifact:
    return Artifact(f"{key}-proposal-{age}", key, "proposal", before(age))


def artifact(kind: str, key: str = "A", age: float = 9) -> Artifact:
    return Artifact(f"{key}-{kind}", key, kind, before(age))


def touch(key: str = "A", age: float = 9) -> Touch:
    return Touch(f"{key}-touch", key, "CALL", before(age))


def run(key: str = "A", age: float = 1, **columns: Any) -> Run:
    values: dict[str, Any] = {"status": "error", "success": False, **columns}
    return Run(f"{key}-run", key, started_at=before(age), **values)


def step(name: str, success: bool | None, key: str = "A", minutes: int = 0) -> Step:
    return Step(f"{key}-{name}", f"{key}-run", name, success, NOW + timedelta(minutes=minutes))


def business(*leads: Lead, **rows: Any) -> Business:
    return Business(leads=leads, **rows)
