"""What is remembered, put into words: whose words a memory holds, where it is from, when."""

from __future__ import annotations

from typing import Any

from tools.findings import Fact, row_source
from tools.registry import ToolContext
from tools.wording import day

Row = dict[str, Any]

KINDS: dict[str, str] = {
    "message": "a conversation",
    "summary": "the summary of a conversation",
    "correction": "your correction",
    "experiment": "your experiment",
    "reflection": "your reflection",
    "learning": "your learning",
    "evidence": "your evidence",
    "artifact": "an artifact of a lead",
    "touch": "a touch with a lead",
    "learning_item": "the learning queue",
    "lead": "a lead's own words",
    "report": "a report",
    "estimate": "an estimate",
}
"""Where a memory of each kind is from, for people; another kind is called by its own name."""
EXCERPT = 300


def place(row: Row) -> str:
    """ "your experiment", "a conversation"."""
    kind = str(row["kind"])
    return KINDS.get(kind, kind.replace("_", " "))


def excerpt(text: str) -> str:
    """The text on one line, cut between words after 300 characters."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else line[:EXCERPT].rsplit(" ", 1)[0] + " …"


def memory_fact(ctx: ToolContext, row: Row, statement: str | None = None) -> Fact:
    """A memory as a fact: its words are the value."""
    return Fact(
        ledger="memory",
        sources=(row_source("memories", {"id": row["id"]}, row, "text", "forgotten_at"),),
        subject=f"memory {row['id']}",
        label="what is remembered",
        value=row["text"],
        as_of=ctx.now,
        statement=statement or _statement(ctx, row),
        href=href(row),
    )


def _statement(ctx: ToolContext, row: Row) -> str:
    when, words = day(row["happened_at"], ctx.caller.time_zone), excerpt(row["text"])
    if row["kind"] == "message":
        who = "you" if row["written_by"] == "person" else "Mosaic"
        return f'Memory {row["id"]}: on {when} {who} said "{words}"'
    return f'Memory {row["id"]}: from {place(row)} of {when}, "{words}"'


def href(row: Row) -> str | None:
    """Where the source can be read: its conversation."""
    return f"/t/{row['thread_id']}" if row["thread_id"] else None


def payload(row: Row) -> Row:
    """A memory as REST gives it."""
    return {
        "memory_id": row["id"],
        "text": row["text"],
        "kind": row["kind"],
        "from": place(row),
        "written_by": row["written_by"],
        "happened_at": row["happened_at"].isoformat(),
        "source": {"table": row["source_table"], "key": row["source_key"], "part": row["part"]},
        "href": href(row),
        "thread_title": row["thread_title"],
        "yours": row["owner_id"] is not None,
    }
