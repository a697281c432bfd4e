"""What the owner did outside, put on record: a proposal sent, a deal won or lost (operator spec
1.2 A3, 2.1). Nothing here sends anything."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from tools.approvals import approver
from tools.findings import Findings
from tools.operator.lead_acts import MONEY_PATH, open_lead, rows_of, said_back, shown
from tools.operator.lead_changes import stamp_outcome, stamp_sent
from tools.operator.lead_decisions import LeadDecisionArgs
from tools.operator.record_questions import OUTCOME_EXAMPLES, SENT_EXAMPLES
from tools.operator.rules.deals import check_outcome, proposal_to_send, sent_at
from tools.proposals import Proposal
from tools.registry import Slot, ToolContext, tool
from tools.wording import day


class ProposalSentArgs(LeadDecisionArgs):
    sent_on: Annotated[date | None, Slot("date")] = Field(
        None, description="The day on which the owner sent it; today when left out."
    )


class DealOutcomeArgs(LeadDecisionArgs):
    outcome: Literal["won", "lost"] = Field(description="How the deal ended.")


async def plan_sent(ctx: ToolContext, args: ProposalSentArgs) -> Proposal:
    """What recording it would do. Raises Conflict without a proposal, or when it is recorded."""
    this = await open_lead(ctx, args.lead)
    zone = ctx.caller.time_zone
    proposal = proposal_to_send(this.lead, this.file.artifacts, zone)
    sent = day(sent_at(args.sent_on, proposal.created_at, ctx.now, zone), zone)
    return Proposal(
        act=f"Record the proposal for {this.title} as sent",
        summary=f"Record that you sent the proposal for {this.title} on {sent}. Nothing is sent "
        "by this.",
        why=f"The proposal was written on {day(proposal.created_at, zone)} and its sending is "
        "not on record.",
        facts=shown(this),
        rows=await rows_of(ctx, this, MONEY_PATH, "proposal"),
        editable=("sent_on",),
    )


@tool(
    audience="operator",
    effect="gated",
    title="Record the proposal as sent",
    examples=SENT_EXAMPLES,
    plan=plan_sent,
)
async def mark_proposal_sent(ctx: ToolContext, args: ProposalSentArgs) -> Findings:
    """Propose to record that the owner has sent a lead's proposal. It sends nothing. Only for
    a proposal that was sent already; nothing is recorded until a person approves it."""
    by = await approver(ctx)
    this = await open_lead(ctx, args.lead)
    zone = ctx.caller.time_zone
    proposal = proposal_to_send(this.lead, this.file.artifacts, zone)
    at = sent_at(args.sent_on, proposal.created_at, ctx.now, zone)
    await stamp_sent(ctx.conn, this.lead, at, ctx.now)
    said = "The proposal for {lead} was recorded as sent by {by}."
    return await said_back(ctx, this, by, "sending recorded by", said, "proposal_sent_at")


async def plan_outcome(ctx: ToolContext, args: DealOutcomeArgs) -> Proposal:
    """What recording it would do. Raises Conflict when it is on record or the lead rejected."""
    this = await open_lead(ctx, args.lead)
    zone, lead = ctx.caller.time_zone, this.lead
    check_outcome(lead, args.outcome, zone)
    why = f"{this.title} has no outcome on record."
    if lead.outcome_at is not None:
        was = f"{lead.deal_outcome} since {day(lead.outcome_at, zone)}"
        why = f"{this.title} is on record as {was}, which this corrects."
    return Proposal(
        act=f"Record {this.title} as {args.outcome}",
        summary=f"Record that the deal with {this.title} was {args.outcome}, as of today. Its "
        f"status stays {lead.status}.",
        why=why,
        facts=shown(this),
        rows=await rows_of(ctx, this),
    )


@tool(
    audience="operator",
    effect="gated",
    title="Record how the deal ended",
    examples=OUTCOME_EXAMPLES,
    plan=plan_outcome,
)
async def set_deal_outcome(ctx: ToolContext, args: DealOutcomeArgs) -> Findings:
    """Propose to record a deal as won or lost. The lead's status stays as it is. Nothing is
    recorded until a person approves it."""
    by = await approver(ctx)
    this = await open_lead(ctx, args.lead)
    check_outcome(this.lead, args.outcome, ctx.caller.time_zone)
    await stamp_outcome(ctx.conn, this.lead, args.outcome, ctx.now)
    said = f"{{lead}} was recorded as {args.outcome} by {{by}}."
    columns = ("deal_outcome", "outcome_at")
    return await said_back(ctx, this, by, "outcome recorded by", said, *columns)
