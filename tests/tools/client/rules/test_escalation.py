"""What suggests the coach, and what must not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tools.client.rules.efficacy import Experiment, Learning, Reflection, efficacy
from tools.client.rules.escalation import Escalation, escalation, stalls
from tools.client.rules.transitions import Status

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def experiment(
    name: str, idle: timedelta, *, status: Status = "active", start: date | None = None
) -> Experiment:
    moment = NOW - idle
    return Experiment(name, name, status, moment, moment, start or moment.date())


def judged(
    experiments: list[Experiment],
    learnings: list[Learning] | None = None,
    reflections: list[Reflection] | None = None,
) -> Escalation:
    rows = (experiments, learnings or [], reflections or [])
    return escalation(efficacy(*rows, NOW, "UTC"), *rows, NOW, "UTC")


DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def test_a_new_client_is_never_judged() -> None:
    assert judged([]).enough_data is False
    assert judged([experiment("a", 3 * DAY - SECOND)]).enough_data is False
    edge = judged([experiment("a", 3 * DAY)])
    assert edge.enough_data
    assert not edge.should_escalate


@pytest.mark.parametrize(
    ("idle", "reasons"),
    [
        ([7 * DAY - SECOND, 7 * DAY - SECOND], ()),
        ([7 * DAY], ()),
        ([7 * DAY, 7 * DAY], ("stalled_experiments",)),
        ([14 * DAY - SECOND], ()),
        ([14 * DAY], ("stalled_experiments",)),
    ],
)
def test_two_stalls_or_one_long_one(idle: list[timedelta], reasons: tuple[str, ...]) -> None:
    experiments = [experiment(str(n), item) for n, item in enumerate(idle)]
    assert judged(experiments).reasons == reasons


@pytest.mark.parametrize("status", ["planned", "paused", "completed", "reviewed", "archived"])
def test_only_an_active_experiment_stalls(status: Status) -> None:
    assert judged([experiment("a", 20 * DAY, status=status)]).stalls == ()


def test_only_a_start_in_the_past_stalls() -> None:
    today = NOW.date()
    assert judged([experiment("a", 20 * DAY, start=today)]).stalls == ()
    assert judged([experiment("a", 20 * DAY, start=today - DAY)]).should_escalate


def test_the_past_is_that_of_the_clients_calendar() -> None:
    begun = [experiment("a", 20 * DAY, start=NOW.date())]
    assert stalls(begun, [], [], NOW, "UTC") == ()
    assert len(stalls(begun, [], [], NOW, "Pacific/Kiritimati")) == 1


def test_a_learning_or_reflection_wakes_an_experiment() -> None:
    old = [experiment("a", 20 * DAY)]
    assert judged(old, [Learning(1, "a", NOW - DAY)]).stalls == ()
    assert judged(old, None, [Reflection(1, "a", NOW - DAY)]).stalls == ()
    assert judged(old, [Learning(1, "b", NOW - DAY)]).should_escalate
    assert judged(old, [Learning(1, "a", NOW - 9 * DAY)]).stalls[0].days == 9


def confidences(*values: str) -> list[Learning]:
    last = len(values)
    return [
        Learning(n, "a", NOW - (last - n) * timedelta(hours=1), Decimal(value))
        for n, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("recent", "reasons"), [("0.5", ("confidence_drop",)), ("0.51", ()), ("0.9", ())]
)
def test_a_drop_of_exactly_a_fifth(recent: str, reasons: tuple[str, ...]) -> None:
    learnings = confidences("0.7", "0.7", "0.7", recent, recent, recent)
    assert judged([experiment("a", 5 * DAY)], learnings).reasons == reasons


def reflection(number: int, before: int | None, after: int | None) -> Reflection:
    return Reflection(number, "a", NOW - DAY + number * SECOND, before, after)


@pytest.mark.parametrize(
    ("pairs", "escalates"),
    [
        ([(6, 5)], False),
        ([(6, 5), (7, 4)], True),
        ([(6, 5), (None, 4), (7, 6)], True),
        ([(6, 5), (7, 7)], False),
        ([(6, 5), (7, 6), (5, 8)], False),
        ([(5, 8), (6, 5), (7, 6)], True),
    ],
)
def test_two_falling_reflections_in_a_row(
    pairs: list[tuple[int | None, int | None]], escalates: bool
) -> None:
    reflections = [reflection(n, before, after) for n, (before, after) in enumerate(pairs)]
    assert judged([experiment("a", 5 * DAY)], None, reflections).should_escalate == escalates


def test_the_older_triggers_are_shown_and_never_enough() -> None:
    experiments = [experiment(str(n), 30 * DAY, status="paused") for n in range(4)]
    learnings = [
        Learning(1, "0", NOW - 30 * DAY, Decimal("0.1")),
        Learning(2, "0", NOW, Decimal("0.1")),
    ]
    found = judged(experiments, learnings)
    assert set(found.signals) == {"high_risk", "long_inactivity", "low_confidence"}
    assert not found.should_escalate
    assert found.reason is None


def test_three_experiments_are_too_few_for_low_confidence() -> None:
    learnings = [Learning(1, "0", NOW - 4 * DAY, Decimal("0.1"))]
    three = [experiment(str(n), 5 * DAY) for n in range(3)]
    assert "low_confidence" not in judged(three, learnings).signals
    four = [*three, experiment("3", 5 * DAY)]
    assert "low_confidence" in judged(four, learnings).signals
