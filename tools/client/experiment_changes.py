"""Changing an experiment: its plan, its status, its completion (client spec 4.3)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from errors import Conflict, Invalid
from tools.client.change_log import apply_changes
from tools.client.entries import Row, source, undo_of
from tools.client.experiment_facts import DETAILS, detail_fact, status_fact
from tools.client.experiment_lookup import find_experiment
from tools.client.experiment_questions import COMPLETE, UPDATE
from tools.client.fields import Day, Name, OneToTen, Passage
from tools.client.reflections import NextMove, insert_reflection, reflection_facts
from tools.client.rules.transitions import Status, move
from tools.client.wording import day, listed, short_id
from tools.findings import Fact, Findings, Missing
from tools.registry import Route, Slot, ToolContext, tool

Clearable = Literal[
    "description",
    "hypothesis",
    "smallest_version",
    "success_metric",
    "resources",
    "start_date",
    "review_date",
    "confidence_before",
]


class UpdateExperimentArgs(BaseModel):
    experiment_id: Annotated[Name | None, Slot("experiment")] = Field(
        None, description="Id or name; may be left out when only one is under way"
    )
    status: Status | None = Field(None, description="The status to move to")
    experiment_name: Name | None = Field(None, description="A new name")
    description: Passage | None = None
    hypothesis: Passage | None = None
    smallest_version: Passage | None = None
    success_metric: Passage | None = None
    resources: Passage | None = None
    start_date: Day | None = None
    review_date: Annotated[Day | None, Slot("date")] = None
    confidence_before: OneToTen | None = None
    clear: list[Clearable] = Field([], description="Fields to empty")
    expected_version: int | None = Field(
        None, description="Refuse when the experiment has changed since this version"
    )


@tool(
    audience="client",
    effect="log",
    flag="EXPERIMENTS_ENABLED",
    title="Update an experiment",
    routes=[Route("POST", "/experiments/update")],
    examples=UPDATE,
)
async def update_experiment(ctx: ToolContext, args: UpdateExperimentArgs) -> Findings:
    """Change the client's experiment: its status (planned, active, paused, completed,
    reviewed, archived; only the allowed moves) or its plan. `clear` empties fields. It can be
    undone for a day."""
    found = await find_experiment(ctx, args.experiment_id, lock=True)
    if isinstance(found, Findings):
        return found
    wanted = {
        name: value
        for name, value in args.model_dump(
            exclude={"experiment_id", "status", "clear", "expected_version"}
        ).items()
        if value is not None
    }
    contradictory = [str(name) for name in args.clear if name in wanted]
    if contradictory:
        raise Invalid(f"{listed(contradictory)} cannot be both set and cleared. Choose one.")
    changes = wanted | dict.fromkeys(args.clear)
    if args.status is not None:
        changes |= await _status_changes(ctx, found, args.status, changes)
    row, change = await apply_changes(ctx, found, changes, args.expected_version)
    facts = _change_facts(ctx, found, row, change)
    message = " ".join(fact.statement for fact in facts if fact.headline)
    return Findings(
        facts=facts,
        ledgers=["experiments"],
        as_of=ctx.now,
        data={
            "experiment_id": row["id"],
            "status": "updated",
            "message": message,
            "version": row["version"],
        },
        undo=undo_of("change", change["id"]) if change else None,
    )


class CompleteExperimentArgs(BaseModel):
    experiment_id: Annotated[Name | None, Slot("experiment")] = Field(
        None, description="Id or name; may be left out when only one is under way"
    )
    outcome: Annotated[Passage | None, Slot("text")] = Field(
        None, description="What came of it; needed when no learning is logged"
    )
    confidence_after: OneToTen | None = Field(None, description="Confidence after it, 1–10")
    next_move: NextMove | None = Field(None, description="continue, pivot or archive")


@tool(
    audience="client",
    effect="log",
    flag="EXPERIMENTS_ENABLED",
    title="Complete an experiment",
    routes=[Route("POST", "/experiments/complete")],
    examples=COMPLETE,
)
async def complete_experiment(ctx: ToolContext, args: CompleteExperimentArgs) -> Findings:
    """Complete the client's experiment. It needs a logged learning or an outcome note;
    completing it again changes nothing. It can be undone for a day."""
    found = await find_experiment(ctx, args.experiment_id, lock=True)
    if isinstance(found, Findings):
        return found
    if found["status"] in ("completed", "reviewed"):
        return await _already_completed(ctx, found, args)
    changes = await _status_changes(ctx, found, "completed", {}, args.outcome)
    row, change = await apply_changes(ctx, found, changes)
    noted = await _reflect(ctx, row, change, args)
    return _completed(ctx, row, change, noted)


def _completed(ctx: ToolContext, row: Row, change: Row | None, noted: list[Fact]) -> Findings:
    when = day(row["completed_at"], ctx.caller.time_zone)
    message = (
        f'Completed experiment "{row["experiment_name"]}" on {when}, id {short_id(row["id"])}.'
    )
    return Findings(
        facts=[status_fact(ctx, row, message), *noted],
        ledgers=["experiments"],
        as_of=ctx.now,
        data={"experiment_id": row["id"], "status": "completed", "message": message},
        undo=undo_of("change", change["id"]) if change else None,
    )


async def _status_changes(
    ctx: ToolContext, row: Row, wanted: Status, changes: dict[str, Any], outcome: str | None = None
) -> dict[str, Any]:
    """The columns that a move to `wanted` sets. Raises Conflict when it is not allowed."""
    status = move(row["experiment_name"], row["status"], wanted)
    if status == row["status"]:
        return {}
    moved: dict[str, Any] = {"status": status}
    if status == "completed":
        await _require_result(ctx, row, outcome)
        moved["completed_at"] = ctx.now
    if status == "active":
        moved["started_at"] = row["started_at"] or ctx.now
        today = ctx.now.astimezone(ZoneInfo(ctx.caller.time_zone)).date()
        if "start_date" not in changes and _not_begun(row["start_date"], today):
            moved["start_date"] = today
    return moved


def _not_begun(start_date: date | None, today: date) -> bool:
    return start_date is None or start_date > today


async def _require_result(ctx: ToolContext, row: Row, outcome: str | None) -> None:
    """Completion needs a learning or an outcome note (client spec 4.3)."""
    if outcome is not None:
        return
    found = await (
        await ctx.conn.execute(
            "SELECT EXISTS (SELECT FROM learning_data WHERE experiment_id = %(id)s "
            "AND user_id = %(user)s AND undone_at IS NULL) OR EXISTS ("
            "SELECT FROM experiment_reflections WHERE experiment_id = %(id)s "
            "AND user_id = %(user)s AND outcome IS NOT NULL AND undone_at IS NULL) AS there",
            {"id": row["id"], "user": ctx.caller.user_id},
        )
    ).fetchone()
    if found is None or not found["there"]:
        raise Conflict(
            f'"{row["experiment_name"]}" has no learning and no outcome yet, so it cannot be '
            "completed. Log what you learned, or say in a sentence what came of it."
        )


async def _reflect(
    ctx: ToolContext, row: Row, change: Row | None, args: CompleteExperimentArgs
) -> list[Fact]:
    """Keeps what came of it as a reflection, which is undone with the completion."""
    if args.outcome is None and args.confidence_after is None and args.next_move is None:
        return []
    reflection = await insert_reflection(
        ctx,
        row,
        {
            "outcome": args.outcome,
            "confidence_after": args.confidence_after,
            "next_move": args.next_move,
            "change_id": change["id"] if change else None,
        },
        args,
        None,
    )
    return reflection_facts(ctx, reflection, row["experiment_name"])


async def _already_completed(ctx: ToolContext, row: Row, args: CompleteExperimentArgs) -> Findings:
    """The same result as the first time; says so when a new outcome was not kept."""
    findings = _completed(ctx, row, None, [])
    known = await (
        await ctx.conn.execute(
            "SELECT 1 FROM experiment_reflections WHERE experiment_id = %s AND user_id = %s "
            "AND outcome = %s AND undone_at IS NULL",
            (row["id"], ctx.caller.user_id, args.outcome),
        )
    ).fetchone()
    if args.outcome is not None and known is None:
        findings.missing.append(
            Missing(
                need="your new outcome note",
                why_it_matters=f'"{row["experiment_name"]}" was completed before, so nothing was '
                "changed. A reflection can hold the note.",
                how_to_get="tool",
                target="add_reflection",
            )
        )
    return findings


def _change_facts(ctx: ToolContext, before: Row, after: Row, change: Row | None) -> list[Fact]:
    """What the update did, a fact for each thing that changed."""
    name = after["experiment_name"]
    if change is None:
        return [
            status_fact(ctx, after, f'"{name}" already is as you want it; it is {after["status"]}.')
        ]
    facts = []
    if "experiment_name" in change["after"]:
        facts.append(
            _changed(
                ctx, change, name, "name", f'Renamed "{before["experiment_name"]}" to "{name}".'
            )
        )
    if "status" in change["after"]:
        facts.append(status_fact(ctx, after, f'"{name}" is now {after["status"]}.'))
    for column in (name for name in DETAILS if name in change["after"]):
        fact = detail_fact(ctx, after, column, headline=True)
        facts.append(
            fact
            or _changed(
                ctx,
                change,
                name,
                f"cleared {DETAILS[column]}",
                f'Cleared the {DETAILS[column]} of "{name}".',
            )
        )
    return facts


def _changed(ctx: ToolContext, change: Row, subject: str, label: str, statement: str) -> Fact:
    return Fact(
        ledger="experiments",
        sources=(source("change", change, "created_at", "before", "after"),),
        subject=subject,
        label=label,
        value=change["created_at"],
        as_of=ctx.now,
        statement=statement,
    )
