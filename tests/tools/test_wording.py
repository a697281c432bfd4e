"""Facts read as a person would write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tools.wording import ago, capitalised, counted, day, listed, money

NOW = datetime(2026, 3, 6, 15, tzinfo=UTC)


def test_counts() -> None:
    assert [counted(n, "lead") for n in (0, 1, 2, 1200)] == [
        "0 leads",
        "1 lead",
        "2 leads",
        "1,200 leads",
    ]
    assert counted(2, "reply", "replies") == "2 replies"


def test_lists() -> None:
    assert [listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_day_is_the_day_where_the_reader_is() -> None:
    assert day(NOW, "UTC") == "6 March 2026"
    assert day(NOW + timedelta(hours=10), "UTC") == "7 March 2026"
    assert day(NOW + timedelta(hours=10), "America/New_York") == "6 March 2026"


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(minutes=59), "less than an hour ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=47, minutes=59), "47 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=12, hours=23), "12 days ago"),
    ],
)
def test_ages(age: timedelta, said: str) -> None:
    assert ago(NOW - age, NOW) == said


def test_money() -> None:
    assert money(Decimal(9500), "USD") == "$9,500"
    assert money(Decimal("12.5"), "EUR") == "€12.50"
    assert money(Decimal(1_000_000), "CAD") == "CA$1,000,000"
    assert money(Decimal(5), "CHF") == "CHF 5"


def test_capitals() -> None:
    assert (capitalised("start the build"), capitalised("")) == ("Start the build", "")
