"""Days in a message: ISO dates, "1 December", "yesterday", "next Friday", "in two weeks"."""

from __future__ import annotations

import re
from datetime import date, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_NEAR = {
    "the day before yesterday": -2,
    "the day after tomorrow": 2,
    "yesterday": -1,
    "today": 0,
    "tonight": 0,
    "tomorrow": 1,
}

_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_MONTH = "|".join(f"{month}|{month[:3]}" for month in MONTHS)
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b\.?(?:,? (\d{{4}}))?")
_MONTH_DAY = re.compile(rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?")
_WEEKDAY = re.compile(rf"\b(?:(next|last|this|on) )?({'|'.join(WEEKDAYS)})\b")
_DISTANCE = re.compile(
    rf"\b(in )?({'|'.join(COUNTS)}|\d{{1,3}}) (day|week|month)s?( ago| from now)?\b"
)
_NEXT = re.compile(r"\b(next|last) (week|month)\b")


def find_date(text: str, today: date) -> date | None:
    """The first day the text names, None when it names none (or one that does not exist)."""
    lower = " ".join(text.lower().split())
    for words, distance in _NEAR.items():
        if re.search(rf"\b{words}\b", lower):
            return today + timedelta(days=distance)
    return (
        _iso(lower) or _calendar(lower, today) or _weekday(lower, today) or _distance(lower, today)
    )


def _iso(text: str) -> date | None:
    found = _ISO.search(text)
    return _day(int(found[1]), int(found[2]), int(found[3])) if found else None


def _calendar(text: str, today: date) -> date | None:
    """ "1 December" and "December 1st": this year, or the next when more than half a year ago."""
    found = _DAY_MONTH.search(text)
    number, month, year = found.groups() if found else (None, None, None)
    if found is None:
        found = _MONTH_DAY.search(text)
        if found is None:
            return None
        month, number, year = found.groups()
    index = next(i for i, name in enumerate(MONTHS, 1) if name.startswith(str(month)[:3]))
    day = _day(int(year) if year else today.year, index, int(str(number)))
    if day is not None and year is None and (today - day).days > 182:
        day = _day(today.year + 1, index, day.day)
    return day


def _weekday(text: str, today: date) -> date | None:
    """ "Friday" and "next Friday" lie ahead (1 to 7 days), "last Friday" behind."""
    found = _WEEKDAY.search(text)
    if found is None:
        return None
    ahead = (WEEKDAYS.index(found[2]) - today.weekday() - 1) % 7 + 1
    return today + timedelta(
        days=ahead - 7
        if found[1] == "last" and ahead < 7
        else (-7 if found[1] == "last" else ahead)
    )


def _distance(text: str, today: date) -> date | None:
    found = _DISTANCE.search(text)
    if found and (found[1] or found[4]):
        count = COUNTS.get(found[2]) or int(found[2])
        days = timedelta(days=count * {"day": 1, "week": 7, "month": 30}[found[3]])
        return today - days if (found[4] or "").strip() == "ago" else today + days
    near = _NEXT.search(text)
    if near is None:
        return None
    days = timedelta(days=7 if near[2] == "week" else 30)
    return today + days if near[1] == "next" else today - days


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
