"""When a proposal may be recorded as sent, and a deal as won or lost (operator spec 1.2, 2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from errors import Conflict, Invalid
from tools.operator.records import Artifact, Lead
from tools.operator.rules.stages import newest
from tools.wording import day

Outcome = Literal["won", "lost"]


def proposal_to_send(lead: Lead, artifacts: Sequence[Artifact], time_zone: str) -> Artifact:
    """The proposal that the owner may have sent. Raises Conflict when there is none, when its
    sending is on record, and when the lead has come to an end."""
    proposal = newest(artifacts, "proposal")
    if lead.status == "REJECTED" or lead.deal_outcome == "lost":
        end = "rejected" if lead.status == "REJECTED" else "lost"
        raise Conflict(f"{lead.title} was {end}. Nothing more is sent for it.")
    if proposal is None:
        raise Conflict(f"{lead.title} has no proposal that could have been sent. Write it first.")
    if lead.proposal_sent_at is not None:
        sent = day(lead.proposal_sent_at, time_zone)
        raise Conflict(f"The proposal for {lead.title} is on record as sent on {sent} already.")
    return proposal


def sent_at(sent_on: date | None, written_at: datetime, now: datetime, time_zone: str) -> datetime:
    """The time that stands for "sent on that day": noon there, `now` for today or no day, never
    before the proposal was written. Raises Invalid for a day to come or before the proposal."""
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    if sent_on is None or sent_on == today:
        return now
    if sent_on > today:
        raise Invalid(f"{sent_on.isoformat()} is still to come. Say on which day it was sent.")
    if sent_on < written_at.astimezone(zone).date():
        raise Invalid(
            f"The proposal was written on {day(written_at, time_zone)}; it cannot have been sent "
            f"on {sent_on.isoformat()}. Say on which day it was sent."
        )
    return max(datetime.combine(sent_on, time(12), zone), written_at)


def check_outcome(lead: Lead, outcome: Outcome, time_zone: str) -> None:
    """Raises Conflict when the lead was rejected, or has this outcome already. An outcome on
    record may be corrected to the other one."""
    if lead.status == "REJECTED":
        raise Conflict(f"{lead.title} was rejected; a rejected lead has no deal to win or lose.")
    if lead.deal_outcome == outcome and lead.outcome_at is not None:
        since = day(lead.outcome_at, time_zone)
        raise Conflict(f"{lead.title} is on record as {outcome} since {since} already.")
