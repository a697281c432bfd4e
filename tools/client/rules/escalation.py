"""When to suggest the human coach (client spec 5.3, decisions "Escalation").

Stalled experiments and falling confidence escalate. The older triggers (high risk, long
inactivity, low confidence) are signals: shown, and alone never enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from tools.client.rules.efficacy import Efficacy, Experiment, Learning, Reflection

GUARD = timedelta(days=3)
STALL = timedelta(days=7)
LONG_STALL = timedelta(days=14)
STALLS_TO_ESCALATE = 2
DROP = Decimal("-0.2")

Reason = Literal[
    "stalled_experiments", "confidence_drop", "high_risk", "long_inactivity", "low_confidence"
]


@dataclass(frozen=True)
class Stall:
    """An active experiment that nothing has happened to for `days` whole days."""

    experiment: Experiment
    idle: timedelta

    @property
    def days(self) -> int:
        return self.idle.days


@dataclass(frozen=True)
class Escalation:
    """`reasons` escalate, the first of them is the reason; `signals` are only shown.
    Without `enough_data` nothing is judged."""

    enough_data: bool
    reasons: tuple[Reason, ...] = ()
    signals: tuple[Reason, ...] = ()
    stalls: tuple[Stall, ...] = ()
    drops: tuple[Reflection, ...] = ()

    @property
    def should_escalate(self) -> bool:
        return bool(self.reasons)

    @property
    def reason(self) -> Reason | None:
        return self.reasons[0] if self.reasons else None


def escalation(
    efficacy: Efficacy,
    experiments: Sequence[Experiment],
    learnings: Sequence[Learning],
    reflections: Sequence[Reflection],
    now: datetime,
    time_zone: str,
) -> Escalation:
    """Whether to suggest the coach, and why. A client younger than three days of
    experiments is never judged."""
    first = min((item.created_at for item in experiments), default=None)
    if first is None or now - first < GUARD:
        return Escalation(enough_data=False)
    stalled = stalls(experiments, learnings, reflections, now, time_zone)
    drops = falling_reflections(reflections)
    fell = efficacy.trend is not None and efficacy.trend.change <= DROP
    reasons: list[Reason] = []
    if len(stalled) >= STALLS_TO_ESCALATE or any(item.idle >= LONG_STALL for item in stalled):
        reasons.append("stalled_experiments")
    if fell or drops:
        reasons.append("confidence_drop")
    return Escalation(True, tuple(reasons), signals(efficacy), stalled, drops)


def stalls(
    experiments: Sequence[Experiment],
    learnings: Sequence[Learning],
    reflections: Sequence[Reflection],
    now: datetime,
    time_zone: str,
) -> tuple[Stall, ...]:
    """Active experiments that started before today and have seen no change, learning or
    reflection for 7 days or more, the longest first."""
    today = now.astimezone(ZoneInfo(time_zone)).date()
    newest: dict[str, datetime] = {}
    activity: list[Learning | Reflection] = [*learnings, *reflections]
    for item in activity:
        newest[item.experiment_id] = max(
            item.created_at, newest.get(item.experiment_id, item.created_at)
        )
    found = [
        Stall(started, now - max(started.updated_at, newest.get(started.id, started.updated_at)))
        for started in experiments
        if started.status == "active"
        and started.start_date is not None
        and started.start_date < today
    ]
    return tuple(
        sorted(
            (stall for stall in found if stall.idle >= STALL),
            key=lambda stall: stall.idle,
            reverse=True,
        )
    )


def falling_reflections(reflections: Sequence[Reflection]) -> tuple[Reflection, ...]:
    """The client's two newest rated reflections, oldest first, when confidence ended lower
    than it began in both; else nothing."""
    rated = [item for item in reflections if item.before is not None and item.after is not None]
    newest = sorted(rated, key=lambda item: (item.created_at, item.id))[-2:]
    fell = [
        item
        for item in newest
        if item.before is not None and item.after is not None and item.after < item.before
    ]
    return tuple(fell) if len(fell) == 2 else ()


def signals(efficacy: Efficacy) -> tuple[Reason, ...]:
    """The older triggers that hold; one without data does not."""
    found: list[Reason] = []
    if efficacy.escalation_risk is not None and efficacy.escalation_risk > Decimal("0.7"):
        found.append("high_risk")
    if (
        efficacy.days_active is not None
        and efficacy.learning_velocity is not None
        and efficacy.days_active > 14
        and efficacy.learning_velocity < Decimal("0.1")
    ):
        found.append("long_inactivity")
    if (
        efficacy.confidence_score is not None
        and efficacy.confidence_score < Decimal("0.2")
        and efficacy.total > 3
    ):
        found.append("low_confidence")
    return tuple(found)
