"""Items of the failures list that are about a lead: each one's payload and facts.

A payload says what it is about (entity link), why it is listed (rule id), how old it is in
days, and what to do (operator spec 3.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tools.findings import Fact, Ledger, RowSource, Value
from tools.operator.names import LeadNames, lead_href
from tools.operator.records import Lead, OperatorSettings, source
from tools.operator.rules.ages import days_since
from tools.operator.rules.listed import (
    Approval,
    FailedRun,
    StaleProposal,
    StaleTouch,
    StuckProposal,
    last_touched_at,
)
from tools.operator.rules.runs import can_be_retried, failed_at
from tools.wording import ago, counted

Bucket = Literal[
    "failed_runs", "stale_proposals", "stuck_proposals", "needs_approval", "stale_by_touch",
    "broken_integrations", "low_confidence", "other_decisions",
]  # fmt: skip

LEDGER_OF: dict[Bucket, Ledger] = {
    "failed_runs": "run_status",
    "stale_proposals": "proposal_pipeline",
    "stuck_proposals": "proposal_pipeline",
    "needs_approval": "failures",
    "stale_by_touch": "followup",
    "broken_integrations": "ops_health",
    "low_confidence": "learning",
    "other_decisions": "learning",
}


@dataclass(frozen=True)
class View:
    """What items are described with: the names leads go by, the thresholds, the time."""

    names: LeadNames
    settings: OperatorSettings
    now: datetime


@dataclass(frozen=True)
class Item:
    """One listed thing. `facts[0]` says it; the others are detail."""

    payload: dict[str, Any]
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class BucketItems:
    """The first items of a bucket, how many it holds in all, and the age of the oldest in days."""

    items: tuple[Item, ...]
    count: int
    oldest_days: int | None


def rule_id(bucket: Bucket) -> str:
    """Name and version of the rule that fills a bucket."""
    return f"failures.{bucket}@1"


def iso(moment: datetime | None) -> str | None:
    """A time as payloads carry it."""
    return None if moment is None else moment.isoformat()


def failed_run(item: FailedRun, view: View) -> Item:
    run, title = item.run, view.names.subject(item.lead.id)
    step = item.step.step_name if item.step else None
    retryable, at = can_be_retried(run), failed_at(run)
    how = "got only part of the way and failed" if item.status == "partial" else "failed"
    where = f" at the {step} step" if step else ""
    code = f" with {run.last_error_code}" if run.last_error_code else ""
    again = "; it can be retried" if retryable else ""
    statement = f"The last pipeline run of {title} {how}{where}{code} {ago(at, view.now)}{again}."
    sources = [source(run, "success", "status", "last_error_code", "last_error_at")]
    if item.step:
        sources.append(source(item.step, "success", "step_name"))
    facts = [
        _fact("failed_runs", item.lead, view, "last run status", item.status, statement, sources)
    ]
    if run.last_error_code:
        statement = f"The last pipeline run of {title} ended with the code {run.last_error_code}."
        facts.append(
            _fact(
                "failed_runs", item.lead, view, "error code", run.last_error_code, statement,
                sources[:1],
            )
        )  # fmt: skip
    look = f"Open the lead and look at the {step} step" if step else "Open the lead and look"
    payload = _payload(
        "failed_runs", item.lead, at, view,
        action="Retry the run" if retryable else look,
        key="retry_failed_runs" if retryable else None,
        runId=run.id, lastRunStatus=item.status, failedStep=step, retryable=retryable,
        errorCode=run.last_error_code, at=iso(at), retryCount=run.retry_count,
    )  # fmt: skip
    return Item(payload, tuple(facts))


def stale_proposal(item: StaleProposal, view: View) -> Item:
    lead, days = item.lead, item.days
    statement = (
        f"The proposal for {view.names.subject(lead.id)} was sent {counted(days, 'day')} ago "
        "and has no outcome."
    )
    sources = [
        source(lead, "proposal_sent_at", "approved_at", "deal_outcome", "status"),
        source(view.settings, "stale_proposal_days"),
    ]
    fact = _fact("stale_proposals", lead, view, "days since sent", days, statement, sources, "days")
    payload = _payload(
        "stale_proposals", lead, lead.proposal_sent_at, view,
        action="Follow up yourself, then log the touch", key="log_touch",
        proposalSentAt=iso(lead.proposal_sent_at), daysSinceSent=days,
    )  # fmt: skip
    return Item(payload, (fact,))


def stuck_proposal(item: StuckProposal, view: View) -> Item:
    lead, days, ready = item.lead, item.days, item.proposal.created_at
    statement = (
        f"The proposal for {view.names.subject(lead.id)} has been ready and unsent for "
        f"{counted(days, 'day')}."
    )
    sources = [
        source(item.proposal, "created_at"),
        source(lead, "proposal_sent_at", "approved_at", "deal_outcome", "status"),
        source(view.settings, "stuck_proposal_days"),
    ]
    fact = _fact("stuck_proposals", lead, view, "days stuck", days, statement, sources, "days")
    payload = _payload(
        "stuck_proposals", lead, ready, view,
        action="Review the proposal and send it yourself", key="mark_proposal_sent",
        proposalReadyAt=iso(ready), daysStuck=days,
    )  # fmt: skip
    return Item(payload, (fact,))


def approval(item: Approval, view: View) -> Item:
    lead, title = item.lead, view.names.subject(item.lead.id)
    sources = [
        source(
            lead, "status", "approved_at", "proposal_sent_at", "build_started_at", "deal_outcome"
        )
    ]
    if item.proposal is not None:
        sources.insert(0, source(item.proposal, "created_at"))
        action, key = "Review & send proposal", "mark_proposal_sent"
        statement = f"The proposal for {title} waits for you to review and send it."
    else:
        action, key = "Start build", "start_build"
        statement = f"{title} is approved and waits for you to start the build."
    fact = _fact("needs_approval", lead, view, "waits for you to", action, statement, sources)
    payload = _payload(
        "needs_approval", lead, item.since, view, action=action, key=key,
        waitingFor="review_and_send" if item.proposal else "start_build",
    )  # fmt: skip
    return Item({**payload, "action": action}, (fact,))


def stale_touch(item: StaleTouch, view: View) -> Item:
    lead, days = item.lead, item.days
    title = view.names.subject(lead.id)
    statement = (
        f"{title} came in {counted(days, 'day')} ago and has never been contacted."
        if item.never_touched
        else f"{title} has not been contacted for {counted(days, 'day')}."
    )
    sources = [
        source(lead, "last_contact_at", "created_at", "deal_outcome", "status"),
        source(view.settings, "stale_touch_days"),
    ]
    if item.touch is not None:
        sources.insert(0, source(item.touch, "touched_at"))
    fact = _fact(
        "stale_by_touch", lead, view, "days without a touch", days, statement, sources, "days"
    )
    touched = last_touched_at(lead, item.touch)
    payload = _payload(
        "stale_by_touch", lead, touched or lead.created_at, view,
        action="Get in touch yourself, then log the touch", key="log_touch",
        daysSinceTouch=days, neverTouched=item.never_touched, lastTouchAt=iso(touched),
    )  # fmt: skip
    return Item(payload, (fact,))


def _fact(
    bucket: Bucket,
    lead: Lead,
    view: View,
    label: str,
    value: Value,
    statement: str,
    sources: Sequence[RowSource],
    unit: str | None = None,
) -> Fact:
    return Fact(
        ledger=LEDGER_OF[bucket],
        sources=tuple(sources),
        rule=rule_id(bucket),
        subject=view.names.subject(lead.id),
        aliases=view.names.aliases(lead.id),
        label=label,
        value=value,
        unit=unit,
        as_of=view.now,
        statement=statement,
        href=lead_href(lead.id),
    )


def _payload(
    bucket: Bucket,
    lead: Lead,
    since: datetime | None,
    view: View,
    *,
    action: str,
    key: str | None,
    **own: Any,
) -> dict[str, Any]:
    return {
        "entity": {
            "type": "lead",
            "id": lead.id,
            "title": lead.title,
            "href": lead_href(lead.id),
        },
        "leadId": lead.id,
        "leadTitle": lead.title,
        "why": rule_id(bucket),
        "age": None if since is None else days_since(since, view.now),
        "since": iso(since),
        "suggestedAction": action,
        "actionKey": key,
        **own,
    }
