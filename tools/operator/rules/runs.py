"""How the last pipeline run of a lead went (operator spec 3.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from tools.operator.records import Lead, Run, Step

RunStatus = Literal["none", "running", "success", "partial", "fail"]

RETRYABLE = frozenset({"LLM_429", "LLM_5XX", "LLM_NETWORK"})
MOST_RETRIES = 3


def last_run_status(run: Run | None, steps: Iterable[Step]) -> RunStatus:
    """The status of a lead's latest run; `steps` are that run's. A skipped step is a success."""
    if run is None:
        return "none"
    if run.status == "running":
        return "running"
    succeeded = run.success if run.success is not None else run.status == "ok"
    if succeeded:
        return "success"
    return "partial" if any(step.success for step in steps) else "fail"


def failed_step(steps: Iterable[Step]) -> Step | None:
    """The step that ended the run: the first one that failed, None when no step says so."""
    failed = [step for step in steps if step.success is False]
    return min(failed, key=lambda step: (step.started_at, step.id), default=None)


def failed_at(run: Run) -> datetime:
    """When the run failed: its last error, else its end, else its start."""
    return run.last_error_at or run.finished_at or run.started_at


def can_be_retried(run: Run) -> bool:
    """Whether a retry is worth it: the provider was busy, down or out of reach (2.3)."""
    return run.last_error_code in RETRYABLE


def no_rerun(lead: Lead) -> str | None:
    """Why the pipeline runs no more for a lead (operator spec 1.2): what it makes has been sent,
    or is being built. None while it may run."""
    if lead.proposal_sent_at is not None:
        return "its proposal was sent"
    if lead.build_started_at is not None or lead.build_completed_at is not None:
        return "its build was started"
    return None


def may_be_retried(run: Run) -> bool:
    """Whether a retry may still be asked for: worth it, and fewer than three so far (3.4)."""
    return can_be_retried(run) and run.retry_count < MOST_RETRIES
