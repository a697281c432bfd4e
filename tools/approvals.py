"""From a gated call to its effect: proposed for a run, decided by a person, carried out once.

A model reaches `propose` and nothing else of this module. `carry_out` is for the routes where
people decide; it joins decision, check, act and audit in the caller's one transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from errors import Conflict, FeatureDisabled, Forbidden, Invalid, MosaicError, NotFound
from memory import approvals, audit, flags
from memory.approvals import Approval, Decision, Draft, Origin
from memory.caller import Caller
from tools.findings import Fact, Findings, RowSource, row_source
from tools.proposals import Proposal
from tools.registry import Tool, ToolContext, get_tool
from tools.rows import Connection, Seen, changes, see
from tools.wording import listed


@dataclass(frozen=True)
class Outcome:
    """What a decision led to, to be committed. `findings` is what the asker is told. `refusal`
    is what the one who decided is told when the act was not done after all (superseded or
    failed): raise it after the commit."""

    approval: Approval
    findings: Findings
    refusal: MosaicError | None = None


@dataclass(frozen=True)
class Approver:
    """The person whose approval the running act is, and the row that says so."""

    name: str
    source: RowSource


async def propose(
    ctx: ToolContext, tool: Tool, args: dict[str, Any], origin: Origin | None = None
) -> Approval:
    """Write what a gated call would do as a pending approval; a run asks for the same act once.

    Raises Forbidden, Invalid for wrong arguments, and what the tool's plan raises.
    """
    origin = origin or Origin()
    checked = _checked(tool, args)
    exact = checked.model_dump(mode="json", exclude_unset=True)
    if origin.run_id is not None:
        known = await approvals.find(ctx.conn, origin, tool.name, exact)
        if known is not None:
            return known
    proposal = await _plan(ctx, tool, checked)
    rows = []
    for source in proposal.rows:
        seen = await see(ctx.conn, source)
        if seen is None:
            raise Conflict("The record changed while this was prepared. Ask again.")
        rows.append(seen.stored())
    draft = Draft(
        tool=tool.name,
        args=exact,
        act=proposal.act,
        summary=proposal.summary,
        why=proposal.why,
        facts=[fact.model_dump(mode="json") for fact in proposal.facts],
        rows=rows,
        editable=list(proposal.editable),
        four_eyes=proposal.four_eyes,
        expires_in=proposal.expires_in,
    )
    return await approvals.propose(ctx.conn, ctx.caller, origin, draft)


async def carry_out(
    conn: Connection,
    caller: Caller,
    now: datetime,
    approval_id: str,
    decision: Decision,
    reason: str | None = None,
    edited_args: dict[str, Any] | None = None,
) -> Outcome:
    """Decide an approval and, when it is approved and still stands, do it: at most once.

    `conn` is bound to `caller`; commit it whenever this returns, also with a `refusal`. Raises
    what `approvals.decide` raises, and Invalid for edits that the tool refuses: nothing is
    decided then. No model's call may lead here.
    """
    approval = await approvals.decide(conn, caller, approval_id, decision, reason, edited_args)
    refusal: MosaicError | None = None
    if approval.status == "approved":
        approval, refusal = await _act(ToolContext(conn, caller, now), approval)
    await _note(conn, caller, approval, refusal.detail if refusal else None)
    return Outcome(approval, findings_of(approval, now), refusal)


async def withdraw(conn: Connection, caller: Caller, run_id: str, keep: Collection[str]) -> None:
    """End what a run has asked for and does not wait for: all but the approvals of `keep`. The
    last thing of a transaction, as every note in the audit log."""
    for approval in await approvals.withdraw(conn, run_id, keep):
        await _note(conn, caller, approval, approvals.WITHDRAWN)


async def _note(conn: Connection, caller: Caller, approval: Approval, not_done: str | None) -> None:
    """Note in the audit log how an approval ended."""
    await audit.append(
        conn,
        caller.user_id,
        f"approval.{approval.status}",
        f"approvals/{approval.id}",
        {
            "tool": approval.tool,
            "act": approval.act,
            "args": approval.final_args,
            "edited": sorted(approval.edited_args or {}),
            "by": approval.decided_by_name,
            "asked_by": approval.owner_id,
            "reason": approval.decision_reason,
            "not_done": not_done,
        },
    )


async def approver(ctx: ToolContext) -> Approver:
    """Who approved the act that runs in this transaction. Raises Forbidden when nobody did:
    the first thing a gated tool's handler asks."""
    row = await (
        await ctx.conn.execute(
            "SELECT id, decided_by_name FROM approvals "
            "WHERE id = current_setting('app.approval', true) AND status = 'approved' "
            "AND decision_xact = pg_current_xact_id()"
        )
    ).fetchone()
    if row is None:
        raise Forbidden("This is done only once a person has approved it. Propose it first.")
    source = row_source("approvals", {"id": row["id"]}, row, "decided_by_name")
    return Approver(row["decided_by_name"], source)


