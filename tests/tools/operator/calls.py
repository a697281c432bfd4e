"""Calling a tool as a run does, and finding a fact in what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from memory.pool import Connection
from tools.findings import Fact, Findings
from tools.registry import ToolContext, get_tool


@asynccontextmanager
async def as_service(conn: Connection) -> AsyncIterator[None]:
    """Write what the service writes by itself, and no tool does without an approval."""
    await conn.execute("SET LOCAL ROLE mosaic_system")
    yield
    await conn.execute("SET LOCAL ROLE mosaic_app")


async def call(ctx: ToolContext, name: str, **args: Any) -> Findings:
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
