"""Reflections: how an experiment went, and what comes next (decisions, "Experiments")."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator

from tools.client.entries import Row, insert_once, source, undo_of
from tools.client.experiment_lookup import find_experiment
from tools.client.fields import IdempotencyKey, Name, OneToTen, Passage
from tools.client.wording import day, excerpt
from tools.findings import Fact, Findings
from tools.registry import Example, Slot, ToolContext, tool

NextMove = Literal["continue", "pivot", "archive"]


class AddReflectionArgs(BaseModel):
    experiment_id: Annotated[Name | None, Slot("experiment")] = Field(
        None, description="Id or name; may be left out when only one is under way"
    )
    outcome: Annotated[Passage | None, Slot("text")] = Field(None, description="What came of it")
    confidence_before: OneToTen | None = Field(
        None, description="Confidence before, 1–10; left out, that of the experiment"
    )
    confidence_after: OneToTen | None = Field(None, description="Confidence now, 1–10")
    next_move: NextMove | None = Field(None, description="continue, pivot or archive")
    idempotency_key: IdempotencyKey | None = None

    @model_validator(mode="after")
    def _says_something(self) -> AddReflectionArgs:
        if self.outcome is None and self.confidence_after is None and self.next_move is None:
            raise ValueError("give an outcome, a confidence after, or a next move")
        return self


@tool(
    audience="client",
    effect="log",
    flag="EXPERIMENTS_ENABLED",
    title="Log a reflection",
    examples=[
        "Reflect on the email experiment: people answer when I ask something specific",
        "Add a reflection: the calls drained me less than I feared",
        "My weekly check-in: two calls done, one cancelled",
        "Here's how the coffee chats went: better than I hoped",
        "Note how it went: nobody replied this week",
        "The outcome of the writing experiment so far: three drafts",
        Example("I'll continue with the email experiment", {"next_move": "continue"}),
        Example("After this week I want to keep going with it", {"next_move": "continue"}),
        Example("I am going to continue with the experiment", {"next_move": "continue"}),
        Example("I will keep doing the experiment", {"next_move": "continue"}),
        Example("The next move is to carry on", {"next_move": "continue"}),
        Example("I stay with this experiment", {"next_move": "continue"}),
        Example("I want to pivot on the newsletter test", {"next_move": "pivot"}),
        Example("My next move is to pivot", {"next_move": "pivot"}),
        Example("I will take the experiment in another direction", {"next_move": "pivot"}),
        Example("Let me try it differently from now on", {"next_move": "pivot"}),
        Example("Time to change direction with this experiment", {"next_move": "pivot"}),
        Example("My next move is to archive this one", {"next_move": "archive"}),
        "Before the experiment I was at 4, now at 7",
        "My confidence after the coffee chats is 8",
        "Write down my reflection on the test",
        "Weekly reflection: I avoided the hard conversation again",
        "Looking back on the experiment: I learned to start small",
        "Log how I feel after the experiment",
        "Reflection: it took more time than planned",
        "Record the result of this week",
        "Let me look back at how the trial went: mixed",
        "How the experiment went: easier than I thought",
        "I want to reflect on the experiment: I enjoyed it",
        "This week's test went like this: one call",
        "The experiment felt harder than I feared",
        "Weekly check: I did it four times",
        "My review of the week: only one try",
        "End of week reflection: tired but glad",
    ],
)
async def add_reflection(ctx: ToolContext, args: AddReflectionArgs) -> Findings:
    """Log how an experiment of the client went: the outcome, confidence before and after it,
    and the next move. It changes no status. It can be undone for a day."""
    found = await find_experiment(ctx, args.experiment_id)
    if isinstance(found, Findings):
        return found
    row = await insert_reflection(
        ctx,
        found,
        {
            "outcome": args.outcome,
            "confidence_before": args.confidence_before,
            "confidence_after": args.confidence_after,
            "next_move": args.next_move,
        },
        args,
        args.idempotency_key,
    )
    message = f'Logged a reflection on "{found["experiment_name"]}", id {row["id"]}.'
    logged = Fact(
        ledger="experiments",
        sources=(source("reflection", row, "id", "created_at"),),
        subject=found["experiment_name"],
        label="reflection",
        value=row["id"],
        as_of=ctx.now,
        statement=message,
    )
    return Findings(
        facts=[logged, *reflection_facts(ctx, row, found["experiment_name"])],
        ledgers=["experiments"],
        as_of=ctx.now,
        data={
            "experiment_id": found["id"],
            "reflection_id": row["id"],
            "status": "reflection_added",
            "message": message,
        },
        undo=undo_of("reflection", row["id"]),
    )


async def insert_reflection(
    ctx: ToolContext, experiment: Row, values: dict[str, Any], args: BaseModel, key: str | None
) -> Row:
    """The new reflection; its confidence before is the experiment's when none is given."""
    before = values.get("confidence_before") or experiment["confidence_before"]
    row, _ = await insert_once(
        ctx,
        "reflection",
        {**values, "confidence_before": before, "experiment_id": experiment["id"]},
        args,
        key,
    )
    return row


def reflection_facts(ctx: ToolContext, row: Row, name: str) -> list[Fact]:
    """What the reflection holds, each part a fact of its own."""
    when = day(row["created_at"], ctx.caller.time_zone)
    before, after = row["confidence_before"], row["confidence_after"]
    parts: list[tuple[str, str, str]] = []
    if row["outcome"] is not None:
        parts.append(
            (
                "outcome",
                "outcome",
                f'The outcome of "{name}" on {when}: "{excerpt(row["outcome"])}"',
            )
        )
    if after is not None:
        change = f"went from {before} to {after}" if before is not None else f"is {after}"
        parts.append(
            (
                "confidence_after",
                "confidence after",
                f'Your confidence with "{name}" {change} out of 10 ({when}).',
            )
        )
    if row["next_move"] is not None:
        parts.append(
            ("next_move", "next move", f'Your next move for "{name}" is to {row["next_move"]} it.')
        )
    return [
        Fact(
            ledger="experiments",
            sources=(source("reflection", row, column, "confidence_before", "created_at"),),
            subject=name,
            aliases=(row["experiment_id"],),
            label=label,
            value=row[column],
            unit="of 10" if column == "confidence_after" else None,
            as_of=ctx.now,
            statement=statement,
        )
        for column, label, statement in parts
    ]
