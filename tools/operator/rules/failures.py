"""What failed, is stuck or waits for a human (operator spec 3.3; decisions, "Failures").

Every rule takes rows and `now`; `find_failures` runs them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tools.operator.records import (
    Artifact,
    Business,
    Integration,
    Lead,
    LearningItem,
    LowAnswer,
    OperatorSettings,
    RoiEstimate,
    Touch,
)
from tools.operator.rules.ages import days_since, older_than, within
from tools.operator.rules.integrations import integration_state
from tools.operator.rules.listed import (
    Approval,
    BrokenIntegration,
    FailedRun,
    LowConfidence,
    OtherDecision,
    StaleProposal,
    StaleTouch,
    StuckProposal,
    last_touched_at,
)
from tools.operator.rules.runs import RunStatus, failed_at, failed_step, last_run_status
from tools.operator.rules.stages import (
    awaits_build,
    awaits_client,
    is_open,
    is_system,
    unsent_proposal,
)

Severity = Literal["critical", "high", "medium", "none"]
Recommendation = Literal[
    "approvals", "failed_runs", "stuck_or_stale", "broken_integrations", "low_confidence",
    "none_urgent",
]  # fmt: skip

VITAL_KINDS = frozenset({"database", "model", "job_runner"})


@dataclass(frozen=True)
class Failures:
    """Every bucket of section 3.3, the longest waiting first; failed runs newest first."""

    run_statuses: dict[str, RunStatus]
    failed_runs: list[FailedRun]
    stale_proposals: list[StaleProposal]
    stuck_proposals: list[StuckProposal]
    needs_approval: list[Approval]
    stale_by_touch: list[StaleTouch]
    broken_integrations: list[BrokenIntegration]
    low_confidence: list[LowConfidence]
    other_decisions: list[OtherDecision]

    @property
    def lead_items(
        self,
    ) -> list[FailedRun | StaleProposal | StuckProposal | Approval | StaleTouch]:
        """The items that the total counts; integrations, low confidence and other decisions
        are counted beside it."""
        return [
            *self.failed_runs,
            *self.stale_proposals,
            *self.stuck_proposals,
            *self.needs_approval,
            *self.stale_by_touch,
        ]

    @property
    def total_items(self) -> int:
        return len(self.lead_items)

    @property
    def distinct_leads(self) -> int:
        return len({item.lead.id for item in self.lead_items})


def find_failures(business: Business, now: datetime) -> Failures:
    """All buckets for `business` as of `now`."""
    settings = business.settings
    return Failures(
        run_statuses=run_statuses(business),
        failed_runs=failed_runs(business),
        stale_proposals=stale_proposals(business.leads, settings.stale_proposal_days, now),
        stuck_proposals=stuck_proposals(
            business.leads, business.artifacts, settings.stuck_proposal_days, now
        ),
        needs_approval=needs_approval(business.leads, business.artifacts),
        stale_by_touch=stale_by_touch(
            business.leads, business.touches, settings.stale_touch_days, now
        ),
        broken_integrations=broken_integrations(business.integrations, settings, now),
        low_confidence=low_confidence(business, now),
        other_decisions=other_decisions(business.learning_items, now),
    )


def run_statuses(business: Business) -> dict[str, RunStatus]:
    """The status of the last run by lead id, "none" for a lead that never had one."""
    statuses: dict[str, RunStatus] = {}
    for lead in business.leads:
        run = business.latest_runs.get(lead.id)
        steps = business.steps.get(run.id, ()) if run else ()
        statuses[lead.id] = last_run_status(run, steps)
    return statuses


def failed_runs(business: Business) -> list[FailedRun]:
    """Leads, rejected ones aside, whose latest run failed or got only part of the way."""
    statuses = run_statuses(business)
    found = []
    for lead in business.leads:
        status = statuses[lead.id]
        if status in ("fail", "partial") and lead.status != "REJECTED" and not is_system(lead):
            run = business.latest_runs[lead.id]
            step = failed_step(business.steps.get(run.id, ()))
            found.append(FailedRun(lead, run, status, step))
    return sorted(found, key=lambda item: (failed_at(item.run), item.lead.id), reverse=True)


def stale_proposals(leads: Iterable[Lead], days: int, now: datetime) -> list[StaleProposal]:
    """Sent more than `days` days ago, no outcome, not approved."""
    found = [
        StaleProposal(lead, days_since(lead.proposal_sent_at, now))
        for lead in leads
        if awaits_client(lead)
        and lead.proposal_sent_at is not None
        and older_than(lead.proposal_sent_at, timedelta(days=days), now)
    ]
    return sorted(found, key=lambda item: (-item.days, item.lead.id))


def stuck_proposals(
    leads: Iterable[Lead],
    artifacts: Mapping[str, Sequence[Artifact]],
    days: int,
    now: datetime,
) -> list[StuckProposal]:
    """Unsent, and the newest proposal has been ready for more than `days` days."""
    found = []
    for lead in leads:
        proposal = unsent_proposal(lead, artifacts.get(lead.id, ()))
        if proposal and older_than(proposal.created_at, timedelta(days=days), now):
            found.append(StuckProposal(lead, proposal, days_since(proposal.created_at, now)))
    return sorted(found, key=lambda item: (-item.days, item.lead.id))


def needs_approval(
    leads: Iterable[Lead], artifacts: Mapping[str, Sequence[Artifact]]
) -> list[Approval]:
    """The money-path items that only the owner can move: review and send, start the build."""
    reviews, builds = [], []
    for lead in leads:
        proposal = unsent_proposal(lead, artifacts.get(lead.id, ()))
        if proposal is not None:
            reviews.append(Approval(lead, proposal, proposal.created_at))
        elif awaits_build(lead):
            builds.append(Approval(lead, None, lead.approved_at))
    return sorted(reviews, key=_waiting) + sorted(builds, key=_waiting)


def _waiting(item: Approval) -> tuple[bool, float, str]:
    """Longest waiting first, unknown waiting time last."""
    return (item.since is None, item.since.timestamp() if item.since else 0, item.lead.id)


def stale_by_touch(
    leads: Iterable[Lead], touches: Mapping[str, Touch], days: int, now: datetime
) -> list[StaleTouch]:
    """Open leads not touched for more than `days` days; never touched counts from creation."""
    found = []
    for lead in leads:
        touch = touches.get(lead.id)
        touched = last_touched_at(lead, touch)
        since = touched or lead.created_at
        if is_open(lead) and older_than(since, timedelta(days=days), now):
            found.append(StaleTouch(lead, touch, days_since(since, now), touched is None))
    return sorted(found, key=lambda item: (-item.days, item.lead.id))


def broken_integrations(
    integrations: Iterable[Integration], settings: OperatorSettings, now: datetime
) -> list[BrokenIntegration]:
    """Enabled sources that never succeeded, are overdue, or whose last run ended in an error."""
    states = [
        (item, integration_state(item, settings.no_success_hours, now)) for item in integrations
    ]
    return [BrokenIntegration(item, state) for item, state in states if state not in ("ok", "off")]


def low_confidence(business: Business, now: datetime) -> list[LowConfidence]:
    """Undecided learning items and latest ROI estimates below their thresholds, and chat
    answers marked low lately. No confidence is not a low one."""
    settings = business.settings
    rejected = {lead.id for lead in business.leads if lead.status == "REJECTED"}
    learning = [
        item
        for item in business.learning_items
        if item.decided_at is None
        and item.confidence is not None
        and item.confidence < settings.low_confidence_max
    ]
    estimates = [
        item
        for item in business.roi_estimates
        if item.lead_id not in rejected
        and item.confidence is not None
        and item.confidence < settings.low_roi_confidence_max
    ]
    window = timedelta(days=settings.low_answer_days)
    answers = [item for item in business.low_answers if within(item.created_at, window, now)]
    records: list[LearningItem | RoiEstimate | LowAnswer] = [*learning, *estimates, *answers]
    return [LowConfidence(item, days_since(item.created_at, now)) for item in records]


def other_decisions(items: Iterable[LearningItem], now: datetime) -> list[OtherDecision]:
    """Decisions of other kinds than the money path: learning items nobody has decided on."""
    undecided = [
        OtherDecision(item, days_since(item.created_at, now))
        for item in items
        if item.decided_at is None
    ]
    return sorted(undecided, key=lambda decision: (decision.since, decision.item.id))


def top_severity(failures: Failures, settings: OperatorSettings, now: datetime) -> Severity:
    """The worst thing listed, by the rule of the decisions."""
    span = timedelta(hours=settings.critical_failure_hours)
    if any(item.integration.kind in VITAL_KINDS for item in failures.broken_integrations):
        return "critical"
    if any(older_than(failed_at(item.run), span, now) for item in failures.failed_runs):
        return "critical"
    if failures.failed_runs:
        return "high"
    beside = failures.broken_integrations or failures.low_confidence or failures.other_decisions
    return "medium" if failures.total_items or beside else "none"


def recommended_next_action(failures: Failures) -> Recommendation:
    """The first kind of thing that waits, in the order of the decisions."""
    kinds: list[tuple[bool, Recommendation]] = [
        (bool(failures.needs_approval), "approvals"),
        (bool(failures.failed_runs), "failed_runs"),
        (
            bool(failures.stuck_proposals or failures.stale_proposals or failures.stale_by_touch),
            "stuck_or_stale",
        ),
        (bool(failures.broken_integrations), "broken_integrations"),
        (bool(failures.low_confidence), "low_confidence"),
    ]
    return next((kind for waits, kind in kinds if waits), "none_urgent")
