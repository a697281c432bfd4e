"""An experiment's row as facts, as what is still missing, and as the payload of REST."""

from __future__ import annotations

from typing import Any

from tools.client.entries import Row, source
from tools.client.wording import day, excerpt, listed, sentence
from tools.findings import Fact, Missing
from tools.registry import ToolContext

PLAN = {
    "hypothesis": "hypothesis",
    "smallest_version": "smallest version",
    "success_metric": "success measure",
    "review_date": "review date",
}
DETAILS = {
    **PLAN,
    "description": "description",
    "resources": "resources",
    "start_date": "start date",
    "confidence_before": "confidence at the start",
}


def status_fact(ctx: ToolContext, row: Row, statement: str | None = None) -> Fact:
    """Where the experiment stands; `statement` says it in other words, as after a write."""
    return Fact(
        ledger="experiments",
        sources=(
            source("experiment", row, "status", "experiment_name", "start_date", "completed_at"),
        ),
        subject=row["experiment_name"],
        aliases=(row["id"],),
        label="status",
        value=row["status"],
        as_of=ctx.now,
        statement=statement or _where_it_stands(ctx, row),
    )


def detail_fact(ctx: ToolContext, row: Row, column: str, *, headline: bool = False) -> Fact | None:
    """One of DETAILS as a fact; None when it is not set."""
    value = row[column]
    if value is None:
        return None
    name, label = row["experiment_name"], DETAILS[column]
    if column.endswith("_date"):
        statement = f'The {label} of "{name}" is {day(value, ctx.caller.time_zone)}.'
    elif column == "confidence_before":
        statement = f'Your confidence at the start of "{name}" was {value} out of 10.'
    else:
        verb = "are" if column == "resources" else "is"
        statement = f'The {label} of "{name}" {verb}: {sentence(excerpt(value))}'
    return Fact(
        ledger="experiments",
        sources=(source("experiment", row, column, "experiment_name"),),
        subject=name,
        aliases=(row["id"],),
        label=label,
        value=value,
        unit="of 10" if column == "confidence_before" else None,
        as_of=ctx.now,
        statement=statement,
        headline=headline,
    )


def detail_facts(ctx: ToolContext, row: Row, *, headline: bool = False) -> list[Fact]:
    """Every detail that is set."""
    facts = (detail_fact(ctx, row, column, headline=headline) for column in DETAILS)
    return [fact for fact in facts if fact is not None]


def missing_plan(row: Row) -> list[Missing]:
    """What the plan still lacks to be concrete (client spec 4.3), as one item."""
    lacking = [label for column, label in PLAN.items() if row[column] is None]
    if not lacking:
        return []
    name = row["experiment_name"]
    return [
        Missing(
            need=f'the {listed(lacking)} of "{name}"',
            why_it_matters="A concrete plan makes it plain whether the experiment worked.",
            how_to_get="question",
            target=f'What is the {lacking[0]} of "{name}"?',
        )
    ]


def payload(row: Row) -> dict[str, Any]:
    """The experiment as REST shows it; days and times as ISO text."""
    plain = (
        "experiment_name", "description", "status", "hypothesis", "smallest_version",
        "success_metric", "resources", "confidence_before", "version",
    )  # fmt: skip
    moments = (
        "start_date", "review_date", "created_at", "updated_at", "started_at", "completed_at",
    )  # fmt: skip
    return {
        "experiment_id": row["id"],
        **{name: row[name] for name in plain},
        **{name: row[name].isoformat() if row[name] else None for name in moments},
    }


def _where_it_stands(ctx: ToolContext, row: Row) -> str:
    name, zone = row["experiment_name"], ctx.caller.time_zone
    match row["status"]:
        case "planned" if row["start_date"]:
            return f'"{name}" is planned to start on {day(row["start_date"], zone)}.'
        case "active" if row["start_date"]:
            return f'"{name}" is active and started on {day(row["start_date"], zone)}.'
        case "completed" | "reviewed" as status:
            return f'"{name}" is {status}; you completed it on {day(row["completed_at"], zone)}.'
        case status:
            return f'"{name}" is {status}.'
