"""Days in a message, read against a Friday."""

from __future__ import annotations

from datetime import date

import pytest

from agent.models.dates import find_date

FRIDAY = date(2026, 3, 6)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("start it today", date(2026, 3, 6)),
        ("Tomorrow morning", date(2026, 3, 7)),
        ("the day after tomorrow", date(2026, 3, 8)),
        ("what broke since yesterday?", date(2026, 3, 5)),
        ("on Friday", date(2026, 3, 13)),
        ("next Friday", date(2026, 3, 13)),
        ("last friday", date(2026, 2, 27)),
        ("by Monday", date(2026, 3, 9)),
        ("last Thursday", date(2026, 3, 5)),
        ("on 2026-12-01 please", date(2026, 12, 1)),
        ("1 December", date(2026, 12, 1)),
        ("December 1st, 2027", date(2027, 12, 1)),
        ("3rd of Feb", date(2026, 2, 3)),
        ("5 August", date(2026, 8, 5)),
        ("in two weeks", date(2026, 3, 20)),
        ("3 days ago", date(2026, 3, 3)),
        ("a week from now", date(2026, 3, 13)),
        ("next month", date(2026, 4, 5)),
    ],
)
def test_the_day_that_is_meant(text: str, day: date) -> None:
    assert find_date(text, FRIDAY) == day


@pytest.mark.parametrize(
    "text",
    ["", "soon", "two people a day", "31 February", "2026-13-40", "the mayor", "sundaes", "may I?"],
)
def test_no_day_is_none(text: str) -> None:
    assert find_date(text, FRIDAY) is None


def test_a_day_long_past_this_year_means_the_next() -> None:
    assert find_date("5 January", date(2026, 11, 1)) == date(2027, 1, 5)
