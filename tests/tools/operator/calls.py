"""Calling a tool as a run does, and finding a fact in what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, LiteralString

from memory.approvals import Approval
from memory.pool import Connection
from tools.approvals import Outcome, carry_out, propose
from tools.findings import Fact, Findings
from tools.registry import ToolContext, get_tool


@asynccontextmanager
async def as_service(conn: Connection) -> AsyncIterator[None]:
    """Write what the service writes by itself, and no tool does without an approval."""
    await conn.execute("SET LOCAL ROLE mosaic_system")
    yield
    await conn.execute("SET LOCAL ROLE mosaic_app")


async def written(ctx: ToolContext, statement: LiteralString, *values: Any) -> None:
    """Something that the service wrote meanwhile."""
    async with as_service(ctx.conn):
        await ctx.conn.execute(statement, values)


async def call(ctx: ToolContext, name: str, /, **args: Any) -> Findings:
    """The findings of a tool called by name, its arguments checked as they come in."""
    tool = get_tool(name)
    assert tool is not None
    assert tool.allows(ctx.caller.role)
    findings = await tool.handler(ctx, tool.args.model_validate(args))
    identities = [fact.identity for fact in findings.facts]
    assert len(identities) == len(set(identities))
    assert all(fact.statement.endswith((".", "”")) for fact in findings.facts)
    assert all(fact.value is not None for fact in findings.facts)
    return findings


def fact(findings: Findings, subject: str, label: str) -> Fact:
    """The one fact about `subject` with `label`."""
    [found] = [item for item in findings.facts if (item.subject, item.label) == (subject, label)]
    return found


def headlines(findings: Findings) -> list[str]:
    return [item.statement for item in findings.facts if item.headline]


async def proposed(ctx: ToolContext, name: str, /, **args: Any) -> Approval:
    """What a gated tool proposes."""
    tool = get_tool(name)
    assert tool is not None and tool.effect == "gated"
    return await propose(ctx, tool, args)


async def approved(ctx: ToolContext, name: str, /, **args: Any) -> Outcome:
    """What comes of a gated tool's proposal once the caller approves it."""
    return await approve(ctx, await proposed(ctx, name, **args))


async def approve(
    ctx: ToolContext, asked: Approval, edited_args: dict[str, Any] | None = None
) -> Outcome:
    """What comes of approving it."""
    return await carry_out(
        ctx.conn, ctx.caller, ctx.now, asked.id, "approve", edited_args=edited_args
    )


async def lead_row(ctx: ToolContext, lead_id: str) -> dict[str, Any]:
    row = await (await ctx.conn.execute("SELECT * FROM leads WHERE id = %s", (lead_id,))).fetchone()
    assert row is not None
    return row
