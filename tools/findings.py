"""What a tool returns: facts bound to ledger rows, what is missing, and as of when.

The shapes are those of the receipts design. A fact is made by code, never by a model.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Ledger = Literal[
    # operator
    "brief", "money_scorecard", "constraint", "queue", "run_status", "failures",
    "proposal_pipeline", "results_ledger", "reusable_assets", "learning", "playbook", "roi",
    "followup", "leverage", "ops_health", "lead", "packages", "expectations", "offers",
    "build_tasks", "agent_jobs", "templates", "flags", "escalations", "conversion", "forecast",
    "portfolio", "scores", "semantic",
    # client
    "ps101", "context", "obstacles", "experiments", "learnings", "evidence", "self_efficacy",
    "jobs", "resume", "library",
    # both
    "memory", "message",
]  # fmt: skip
REFUSAL = "refusal"
"""The rule of a fact that says why a call was refused: `get_lead.refusal@1`."""
LEDGERS: tuple[str, ...] = get_args(Ledger)

Value = str | int | float | bool | Decimal | datetime | date | None


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class RowSource(Frozen):
    """The row a fact was read from. `columns[0]` is the column that holds the fact's value."""

    table: str
    key: dict[str, str | int]
    columns: tuple[str, ...]
    version: str


class Fact(Frozen):
    """One checked statement.

    `id` is given by the run (f1, f2, …). `sources` are the rows it rests on; `rule` is the
    name and version of the rule that derived it (`failures.stuck_proposals@1`), None when
    it was read straight from its row. `aliases` are other words a person uses for the
    subject ("Cedar"). `headline` facts come first in an answer; the others are detail.
    Null is never 0: a fact without a value is Missing, not a Fact.
    """

    id: str = ""
    ledger: Ledger
    sources: tuple[RowSource, ...]
    rule: str | None = None
    subject: str
    aliases: tuple[str, ...] = ()
    label: str
    value: Value
    unit: str | None = None
    as_of: datetime
    statement: str
    headline: bool = True
    href: str | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """What stays the same when the fact is made again: ledger, subject, label."""
        return (self.ledger, self.subject, self.label)


class Missing(Frozen):
    """Something that was looked for and is not there, and how to get it."""

    need: str
    why_it_matters: str
    how_to_get: Literal["question", "page", "tool"] = "question"
    target: str | None = None


class Undo(Frozen):
    """The tool call that takes a `log` effect back."""

    tool: str
    args: dict[str, Any]


class Findings(BaseModel):
    """The result of a tool. `data` is the domain payload that REST callers read."""

    facts: list[Fact] = Field(default_factory=list)
    missing: list[Missing] = Field(default_factory=list)
    ledgers: list[Ledger] = Field(default_factory=list)
    as_of: datetime
    data: dict[str, Any] = Field(default_factory=dict)
    undo: Undo | None = None


def row_source(
    table: str, key: dict[str, str | int], row: dict[str, Any], *columns: str
) -> RowSource:
    """The source for a fact read from `columns` of `row`; the value's column comes first."""
    return RowSource(
        table=table, key=key, columns=columns, version=row_version([row[name] for name in columns])
    )


def row_version(values: list[Any]) -> str:
    """A short digest of column values: equal when, and only when, the values are."""
    text = json.dumps(values, default=_stable, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _stable(value: Any) -> str:
    if isinstance(value, datetime):
        return str(value.timestamp())
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value)
