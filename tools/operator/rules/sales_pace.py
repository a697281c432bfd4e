"""How fast proposals go out and how many deals are won, this window against the one before
(operator spec 4.3; decisions, "Constraint"). Exact values; rounding comes last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tools.operator.records import Artifact, Lead
from tools.operator.rules.ages import within, within_previous
from tools.operator.rules.stages import is_system

MICROSECOND = timedelta(microseconds=1)
DAY_IN_MICROSECONDS = timedelta(days=1) // MICROSECOND


@dataclass(frozen=True)
class Cycle:
    """The days between the newest proposal before sending and the sending, one lead each."""

    days: tuple[Decimal, ...] = ()
    leads: tuple[Lead, ...] = ()
    proposals: tuple[Artifact, ...] = ()

    @property
    def mean(self) -> Decimal | None:
        return sum(self.days, Decimal(0)) / len(self.days) if self.days else None


@dataclass(frozen=True)
class WinRate:
    won: tuple[Lead, ...] = ()
    lost: tuple[Lead, ...] = ()

    @property
    def decided(self) -> tuple[Lead, ...]:
        return (*self.won, *self.lost)

    @property
    def percent(self) -> Decimal | None:
        return Decimal(100) * len(self.won) / len(self.decided) if self.decided else None


def proposal_cycles(
    leads: Iterable[Lead],
    artifacts: Mapping[str, Sequence[Artifact]],
    days: int,
    now: datetime,
) -> tuple[Cycle, Cycle]:
    """Cycles of the proposals sent in the last `days` days and in the `days` before."""
    known = list(leads)
    span = timedelta(days=days)
    return (
        _cycle(known, artifacts, lambda at: within(at, span, now)),
        _cycle(known, artifacts, lambda at: within_previous(at, span, now)),
    )


def _cycle(
    leads: Iterable[Lead],
    artifacts: Mapping[str, Sequence[Artifact]],
    in_window: Callable[[datetime], bool],
) -> Cycle:
    rows = []
    for lead in leads:
        sent = lead.proposal_sent_at
        if is_system(lead) or sent is None or not in_window(sent):
            continue
        ready = [
            item
            for item in artifacts.get(lead.id, ())
            if item.type == "proposal" and item.created_at <= sent
        ]
        if ready:
            last = max(ready, key=lambda item: (item.created_at, item.id))
            took = Decimal((sent - last.created_at) // MICROSECOND) / DAY_IN_MICROSECONDS
            rows.append((took, lead, last))
    return Cycle(
        tuple(row[0] for row in rows), tuple(row[1] for row in rows), tuple(row[2] for row in rows)
    )


def win_rates(leads: Iterable[Lead], days: int, now: datetime) -> tuple[WinRate, WinRate]:
    """Won and lost by outcome time in the last `days` days and in the `days` before."""
    known = [lead for lead in leads if not is_system(lead)]
    span = timedelta(days=days)
    return (
        _win_rate(known, lambda at: within(at, span, now)),
        _win_rate(known, lambda at: within_previous(at, span, now)),
    )


def _win_rate(leads: Iterable[Lead], in_window: Callable[[datetime], bool]) -> WinRate:
    decided = [lead for lead in leads if lead.outcome_at is not None and in_window(lead.outcome_at)]
    return WinRate(
        tuple(lead for lead in decided if lead.deal_outcome == "won"),
        tuple(lead for lead in decided if lead.deal_outcome == "lost"),
    )


def delta(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Current minus previous, exact; None when either is missing."""
    return None if now is None or before is None else now - before
