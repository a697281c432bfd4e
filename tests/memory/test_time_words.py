"""When a question asks about. Today is Wednesday 20 May 2026 in Paris."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from memory.time_words import period_of

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
ZONE = "Europe/Paris"


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What did I say about the interview last week?", "2026-05-11", "2026-05-17"),
        ("What have I logged this week?", "2026-05-18", "2026-05-24"),
        ("What did I do last weekend?", "2026-05-16", "2026-05-17"),
        ("What did you tell me yesterday?", "2026-05-19", "2026-05-19"),
        ("What came up the day before yesterday", "2026-05-18", "2026-05-18"),
        ("What did I write today?", "2026-05-20", "2026-05-20"),
        ("What did I say on Monday?", "2026-05-18", "2026-05-18"),
        ("And last Wednesday?", "2026-05-13", "2026-05-13"),
        ("Who called in March?", "2026-03-01", "2026-03-31"),
        ("Who called in May?", "2026-05-01", "2026-05-31"),
        ("Who called in November?", "2025-11-01", "2025-11-30"),
        ("What was it in Feb 2024?", "2024-02-01", "2024-02-29"),
        ("What happened on 8 March 2023?", "2023-03-08", "2023-03-08"),
        ("What happened on March 8th, 2023?", "2023-03-08", "2023-03-08"),
        ("What happened on 3rd of June?", "2025-06-03", "2025-06-03"),
        ("Notes of 2026-02-03", "2026-02-03", "2026-02-03"),
        ("What did I plan in 2024?", "2024-01-01", "2024-12-31"),
        ("What did I plan last year?", "2025-01-01", "2025-12-31"),
        ("What did I plan last month?", "2026-04-01", "2026-04-30"),
        ("What did I learn three days ago?", "2026-05-17", "2026-05-17"),
        ("What did I learn two weeks ago?", "2026-05-03", "2026-05-09"),
        ("What did I learn in the last 10 days?", "2026-05-10", "2026-05-20"),
    ],
)
def test_a_named_time(question: str, first: str, last: str) -> None:
    period = period_of(question, NOW, ZONE)
    assert period is not None
    assert period.since == datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(ZONE))
    end = datetime.fromisoformat(last).replace(tzinfo=ZoneInfo(ZONE)) + timedelta(days=1)
    assert period.until == end


@pytest.mark.parametrize(
    "question",
    [
        "What may I say about the offer?",
        "How is the march of time?",
        "What did I say about the last interview?",
        "What happened on 31 February?",
        "What happened in the year 99999 ago?",
        "",
    ],
)
def test_no_time_is_named(question: str) -> None:
    assert period_of(question, NOW, ZONE) is None


def test_the_day_is_the_callers() -> None:
    late = datetime(2026, 5, 20, 23, 30, tzinfo=UTC)
    period = period_of("today", late, "Pacific/Auckland")
    assert period is not None and period.since.date().isoformat() == "2026-05-21"


@pytest.mark.parametrize(
    ("changed", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)], ids=["forward", "back"]
)
def test_a_day_on_which_the_clocks_change_is_whole(changed: str, hours: int) -> None:
    """Half an hour into the day after, by the clock on the wall."""
    zone = ZoneInfo(ZONE)
    now = datetime.fromisoformat(f"{changed}T00:30").replace(tzinfo=zone) + timedelta(days=1)
    yesterday, today = (period_of(word, now, ZONE) for word in ("yesterday", "today"))
    assert yesterday is not None and today is not None
    since, until = (moment.astimezone(UTC) for moment in (yesterday.since, yesterday.until))
    assert until - since == timedelta(hours=hours)
    assert until == today.since.astimezone(UTC) == now.astimezone(UTC) - timedelta(minutes=30)
