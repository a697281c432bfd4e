"""A gated call in a run: proposed, shown as a card, and read back once a person has decided."""

from __future__ import annotations

import re
from typing import Any

from ag_ui.core import Interrupt

from agent.context import Consulted, RunContext, RunState
from agent.models.types import ToolCall
from errors import MosaicError
from memory import approvals, refusals, runs, tool_calls
from memory.approvals import Approval, Origin
from memory.pool import get_conn
from tools import approvals as acts
from tools.findings import REFUSAL, Fact, Findings, Ledger
from tools.registry import Tool, ToolContext, get_tool


class Refused(Exception):
    """The act may not even be proposed; the message says why, as the tool's plan did."""


async def propose(work: RunContext, tool: Tool, call: ToolCall) -> Approval:
    """Write the proposal, or find the one that this run has made before, at an attempt that was
    cut off. Raises Refused, and Fenced when another attempt has the run."""
    claim = work.claim
    origin = Origin(claim.run_id, claim.thread_id, call.id)
    work.may_have_asked = True
    try:
        async with get_conn(work.caller) as conn:
            await runs.hold(conn, claim)
            ctx = ToolContext(conn, work.caller, work.now)
            approval = await acts.propose(ctx, tool, call.args, origin)
    except MosaicError as error:
        if error.status >= 500:
            raise
        said = {"tool": tool.name, "code": error.code, "why": error.detail}
        await refusals.note(work.caller, "proposal.refused", f"runs/{claim.run_id}", said)
        raise Refused(error.detail) from error
    work.asked[approval.id] = call.id
    return approval


async def outcome(
    work: RunContext, call: ToolCall, step: int, position: int, state: RunState
) -> Consulted:
    """What became of a gated call, as the model reads it; recorded like any other call."""
    async with get_conn(work.caller) as conn:
        if refused := state.get("refused", {}).get(call.id):
            findings = refusal(work, call.name, refused)
        else:
            asked_as = state.get("asked_as", {}).get(call.id, call.id)
            approval = await approvals.of_call(conn, work.claim.root_id, asked_as)
            findings = acts.findings_of(approval, work.now)
        made = tool_calls.Made(
            call.id, step, call.name, call.args, findings.model_dump(mode="json"), None
        )
        await tool_calls.record(conn, work.claim, position, made)
    return Consulted(call, findings)


def refusal(work: RunContext, tool: str, detail: str) -> Findings:
    """A refusal as a fact, so that it can be said and stands in the receipt."""
    ledger: Ledger = "queue" if work.role == "operator" else "experiments"
    facts = [
        _refusal_fact(work, tool, ledger, sentence, number)
        for number, sentence in enumerate(re.split(r"(?<=[.!?]) +(?=[A-Z“\"])", detail), start=1)
    ]
    return Findings(facts=facts, ledgers=[ledger], as_of=work.now)


def _refusal_fact(work: RunContext, tool: str, ledger: Ledger, sentence: str, number: int) -> Fact:
    named = [name.text for name in work.names if name.text in sentence]
    return Fact(
        ledger=ledger,
        sources=(),
        rule=f"{tool}.{REFUSAL}@1",
        subject=named[0] if named else tool.replace("_", " "),
        aliases=tuple(named[1:]),
        label=f"refused {number}",
        value=sentence,
        as_of=work.now,
        statement=sentence,
    )


def card(approval: Approval) -> dict[str, Any]:
    """An approval as the reader sees it, made from its arguments by template."""
    return {
        "id": approval.id,
        "thread_id": approval.thread_id,
        "run_id": approval.run_id,
        "tool": approval.tool,
        "act": approval.act,
        "summary": approval.summary,
        "why": approval.why,
        "args": approval.args,
        "edited_args": approval.edited_args,
        "editable": approval.editable,
        "asked_by": approval.owner_id,
        "facts": [
            {"statement": fact["statement"], "ledger": fact["ledger"], "href": fact.get("href")}
            for fact in approval.facts
        ],
        "four_eyes": approval.four_eyes,
        "status": approval.status,
        "created_at": approval.created_at.isoformat(),
        "expires_at": approval.expires_at.isoformat(),
        "decided_by": approval.decided_by_name,
        "decided_at": approval.decided_at.isoformat() if approval.decided_at else None,
        "decision_reason": approval.decision_reason,
        "result": (approval.result or {}).get("reason"),
    }


def waits(approval: Approval) -> str:
    """An open approval in two sentences, made by template."""
    return f"**{approval.act}** waits for your decision. {approval.summary} {approval.why}"


def as_interrupt(approval: Approval, call_id: str) -> Interrupt:
    """An approval as AG-UI's interrupt of the call `call_id`, with the shape of the answer it
    takes."""
    return Interrupt(
        id=approval.id,
        reason="approval_required",
        message=f"{approval.act}: {approval.summary}",
        tool_call_id=call_id,
        response_schema=response_schema(approval),
        expires_at=approval.expires_at.isoformat(),
        metadata={"approval": card(approval)},
    )


def response_schema(approval: Approval) -> dict[str, Any]:
    """JSON schema of a decision: approve (with edits of what may be edited) or deny."""
    tool = get_tool(approval.tool)
    fields = tool.schema.get("properties", {}) if tool else {}
    return {
        "type": "object",
        "properties": {
            "decision": {"enum": ["approve", "deny"]},
            "reason": {"type": "string", "maxLength": approvals.LONGEST_REASON},
            "args": {
                "type": "object",
                "properties": {name: fields.get(name, {}) for name in approval.editable},
                "additionalProperties": False,
            },
        },
        "required": ["decision"],
        "additionalProperties": False,
    }
