"""Logging a touch with a lead, with the counters that follow from it (operator spec 2.2)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from errors import Invalid
from tools.approvals import approver
from tools.findings import Findings
from tools.operator.lead_acts import Note, open_lead, rows_of, said_back, shown
from tools.operator.lead_decisions import LeadDecisionArgs
from tools.operator.lead_facts import TOUCH_WORDS
from tools.operator.touch_questions import TOUCH_EXAMPLES
from tools.proposals import Proposal
from tools.registry import Slot, ToolContext, tool
from tools.wording import day

TouchType = Literal[
    "EMAIL", "CALL", "LINKEDIN_DM", "MEETING", "FOLLOW_UP", "REFERRAL_ASK", "CHECK_IN",
    "CALL_BOOKED", "CALL_COMPLETED",
]  # fmt: skip
LONGEST_SHOWN = 200
CONTACT_HOUR = time(9)


class LogTouchArgs(LeadDecisionArgs):
    type: TouchType = Field(description="What kind of touch it was.")
    summary: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True,
            min_length=1,
            max_length=4000,
            pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$",
        ),
        Slot("text"),
    ] = Field(description="What was said or agreed.")
    direction: Literal["outbound", "inbound"] = Field(
        "outbound", description="Who reached out: the owner (outbound) or the lead (inbound)."
    )
    outcome: Note | None = Field(None, description="What came of it.")
    next_action: Note | None = Field(None, description="What is to be done next.")
    next_contact_on: date | None = Field(None, description="The day of the next contact.")
    follow_up_stage: int | None = Field(
        None, ge=0, le=100, description="The step of the follow-up sequence it was."
    )


async def plan_touch(ctx: ToolContext, args: LogTouchArgs) -> Proposal:
    """What logging it would do. Raises Invalid for a next contact in the past."""
    this = await open_lead(ctx, args.lead)
    next_contact = _next_contact_at(ctx, args.next_contact_on)
    text = " ".join(args.summary.split())
    text = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]} …"
    then = f" The next contact is due on {day(next_contact, this.zone)}." if next_contact else ""
    return Proposal(
        act=f"Log {TOUCH_WORDS[args.type]} with {this.title}",
        summary=f'Log {TOUCH_WORDS[args.type]} ({args.direction}) with {this.title}: "{text}". '
        f"It counts as the last contact.{then}",
        why="A touch that is on record keeps the lead from being listed as not contacted.",
        facts=shown(this),
        rows=await rows_of(ctx, this, ("title",)),
        editable=(
            "type", "summary", "direction", "outcome", "next_action", "next_contact_on",
            "follow_up_stage",
        ),
    )  # fmt: skip


@tool(
    audience="operator",
    effect="gated",
    title="Log the touch",
    examples=TOUCH_EXAMPLES,
    plan=plan_touch,
)
async def log_touch(ctx: ToolContext, args: LogTouchArgs) -> Findings:
    """Propose to log a call, mail, meeting or other touch that the owner had with a lead. It
    contacts nobody. Nothing is logged until a person approves it."""
    by = await approver(ctx)
    this = await open_lead(ctx, args.lead)
    await _write(ctx, this.lead.id, args, _next_contact_at(ctx, args.next_contact_on))
    words = TOUCH_WORDS[args.type]
    said = f"{words[:1].upper()}{words[1:]} with {{lead}} was logged by {{by}}."
    columns = ("last_contact_at",)
    return await said_back(ctx, this, by, "touch logged by", said, *columns)


async def _write(
    ctx: ToolContext, lead_id: str, args: LogTouchArgs, next_contact: datetime | None
) -> None:
    """The touch and the lead's counters, in the one transaction."""
    values = {
        "id": uuid4().hex,
        "lead": lead_id,
        **args.model_dump(include={"type", "summary", "direction", "outcome", "next_action"}),
        "next": next_contact,
        "stage": args.follow_up_stage,
        "now": ctx.now,
    }
    await ctx.conn.execute(
        "INSERT INTO lead_touches (id, lead_id, type, direction, summary, outcome, next_action, "
        "next_touch_at, touched_at) VALUES (%(id)s, %(lead)s, %(type)s, %(direction)s, "
        "%(summary)s, %(outcome)s, %(next_action)s, %(next)s, %(now)s)",
        values,
    )
    await ctx.conn.execute(
        "UPDATE leads SET touch_count = touch_count + 1, last_touch_type = %(type)s, "
        "last_contact_at = greatest(last_contact_at, %(now)s), "
        "next_contact_at = coalesce(%(next)s, next_contact_at), "
        "follow_up_stage = coalesce(%(stage)s, follow_up_stage), updated_at = %(now)s "
        "WHERE id = %(lead)s",
        values,
    )


def _next_contact_at(ctx: ToolContext, on: date | None) -> datetime | None:
    """The morning of that day where the caller is. Raises Invalid for a day that is over."""
    if on is None:
        return None
    zone = ZoneInfo(ctx.caller.time_zone)
    if on < ctx.now.astimezone(zone).date():
        raise Invalid(f"{on.isoformat()} is over. Give a day to come for the next contact.")
    return datetime.combine(on, CONTACT_HOUR, zone)
