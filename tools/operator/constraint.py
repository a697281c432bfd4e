"""The bottleneck: which stage holds the business back, shown with its evidence (operator spec 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from tools.findings import Findings, Missing
from tools.operator.constraint_evidence import (
    Evidence,
    approvals_pending,
    awaiting,
    stuck_leads,
)
from tools.operator.constraint_facts import (
    Diagnosis,
    actions,
    counts,
    failed_step_count,
    reason,
    score,
    scores,
    verdict,
)
from tools.operator.constraint_pace import nothing_before, proposal_cycle, win_rate
from tools.operator.names import LeadNames
from tools.operator.queries import load_business, load_failed_steps
from tools.operator.records import Business, Step
from tools.operator.rules.constraint import ACTIONS, candidates, choose, stock
from tools.operator.rules.sales_pace import proposal_cycles, win_rates
from tools.registry import Route, ToolContext, tool

EXAMPLES = [
    "what is the bottleneck and why?",
    "what is the bottleneck?",
    "where is the constraint?",
    "what is holding us back?",
    "what is slowing us down?",
    "where does work pile up?",
    "which stage is the slowest?",
    "what limits us right now?",
    "why are we not selling more?",
    "show me the constraint with its evidence",
    "what is the weakest stage of the pipeline?",
    "what is our choke point?",
    "what is in the way of more wins?",
    "what keeps us from closing more?",
    "which step drags the most?",
    "what is the limiting factor?",
    "what is the main drag on the business?",
    "which link in the chain is weakest?",
    "what single fix would help most?",
    "what would let us grow?",
    "are we closing fewer deals than before?",
    "is our conversion getting worse?",
    "what holds up new business?",
    "which part of the funnel leaks time?",
    "how many days pass before a proposal is out?",
    "what should I fix to get more done?",
    "where are things getting stuck in the process?",
    "what evidence is there for the bottleneck?",
    "where should I put my time this week?",
    "win rate trend?",
    "what is our win rate?",
    "is the win rate going up or down?",
    "how many deals did we win compared to last month?",
    "how long does a proposal take to go out?",
    "what is the average proposal cycle?",
    "are proposals getting slower?",
    "how many leads are stuck at the current stage?",
    "how many leads are in the pipeline and how far are they?",
]


class ConstraintArgs(BaseModel):
    """Nothing to choose: there is one constraint."""

    model_config = ConfigDict(extra="forbid")


@tool(
    audience="operator",
    effect="read",
    title="Read the bottleneck",
    examples=EXAMPLES,
    routes=[Route("GET", "/api/ops/constraint")],
)
async def get_constraint(ctx: ToolContext, args: ConstraintArgs) -> Findings:
    """The bottleneck of the business, why it is one, and the evidence: leads stuck, approvals
    pending, proposal cycle and win rate against the window before, and what to do about it."""
    business = await load_business(ctx.conn, ctx.now)
    since = ctx.now - timedelta(days=business.settings.intake_window_days)
    diagnosis = diagnose(business, await load_failed_steps(ctx.conn, since), ctx.now)
    evidence, missing = gather(diagnosis)
    facts = verdict(diagnosis)
    for entry in evidence:
        facts += entry.facts(ctx.now)
    return Findings(
        facts=[*facts, *actions(diagnosis), *scores(diagnosis), *counts(diagnosis)],
        missing=missing,
        ledgers=["constraint"],
        as_of=ctx.now,
        data=_data(diagnosis, evidence),
    )


def diagnose(business: Business, failed_steps: Sequence[Step], now: datetime) -> Diagnosis:
    """The constraint of `business` as of `now`."""
    found = stock(business, now)
    options = candidates(found, business.settings)
    return Diagnosis(
        business=business,
        stock=found,
        options=tuple(options),
        chosen=choose(business, options),
        failed_steps=tuple(failed_steps),
        names=LeadNames({lead.id: lead.title for lead in business.leads}),
        now=now,
    )


def gather(diagnosis: Diagnosis) -> tuple[list[Evidence], list[Missing]]:
    """The evidence, and what could not be computed for lack of rows."""
    business, now, settings = diagnosis.business, diagnosis.now, diagnosis.business.settings
    if not business.leads:
        return [], [
            Missing(
                need="Any lead at all: the ledger of leads is empty",
                why_it_matters="A constraint is found from where leads stand and wait.",
                how_to_get="page",
                target="/leads",
            )
        ]
    key = diagnosis.chosen.key if diagnosis.chosen else None
    cycles = proposal_cycles(
        business.leads, business.artifacts, settings.proposal_cycle_window_days, now
    )
    rates = win_rates(business.leads, settings.win_rate_window_days, now)
    entries = [
        stuck_leads(business, diagnosis.stock, key, diagnosis.names, now),
        *awaiting(business, diagnosis.stock, diagnosis.names),
        failed_step_count(diagnosis),
        approvals_pending(business),
        proposal_cycle(*cycles, settings),
        win_rate(*rates, settings),
    ]
    evidence = [entry for entry in entries if isinstance(entry, Evidence)]
    missing = [entry for entry in entries if isinstance(entry, Missing)]
    return evidence, missing + [gap for gap in map(nothing_before, evidence) if gap is not None]


def _data(diagnosis: Diagnosis, evidence: Sequence[Evidence]) -> dict[str, Any]:
    """The payload of operator spec 4.1 and 4.3."""
    chosen = diagnosis.chosen
    return {
        "asOf": diagnosis.now.isoformat(),
        "constraintKey": chosen.key if chosen else None,
        "label": diagnosis.label,
        "reason": reason(diagnosis),
        "score": score(chosen) if chosen else None,
        "evidence": [entry.payload(diagnosis.now) for entry in evidence],
        "recommendedActions": list(ACTIONS[chosen.key][:3]) if chosen else [],
        "candidates": [
            {
                "key": item.key,
                "label": item.label,
                "eligible": item.eligible,
                "score": score(item) if item.eligible else None,
            }
            for item in diagnosis.options
        ],
        "counts": {
            "population": len(diagnosis.stock.total),
            "createdInWindow": len(diagnosis.stock.created_lately),
            **{_camel(name): len(leads) for name, leads in diagnosis.counts().items()},
        },
    }


def _camel(name: str) -> str:
    first, *rest = name.split()
    return first + "".join(word.capitalize() for word in rest)
