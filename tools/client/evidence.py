"""Capability evidence: what shows that the client can do something (client spec 4.2)."""

from __future__ import annotations

from typing import Annotated, Any

from psycopg.types.json import Jsonb
from pydantic import BaseModel, Field, model_validator

from tools.client.entries import Row, insert_once, source, undo_of
from tools.client.experiment_lookup import find_experiment
from tools.client.fields import (
    Confidence,
    Data,
    IdempotencyKey,
    Label,
    Name,
    PageSize,
    PageStart,
    Passage,
)
from tools.client.paging import Page, count_fact
from tools.client.wording import counted, day, excerpt, number
from tools.findings import Fact, Findings, Missing
from tools.registry import Example, Route, Slot, ToolContext, tool


class CaptureEvidenceArgs(BaseModel):
    capability_name: Annotated[Name, Slot("text")] = Field(
        description="The capability, in a few words"
    )
    evidence_type: Label = Field("observation", description="What kind of evidence it is")
    detail: Annotated[Passage | None, Slot("text")] = Field(None, description="What happened")
    evidence_data: Data | None = Field(None, description="What happened, as a small object")
    confidence_level: Annotated[Confidence | None, Slot("confidence")] = Field(
        None, description="How strong the evidence is, 0–1"
    )
    experiment_id: Annotated[Name | None, Slot("experiment")] = Field(
        None, description="The experiment it came from, by id or name"
    )
    idempotency_key: IdempotencyKey | None = None

    @model_validator(mode="after")
    def _shows_something(self) -> CaptureEvidenceArgs:
        if not self.evidence_data and self.detail is None:
            raise ValueError("say what happened: give a detail or evidence_data")
        return self


@tool(
    audience="client",
    effect="log",
    flag="EXPERIMENTS_ENABLED",
    title="Capture evidence",
    routes=[Route("POST", "/evidence/capture")],
    examples=[
        'Capture evidence: "ran a workshop for twelve people"',
        "Log evidence that I can lead a meeting: I ran the retro on Monday",
        "Add proof of my skill: closed the first sale alone",
        "This shows I can negotiate: they agreed to four days a week",
        "Save this as evidence: my manager praised the report",
        "Record an achievement: finished the course with distinction",
        "Keep this as proof: three people asked me to explain it again",
        "Evidence for my CV: organised the street fair",
        "Note a capability: calm under pressure on the help desk",
        "I want to remember that I managed the whole move alone",
        "Put this in my evidence: published two articles",
        "That is evidence of patience: stayed on the line for an hour",
        "File this under what I can do: fixed the billing script",
        "Here's something that proves I'm good at teaching: two repeat bookings",
        "Document a win: got the grant",
        Example("Feedback I received: clear and kind", {"evidence_type": "feedback"}),
        Example("Someone wrote me a recommendation: reliable", {"evidence_type": "feedback"}),
        "Log a strength I showed today: asked the hard question",
        "Write this down as something I'm capable of: planning a budget",
        "Collect this as evidence from the coffee chats: two referrals",
        "Add to my evidence: translated a contract in one evening",
        "Log an accomplishment: shipped the report early",
        "Keep a record of this praise: very clear",
        "Add a win: a customer thanked me",
        "I'd like to save a success: the demo went well",
        "Store this proof: promoted to team lead",
        "Record what I achieved: the audit passed",
        "Proof of patience: calmed an angry caller",
        "Evidence of leadership: ran the kickoff",
        "A sign that I can teach: two people asked for more",
    ],
)
async def capture_evidence(ctx: ToolContext, args: CaptureEvidenceArgs) -> Findings:
    """Log something that shows what the client can do, with or without an experiment. It can
    be undone for a day."""
    experiment = None
    if args.experiment_id is not None:
        found = await find_experiment(ctx, args.experiment_id)
        if isinstance(found, Findings):
            return found
        experiment = found
    detail = {"detail": args.detail} if args.detail is not None else {}
    values = {
        "capability_name": args.capability_name,
        "evidence_type": args.evidence_type,
        "evidence_data": Jsonb({**(args.evidence_data or {}), **detail}),
        "confidence_level": args.confidence_level,
        "experiment_id": experiment["id"] if experiment else None,
    }
    row, _ = await insert_once(ctx, "evidence", values, args, args.idempotency_key)
    about = f' from "{experiment["experiment_name"]}"' if experiment else ""
    message = (
        f'Captured evidence ({row["evidence_type"]}) of "{row["capability_name"]}"{about}, '
        f"id {row['id']}."
    )
    return Findings(
        facts=[_evidence_fact(ctx, row, message)],
        ledgers=["evidence"],
        as_of=ctx.now,
        data={
            "session_id": row["session_id"],
            "evidence_id": row["id"],
            "experiment_id": row["experiment_id"],
            "status": "evidence_captured",
            "message": message,
        },
        undo=undo_of("evidence", row["id"]),
    )


