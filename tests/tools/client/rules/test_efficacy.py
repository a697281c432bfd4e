"""The metrics on fixtures: no data, the edges, the client's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tools.client.rules.efficacy import (
    Experiment,
    Learning,
    Reflection,
    confidence_trend,
    days_active,
    efficacy,
    risk_factors,
    scored_in_order,
)

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def experiment(name: str, age: timedelta, *, completed: bool = False) -> Experiment:
    created = NOW - age
    return Experiment(name, name, "active", created, created, None, NOW if completed else None)


def learning(number: int, days: float, confidence: str | None = None) -> Learning:
    score = Decimal(confidence) if confidence is not None else None
    return Learning(number, "e", NOW - timedelta(days=days), score)


def scores(*values: str) -> list[Learning]:
    """Learnings a day apart, oldest first."""
    return [learning(n, len(values) - n, value) for n, value in enumerate(values)]


def test_nothing_is_none_and_never_nought() -> None:
    empty = efficacy([], [], [], NOW, "UTC")
    assert (empty.total, empty.completed, empty.learning_events) == (0, 0, 0)
    assert empty.completion_rate is None
    assert empty.learning_velocity is None
    assert empty.days_active is None
    assert empty.confidence_score is None
    assert empty.trend is None
    assert empty.escalation_risk is None
    assert empty.last_activity is None


def test_a_young_experiment_does_not_lower_the_rate() -> None:
    week = timedelta(days=7)
    old, young = experiment("old", week), experiment("young", week - timedelta(seconds=1))
    done = experiment("done", timedelta(hours=1), completed=True)
    assert efficacy([young], [], [], NOW, "UTC").completion_rate is None
    assert efficacy([old], [], [], NOW, "UTC").completion_rate == 0
    both = efficacy([old, young, done], [], [], NOW, "UTC")
    assert (both.total, both.counted, both.completed) == (3, 2, 1)
    assert both.completion_rate == Decimal("0.5")


def test_the_rate_of_the_young_and_done_is_one() -> None:
    done = experiment("done", timedelta(hours=1), completed=True)
    assert efficacy([done], [], [], NOW, "UTC").completion_rate == 1


def test_velocity_is_learnings_a_calendar_day() -> None:
    found = efficacy([], [learning(1, 9), learning(2, 4), learning(3, 0)], [], NOW, "UTC")
    assert found.days_active == 10
    assert found.learning_velocity == Decimal("0.3")
    assert efficacy([], [learning(1, 0), learning(2, 0)], [], NOW, "UTC").learning_velocity == 2


def test_days_are_those_of_the_clients_calendar() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    early = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
    two = [Learning(1, "e", late), Learning(2, "e", early)]
    assert days_active(two, "UTC") == 2
    assert days_active(two, "Europe/Paris") == 1
    assert days_active(two, "America/Los_Angeles") == 1
    assert days_active(two, "Atlantic/Azores") == 1
    paris_midnight = [Learning(1, "e", late - timedelta(hours=1)), Learning(2, "e", late)]
    assert days_active(paris_midnight, "UTC") == 1
    assert days_active(paris_midnight, "Europe/Paris") == 2


def test_the_days_when_the_clocks_change_count_as_one() -> None:
    before = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    after = datetime(2026, 10, 25, 22, 30, tzinfo=UTC)
    assert days_active([Learning(1, "e", before), Learning(2, "e", after)], "Europe/Paris") == 1


def test_confidence_is_the_mean_of_what_has_a_score() -> None:
    found = efficacy([], [*scores("0.1", "0.2"), learning(9, 1)], [], NOW, "UTC")
    assert found.confidence_score == Decimal("0.15")
    assert efficacy([], [learning(1, 1)], [], NOW, "UTC").confidence_score is None
    assert efficacy([], scores("0"), [], NOW, "UTC").confidence_score == 0


def test_a_trend_needs_six_scores_and_is_exact() -> None:
    assert confidence_trend(scores("0.7", "0.7", "0.7", "0.5", "0.5")) is None
    fall = confidence_trend(scores("0.1", "0.7", "0.7", "0.7", "0.5", "0.5", "0.5"))
    assert fall is not None
    assert fall.change == Decimal("-0.2")
    assert (fall.recent_mean, fall.previous_mean) == (Decimal("0.5"), Decimal("0.7"))
    assert fall.direction == "down"
    level = confidence_trend(scores(*["0.4"] * 6))
    assert level is not None
    assert level.direction == "unchanged"


def test_scores_are_read_in_time_order_whatever_order_they_come_in() -> None:
    newest, oldest = learning(1, 0, "0.9"), learning(2, 5, "0.1")
    twin = learning(3, 0, "0.8")
    assert [item.id for item in scored_in_order([twin, newest, oldest])] == [2, 1, 3]


@pytest.mark.parametrize(
    ("completion", "velocity", "confidence", "expected"),
    [
        ("0.2999", "0.4999", "0.2999", ("0.8", "0.7", "0.9")),
        ("0.3", "0.5", "0.3", ("0.4", "0.3", "0.5")),
        ("0.5999", "0.9999", "0.5999", ("0.4", "0.3", "0.5")),
        ("0.6", "1.0", "0.6", ("0.1", "0.1", "0.1")),
    ],
)
def test_each_factor_at_its_edges(
    completion: str, velocity: str, confidence: str, expected: tuple[str, str, str]
) -> None:
    factors = risk_factors(Decimal(completion), Decimal(velocity), Decimal(confidence), 1)
    assert tuple(factors.values()) == tuple(Decimal(value) for value in expected)


@pytest.mark.parametrize(
    ("days", "velocity", "there"), [(8, "0.19", True), (7, "0.19", False), (8, "0.2", False)]
)
def test_slowness_is_a_factor_of_long_records_only(days: int, velocity: str, there: bool) -> None:
    assert ("slowness" in risk_factors(None, Decimal(velocity), None, days)) == there


def test_a_factor_without_data_is_left_out_of_the_mean() -> None:
    found = efficacy([], scores("0.9"), [], NOW, "UTC")
    assert found.factors == {"velocity": Decimal("0.1"), "confidence": Decimal("0.1")}
    assert found.escalation_risk == Decimal("0.1")


def test_last_activity_is_the_newest_of_all() -> None:
    reflection = Reflection(1, "e", NOW - timedelta(days=1))
    tests = [experiment("e", timedelta(days=5))]
    found = efficacy(tests, [learning(1, 3)], [reflection], NOW, "UTC")
    assert found.last_activity == reflection.created_at
