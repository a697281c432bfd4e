"""Completion, velocity, confidence and the risk made of them (client spec 5.1–5.2, decisions).

A metric without data is None, never 0. Arithmetic is in decimals, so that a fall from 0.7 to
0.5 is exactly −0.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from tools.client.rules.transitions import Status

YOUNG = timedelta(days=7)
WINDOW = 3

Direction = Literal["up", "down", "unchanged"]


@dataclass(frozen=True)
class Experiment:
    """What the rules read of an experiment. `start_date` is the client's calendar day."""

    id: str
    name: str
    status: Status
    created_at: datetime
    updated_at: datetime
    start_date: date | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True)
class Learning:
    """What the rules read of a learning; `confidence` is 0–1."""

    id: int
    experiment_id: str
    created_at: datetime
    confidence: Decimal | None = None


@dataclass(frozen=True)
class Reflection:
    """What the rules read of a reflection; confidences are 1–10."""

    id: int
    experiment_id: str
    created_at: datetime
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class Trend:
    """The mean confidence of the newest scores against those before them, oldest first."""

    recent: tuple[Learning, ...]
    previous: tuple[Learning, ...]
    recent_mean: Decimal
    previous_mean: Decimal
    change: Decimal

    @property
    def direction(self) -> Direction:
        if self.change == 0:
            return "unchanged"
        return "up" if self.change > 0 else "down"


@dataclass(frozen=True)
class Efficacy:
    """Every metric of one client; None where there is no data. `counted` are the
    experiments that the completion rate looks at."""

    total: int
    completed: int
    counted: int
    completion_rate: Decimal | None
    learning_events: int
    days_active: int | None
    learning_velocity: Decimal | None
    scored: tuple[Learning, ...]
    confidence_score: Decimal | None
    trend: Trend | None
    factors: dict[str, Decimal]
    escalation_risk: Decimal | None
    last_activity: datetime | None


def efficacy(
    experiments: Sequence[Experiment],
    learnings: Sequence[Learning],
    reflections: Sequence[Reflection],
    now: datetime,
    time_zone: str,
) -> Efficacy:
    """All metrics from a client's rows, in any order."""
    completed = sum(item.completed_at is not None for item in experiments)
    counted = sum(counts_for_completion(item, now) for item in experiments)
    completion = Decimal(completed) / counted if counted else None
    days = days_active(learnings, time_zone)
    velocity = Decimal(len(learnings)) / days if days else None
    scored = scored_in_order(learnings)
    confidence = _mean(scored) if scored else None
    factors = risk_factors(completion, velocity, confidence, days)
    return Efficacy(
        total=len(experiments),
        completed=completed,
        counted=counted,
        completion_rate=completion,
        learning_events=len(learnings),
        days_active=days,
        learning_velocity=velocity,
        scored=scored,
        confidence_score=confidence,
        trend=confidence_trend(scored),
        factors=factors,
        escalation_risk=sum(factors.values(), Decimal(0)) / len(factors) if factors else None,
        last_activity=last_activity(experiments, learnings, reflections),
    )


def counts_for_completion(experiment: Experiment, now: datetime) -> bool:
    """Whether the completion rate looks at it: it ever completed, or it is 7 days old."""
    return experiment.completed_at is not None or now - experiment.created_at >= YOUNG


def days_active(learnings: Sequence[Learning], time_zone: str) -> int | None:
    """Calendar days from the first learning to the last, both included, in `time_zone`."""
    if not learnings:
        return None
    zone = ZoneInfo(time_zone)
    days = [item.created_at.astimezone(zone).date() for item in learnings]
    return (max(days) - min(days)).days + 1


def scored_in_order(learnings: Sequence[Learning]) -> tuple[Learning, ...]:
    """The learnings that have a confidence, oldest first."""
    scored = (item for item in learnings if item.confidence is not None)
    return tuple(sorted(scored, key=lambda item: (item.created_at, item.id)))


def confidence_trend(scored: Sequence[Learning]) -> Trend | None:
    """The last 3 scores against the 3 before, `scored` oldest first; None below 6 scores."""
    if len(scored) < 2 * WINDOW:
        return None
    recent, previous = tuple(scored[-WINDOW:]), tuple(scored[-2 * WINDOW : -WINDOW])
    return Trend(
        recent=recent,
        previous=previous,
        recent_mean=_mean(recent),
        previous_mean=_mean(previous),
        change=(_sum(recent) - _sum(previous)) / WINDOW,
    )


def risk_factors(
    completion: Decimal | None,
    velocity: Decimal | None,
    confidence: Decimal | None,
    days: int | None,
) -> dict[str, Decimal]:
    """The factors that have data, each 0–1 (client spec 5.2)."""
    factors: dict[str, Decimal] = {}
    if completion is not None:
        factors["completion"] = _step(completion, "0.3", "0.8", "0.6", "0.4")
    if velocity is not None:
        factors["velocity"] = _step(velocity, "0.5", "0.7", "1.0", "0.3")
    if confidence is not None:
        factors["confidence"] = _step(confidence, "0.3", "0.9", "0.6", "0.5")
    if days is not None and velocity is not None and days > 7 and velocity < Decimal("0.2"):
        factors["slowness"] = Decimal("0.8")
    return factors


def last_activity(
    experiments: Sequence[Experiment],
    learnings: Sequence[Learning],
    reflections: Sequence[Reflection],
) -> datetime | None:
    """The newest change of an experiment, learning or reflection."""
    moments = [
        *(item.updated_at for item in experiments),
        *(item.created_at for item in learnings),
        *(item.created_at for item in reflections),
    ]
    return max(moments, default=None)


def _step(value: Decimal, low: str, at_low: str, middle: str, at_middle: str) -> Decimal:
    if value < Decimal(low):
        return Decimal(at_low)
    return Decimal(at_middle) if value < Decimal(middle) else Decimal("0.1")


def _sum(scored: Sequence[Learning]) -> Decimal:
    return sum((item.confidence for item in scored if item.confidence is not None), Decimal(0))


def _mean(scored: Sequence[Learning]) -> Decimal:
    return _sum(scored) / len(scored)
