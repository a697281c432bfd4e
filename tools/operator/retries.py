"""Asking for failed pipeline runs to be tried again (operator spec 2.3, 3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from errors import Conflict
from tools.approvals import approver
from tools.findings import Fact, Findings, row_source
from tools.operator.failure_items import View, failed_run
from tools.operator.lead_acts import open_lead
from tools.operator.leads import Words
from tools.operator.names import LeadNames, lead_href
from tools.operator.queries import load_business
from tools.operator.records import source
from tools.operator.retry_questions import RETRY_EXAMPLES
from tools.operator.rules.failures import failed_runs
from tools.operator.rules.listed import FailedRun
from tools.operator.rules.runs import MOST_RETRIES, may_be_retried, no_rerun
from tools.proposals import Proposal
from tools.registry import Slot, ToolContext, tool
from tools.wording import counted, listed

MOST_AT_ONCE = 5


class RetryFailedRunsArgs(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lead: Annotated[Words | None, Slot("lead")] = Field(
        None, description="Only the run of this lead, by id or name; all that can be when left out."
    )


@dataclass(frozen=True)
class Retries:
    """The failed runs that may be tried again, at most five, and how they are named."""

    runs: tuple[FailedRun, ...]
    view: View

    @property
    def titles(self) -> list[str]:
        return [self.view.names.subject(item.lead.id) for item in self.runs]


async def plan_retries(ctx: ToolContext, args: RetryFailedRunsArgs) -> Proposal:
    """Which runs would be retried. Raises Conflict when none can be, saying why."""
    found = await _retryable(ctx, args)
    number = counted(len(found.runs), "failed pipeline run")
    one = found.titles[0]
    what = f"the pipeline run of {one}" if len(found.runs) == 1 else number
    return Proposal(
        act=f"Retry {what}",
        summary=f"Queue a retry of {number}: {listed(found.titles)}. Steps that succeeded are "
        "not done again, and no build is started.",
        why="Each failed because the model provider was busy, down or out of reach, and was "
        f"retried fewer than {MOST_RETRIES} times.",
        facts=tuple(failed_run(item, found.view).facts[0] for item in found.runs),
        rows=tuple(
            row
            for item in found.runs
            for row in (
                source(item.run, "status", "last_error_code", "retry_count"),
                source(item.lead, "title", "status", "proposal_sent_at", "build_started_at"),
            )
        ),
    )


@tool(
    audience="operator",
    effect="gated",
    title="Retry failed runs",
    examples=RETRY_EXAMPLES,
    plan=plan_retries,
)
async def retry_failed_runs(ctx: ToolContext, args: RetryFailedRunsArgs) -> Findings:
    """Propose to queue a retry of failed pipeline runs, at most five: only those that failed
    because the provider was busy, down or out of reach. Nothing is queued until a person
    approves it."""
    by = await approver(ctx)
    found = await _retryable(ctx, args)
    facts = []
    for item in found.runs:
        run_id = uuid4().hex
        row = await (
            await ctx.conn.execute(
                "INSERT INTO pipeline_runs (id, lead_id, status, retry_count, started_at) "
                "VALUES (%s, %s, 'queued', %s, NULL) RETURNING id, lead_id, retry_count",
                (run_id, item.lead.id, item.run.retry_count + 1),
            )
        ).fetchone()
        title = found.view.names.subject(item.lead.id)
        facts.append(
            Fact(
                ledger="run_status",
                sources=(
                    by.source,
                    row_source("pipeline_runs", {"id": run_id}, row or {}, "lead_id"),
                ),
                subject=title,
                aliases=found.view.names.aliases(item.lead.id),
                label="retry queued by",
                value=by.name,
                as_of=ctx.now,
                statement=f"A retry of the pipeline run of {title} was queued by {by.name}.",
                href=lead_href(item.lead.id),
            )
        )
    leads = [item.lead.id for item in found.runs]
    data = {"asOf": ctx.now.isoformat(), "leads": leads, "by": by.name}
    return Findings(facts=facts, ledgers=["run_status"], as_of=ctx.now, data=data)


async def _retryable(ctx: ToolContext, args: RetryFailedRunsArgs) -> Retries:
    """The runs to retry: of the named lead, else the newest five that may be."""
    only = None if args.lead is None else (await open_lead(ctx, args.lead)).lead
    business = await load_business(ctx.conn, ctx.now)
    names = LeadNames({lead.id: lead.title for lead in business.leads})
    queued = await _queued(ctx)
    failed = [item for item in failed_runs(business) if only is None or item.lead.id == only.id]
    runs = [
        item
        for item in failed
        if may_be_retried(item.run) and item.lead.id not in queued and no_rerun(item.lead) is None
    ]
    if not runs:
        raise Conflict(_why_none(failed, queued, names, only.title if only else None))
    view = View(names, business.settings, ctx.now)
    return Retries(tuple(runs[:MOST_AT_ONCE]), view)


async def _queued(ctx: ToolContext) -> frozenset[str]:
    """The leads whose retry waits to be started."""
    rows = await ctx.conn.execute("SELECT lead_id FROM pipeline_runs WHERE status = 'queued'")
    return frozenset([row["lead_id"] async for row in rows])


def _why_none(
    failed: list[FailedRun], queued: frozenset[str], names: LeadNames, only: str | None
) -> str:
    """Why no run can be retried."""
    if not failed:
        which = f"of {only} " if only else ""
        return f"No last pipeline run {which}has failed. There is nothing to retry."
    reasons = []
    for item in failed[:MOST_AT_ONCE]:
        title = names.subject(item.lead.id)
        if item.lead.id in queued:
            reasons.append(f"a retry of {title} is queued already")
        elif over := no_rerun(item.lead):
            reasons.append(f"the pipeline runs no more for {title}, because {over}")
        elif item.run.retry_count >= MOST_RETRIES:
            reasons.append(f"{title} was retried {MOST_RETRIES} times already")
        else:
            code = item.run.last_error_code or "no error code"
            reasons.append(f"{title} failed with {code}, which a retry does not mend")
    return f"No failed pipeline run can be retried: {listed(reasons)}."
