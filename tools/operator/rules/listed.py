"""What the failures list can hold (operator spec 3.3): the rows each item rests on, and since
when it has been so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tools.operator.records import (
    Artifact,
    Integration,
    Lead,
    LearningItem,
    LowAnswer,
    RoiEstimate,
    Run,
    Step,
    Touch,
)
from tools.operator.rules.integrations import IntegrationState
from tools.operator.rules.runs import RunStatus, failed_at


def last_touched_at(lead: Lead, touch: Touch | None) -> datetime | None:
    """The later of the lead's own contact time and its newest touch; None for never."""
    times = [lead.last_contact_at, touch.touched_at if touch else None]
    return max((at for at in times if at is not None), default=None)


@dataclass(frozen=True)
class FailedRun:
    lead: Lead
    run: Run
    status: RunStatus
    step: Step | None

    @property
    def since(self) -> datetime:
        return failed_at(self.run)


@dataclass(frozen=True)
class StaleProposal:
    lead: Lead
    days: int

    @property
    def since(self) -> datetime | None:
        return self.lead.proposal_sent_at


@dataclass(frozen=True)
class StuckProposal:
    lead: Lead
    proposal: Artifact
    days: int

    @property
    def since(self) -> datetime:
        return self.proposal.created_at


@dataclass(frozen=True)
class Approval:
    """`proposal` is what is to be reviewed and sent; None when a build is to be started."""

    lead: Lead
    proposal: Artifact | None
    since: datetime | None


@dataclass(frozen=True)
class StaleTouch:
    """`touch` is the newest touch on record, `never_touched` when nothing says there was one."""

    lead: Lead
    touch: Touch | None
    days: int
    never_touched: bool

    @property
    def since(self) -> datetime:
        return last_touched_at(self.lead, self.touch) or self.lead.created_at


@dataclass(frozen=True)
class BrokenIntegration:
    integration: Integration
    state: IntegrationState

    @property
    def since(self) -> datetime | None:
        return self.integration.last_ok_at


@dataclass(frozen=True)
class LowConfidence:
    record: LearningItem | RoiEstimate | LowAnswer
    days: int

    @property
    def since(self) -> datetime:
        return self.record.created_at


@dataclass(frozen=True)
class OtherDecision:
    item: LearningItem
    days: int

    @property
    def since(self) -> datetime:
        return self.item.created_at


Listed = (
    FailedRun
    | StaleProposal
    | StuckProposal
    | Approval
    | StaleTouch
    | BrokenIntegration
    | LowConfidence
    | OtherDecision
)
"""Whatever a bucket lists: it knows since when it has been so."""
