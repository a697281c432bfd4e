"""When a question asks about: "last week", "in May", "on 8 March 2023" as a stretch of time."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()

_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
_ON_DAY = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b"
    rf"|(?P<month2>{_MONTH})\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d))"
    r"(?:,? (?P<year>\d{4}))?"
)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_IN_MONTH = re.compile(
    rf"\b(?:in|during|since|of|last|this|early|late|mid)[ -](?P<month>{_MONTH})\b\.?"
    r"(?:,? (?P<year>\d{4}))?"
)
_MONTH_YEAR = re.compile(rf"\b(?P<month>{_MONTH}),? (?P<year>\d{{4}})\b")
_IN_YEAR = re.compile(r"\b(?:in|during) (\d{4})\b")
_AGO = re.compile(rf"\b(\d{{1,3}}|an?|{'|'.join(_NUMBERS)}) (day|week|month|year)s? ago\b")
_LAST_SO_MANY = re.compile(
    rf"\b(?:last|past|previous) (\d{{1,3}}|{'|'.join(_NUMBERS)}|few|couple of)"
    r" (day|week|month|year)s?\b"
)
_NEAR = re.compile(r"\b(this|last|past|previous) (week|weekend|month|year)\b")
_WEEKDAY = re.compile(rf"\b(?:on|last|this) ({'|'.join(_DAYS)})\b")
_LENGTH = {"day": 1, "week": 7, "month": 30, "year": 365}


@dataclass(frozen=True)
class Period:
    """From `since` until just before `until`."""

    since: datetime
    until: datetime


def period_of(question: str, now: datetime, time_zone: str) -> Period | None:
    """The time a question names, in the calendar of `time_zone` (IANA), or None.

    A month or a day without its year is the latest that is not in the future. "Two weeks ago"
    is that day, three days either side; of longer stretches, a quarter of them."""
    zone = ZoneInfo(time_zone)
    days = _days(question.lower(), now.astimezone(zone).date())
    if days is None:
        return None
    first, last = days
    return Period(
        datetime.combine(first, time.min, zone),
        datetime.combine(last + timedelta(days=1), time.min, zone),
    )


def _days(text: str, today: date) -> tuple[date, date] | None:
    """The first and the last day."""
    for read in (_named_day, _relative, _named_month):
        try:
            days = read(text, today)
        except (ValueError, OverflowError):
            # 31 February, or a year that no calendar has: no time is named.
            continue
        if days is not None:
            return days
    return None


def _named_day(text: str, today: date) -> tuple[date, date] | None:
    if iso := _ISO.search(text):
        day = date(int(iso[1]), int(iso[2]), int(iso[3]))
        return day, day
    if found := _ON_DAY.search(text):
        month = _month(found["month"] or found["month2"])
        number = int(found["day"] or found["day2"])
        if found["year"]:
            day = date(int(found["year"]), month, number)
        else:
            day = date(today.year, month, number)
            day = day if day <= today else date(today.year - 1, month, number)
        return day, day
    return None


def _relative(text: str, today: date) -> tuple[date, date] | None:
    if re.search(r"\bday before yesterday\b", text):
        return today - timedelta(days=2), today - timedelta(days=2)
    if re.search(r"\b(?:yesterday|last night)\b", text):
        return today - timedelta(days=1), today - timedelta(days=1)
    if re.search(r"\b(?:today|this morning|this afternoon|this evening|tonight)\b", text):
        return today, today
    if ago := _AGO.search(text):
        length = _count(ago[1]) * _LENGTH[ago[2]]
        slack = 0 if ago[2] == "day" else max(3, _LENGTH[ago[2]] // 4)
        day = today - timedelta(days=length)
        return day - timedelta(days=slack), day + timedelta(days=slack)
    if many := _LAST_SO_MANY.search(text):
        return today - timedelta(days=_count(many[1]) * _LENGTH[many[2]]), today
    if near := _NEAR.search(text):
        return _calendar(near[2], back=near[1] != "this", today=today)
    if weekday := _WEEKDAY.search(text):
        back = (today.weekday() - _DAYS.index(weekday[1])) % 7 or 7
        return today - timedelta(days=back), today - timedelta(days=back)
    return None


def _calendar(unit: str, *, back: bool, today: date) -> tuple[date, date]:
    """This, or the last, week (from Monday), weekend, month or year."""
    if unit in ("week", "weekend"):
        monday = today - timedelta(days=today.weekday() + (7 if back else 0))
        first = monday + timedelta(days=5) if unit == "weekend" else monday
        return first, monday + timedelta(days=6)
    if unit == "month":
        return _whole_month(*_month_before(today) if back else (today.year, today.month))
    year = today.year - back
    return date(year, 1, 1), date(year, 12, 31)


def _named_month(text: str, today: date) -> tuple[date, date] | None:
    if found := _MONTH_YEAR.search(text) or _IN_MONTH.search(text):
        month = _month(found["month"])
        if found["year"]:
            return _whole_month(int(found["year"]), month)
        return _whole_month(today.year - (month > today.month), month)
    if year := _IN_YEAR.search(text):
        return date(int(year[1]), 1, 1), date(int(year[1]), 12, 31)
    return None


def _whole_month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _month_before(today: date) -> tuple[int, int]:
    return (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)


def _month(name: str) -> int:
    return next(at for at, full in enumerate(_MONTHS, 1) if full.startswith(name))


def _count(word: str) -> int:
    if word in ("a", "an"):
        return 1
    if word in ("few", "couple of"):
        return 3 if word == "few" else 2
    return int(word) if word.isdigit() else _NUMBERS.index(word) + 1
