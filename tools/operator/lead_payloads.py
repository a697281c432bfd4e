"""Leads as REST callers read them."""

from __future__ import annotations

from typing import Any

from tools.operator.failure_items import iso
from tools.operator.lead_view import LeadView
from tools.operator.names import lead_href
from tools.operator.records import Lead
from tools.operator.rules.listed import last_touched_at
from tools.operator.rules.money import parse_budget
from tools.operator.rules.runs import can_be_retried, failed_step, last_run_status


def summary(lead: Lead) -> dict[str, Any]:
    """One lead in a list."""
    budget = parse_budget(lead.budget)
    return {
        "id": lead.id,
        "title": lead.title,
        "href": lead_href(lead.id),
        "status": lead.status,
        "score": lead.score,
        "budget": lead.budget,
        "budgetAmount": None if budget is None else float(budget.amount),
        "currency": None if budget is None else budget.currency,
        "source": lead.source,
        "contactName": lead.contact_name,
        "createdAt": iso(lead.created_at),
        "dealOutcome": lead.deal_outcome,
        "outcomeAt": iso(lead.outcome_at),
    }


def file_payload(this: LeadView, *, include_description: bool) -> dict[str, Any]:
    """One lead with everything that its overview says."""
    lead, touch = this.lead, this.file.touch
    payload = {
        "asOf": this.view.now.isoformat(),
        **summary(lead),
        "scoreVerdict": lead.score_verdict,
        "stage": this.stage,
        "nextStep": this.next_step,
        "salesStage": lead.sales_stage,
        "enrichedAt": iso(lead.enriched_at),
        "scoredAt": iso(lead.scored_at),
        "proposalSentAt": iso(lead.proposal_sent_at),
        "approvedAt": iso(lead.approved_at),
        "buildStartedAt": iso(lead.build_started_at),
        "buildCompletedAt": iso(lead.build_completed_at),
        "rejectedAt": iso(lead.rejected_at),
        "rejectionReason": lead.rejection_reason,
        "desiredResult": lead.desired_result,
        "nextAction": lead.next_action,
        "nextActionDueAt": iso(lead.next_action_due_at),
        "artifacts": [
            {"id": item.id, "type": item.type, "createdAt": iso(item.created_at)}
            for item in this.file.artifacts
        ],
        "lastTouch": {
            "at": iso(last_touched_at(lead, touch)),
            "type": None if touch is None else touch.type,
        },
        "lastRun": _run(this),
    }
    if include_description:
        payload["description"] = this.file.text.description
    return payload


def _run(this: LeadView) -> dict[str, Any] | None:
    run = this.file.run
    if run is None:
        return None
    step = failed_step(this.file.steps)
    return {
        "runId": run.id,
        "lastRunStatus": last_run_status(run, this.file.steps),
        "failedStep": None if step is None else step.step_name,
        "errorCode": run.last_error_code,
        "retryable": can_be_retried(run),
        "retryCount": run.retry_count,
        "startedAt": iso(run.started_at),
        "finishedAt": iso(run.finished_at),
    }
