"""What Mosaic remembers: the person sees it, corrects it, forgets it, and leaves a conversation
out. Forgetting and correcting are done at once and can be undone for a day."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from errors import Invalid
from memory import remembered
from memory.remembered import LONGEST, Wanted
from tools.client.fields import Name, PageSize
from tools.findings import Fact, Findings, Missing, Undo, row_source
from tools.registry import Route, Slot, ToolContext, tool
from tools.shared import memory_questions as questions
from tools.shared.memory_facts import excerpt, memory_fact, payload
from tools.wording import counted

MemoryId = Annotated[int, Field(ge=1, lt=2**63, description="The number of the memory")]


class ListMemoriesArgs(BaseModel):
    query: Name | None = Field(None, description="Only memories with one of these words")
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")] | None = Field(
        None, description="Only of this kind, such as message, summary, experiment or learning"
    )
    before: MemoryId | None = Field(None, description="The last memory of the page before")
    limit: PageSize = 30


@tool(
    audience="both",
    effect="read",
    title="Read what is remembered",
    routes=[Route("GET", "/memories")],
    examples=questions.LIST,
)
async def list_memories(ctx: ToolContext, args: ListMemoriesArgs) -> Findings:
    """List what is remembered of the caller, newest first: passages of conversations and
    records, each with its number, its source and its day. It can be searched by words."""
    wanted = Wanted(args.query, args.kind, None, args.before, args.limit)
    rows = await remembered.list_memories(ctx.conn, ctx.caller, wanted)
    total = await remembered.count_memories(ctx.conn, ctx.caller, wanted)
    forgotten = await remembered.lately_forgotten(ctx.conn, ctx.caller, ctx.now)
    return Findings(
        facts=[_count(ctx, rows, total), *(memory_fact(ctx, row) for row in rows)] if rows else [],
        missing=[] if rows else [_nothing(args)],
        ledgers=["memory"],
        as_of=ctx.now,
        data={
            "memories": [payload(row) for row in rows],
            "total": total,
            "next": rows[-1]["id"] if len(rows) == args.limit else None,
            "forgotten": [
                {**payload(row), "corrected_text": row["corrected_text"]} for row in forgotten
            ],
        },
    )


def _count(ctx: ToolContext, rows: list[dict[str, Any]], total: int) -> Fact:
    return Fact(
        ledger="memory",
        sources=tuple(row_source("memories", {"id": row["id"]}, row, "id") for row in rows),
        rule="memory.count@1",
        subject="your memories",
        label="count",
        value=total,
        as_of=ctx.now,
        statement=f"{counted(total, 'passage')} of yours and your record "
        f"{'is' if total == 1 else 'are'} remembered here.",
    )


def _nothing(args: ListMemoriesArgs) -> Missing:
    about = f' about "{args.query}"' if args.query else ""
    return Missing(
        need=f"anything remembered{about}",
        why_it_matters="Nothing of that kind is remembered, so there is nothing to show.",
        how_to_get="question",
        target="Which words did you use for it?" if args.query else None,
    )


class MemoryArgs(BaseModel):
    memory_id: Annotated[MemoryId, Slot("number")]


class CorrectMemoryArgs(MemoryArgs):
    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST),
        Slot("text"),
    ] = Field(description="What is to be remembered instead, in the person's own words")


@tool(
    audience="both",
    effect="log",
    title="Correct a memory",
    routes=[Route("POST", "/memories/{memory_id}/correct")],
    examples=questions.CORRECT,
)
async def correct_memory(ctx: ToolContext, args: CorrectMemoryArgs) -> Findings:
    """Remember the person's own words in the place of a memory. Its source stays as it is. It
    can be undone for a day."""
    old, new = await remembered.correct(ctx.conn, ctx.caller, args.memory_id, args.text, ctx.now)
    message = f'Corrected memory {old["id"]}: "{excerpt(new["text"])}" is remembered instead.'
    return _done(ctx, new, message, "corrected", old["id"])


@tool(
    audience="both",
    effect="log",
    title="Forget a memory",
    routes=[Route("POST", "/memories/{memory_id}/forget")],
    examples=questions.FORGET,
)
async def forget_memory(ctx: ToolContext, args: MemoryArgs) -> Findings:
    """Recall a memory no more. Its source stays where it is. It can be undone for a day."""
    row = await remembered.forget(ctx.conn, ctx.caller, args.memory_id, ctx.now)
    row = await remembered.get_memory(ctx.conn, ctx.caller, row["id"])
    message = f"Forgot memory {row['id']}. You can restore it within a day."
    return _done(ctx, row, message, "forgotten", row["id"])


@tool(
    audience="both",
    effect="log",
    title="Restore a memory",
    routes=[Route("POST", "/memories/{memory_id}/restore")],
    examples=questions.RESTORE,
)
async def restore_memory(ctx: ToolContext, args: MemoryArgs) -> Findings:
    """Take back the forgetting or the correction of a memory, within a day of it."""
    await remembered.restore(ctx.conn, ctx.caller, args.memory_id, ctx.now)
    row = await remembered.get_memory(ctx.conn, ctx.caller, args.memory_id)
    message = f'Restored memory {row["id"]}: "{excerpt(row["text"])}"'
    return _done(ctx, row, message, "restored", None)


def _done(
    ctx: ToolContext, row: dict[str, Any], message: str, status: str, undo: int | None
) -> Findings:
    return Findings(
        facts=[memory_fact(ctx, row, message)],
        ledgers=["memory"],
        as_of=ctx.now,
        data={"memory": payload(row), "status": status, "message": message},
        undo=Undo(tool="restore_memory", args={"memory_id": undo}) if undo else None,
    )


class SetRememberingArgs(BaseModel):
    remembered: bool = Field(description="Whether the conversation is remembered")
    thread_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,128}$")] | None = (
        Field(None, description="The conversation; left out, the one this is said in")
    )


@tool(
    audience="both",
    effect="log",
    title="Switch remembering",
    examples=questions.SWITCH,
)
async def set_remembering(ctx: ToolContext, args: SetRememberingArgs) -> Findings:
    """Leave a conversation out of what is remembered, with what was remembered of it, or let it
    in again."""
    thread_id = args.thread_id or ctx.thread_id
    if thread_id is None:
        raise Invalid("Which conversation? Give its thread_id.")
    row = await remembered.set_remembering(ctx.conn, thread_id, args.remembered)
    message = (
        "This conversation is remembered."
        if args.remembered
        else "This conversation is not remembered; what was remembered of it is removed."
    )
    fact = Fact(
        ledger="memory",
        sources=(row_source("threads", {"id": thread_id}, row, "remembered"),),
        subject="this conversation",
        label="remembered",
        value=args.remembered,
        as_of=ctx.now,
        statement=message,
    )
    return Findings(
        facts=[fact],
        ledgers=["memory"],
        as_of=ctx.now,
        data={"thread_id": thread_id, "remembered": args.remembered, "message": message},
        undo=Undo(
            tool="set_remembering",
            args={"remembered": not args.remembered, "thread_id": thread_id},
        ),
    )
