"""Edges of windows and ages, as the decisions set them."""

from __future__ import annotations

from datetime import timedelta

from tests.tools.operator.rules.rows import NOW, SECOND, before
from tools.operator.rules.ages import (
    days_since,
    hours_since,
    older_than,
    within,
    within_previous,
)

WEEK = timedelta(days=7)


def test_exactly_seven_days_is_not_older_than_seven_days() -> None:
    assert not older_than(before(7), WEEK, NOW)
    assert older_than(before(7) - SECOND, WEEK, NOW)


def test_a_window_contains_its_edge_and_nothing_of_the_future() -> None:
    assert within(before(7), WEEK, NOW)
    assert not within(before(7) - SECOND, WEEK, NOW)
    assert within(NOW, WEEK, NOW)
    assert not within(NOW + SECOND, WEEK, NOW)


def test_the_previous_window_ends_where_the_current_one_begins() -> None:
    assert not within_previous(before(7), WEEK, NOW)
    assert within_previous(before(7) - SECOND, WEEK, NOW)
    assert within_previous(before(14), WEEK, NOW)
    assert not within_previous(before(14) - SECOND, WEEK, NOW)


def test_ages_are_floored_and_never_negative() -> None:
    assert days_since(before(7) + SECOND, NOW) == 6
    assert days_since(before(7), NOW) == 7
    assert hours_since(before(1) + SECOND, NOW) == 23
    assert days_since(NOW + WEEK, NOW) == 0
    assert hours_since(NOW + WEEK, NOW) == 0
