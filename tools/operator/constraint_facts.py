"""What is said about the constraint beside its evidence: the verdict, what to do, the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tools.findings import Fact, RowSource, Value
from tools.operator.constraint_evidence import MOST_SOURCES, Evidence, named
from tools.operator.names import LeadNames
from tools.operator.records import Business, Lead, Step, source
from tools.operator.rules.constraint import ACTIONS, STEP_OF, Candidate, Stock
from tools.operator.rules.stages import newest
from tools.rounding import round_half_up
from tools.wording import capitalised, counted

ARTIFACTS_OF = {
    "enriched": ("enrichment", "notes"),
    "positioned": ("positioning",),
    "proposals": ("proposal",),
}
PREDICATES = {
    "new": ("is new", "are new"),
    "enriched": ("is enriched", "are enriched"),
    "scored": ("is scored", "are scored"),
    "positioned": ("is positioned", "are positioned"),
    "proposals": ("has a proposal", "have a proposal"),
    "approved": ("is approved", "are approved"),
    "build started": ("has a started build", "have a started build"),
    "build completed": ("has a finished build", "have a finished build"),
}


@dataclass(frozen=True)
class Diagnosis:
    """The constraint and what it was found from. `chosen` is None without a clear one."""

    business: Business
    stock: Stock
    options: tuple[Candidate, ...]
    chosen: Candidate | None
    failed_steps: tuple[Step, ...]
    names: LeadNames
    now: datetime

    @property
    def label(self) -> str:
        return self.chosen.label if self.chosen else "No clear constraint"

    def counts(self) -> dict[str, tuple[Lead, ...]]:
        """The leads behind each count of the population."""
        found = self.stock
        return {
            "new": found.new,
            "enriched": found.enriched,
            "scored": found.scored,
            "positioned": found.positioned,
            "proposals": found.proposals,
            "approved": found.approved,
            "build started": found.build_started,
            "build completed": found.build_completed,
        }


def reason(diagnosis: Diagnosis) -> str:
    """Why the chosen stage is the constraint, in one sentence."""
    found, chosen = diagnosis.stock, diagnosis.chosen
    if not diagnosis.business.leads:
        return "There are no leads yet, so no stage can be the constraint."
    if chosen is None:
        return "No stage meets its condition for being the constraint."
    total, enriched = len(found.total), len(found.enriched)
    scored, positioned = len(found.scored), len(found.positioned)
    waiting = [lead for lead, _ in found.waiting[chosen.key]]
    verb, has = ("waits", "has") if len(waiting) == 1 else ("wait", "have")
    who = f": {named(waiting, diagnosis.names)}." if waiting else "."
    match chosen.key:
        case "research_intake":
            days = counted(diagnosis.business.settings.intake_window_days, "day")
            number = len(found.created_lately)
            came = f"Only {counted(number, 'lead')}" if number else "No lead"
            return f"{came} came in over the last {days}."
        case "enrichment":
            return f"Only {enriched} of the {total} leads in the pipeline are enriched."
        case "scoring":
            return f"Only {scored} of the {total} leads in the pipeline are scored, and {enriched} are enriched."
        case "positioning":
            return f"{scored} leads are scored, but only {positioned} are positioned."
        case "proposal_generation":
            return f"{positioned} leads are positioned, but only {len(found.proposals)} have a proposal."
        case "proposal_approval":
            ready = (
                f"{counted(len(waiting), 'proposal')} {'is' if len(waiting) == 1 else 'are'} ready"
            )
            return f"{ready} and {verb} for you to review and send{who}"
        case "build_execution":
            return f"{counted(len(waiting), 'approved lead')} {verb} for the build to start{who}"
        case "delivery_outcomes":
            return f"{counted(len(waiting), 'finished build')} {has} no recorded outcome{who}"


def verdict(diagnosis: Diagnosis) -> list[Fact]:
    """Which stage it is, and why."""
    chosen = diagnosis.chosen
    what = (
        f"The bottleneck is {diagnosis.label.lower()}."
        if chosen
        else "There is no clear bottleneck."
    )
    waiting = [lead for lead, _ in diagnosis.stock.waiting[chosen.key]] if chosen else []
    leads = waiting or diagnosis.stock.total
    sources = tuple(
        source(lead, "status", "proposal_sent_at", "approved_at") for lead in leads[:MOST_SOURCES]
    )
    why = reason(diagnosis)
    return [
        _fact(diagnosis, "constraint", diagnosis.label, what, sources),
        _fact(diagnosis, "reason", why, why, sources),
    ]


def actions(diagnosis: Diagnosis) -> list[Fact]:
    """At most three things to do about it."""
    if diagnosis.chosen is None:
        return []
    return [
        _fact(diagnosis, f"recommended action {number}", text, f"{capitalised(text)}.", ())
        for number, text in enumerate(ACTIONS[diagnosis.chosen.key][:3], start=1)
    ]


def score(candidate: Candidate) -> float:
    """The score as it is shown, to one decimal."""
    return float(round_half_up(candidate.score, 1))


def scores(diagnosis: Diagnosis) -> list[Fact]:
    """The score of every stage whose condition holds, as detail."""
    return [
        _fact(
            diagnosis,
            "constraint score",
            score(item),
            f"{item.label} scores {score(item):g} as the constraint.",
            (),
            subject=item.label,
        )
        for item in diagnosis.options
        if item.eligible and diagnosis.business.leads
    ]


def counts(diagnosis: Diagnosis) -> list[Fact]:
    """How many of the population have reached each stage, as detail."""
    total = diagnosis.stock.total
    number = counted(len(total), "lead")
    facts = [
        _fact(
            diagnosis,
            "leads in the pipeline",
            len(total),
            f"{number} {'is' if len(total) == 1 else 'are'} in the pipeline.",
            tuple(source(lead, "status", "deal_outcome") for lead in total[:MOST_SOURCES]),
            subject="pipeline",
            unit="leads",
        )
    ]
    for name, leads in diagnosis.counts().items():
        one, many = PREDICATES[name]
        said = f"{len(leads)} {one if len(leads) == 1 else many}" if leads else f"none {one}"
        facts.append(
            _fact(
                diagnosis,
                "leads proposed" if name == "proposals" else f"leads {name}",
                len(leads),
                f"Of the {number} in the pipeline, {said}.",
                _reached(diagnosis.business, name, leads[:MOST_SOURCES]),
                subject="pipeline",
                unit="leads",
            )
        )
    return facts if total else []


def failed_step_count(diagnosis: Diagnosis) -> Evidence | None:
    """How often the step behind the constraint failed lately; None where no step is behind it."""
    step = STEP_OF.get(diagnosis.chosen.key) if diagnosis.chosen else None
    if step is None:
        return None
    rows = [item for item in diagnosis.failed_steps if item.step_name == step]
    days = diagnosis.business.settings.intake_window_days
    times = f"failed {counted(len(rows), 'time')}" if rows else "has not failed"
    return Evidence(
        key="failureCount",
        subject=f"{step} step",
        label="failures",
        value=len(rows),
        unit="failures",
        statement=f"The {step} step {times} in runs of the last {counted(days, 'day')}.",
        sources=tuple(source(item, "success", "step_name") for item in rows),
        window_days=days,
    )


def _reached(business: Business, name: str, leads: Sequence[Lead]) -> tuple[RowSource, ...]:
    """The rows that show that each lead has come so far."""
    if name in ARTIFACTS_OF:
        made = [newest(business.artifacts.get(lead.id, ()), *ARTIFACTS_OF[name]) for lead in leads]
        return tuple(source(item, "created_at") for item in made if item is not None)
    columns = ("status", "scored_at", "approved_at", "build_started_at", "build_completed_at")
    return tuple(source(lead, *columns) for lead in leads)


def _fact(
    diagnosis: Diagnosis,
    label: str,
    value: Value,
    statement: str,
    sources: tuple[RowSource, ...],
    *,
    subject: str | None = None,
    unit: str | None = None,
) -> Fact:
    own = subject is not None
    return Fact(
        ledger="constraint",
        sources=sources[:MOST_SOURCES],
        rule=f"constraint.{'_'.join(label.rstrip(' 0123456789').split())}@1",
        subject=subject or "the constraint",
        aliases=() if own else ("constraint", "bottleneck"),
        label=label,
        value=value,
        unit=unit,
        as_of=diagnosis.now,
        statement=statement,
        headline=not own,
    )
