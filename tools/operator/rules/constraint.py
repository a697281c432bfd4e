"""The one stage that holds the business back (operator spec 4.3; decisions, "Constraint").

A stage is a candidate only when its reason holds; the highest score wins, ties keep the order
of `candidates`. Scores are those of section 4.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from tools.operator.records import Artifact, Business, Lead, OperatorSettings
from tools.operator.rules.ages import older_than, within
from tools.operator.rules.stages import (
    awaits_build,
    awaits_client,
    is_approved,
    is_enriched,
    is_positioned,
    is_system,
    newest,
    unsent_proposal,
)

ConstraintKey = Literal[
    "research_intake", "enrichment", "scoring", "positioning", "proposal_generation",
    "proposal_approval", "build_execution", "delivery_outcomes",
]  # fmt: skip

LABELS: dict[ConstraintKey, str] = {
    "research_intake": "Research intake",
    "enrichment": "Enrichment",
    "scoring": "Scoring",
    "positioning": "Positioning",
    "proposal_generation": "Proposal generation",
    "proposal_approval": "Proposal approval",
    "build_execution": "Build execution",
    "delivery_outcomes": "Delivery and outcomes",
}

ACTIONS: dict[ConstraintKey, tuple[str, ...]] = {
    "research_intake": (
        "Check that the research feed is switched on",
        "Run the research once by hand",
        "Ask a past client for an introduction",
    ),
    "enrichment": ("Look at the errors of the enrich step", "Retry the failed runs"),
    "scoring": ("Look at the errors of the score step", "Retry the failed runs"),
    "positioning": ("Look at the errors of the position step", "Retry the failed runs"),
    "proposal_generation": (
        "Look at the errors of the propose step",
        "Make sure that each lead has its positioning brief",
    ),
    "proposal_approval": (
        "Review the proposals that are ready, the oldest first",
        "Send each one that you approve, yourself",
    ),
    "build_execution": (
        "Start the builds that are approved",
        "Look at the errors of the build step",
    ),
    "delivery_outcomes": (
        "Record the outcome of each finished build",
        "Add the proof that the client has seen",
    ),
}

STEP_OF: dict[ConstraintKey, str] = {
    "enrichment": "enrich",
    "scoring": "score",
    "positioning": "position",
    "proposal_generation": "propose",
    "build_execution": "build",
}


@dataclass(frozen=True)
class Stock:
    """The population by how far it has come, and who waits at each stage since when.

    `waiting` holds, by stage, the leads that are there now with the time they arrived.
    """

    total: tuple[Lead, ...]
    new: tuple[Lead, ...]
    enriched: tuple[Lead, ...]
    scored: tuple[Lead, ...]
    positioned: tuple[Lead, ...]
    proposals: tuple[Lead, ...]
    approved: tuple[Lead, ...]
    build_started: tuple[Lead, ...]
    build_completed: tuple[Lead, ...]
    awaiting_operator: tuple[Lead, ...]
    awaiting_client: tuple[Lead, ...]
    created_lately: tuple[Lead, ...]
    waiting: Mapping[ConstraintKey, tuple[tuple[Lead, datetime], ...]]


@dataclass(frozen=True)
class Candidate:
    key: ConstraintKey
    eligible: bool
    score: Decimal

    @property
    def label(self) -> str:
        return LABELS[self.key]


def in_population(lead: Lead) -> bool:
    """Not system, not rejected, not lost, and not shipped with an outcome."""
    shipped = lead.status == "SHIPPED" or lead.build_completed_at is not None
    done = shipped and lead.deal_outcome is not None
    return not (is_system(lead) or lead.status == "REJECTED" or lead.deal_outcome == "lost" or done)


def stock(business: Business, now: datetime) -> Stock:
    """Where every lead of the population stands."""
    leads = tuple(lead for lead in business.leads if in_population(lead))
    artifacts = business.artifacts

    def those(holds: Callable[[Lead, Sequence[Artifact]], bool]) -> tuple[Lead, ...]:
        return tuple(lead for lead in leads if holds(lead, artifacts.get(lead.id, ())))

    intake = timedelta(days=business.settings.intake_window_days)
    return Stock(
        total=leads,
        new=those(lambda lead, _: lead.status == "NEW"),
        enriched=those(lambda _, made: is_enriched(made)),
        scored=those(lambda lead, _: lead.scored_at is not None),
        positioned=those(lambda _, made: is_positioned(made)),
        proposals=those(lambda _, made: newest(made, "proposal") is not None),
        approved=those(lambda lead, _: is_approved(lead)),
        build_started=those(lambda lead, _: lead.build_started_at is not None),
        build_completed=those(lambda lead, _: lead.build_completed_at is not None),
        awaiting_operator=those(lambda lead, made: unsent_proposal(lead, made) is not None),
        awaiting_client=those(lambda lead, _: awaits_client(lead)),
        created_lately=tuple(
            lead
            for lead in business.leads
            if not is_system(lead) and within(lead.created_at, intake, now)
        ),
        waiting=waiting(leads, artifacts),
    )


def waiting(
    leads: Sequence[Lead], artifacts: Mapping[str, Sequence[Artifact]]
) -> dict[ConstraintKey, tuple[tuple[Lead, datetime], ...]]:
    """The leads that stand at each stage now, with the time they arrived there."""
    found: dict[ConstraintKey, list[tuple[Lead, datetime]]] = {key: [] for key in LABELS}
    for lead in leads:
        place = stage_of(lead, artifacts.get(lead.id, ()))
        if place is not None:
            key, since = place
            found[key].append((lead, since))
    return {key: tuple(sorted(rows, key=lambda row: row[1])) for key, rows in found.items()}


def stage_of(lead: Lead, made: Sequence[Artifact]) -> tuple[ConstraintKey, datetime] | None:
    """The stage whose work this lead waits for, and since when; None while the client or a
    build in progress is what it waits for."""
    if lead.build_completed_at is not None:
        return ("delivery_outcomes", lead.build_completed_at)
    if is_approved(lead):
        if awaits_build(lead):
            return ("build_execution", lead.approved_at or lead.created_at)
        return None
    if lead.proposal_sent_at is not None or newest(made, "proposal") is not None:
        proposal = unsent_proposal(lead, made)
        return ("proposal_approval", proposal.created_at) if proposal else None
    brief, enrichment = newest(made, "positioning"), newest(made, "enrichment", "notes")
    if brief is not None:
        return ("proposal_generation", brief.created_at)
    if lead.scored_at is not None:
        return ("positioning", lead.scored_at)
    if enrichment is not None:
        return ("scoring", enrichment.created_at)
    return ("enrichment", lead.created_at)


def candidates(found: Stock, settings: OperatorSettings) -> list[Candidate]:
    """Every stage, whether its reason holds, and its score (0–100)."""
    total, new, enriched = len(found.total), len(found.new), len(found.enriched)
    scored, positioned, proposals = (
        len(found.scored),
        len(found.positioned),
        len(found.proposals),
    )

    def lack(number: int) -> Decimal:
        return (1 - Decimal(number) / total) * 20 if total else Decimal(0)

    rows: list[tuple[ConstraintKey, bool, Decimal]] = [
        (
            "research_intake",
            len(found.created_lately) < settings.intake_min_leads,
            Decimal(100),
        ),
        (
            "enrichment",
            total >= 5 and enriched * 2 < total,
            80 + lack(enriched) if new > enriched else Decimal(30),
        ),
        ("scoring", enriched >= 3 and scored * 5 < enriched * 4, 70 + lack(scored)),
        ("positioning", scored >= 2 and positioned * 5 < scored * 4, Decimal(70)),
        (
            "proposal_generation",
            positioned >= 2 and proposals * 5 < positioned * 4,
            Decimal(70),
        ),
        ("proposal_approval", bool(found.awaiting_operator), Decimal(85)),
        ("build_execution", bool(found.waiting["build_execution"]), Decimal(80)),
        ("delivery_outcomes", bool(found.waiting["delivery_outcomes"]), Decimal(60)),
    ]
    return [Candidate(key, eligible, score) for key, eligible, score in rows]


def choose(business: Business, options: Sequence[Candidate]) -> Candidate | None:
    """The eligible candidate with the highest score; None when no stage stands out or the
    business is empty."""
    eligible = [item for item in options if item.eligible]
    if not business.leads or not eligible:
        return None
    return max(eligible, key=lambda item: item.score)


def stuck(
    found: Stock, key: ConstraintKey, days: int, now: datetime
) -> list[tuple[Lead, datetime]]:
    """The leads that have stood at this stage for more than `days` days."""
    span = timedelta(days=days)
    return [row for row in found.waiting[key] if older_than(row[1], span, now)]