def findings_of(approval: Approval, now: datetime) -> Findings:
    """What the asker is told of an approval as it stands: the act's own findings once it is
    executed, else one fact that says where it stands."""
    if approval.status == "executed" and approval.result is not None:
        return Findings.model_validate(approval.result["findings"])
    by, why = approval.decided_by_name, approval.decision_reason
    not_done = (approval.result or {}).get("reason", "")
    said = {
        "denied": f"was denied by {by}" + (f': "{why}"' if why else ""),
        "expired": "was not decided in time and expired",
        "superseded": f"was approved by {by} and not done: {not_done}"
        if by
        else f"was withdrawn: {not_done}",
        "failed": f"was approved by {by} and not done: {not_done}",
    }.get(approval.status, "waits for a person's decision")
    source = row_source(
        "approvals", {"id": approval.id}, vars(approval), "status", "decided_by_name"
    )
    fact = Fact(
        ledger="queue",
        sources=(source,),
        subject=approval.act,
        label="decision",
        value=approval.status,
        as_of=now,
        statement=f"“{approval.act}” {said.rstrip('.')}.",
    )
    data = {"approvalId": approval.id, "act": approval.act, "status": approval.status}
    return Findings(facts=[fact], ledgers=["queue"], as_of=now, data=data)


async def _act(ctx: ToolContext, approval: Approval) -> tuple[Approval, MosaicError | None]:
    """Check that the approval still stands and do its act."""
    tool = await _tool(ctx, approval)
    args = _checked(tool, approval.final_args)
    changed = await _changed(ctx, tool, args, approval)
    if changed:
        told = {"reason": listed(changed)}
        ended = await approvals.mark_superseded(ctx.conn, approval.id, told)
        refusal = f"Nothing was done, because {listed(changed)}. Ask anew."
        return ended, Conflict(refusal, code="superseded")
    await ctx.conn.execute("SELECT set_config('app.approval', %s, true)", (approval.id,))
    try:
        async with ctx.conn.transaction():
            findings = await tool.handler(ctx, args)
    except Invalid:
        raise
    except MosaicError as error:
        if error.status >= 500:
            raise
        told = {"reason": error.detail}
        return await approvals.mark_failed(ctx.conn, approval.id, told), error
    executed: dict[str, Any] = {"findings": findings.model_dump(mode="json")}
    return await approvals.mark_executed(ctx.conn, approval.id, executed), None


async def changed_since(ctx: ToolContext, approval: Approval) -> list[str]:
    """What would make a pending approval superseded if it were approved now; changes nothing."""
    try:
        tool = await _tool(ctx, approval)
    except MosaicError as error:
        return [error.detail.rstrip(".")]
    return await _changed(ctx, tool, _checked(tool, approval.args), approval, lock=False)


async def _tool(ctx: ToolContext, approval: Approval) -> Tool:
    """The tool that was proposed, if it is still there for this caller."""
    tool = get_tool(approval.tool)
    if tool is None or tool.plan is None:
        raise Conflict(f"This version has no tool called {approval.tool}. Nothing was done.")
    if tool.flag is not None and tool.flag not in await flags.enabled(ctx.conn):
        raise FeatureDisabled(f"{tool.title} is not switched on here ({tool.flag}).")
    return tool


async def _changed(
    ctx: ToolContext, tool: Tool, args: BaseModel, approval: Approval, *, lock: bool = True
) -> list[str]:
    """What is no longer as it was when it was proposed. With `lock`, the rows it rests on stay
    locked until the transaction ends."""
    seen = [Seen.of(row) for row in approval.rows]
    seen.sort(key=lambda item: (item.source.table, str(item.source.key)))
    changed = [said for item in seen for said in await changes(ctx.conn, item, lock=lock)]
    if changed:
        return changed
    try:
        proposal = await _plan(ctx, tool, args)
    except (Conflict, NotFound) as error:
        return [error.detail.rstrip(".")]
    if {_place(row) for row in proposal.rows} != {_place(item.source) for item in seen}:
        return ["it would rest on other rows now than those that were shown"]
    return []


def _place(source: RowSource) -> tuple[str, str, str]:
    return (source.table, str(sorted(source.key.items())), source.version)


async def _plan(ctx: ToolContext, tool: Tool, args: BaseModel) -> Proposal:
    if tool.plan is None or not tool.allows(ctx.caller.role):
        raise Forbidden(f"{tool.title} is nothing that a {ctx.caller.role} may propose.")
    return await tool.plan(ctx, args)


def _checked(tool: Tool, args: dict[str, Any]) -> BaseModel:
    try:
        return tool.args.model_validate(args)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'arguments'}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise Invalid(f"These arguments are wrong: {wrong}.") from error
