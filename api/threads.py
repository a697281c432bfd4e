"""Threads over REST: list, read with receipts, rename, delete, export."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from agent.proposing import card
from agent.receipts.model import Receipt, marks_of
from api.auth import CallerDep
from api.markdown import render
from memory import approvals, remembered, threads
from memory.pool import get_conn

router = APIRouter(prefix="/threads", tags=["threads"])

ThreadId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,128}$")]
EXPORT_TURNS = 500


class ThreadChange(BaseModel):
    """What is to be different: the title, or whether the thread is remembered."""

    title: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]*$")] | None = None
    remembered: bool | None = None


@router.get("")
async def list_threads(
    caller: CallerDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    before: Annotated[str | None, Query(max_length=128)] = None,
    q: Annotated[str | None, Query(max_length=120, pattern=r"^[^\x00]*$")] = None,
) -> dict[str, Any]:
    """The caller's threads, newest first; `next` is the `before` of the next page."""
    async with get_conn(caller) as conn:
        rows = await threads.list_threads(conn, limit=limit, before=before, query=q)
    return {"threads": rows, "next": rows[-1]["id"] if len(rows) == limit else None}


@router.get("/{thread_id}")
async def read_thread(
    thread_id: ThreadId,
    caller: CallerDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
    before: Annotated[int | None, Query(ge=1)] = None,
) -> dict[str, Any]:
    """A thread with the newest `limit` turns before turn `before`, oldest first, the approvals
    asked for in it, and the runs that go on."""
    async with get_conn(caller) as conn:
        thread = await threads.get_thread(conn, thread_id)
        rows = await threads.list_messages(conn, thread_id, before_turn=before, turns=limit)
        asked = await approvals.of_thread(conn, thread_id)
        active = await threads.active_runs(conn, thread_id)
    first = rows[0]["turn"] if rows else 0
    return {
        **thread,
        "messages": [_shown(row) for row in rows],
        "approvals": [card(approval) for approval in asked],
        "active_runs": active,
        "next": first if first > 1 else None,
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    if row["role"] == "user":
        return {**row, "html": None}
    claims = marks_of(Receipt.model_validate(row["receipt"])) if row["receipt"] else []
    return {**row, "html": render(row["content"], claims)}


@router.patch("/{thread_id}")
async def change_thread(
    thread_id: ThreadId, change: ThreadChange, caller: CallerDep
) -> dict[str, Any]:
    """Give a thread another title; let it be remembered, or leave it out with what was
    remembered of it."""
    async with get_conn(caller) as conn:
        if change.title is not None:
            await threads.rename(conn, thread_id, change.title.strip())
        if change.remembered is not None:
            await remembered.set_remembering(conn, thread_id, change.remembered)
        return await threads.get_thread(conn, thread_id)


@router.delete("/{thread_id}", status_code=204)
async def delete_thread(thread_id: ThreadId, caller: CallerDep) -> None:
    """Delete a thread with everything in it."""
    async with get_conn(caller) as conn:
        await threads.delete(conn, thread_id)


@router.get("/{thread_id}/export", response_class=Response)
async def export_thread(thread_id: ThreadId, caller: CallerDep) -> Response:
    """The thread as Markdown, each answer with its receipt as three short lists."""
    async with get_conn(caller) as conn:
        thread = await threads.get_thread(conn, thread_id)
        rows = await threads.list_messages(conn, thread_id, turns=EXPORT_TURNS)
    parts = [f"# {thread['title'] or 'Conversation'}"]
    for row in rows:
        who = "You" if row["role"] == "user" else "Mosaic"
        parts.append(f"**{who}** · {row['created_at']:%Y-%m-%d %H:%M} UTC\n\n{row['content']}")
        if row["receipt"]:
            parts.append(receipt_lists(Receipt.model_validate(row["receipt"])))
    return Response(
        "\n\n".join(parts) + "\n",
        media_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="thread-{thread_id[:40]}.md"'},
    )


def receipt_lists(receipt: Receipt) -> str:
    """The receipt as text: Known, Inferred and Missing, each also when it is empty."""
    known = [
        f"- {item.statement} ({item.ledger}, as of {item.as_of:%Y-%m-%d %H:%M})"
        for item in receipt.known
    ]
    inferred = [f"- {item.statement} ({item.confidence}; {item.why})" for item in receipt.inferred]
    missing = [f"- {item.need} ({item.why_it_matters})" for item in receipt.missing]
    return "\n".join(
        [
            "Known",
            *(known or ["- nothing"]),
            "",
            "Inferred",
            *(inferred or ["- nothing"]),
            "",
            "Missing",
            *(missing or ["- nothing"]),
        ]
    )
