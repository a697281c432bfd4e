"""A committed lead of a test's own, for what takes two connections, and what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from memory import approvals
from memory.approvals import Approval, Draft, Origin
from memory.caller import SYSTEM, Caller
from memory.pool import get_conn
from tools.approvals import Outcome, carry_out, propose
from tools.registry import Tool, ToolContext, get_tool

NOW = datetime(2026, 3, 6, 15, tzinfo=UTC)
CREATED = datetime(2026, 2, 20, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Deal:
    """A lead with a positioning brief and a proposal."""

    id: str
    title: str


@asynccontextmanager
async def a_deal(status: str = "APPROVED") -> AsyncIterator[Deal]:
    """A committed lead of that status; gone at the end."""
    deal = Deal(uuid4().hex, f"Willow {uuid4().hex[:8]}")
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            "INSERT INTO leads (id, title, status, created_at, approved_at) "
            "VALUES (%(id)s, %(title)s, %(status)s, %(at)s, "
            "CASE %(status)s WHEN 'APPROVED' THEN %(at)s END)",
            {"id": deal.id, "title": deal.title, "status": status, "at": CREATED},
        )
        for kind in ("positioning", "proposal"):
            await conn.execute(
                "INSERT INTO artifacts (id, lead_id, type, title, content, created_at) "
                "VALUES (%s, %s, %s, %s, 'First words', %s)",
                (f"{deal.id}-{kind}", deal.id, kind, f"The {kind} of {deal.title}", CREATED),
            )
    yield deal
    async with get_conn(SYSTEM) as conn:
        await conn.execute("DELETE FROM leads WHERE id = %s", (deal.id,))


def gated(name: str) -> Tool:
    tool = get_tool(name)
    assert tool is not None and tool.plan is not None
    return tool


async def ask_for(caller: Caller, name: str, **args: Any) -> Approval:
    """What a run does when the model calls a gated tool."""
    async with get_conn(caller) as conn:
        return await propose(ToolContext(conn, caller, NOW), gated(name), args)


async def ask_specially(caller: Caller, name: str, args: dict[str, Any], **draft: Any) -> Approval:
    """The same with another draft than the tool's plan makes: `four_eyes`, `expires_in`."""
    async with get_conn(caller) as conn:
        made = await propose(ToolContext(conn, caller, NOW), gated(name), args)
        values: dict[str, Any] = {
            "expires_in": made.expires_at - made.created_at,
            **{
                key: getattr(made, key) for key in Draft.__dataclass_fields__ if key != "expires_in"
            },
        }
        return await approvals.propose(conn, caller, Origin(), Draft(**{**values, **draft}))


async def answer(
    caller: Caller, approval: Approval, decision: approvals.Decision = "approve", **more: Any
) -> Outcome:
    """What a route does when a person decides."""
    async with get_conn(caller) as conn:
        return await carry_out(conn, caller, NOW, approval.id, decision, **more)


async def lead_row(deal: Deal) -> dict[str, Any]:
    async with get_conn(SYSTEM) as conn:
        row = await (await conn.execute("SELECT * FROM leads WHERE id = %s", (deal.id,))).fetchone()
    assert row is not None
    return row


async def status_of(approval: Approval) -> str:
    async with get_conn(SYSTEM) as conn:
        return (await approvals.get(conn, approval.id)).status


async def as_system(statement: str, *values: Any) -> None:
    """Something else that happens meanwhile."""
    async with get_conn(SYSTEM) as conn:
        await conn.execute(statement, values)
