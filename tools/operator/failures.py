"""Failures & Interventions: what failed, is stuck, or waits for the operator (operator spec 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from tools.findings import Fact, Findings, Missing
from tools.operator import failure_items as lead_items
from tools.operator import side_items
from tools.operator.failure_counts import count_fact, recommendation, summary_facts
from tools.operator.failure_items import LEDGER_OF, Bucket, BucketItems, Item, View, rule_id
from tools.operator.failure_questions import EXAMPLES
from tools.operator.names import LeadNames
from tools.operator.queries import load_business
from tools.operator.records import Business, OperatorSettings
from tools.operator.rules.ages import days_since
from tools.operator.rules.failures import (
    Failures,
    find_failures,
    recommended_next_action,
    top_severity,
)
from tools.operator.rules.listed import Listed
from tools.registry import Route, ToolContext, tool

Row = TypeVar("Row", bound=Listed)

MOST_FACTS = 20
MOST_ITEMS = 100


class FailuresArgs(BaseModel):
    """`buckets`: what is asked about, which the answer then starts with; all when left out."""

    model_config = ConfigDict(extra="forbid")

    buckets: list[Bucket] | None = Field(
        None, max_length=8, description="What is asked about; leave out for everything."
    )


@tool(
    audience="operator",
    effect="read",
    title="Read failures and interventions",
    examples=EXAMPLES,
    routes=[Route("GET", "/api/ops/failures")],
)
async def get_failures(ctx: ToolContext, args: FailuresArgs) -> Findings:
    """What failed, is stuck or waits for the operator: failed pipeline runs, proposals sent
    without outcome or ready and unsent, approvals, leads nobody contacted, broken
    integrations, conclusions of low confidence, open decisions. Name the buckets that the
    question is about."""
    business = await load_business(ctx.conn, ctx.now)
    failures = find_failures(business, ctx.now)
    names = LeadNames({lead.id: lead.title for lead in business.leads})
    view = View(names, business.settings, ctx.now)
    items = describe(failures, view)
    asked = list(dict.fromkeys(args.buckets or []))
    return Findings(
        facts=_facts(business, failures, items, asked, view),
        missing=_missing(business, asked),
        ledgers=["failures", *dict.fromkeys(_ledgers(asked))],
        as_of=ctx.now,
        data=_data(failures, items, view),
    )


def describe(failures: Failures, view: View) -> dict[Bucket, BucketItems]:
    """Every bucket in the order of the rules, its first hundred items described."""

    def bucket(found: Sequence[Row], item_of: Callable[[Row, View], Item]) -> BucketItems:
        ages = [days_since(item.since, view.now) for item in found if item.since is not None]
        return BucketItems(
            items=tuple(item_of(item, view) for item in found[:MOST_ITEMS]),
            count=len(found),
            oldest_days=max(ages, default=None),
        )

    return {
        "failed_runs": bucket(failures.failed_runs, lead_items.failed_run),
        "stuck_proposals": bucket(failures.stuck_proposals, lead_items.stuck_proposal),
        "stale_proposals": bucket(failures.stale_proposals, lead_items.stale_proposal),
        "needs_approval": bucket(failures.needs_approval, lead_items.approval),
        "stale_by_touch": bucket(failures.stale_by_touch, lead_items.stale_touch),
        "broken_integrations": bucket(failures.broken_integrations, side_items.broken_integration),
        "low_confidence": bucket(failures.low_confidence, side_items.low_confidence),
        "other_decisions": bucket(failures.other_decisions, side_items.other_decision),
    }


def _facts(
    business: Business,
    failures: Failures,
    items: dict[Bucket, BucketItems],
    asked: list[Bucket],
    view: View,
) -> list[Fact]:
    """Headlines: the asked buckets, item by item, an empty one as such; without a question the
    totals and every item. Everything else follows as detail."""
    facts = []
    if not asked:
        facts += summary_facts(failures, items, view)
    for bucket in [*asked, *(name for name in items if name not in asked)]:
        headline = bucket in asked or not asked
        found = items[bucket]
        if bucket != "broken_integrations" or business.integrations:
            counted = bucket in asked and found.count != 1
            facts.append(count_fact(bucket, found, view, headline=counted))
        for item in found.items[:MOST_FACTS]:
            first, *details = item.facts
            facts.append(_as(first, headline))
            facts += [_as(detail, False) for detail in details]
        if bucket == "broken_integrations":
            facts += _healthy(business, failures, view, headline=bucket in asked)
    if asked:
        facts += [_as(fact, False) for fact in summary_facts(failures, items, view)]
    return facts


def _healthy(business: Business, failures: Failures, view: View, *, headline: bool) -> list[Fact]:
    broken = {item.integration.name for item in failures.broken_integrations}
    whole = [item for item in business.integrations if item.name not in broken]
    return [_as(side_items.integration(item, view).facts[0], headline) for item in whole]


def _as(fact: Fact, headline: bool) -> Fact:
    return fact if fact.headline == headline else fact.model_copy(update={"headline": headline})


def _missing(business: Business, asked: list[Bucket]) -> list[Missing]:
    missing = []
    if not business.leads:
        missing.append(
            Missing(
                need="Any lead at all: the ledger of leads is empty",
                why_it_matters="Without leads nothing can fail, wait or go stale.",
                how_to_get="page",
                target="/leads",
            )
        )
    if not business.integrations and (not asked or "broken_integrations" in asked):
        missing.append(
            Missing(
                need="The health of the integrations: no source has reported yet",
                why_it_matters="A source that reports nothing may be down without anyone noticing.",
                how_to_get="page",
                target="/integrations",
            )
        )
    return missing


def _ledgers(asked: list[Bucket]) -> list[Any]:
    return [LEDGER_OF[bucket] for bucket in asked or LEDGER_OF]


def _data(failures: Failures, items: dict[Bucket, BucketItems], view: View) -> dict[str, Any]:
    """The payload of operator spec 3.3. Counts are never cut; lists are, and say how much more."""
    buckets = {
        camel(bucket): {
            "items": [item.payload for item in found.items],
            "count": found.count,
            "more": found.count - len(found.items),
            "oldestDays": found.oldest_days,
            "rule": rule_id(bucket),
        }
        for bucket, found in items.items()
    }
    return {
        "asOf": view.now.isoformat(),
        "thresholds": thresholds(view.settings),
        "buckets": buckets,
        "totalItems": failures.total_items,
        "distinctLeads": failures.distinct_leads,
        "topSeverity": top_severity(failures, view.settings, view.now),
        "recommendedNextAction": {
            "key": recommended_next_action(failures),
            "label": recommendation(failures),
        },
        "lastRunStatusByLeadId": failures.run_statuses,
    }


def thresholds(settings: OperatorSettings) -> dict[str, int | float]:
    """The thresholds that the buckets used."""
    return {
        "staleProposalDays": settings.stale_proposal_days,
        "stuckProposalDays": settings.stuck_proposal_days,
        "staleTouchDays": settings.stale_touch_days,
        "noSuccessHours": settings.no_success_hours,
        "criticalFailureHours": settings.critical_failure_hours,
        "lowConfidenceMax": float(settings.low_confidence_max),
        "lowRoiConfidenceMax": float(settings.low_roi_confidence_max),
        "lowAnswerDays": settings.low_answer_days,
    }


def camel(name: str) -> str:
    """ "failed_runs" → "failedRuns", as payloads name things."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
