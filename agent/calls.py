"""Making one tool call: validated, permitted, in one transaction with its record."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from agent import observe
from agent.context import Consulted, RunContext
from agent.models.types import INVALID_ARGS, ToolCall
from agent.proposing import refusal
from errors import MosaicError
from memory import refusals, tool_calls
from memory.pool import Connection, get_conn
from tools.findings import Findings
from tools.registry import Tool, ToolContext, get_tool

CALL_SECONDS = 10.0


@observe.tool_call
async def make_call(work: RunContext, call: ToolCall, step: int, position: int) -> Consulted:
    """Make the call and record it. Whatever goes wrong with it is a result the model reads;
    only the loss of the database ends the run."""
    tool = next((item for item in work.tools if item.name == call.name), None)
    if tool is None or tool.effect == "gated":
        named = call.name if get_tool(call.name) else "unknown"
        await refusals.note(
            work.caller, "tool.refused", f"runs/{work.claim.run_id}", {"tool": named}
        )
        return Consulted(call, None, f"There is no tool called {call.name[:64]!r} here.")
    if INVALID_ARGS in call.args:
        return Consulted(call, None, "These arguments are wrong: they are not a JSON object.")
    made = Consulted(call, None)
    try:
        args = tool.args.model_validate(call.args)
        async with asyncio.timeout(CALL_SECONDS), get_conn(work.caller) as conn:
            made.findings = await _call_once(conn, work, tool, call, args, step, position)
    except ValidationError as error:
        made.error = "These arguments are wrong: " + describe(error)
    except MosaicError as error:
        if error.status >= 500:
            raise
        # A refusal is a fact too: it can be said, and it stands in the receipt.
        made.findings = refusal(work, call.name, error.detail)
    except TimeoutError:
        made.error = f"{tool.title} took longer than {CALL_SECONDS:.0f} s and was stopped."
    return made


async def _call_once(
    conn: Connection,
    work: RunContext,
    tool: Tool,
    call: ToolCall,
    args: Any,
    step: int,
    position: int,
) -> Findings:
    findings = await tool.handler(
        ToolContext(conn, work.caller, work.now, work.claim.thread_id), args
    )
    await tool_calls.record(
        conn,
        work.claim,
        position,
        tool_calls.Made(
            call.id, step, call.name, call.args, findings.model_dump(mode="json"), None
        ),
    )
    return findings


def describe(error: ValidationError) -> str:
    """Each wrong field and why, without repeating what was sent."""
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or 'arguments'}: {item['msg']}"
        for item in error.errors(include_input=False, include_url=False)
    )


async def call_tool(
    conn: Connection, tool: Tool, caller: Any, now: datetime, args: dict[str, Any]
) -> Findings:
    """Call a tool outside a run, as REST and the receipt's re-check do."""
    return await tool.handler(ToolContext(conn, caller, now), tool.args.model_validate(args))
