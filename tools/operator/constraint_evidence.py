"""The numbers that a constraint is shown with (operator spec 4.2, 4.3): what each is, what it
was before, how many cases it rests on, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.findings import Fact, RowSource
from tools.operator.names import LeadNames
from tools.operator.records import Business, Lead, source
from tools.operator.rules.constraint import LABELS, ConstraintKey, Stock, stuck
from tools.operator.rules.failures import needs_approval
from tools.operator.rules.stages import newest
from tools.wording import counted, listed

MOST_NAMES = 5
MOST_SOURCES = 20
"""A count over more rows names the first ones; computing it again checks them all."""

Number = int | float
Part = tuple[str, Number, str, str]


@dataclass(frozen=True)
class Evidence:
    """One entry: `{key, label, value, previous, delta, unit, n, window, source, as of}`.

    `statement` says all of it; `parts` are further facts (label, value, unit, statement) that
    stand behind it.
    """

    key: str
    subject: str
    label: str
    value: Number
    unit: str
    statement: str
    sources: tuple[RowSource, ...]
    previous: Number | None = None
    delta: Number | None = None
    n: int | None = None
    previous_n: int | None = None
    window_days: int | None = None
    parts: tuple[Part, ...] = ()
    headline: bool = True

    @property
    def rule(self) -> str:
        return f"constraint.{self.key}@1"

    def payload(self, now: datetime) -> dict[str, Any]:
        return {
            "key": self.key,
            "label": self.label,
            "value": self.value,
            "previous": self.previous,
            "delta": self.delta,
            "unit": self.unit,
            "n": self.n,
            "previousN": self.previous_n,
            "window": None if self.window_days is None else f"{self.window_days} days",
            "source": sorted({item.table for item in self.sources}),
            "asOf": now.isoformat(),
            "text": self.statement,
        }

    def facts(self, now: datetime) -> list[Fact]:
        """The entry itself, then its parts as detail."""

        def fact(label: str, value: Number, unit: str, said: str, headline: bool) -> Fact:
            return Fact(
                ledger="constraint",
                sources=self.sources[:MOST_SOURCES],
                rule=self.rule,
                subject=self.subject,
                label=label,
                value=value,
                unit=unit,
                as_of=now,
                statement=said,
                headline=headline,
            )

        first = fact(self.label, self.value, self.unit, self.statement, self.headline)
        return [first, *(fact(*part, False) for part in self.parts)]


def named(leads: Sequence[Lead], names: LeadNames) -> str:
    """The titles of `leads`, at most five, and how many more there are."""
    titles = [names.subject(lead.id) for lead in leads[:MOST_NAMES]]
    more = len(leads) - len(titles)
    return listed([*titles, f"{more} more"] if more else titles)


def stuck_leads(
    business: Business,
    found: Stock,
    key: ConstraintKey | None,
    names: LeadNames,
    now: datetime,
) -> Evidence:
    """Leads at the constraint for longer than the stage threshold; at any stage without one."""
    days = business.settings.stage_stuck_days
    keys = [key] if key else list(found.waiting)
    leads = [lead for one in keys for lead, _ in stuck(found, one, days, now)]
    place = f"at {LABELS[key].lower()}" if key else "at one stage"
    span = counted(days, "day")
    if leads:
        has = "has" if len(leads) == 1 else "have"
        number = counted(len(leads), "lead")
        said = f"{number} {has} waited {place} for more than {span}: {named(leads, names)}."
    else:
        said = f"No lead has waited {place} for more than {span}."
    sources = [_arrival(lead, business) for lead in leads]
    return Evidence(
        "leadsStuckCount", "leads stuck", "leads stuck", len(leads), "leads", said,
        (*sources, source(business.settings, "stage_stuck_days")),
    )  # fmt: skip


def awaiting(business: Business, found: Stock, names: LeadNames) -> list[Evidence]:
    """The approval stage split by who it waits for: the operator or the client."""
    mine, theirs = found.awaiting_operator, found.awaiting_client
    waits = "waits for you" if len(mine) == 1 else "wait for you"
    out = "is with the client" if len(theirs) == 1 else "are with the client"
    number, sent = counted(len(mine), "unsent proposal"), counted(len(theirs), "sent proposal")
    return [
        Evidence(
            key="awaitingOperator",
            subject="unsent proposals",
            label="awaiting you",
            value=len(mine),
            unit="proposals",
            statement=f"{number} {waits}: {named(mine, names)}."
            if mine
            else "No unsent proposal waits for you.",
            sources=tuple(_arrival(lead, business) for lead in mine),
            headline=False,
        ),
        Evidence(
            key="awaitingClient",
            subject="sent proposals",
            label="awaiting the client",
            value=len(theirs),
            unit="proposals",
            statement=f"{sent} {out}: {named(theirs, names)}."
            if theirs
            else "No sent proposal waits for the client.",
            sources=tuple(source(lead, "proposal_sent_at", "deal_outcome") for lead in theirs),
            headline=False,
        ),
    ]


def approvals_pending(business: Business) -> Evidence:
    """The size of the approval queue."""
    queue = needs_approval(business.leads, business.artifacts)
    said = f"{counted(len(queue), 'approval')} {'is' if len(queue) == 1 else 'are'} pending."
    return Evidence(
        "approvalsPending", "approvals", "approvals pending", len(queue), "approvals",
        said if queue else "No approval is pending.",
        tuple(source(item.lead, "status", "approved_at", "proposal_sent_at") for item in queue),
    )  # fmt: skip


def _arrival(lead: Lead, business: Business) -> RowSource:
    """The row that says since when a lead has stood where it stands."""
    made = newest(business.artifacts.get(lead.id, ()), "proposal", "positioning", "enrichment")
    if lead.approved_at is None and made is not None:
        return source(made, "created_at")
    return source(lead, "status", "created_at", "scored_at", "approved_at", "build_completed_at")
