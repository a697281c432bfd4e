"""The tools as MCP offers them: their list, and what comes of a call.

Everything comes from the tools' declarations and goes through the functions of the REST routes:
a read tool runs and answers its facts, a gated one only opens the proposal that a person decides.
A tool that writes at once is neither offered nor called here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from agent.proposing import card, waits
from api.tool_routes import findings_whole, propose_tool, run_tool
from errors import MosaicError
from memory import flags, refusals
from memory.caller import Caller
from memory.pool import get_conn
from tools.findings import Findings
from tools.registry import Tool, get_tool, tools_for

PAGE = 50


class WrongParams(Exception):
    """What was sent names no tool or page that is there; the message says which."""


class Listing(BaseModel):
    """`cursor` is the name of the last tool of the page before."""

    cursor: str | None = None


class Call(BaseModel):
    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)


async def list_page(sent: Listing, caller: Caller) -> dict[str, Any]:
    """A page of the tools that the caller may be offered, by name. Raises WrongParams for a
    cursor that names none."""
    if sent.cursor is not None and get_tool(sent.cursor) is None:
        raise WrongParams("This cursor was not given out here. List from the start.")
    async with get_conn(caller) as conn:
        enabled = await flags.enabled(conn)
    rest = [
        tool
        for tool in tools_for(caller.role, enabled)
        if tool.effect != "log" and tool.name > (sent.cursor or "")
    ]
    page: dict[str, Any] = {"tools": [_declaration(tool) for tool in rest[:PAGE]]}
    if len(rest) > PAGE:
        page["nextCursor"] = rest[PAGE - 1].name
    return page


def _declaration(tool: Tool) -> dict[str, Any]:
    """A tool in MCP's words. A proposal writes, so only reading is read-only."""
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": tool.schema,
        "annotations": {
            "readOnlyHint": tool.effect == "read",
            "destructiveHint": False,
            "openWorldHint": False,
        },
    }


async def call(sent: Call, caller: Caller, now: datetime) -> dict[str, Any]:
    """Run a read tool, propose a gated one. What they refuse is a result that the client's model
    reads. Raises WrongParams for a tool that is not there or writes at once."""
    tool = get_tool(sent.name)
    if tool is None or tool.effect == "log":
        named = tool.name if tool else "unknown"
        await refusals.note(caller, "tool.refused", "mcp", {"tool": named})
        raise WrongParams(f"There is no tool called {sent.name[:64]!r} here.")
    try:
        if tool.effect == "gated":
            approval = await propose_tool(tool, caller, now, sent.arguments)
            return _result(waits(approval), card(approval))
        findings = _numbered(await run_tool(tool, caller, now, sent.arguments))
        return _result(_text(findings), findings_whole(findings))
    except MosaicError as error:
        return {"content": [{"type": "text", "text": error.detail}], "isError": True}


def _result(text: str, structured: dict[str, Any]) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], "structuredContent": structured}


def _numbered(findings: Findings) -> Findings:
    """The facts with ids, f1, f2, …, as they have them in a run."""
    facts = [
        fact.model_copy(update={"id": f"f{number}"})
        for number, fact in enumerate(findings.facts, start=1)
    ]
    return findings.model_copy(update={"facts": facts})


def _text(findings: Findings) -> str:
    """The facts' statements with their ids, what is missing, and as of when."""
    lines = [f"{fact.statement} [{fact.id}]" for fact in findings.facts]
    lines += [f"Missing: {item.need}. {item.why_it_matters}" for item in findings.missing]
    if not lines:
        lines = [f"Nothing is on record in: {', '.join(findings.ledgers)}."]
    return "\n".join([*lines, f"As of {findings.as_of.isoformat(timespec='minutes')}."])
