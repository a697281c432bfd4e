"""Learnings: what an experiment taught, and how sure the client is of it (client spec 4.2)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from psycopg.types.json import Jsonb
from pydantic import BaseModel, Field

from tools.client.entries import Row, insert_once, source, undo_of
from tools.client.experiment_lookup import find_experiment
from tools.client.fields import (
    Confidence,
    Data,
    IdempotencyKey,
    Name,
    PageSize,
    PageStart,
    Passage,
)
from tools.client.paging import Page, count_fact
from tools.client.wording import counted, day, excerpt, number
from tools.findings import Fact, Findings, Missing
from tools.registry import Example, Route, Slot, ToolContext, tool

LearningType = Literal["skill", "knowledge", "behavior"]


class AddLearningArgs(BaseModel):
    experiment_id: Annotated[Name | None, Slot("experiment")] = Field(
        None, description="Id or name; may be left out when only one is under way"
    )
    content: Annotated[Passage, Slot("text")] = Field(
        description="What was learned, in the client's words"
    )
    learning_type: LearningType = Field("knowledge", description="skill, knowledge or behavior")
    confidence_score: Annotated[Confidence | None, Slot("confidence")] = Field(
        None, description="How confident the client is now, 0–1 (7 of 10 is 0.7)"
    )
    evidence_data: Data | None = Field(None, description="Details as a small object")
    idempotency_key: IdempotencyKey | None = None


@tool(
    audience="client",
    effect="log",
    flag="EXPERIMENTS_ENABLED",
    title="Log a learning",
    routes=[Route("POST", "/learning/add")],
    examples=[
        "I learned that people answer short emails",
        "Log a learning: mornings are when I write best",
        "Add a learning to the coffee chats: ask about their week first",
        "Note this insight: I like explaining things more than selling them",
        "What I took away: two questions are enough",
        "Save what I learned: rejection hurts less the third time",
        "Here's something I found out: the course needs six hours a week",
        "Record a lesson: start with the person, not the pitch",
        "New learning for the email experiment: Tuesday works better than Friday",
        Example("I picked up a skill: reading a balance sheet", {"learning_type": "skill"}),
        Example("I can now run a workshop on my own", {"learning_type": "skill"}),
        Example("I noticed a habit: I stop when it gets quiet", {"learning_type": "behavior"}),
        Example("I changed how I behave: I ask first now", {"learning_type": "behavior"}),
        "Write down this learning with confidence 0.7: I can cold-call",
        "Today I realised that I enjoy the research part most",
        "My takeaway from the experiment: smaller is better",
        "Remember this lesson from my test: book the room early",
        "I discovered that nobody reads the second page",
        "Put this in my learnings: I need a deadline",
        "The experiment taught me to ask for less",
        "One thing I know now: I work better in company",
        "Log what I just learned",
        "It turned out that I like the quiet work",
        "I found out that I enjoy interviews",
        "I noticed that I avoid phone calls",
        "I realised: deadlines help me",
        "Lesson learned: keep it short",
        "What I learned: feedback helps",
        "I see now that teaching suits me",
        "An insight: short calls are enough",
        "Note to self: ask earlier",
        "I came to understand that I need company",
    ],
)
async def add_learning(ctx: ToolContext, args: AddLearningArgs) -> Findings:
    """Log what an experiment taught the client: a skill, knowledge or behavior, with how
    confident they are now (0–1). It can be undone for a day."""
    found = await find_experiment(ctx, args.experiment_id)
    if isinstance(found, Findings):
        return found
    values = {
        "experiment_id": found["id"],
        "learning_type": args.learning_type,
        "content": args.content,
        "confidence_score": args.confidence_score,
        "evidence_data": Jsonb(args.evidence_data) if args.evidence_data is not None else None,
    }
    row, _ = await insert_once(ctx, "learning", values, args, args.idempotency_key)
    name = found["experiment_name"]
    sure = f", confidence {number(row['confidence_score'])}" if _scored(row) else ""
    message = f'Logged a {row["learning_type"]} learning for "{name}"{sure}, id {row["id"]}.'
    return Findings(
        facts=[
            _learning_fact(ctx, row, name, f'{message[:-1]}: "{excerpt(row["content"])}"'),
        ],
        missing=[] if _scored(row) else [_no_score(row)],
        ledgers=["learnings"],
        as_of=ctx.now,
        data={
            "experiment_id": found["id"],
            "learning_id": row["id"],
            "status": "learning_added",
            "message": message,
        },
        undo=undo_of("learning", row["id"]),
    )


class ListLearningsArgs(BaseModel):
    experiment_id: Annotated[Name | None, Slot("experiment")] = Field(
        None, description="Only those of this experiment: its id or name"
    )
    limit: PageSize = 20
    offset: PageStart = 0


@tool(
    audience="client",
    effect="read",
    flag="EXPERIMENTS_ENABLED",
    title="Read your learnings",
    routes=[Route("GET", "/learning")],
    examples=[
        "What did I learn from the email experiment?",
        "What have I learned so far?",
        "Show my learnings",
        "List what I learned",
        "What did the coffee chats teach me?",
        "Which lessons did I write down?",
        "What insights have I logged?",
        "Remind me what I found out",
        "What were my takeaways?",
        "Did I learn anything about mornings?",
        "How many learnings do I have?",
        "What's the latest thing I learned?",
        "Read me my notes from the experiments",
        "What skills did I pick up?",
        "Summarise what my experiments taught me",
        "What came out of the writing test?",
        "Have I learned something from the shadowing day?",
        "Which learnings belong to the newsletter experiment?",
        "What do I know now that I didn't before?",
        "Tell me what I discovered last month",
        "Go through my lessons with me",
        "What did the experiment teach me?",
        "What did I learn from the experiment?",
        "What did I take away from the experiment?",
        "What lessons came out of my experiments?",
        "Which insights do I have on record?",
        "List my takeaways",
        "What have I noticed and written down?",
        "Show me what the test taught me",
        "Everything I have learned",
    ],
)
async def list_learnings(ctx: ToolContext, args: ListLearningsArgs) -> Findings:
    """Read what the client learned, newest first, of one experiment or of all."""
    experiment = None
    if args.experiment_id is not None:
        found = await find_experiment(ctx, args.experiment_id)
        if isinstance(found, Findings):
            return found
        experiment = found
    everything = await _ids(ctx, experiment["id"] if experiment else None)
    page = Page([row["id"] for row in everything], args.offset, args.limit)
    rows = await _read(ctx, page.ids)
    about = f'from "{experiment["experiment_name"]}"' if experiment else "so far"
    count = f"You have logged {counted(page.total, 'learning')} {about}."
    subject = experiment["experiment_name"] if experiment else "your learnings"
    facts = [count_fact(ctx, "learning", everything, "learnings", subject, count)]
    return Findings(
        facts=[*facts, *(_listed_fact(ctx, row) for row in rows)] if everything else [],
        missing=[] if everything else [_none_yet(experiment)],
        ledgers=["learnings"],
        as_of=ctx.now,
        data={
            "learnings": [_payload(row) for row in rows],
            "total": page.total,
            "next_offset": page.next_offset,
        },
    )


async def _ids(ctx: ToolContext, experiment_id: str | None) -> list[Row]:
    """The ids of the caller's learnings, newest first, of one experiment or of all."""
    return await (
        await ctx.conn.execute(
            "SELECT l.id FROM learning_data l JOIN experiments e ON e.id = l.experiment_id "
            "WHERE l.user_id = %(user)s AND l.undone_at IS NULL AND e.undone_at IS NULL "
            "AND (%(experiment)s::text IS NULL OR l.experiment_id = %(experiment)s) "
            "ORDER BY l.created_at DESC, l.id DESC",
            {"user": ctx.caller.user_id, "experiment": experiment_id},
        )
    ).fetchall()


