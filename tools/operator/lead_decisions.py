"""The owner's decisions about a lead: approve it, reject it, start its build (operator spec 1.2,
2.1). Each is proposed with its reasons, and done only once a person has approved it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from errors import Conflict
from tools.approvals import approver
from tools.findings import Findings
from tools.operator.decision_questions import (
    APPROVE_EXAMPLES,
    REJECT_EXAMPLES,
    START_BUILD_EXAMPLES,
)
from tools.operator.lead_acts import MONEY_PATH, Note, open_lead, rows_of, said_back, shown
from tools.operator.lead_changes import move
from tools.operator.lead_view import LeadView
from tools.operator.leads import Words
from tools.operator.rules.transitions import Status, transition
from tools.proposals import Proposal
from tools.registry import Slot, ToolContext, tool
from tools.wording import ago


class LeadDecisionArgs(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lead: Annotated[Words, Slot("lead")] = Field(description="The lead's id or name.")


class RejectLeadArgs(LeadDecisionArgs):
    reason: Annotated[Note | None, Slot("text")] = Field(
        None, description="Why, in the person's own words."
    )


async def plan_approval(ctx: ToolContext, args: LeadDecisionArgs) -> Proposal:
    """What approving would do. Raises Conflict naming what the money path still lacks."""
    this = await _movable(ctx, args.lead, "APPROVED")
    return Proposal(
        act=f"Approve {this.title}",
        summary=f"Approve {this.title}: its status goes from {this.lead.status} to APPROVED and "
        "the approval is stamped.",
        why=f"{this.title} is scored and has a positioning brief and a proposal, which is what "
        "the money path asks for before an approval.",
        facts=shown(this),
        rows=await rows_of(ctx, this, MONEY_PATH, "positioning", "proposal"),
    )


@tool(
    audience="operator",
    effect="gated",
    title="Approve the lead",
    examples=APPROVE_EXAMPLES,
    plan=plan_approval,
)
async def approve_lead(ctx: ToolContext, args: LeadDecisionArgs) -> Findings:
    """Propose the owner's go-ahead for a lead: its status becomes APPROVED. It needs a
    positioning brief and a proposal. Nothing happens until a person approves it."""
    by = await approver(ctx)
    this = await open_lead(ctx, args.lead)
    await move(ctx.conn, this, "APPROVED", ctx.now)
    said = "{lead} was approved by {by}."
    return await said_back(ctx, this, by, "approved by", said, "status", "approved_at")


async def plan_rejection(ctx: ToolContext, args: RejectLeadArgs) -> Proposal:
    """What rejecting would do."""
    this = await _movable(ctx, args.lead, "REJECTED")
    noted = f'The reason noted is: "{args.reason}".' if args.reason else "No reason is noted yet."
    return Proposal(
        act=f"Reject {this.title}",
        summary=f"Reject {this.title}: its status goes from {this.lead.status} to REJECTED, which "
        f"is an end. {noted}",
        why="A lead may be rejected at any point before its build starts, and stops at once.",
        facts=shown(this),
        rows=await rows_of(ctx, this),
        editable=("reason",),
    )


@tool(
    audience="operator",
    effect="gated",
    title="Reject the lead",
    examples=REJECT_EXAMPLES,
    plan=plan_rejection,
)
async def reject_lead(ctx: ToolContext, args: RejectLeadArgs) -> Findings:
    """Propose to reject a lead, with the person's reason if they gave one: its status becomes
    REJECTED, which is an end. Nothing happens until a person approves it."""
    by = await approver(ctx)
    this = await open_lead(ctx, args.lead)
    await move(ctx.conn, this, "REJECTED", ctx.now, args.reason)
    said = "{lead} was rejected by {by}."
    columns = ("status", "rejected_at", "rejection_reason")
    return await said_back(ctx, this, by, "rejected by", said, *columns)


async def plan_build(ctx: ToolContext, args: LeadDecisionArgs) -> Proposal:
    """What starting the build would do. Raises Conflict unless approved, with a proposal and
    no build before it."""
    this = await _movable(ctx, args.lead, "BUILDING")
    approved = this.lead.approved_at
    since = f" {ago(approved, ctx.now)}" if approved else ""
    return Proposal(
        act=f"Start build for {this.title}",
        summary=f"Start the build of {this.title}: its status goes from {this.lead.status} to "
        "BUILDING and the start is stamped. Nothing is deployed and nobody is told.",
        why=f"{this.title} was approved{since}, has a proposal, and no build of it was started.",
        facts=shown(this),
        rows=await rows_of(ctx, this, MONEY_PATH, "proposal"),
    )


@tool(
    audience="operator",
    effect="gated",
    title="Start the build",
    examples=START_BUILD_EXAMPLES,
    plan=plan_build,
)
async def start_build(ctx: ToolContext, args: LeadDecisionArgs) -> Findings:
    """Propose to start the build of an approved lead: its status becomes BUILDING. It deploys
    nothing. Nothing happens until a person approves it."""
    by = await approver(ctx)
    this = await open_lead(ctx, args.lead)
    await move(ctx.conn, this, "BUILDING", ctx.now)
    said = "The build of {lead} was started by {by}."
    columns = ("status", "build_started_at")
    return await said_back(ctx, this, by, "build started by", said, *columns)


async def _movable(ctx: ToolContext, name: str, wanted: Status) -> LeadView:
    """The lead that is meant, when it may go to `wanted` and is not there yet."""
    this = await open_lead(ctx, name)
    if transition(this.lead, this.file.artifacts, wanted, ctx.now).status == this.lead.status:
        raise Conflict(f"{this.title} is {wanted} already. There is nothing left to decide.")
    return this