class ListEvidenceArgs(BaseModel):
    limit: PageSize = 20
    offset: PageStart = 0


@tool(
    audience="client",
    effect="read",
    flag="EXPERIMENTS_ENABLED",
    title="Read your evidence",
    routes=[Route("GET", "/evidence")],
    examples=[
        "What evidence do I have?",
        "Show my evidence",
        "What have I shown I can do?",
        "List my capabilities",
        "What proves that I can lead?",
        "Which strengths are backed by something?",
        "What are my achievements so far?",
        "Show me my wins",
        "What proof have I collected?",
        "What can I put on my CV?",
        "Which capabilities did I capture?",
        "What feedback did I save?",
        "How much evidence do I have?",
        "What am I good at, going by my record?",
        "Remind me of what I pulled off",
        "What do I have to show for my experiments?",
        "Read me my evidence",
        "Is there any evidence that I can teach?",
        "What did I log as proof?",
        "Give me the list of things I can do",
        "What speaks for me?",
        "Which accomplishments are on record?",
        "What backs up my skills?",
        "What could go on my resume from my record?",
        "What praise did I save?",
        "Which successes did I log?",
        "Show my strengths with proof",
        "What have I achieved according to my record?",
        "What shows that I can lead people?",
        "Which wins are saved?",
        "What successes are on record?",
    ],
)
async def list_evidence(ctx: ToolContext, args: ListEvidenceArgs) -> Findings:
    """Read the evidence of what the client can do, newest first."""
    everything = await _ids(ctx)
    page = Page([row["id"] for row in everything], args.offset, args.limit)
    rows = await _read(ctx, page.ids)
    count = f"You have captured {counted(page.total, 'piece')} of evidence."
    facts = [
        count_fact(ctx, "evidence", everything, "evidence", "your evidence", count),
        *(_evidence_fact(ctx, row, _in_words(ctx, row)) for row in rows),
    ]
    return Findings(
        facts=facts if everything else [],
        missing=[] if everything else [_none_yet()],
        ledgers=["evidence"],
        as_of=ctx.now,
        data={
            "evidence": [_payload(row) for row in rows],
            "total": page.total,
            "next_offset": page.next_offset,
        },
    )


async def _ids(ctx: ToolContext) -> list[Row]:
    return await (
        await ctx.conn.execute(
            "SELECT id FROM capability_evidence WHERE user_id = %s AND undone_at IS NULL "
            "ORDER BY created_at DESC, id DESC",
            (ctx.caller.user_id,),
        )
    ).fetchall()


async def _read(ctx: ToolContext, ids: list[int | str]) -> list[Row]:
    return await (
        await ctx.conn.execute(
            "SELECT * FROM capability_evidence WHERE user_id = %s AND id = ANY(%s) "
            "ORDER BY created_at DESC, id DESC",
            (ctx.caller.user_id, ids),
        )
    ).fetchall()


def _evidence_fact(ctx: ToolContext, row: Row, statement: str) -> Fact:
    columns = ("capability_name", "evidence_type", "evidence_data", "confidence_level")
    return Fact(
        ledger="evidence",
        sources=(source("evidence", row, *columns, "created_at"),),
        subject=row["capability_name"],
        label=f"evidence {row['id']}",
        value=row["capability_name"],
        as_of=ctx.now,
        statement=statement,
    )


def _in_words(ctx: ToolContext, row: Row) -> str:
    when = day(row["created_at"], ctx.caller.time_zone)
    level = row["confidence_level"]
    sure = f", confidence {number(level)}" if level is not None else ""
    detail = row["evidence_data"].get("detail")
    shown = f': "{excerpt(detail)}"' if isinstance(detail, str) else "."
    name = row["capability_name"]
    return f'On {when} you captured evidence ({row["evidence_type"]}{sure}) of "{name}"{shown}'


def _none_yet() -> Missing:
    return Missing(
        need="evidence of what you can do",
        why_it_matters="None is captured yet; a CV and a self-story rest on it.",
        how_to_get="tool",
        target="capture_evidence",
    )


def _payload(row: Row) -> dict[str, Any]:
    level = row["confidence_level"]
    return {
        "evidence_id": row["id"],
        "experiment_id": row["experiment_id"],
        "capability_name": row["capability_name"],
        "evidence_type": row["evidence_type"],
        "evidence_data": row["evidence_data"],
        "confidence_level": float(level) if level is not None else None,
        "created_at": row["created_at"].isoformat(),
    }