async def _read(ctx: ToolContext, ids: list[int | str]) -> list[Row]:
    return await (
        await ctx.conn.execute(
            "SELECT l.*, e.experiment_name FROM learning_data l "
            "JOIN experiments e ON e.id = l.experiment_id "
            "WHERE l.user_id = %s AND l.id = ANY(%s) ORDER BY l.created_at DESC, l.id DESC",
            (ctx.caller.user_id, ids),
        )
    ).fetchall()


def _learning_fact(ctx: ToolContext, row: Row, name: str, statement: str) -> Fact:
    return Fact(
        ledger="learnings",
        sources=(
            source("learning", row, "content", "learning_type", "confidence_score", "created_at"),
        ),
        subject=name,
        label=f"learning {row['id']}",
        value=row["content"],
        as_of=ctx.now,
        statement=statement,
    )


def _listed_fact(ctx: ToolContext, row: Row) -> Fact:
    name, when = row["experiment_name"], day(row["created_at"], ctx.caller.time_zone)
    sure = f", with confidence {number(row['confidence_score'])}" if _scored(row) else ""
    return _learning_fact(
        ctx, row, name, f'On {when} you learned from "{name}"{sure}: "{excerpt(row["content"])}"'
    )


def _scored(row: Row) -> bool:
    return row["confidence_score"] is not None


def _no_score(row: Row) -> Missing:
    return Missing(
        need=f"how confident you are in learning {row['id']}, from 0 to 1",
        why_it_matters="Your confidence over time is the mean of these scores.",
        how_to_get="question",
        target="How confident are you in that, from 0 to 1?",
    )


def _none_yet(experiment: Row | None) -> Missing:
    about = f' from "{experiment["experiment_name"]}"' if experiment else ""
    return Missing(
        need=f"a learning{about}",
        why_it_matters="None is logged yet, so there is nothing to say about what you learned.",
        how_to_get="tool",
        target="add_learning",
    )


def _payload(row: Row) -> dict[str, Any]:
    return {
        "learning_id": row["id"],
        "experiment_id": row["experiment_id"],
        "experiment_name": row["experiment_name"],
        "learning_type": row["learning_type"],
        "content": row["content"],
        "confidence_score": float(row["confidence_score"]) if _scored(row) else None,
        "evidence_data": row["evidence_data"],
        "created_at": row["created_at"].isoformat(),
    }
