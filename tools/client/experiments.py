"""Experiments: logging a small test, and reading the ledger of them (client spec 4)."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from errors import Invalid
from tools.client.entries import Row, insert_once, undo_of
from tools.client.experiment_facts import detail_facts, missing_plan, payload, status_fact
from tools.client.experiment_lookup import find_experiment
from tools.client.experiment_questions import CREATE, LIST
from tools.client.fields import (
    Day,
    IdempotencyKey,
    Name,
    OneToTen,
    PageSize,
    PageStart,
    Passage,
)
from tools.client.paging import Page, count_fact
from tools.client.rules.transitions import STATUSES, Status, first_status
from tools.client.wording import counted, listed, short_id
from tools.findings import Fact, Findings, Missing
from tools.registry import Route, Slot, ToolContext, tool

FEW = 5


class CreateExperimentArgs(BaseModel):
    experiment_name: Annotated[Name, Slot("text")] = Field(
        description="What the experiment is called, in the client's words"
    )
    description: Passage | None = Field(None, description="What it is about")
    hypothesis: Passage | None = Field(None, description="What the client believes will happen")
    smallest_version: Passage | None = Field(None, description="The smallest test of it")
    success_metric: Passage | None = Field(None, description="How success will be seen")
    resources: Passage | None = Field(None, description="Money, hours, people it needs")
    start_date: Annotated[Day | None, Slot("date")] = Field(
        None, description="First day; today or earlier makes it active"
    )
    review_date: Day | None = Field(None, description="Day to look at the result")
    start: bool = Field(False, description="Start it now")
    confidence_before: OneToTen | None = Field(
        None, description="How confident the client is before it, 1–10"
    )
    idempotency_key: IdempotencyKey | None = None


@tool(
    audience="client",
    effect="log",
    flag="EXPERIMENTS_ENABLED",
    title="Log an experiment",
    routes=[Route("POST", "/experiments/create")],
    examples=CREATE,
)
async def create_experiment(ctx: ToolContext, args: CreateExperimentArgs) -> Findings:
    """Log a new experiment of the client. Planned, or active when its first day is today or
    earlier or `start` is set. Its plan (hypothesis, smallest version, success measure, dates,
    resources) may come now or later. It can be undone for a day."""
    today = ctx.now.astimezone(ZoneInfo(ctx.caller.time_zone)).date()
    status = first_status(args.start_date, args.start, today)
    active = status == "active"
    start_date = args.start_date or (today if active else None)
    if start_date and args.review_date and args.review_date < start_date:
        raise Invalid(
            f"The review date {args.review_date} lies before the start on {start_date}. "
            "Give a later review date."
        )
    values = args.model_dump(exclude={"start", "idempotency_key"}) | {
        "status": status,
        "start_date": start_date,
        "started_at": ctx.now if active else None,
        "updated_at": ctx.now,
    }
    row, _ = await insert_once(ctx, "experiment", values, args, args.idempotency_key)
    message = (
        f'Logged experiment "{row["experiment_name"]}" ({row["status"]}), id {short_id(row["id"])}.'
    )
    return Findings(
        facts=[status_fact(ctx, row, message), *detail_facts(ctx, row)],
        missing=missing_plan(row),
        ledgers=["experiments"],
        as_of=ctx.now,
        data={"experiment_id": row["id"], "status": "created", "message": message},
        undo=undo_of("experiment", row["id"]),
    )


class ListExperimentsArgs(BaseModel):
    experiment_id: Annotated[Name | None, Slot("experiment")] = Field(
        None, description="Only this one: its id or name"
    )
    status: Status | None = Field(None, description="Only those of this status")
    limit: PageSize = 20
    offset: PageStart = 0


@tool(
    audience="client",
    effect="read",
    flag="EXPERIMENTS_ENABLED",
    title="Read your experiments",
    routes=[Route("GET", "/experiments")],
    examples=LIST,
)
async def list_experiments(ctx: ToolContext, args: ListExperimentsArgs) -> Findings:
    """Read the client's experiments, newest first: status, dates, and the plan of each.
    `experiment_id` takes an id or a name and reads that one alone."""
    if args.experiment_id is not None:
        found = await find_experiment(ctx, args.experiment_id)
        if isinstance(found, Findings):
            return found
        return Findings(
            facts=[status_fact(ctx, found), *detail_facts(ctx, found, headline=True)],
            missing=missing_plan(found),
            ledgers=["experiments"],
            as_of=ctx.now,
            data={"experiments": [payload(found)], "total": 1, "next_offset": None},
        )
    everything = await _all(ctx)
    chosen = [row for row in everything if args.status in (None, row["status"])]
    page = Page([row["id"] for row in chosen], args.offset, args.limit)
    rows = chosen[args.offset : args.offset + args.limit]
    facts = [_count(ctx, everything)] if everything else []
    for row in rows:
        facts.append(status_fact(ctx, row))
        facts.extend(detail_facts(ctx, row) if len(rows) <= FEW else [])
    return Findings(
        facts=facts,
        missing=[] if chosen else [_none_yet(args.status)],
        ledgers=["experiments"],
        as_of=ctx.now,
        data={
            "experiments": [payload(row) for row in rows],
            "total": page.total,
            "next_offset": page.next_offset,
        },
    )


async def _all(ctx: ToolContext) -> list[Row]:
    """Every experiment of the caller, newest first: a person has dozens, not thousands."""
    return await (
        await ctx.conn.execute(
            "SELECT * FROM experiments WHERE user_id = %s AND undone_at IS NULL "
            "ORDER BY created_at DESC, id",
            (ctx.caller.user_id,),
        )
    ).fetchall()


def _count(ctx: ToolContext, rows: list[Row]) -> Fact:
    numbers = {status: sum(row["status"] == status for row in rows) for status in STATUSES}
    parts = listed([f"{number} {status}" for status, number in numbers.items() if number])
    return count_fact(
        ctx,
        "experiment",
        rows,
        "experiments",
        "your experiments",
        f"You have {counted(len(rows), 'experiment')}: {parts}.",
        "status",
    )


def _none_yet(status: Status | None) -> Missing:
    return Missing(
        need=f"{status} experiments" if status else "your first experiment",
        why_it_matters="There is nothing of that kind in your ledger yet.",
        how_to_get="tool",
        target="create_experiment",
    )
