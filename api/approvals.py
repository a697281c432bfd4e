"""The approvals inbox: what waits for a decision, and deciding it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query

from agent.continuation import continue_decided
from agent.proposing import card, response_schema
from api.auth import OperatorDep
from api.resuming import DecisionSent
from api.services import ServiceDep
from memory import approvals, refusals
from memory.approvals import Status
from memory.pool import get_conn
from tools.approvals import carry_out, changed_since
from tools.registry import ToolContext

router = APIRouter(prefix="/approvals", tags=["approvals"])

ApprovalId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$")]


@router.get("")
async def list_approvals(
    caller: OperatorDep,
    status: Status | Literal["ended"] = "pending",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    before: Annotated[str | None, Query(max_length=64)] = None,
) -> dict[str, Any]:
    """Approvals of a status, newest first, or all that `ended`, by when they did; `next` is the
    `before` of the next page, `open` how many wait for a decision now."""
    async with get_conn(caller) as conn:
        if status == "ended":
            found = await approvals.list_ended(conn, limit=limit, before=before)
        else:
            found = await approvals.list_inbox(conn, status, limit=limit, before=before)
        still_open = await approvals.count_open(conn)
    return {
        "approvals": [card(approval) for approval in found],
        "next": found[-1].id if len(found) == limit else None,
        "open": still_open,
    }


@router.get("/{approval_id}")
async def read_approval(
    approval_id: ApprovalId, caller: OperatorDep, service: ServiceDep
) -> dict[str, Any]:
    """One approval, with the shape of the decision it takes and, while it is open, what has
    `changed` since it was proposed: one sentence for each change."""
    async with get_conn(caller) as conn:
        approval = await approvals.get(conn, approval_id)
        is_open = approval.status == "pending"
        ctx = ToolContext(conn, caller, service.agent.clock())
        changed = await changed_since(ctx, approval) if is_open else []
    return {
        **card(approval),
        "response_schema": response_schema(approval),
        "changed": changed,
    }


@router.post("/{approval_id}")
async def decide_approval(
    approval_id: ApprovalId, sent: DecisionSent, caller: OperatorDep, service: ServiceDep
) -> dict[str, Any]:
    """Approve, approve with edits, or deny. The act happens here, once; the run that asked goes
    on and says what came of it. 409 when it was decided or has changed, 410 when it expired."""
    attempt = {"decision": sent.decision, "args": sorted(sent.args or {})}
    async with (
        refusals.noted(caller, "approval.refused", f"approvals/{approval_id}", **attempt),
        get_conn(caller) as conn,
    ):
        outcome = await carry_out(
            conn,
            caller,
            service.agent.clock(),
            approval_id,
            sent.decision,
            sent.reason,
            sent.args,
        )
    await continue_decided(service.jobs)
    if outcome.refusal is not None:
        raise outcome.refusal
    return card(outcome.approval)
