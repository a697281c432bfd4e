"""Reading calendar words and dates against a given now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agent.receipts.numerals import MONTHS, WEEKDAYS
from agent.receipts.tokens import Token

Span = tuple[date, date]


@dataclass(slots=True)
class Calendar:
    """A stated date: any of `spans` (first and last day) may be meant; `end` is the token after
    it. `present` marks words such as today that often only say "as of now"; `days` is the
    length of a calendar window such as last week, 0 for a day; `since_near` marks "since
    yesterday", which takes in all days up to now."""

    spans: tuple[Span, ...]
    end: int
    present: bool = False
    days: int = 0
    since_near: bool = False


def read_date(tokens: list[Token], at: int, now: datetime) -> Calendar | None:
    """The date that begins at token `at`, or None."""
    token = tokens[at]
    if token.kind == "stamp":
        return _stamp(token.text, at)
    if token.kind == "slash":
        return _slashed(token.text, at)
    if token.kind == "number":
        return _day_first(tokens, at, now) or _year(tokens, at) or _day_alone(tokens, at, now)
    if token.kind == "id" and token.text[0] == "Q" and token.text[1:] in "1234":
        return _quarter(tokens, at, now)
    if token.kind != "word":
        return None
    low = token.low
    if low in _DAYS:
        return _relative_day(tokens, at, now)
    if low in ("last", "this", "next", "past", "previous") and at + 1 < len(tokens):
        return _relative(tokens, at, now)
    if low in MONTHS and (low not in ("may", "mar", "sat", "dec") or token.capital):
        return _month_first(tokens, at, now)
    if low in WEEKDAYS and (len(low) > 4 or token.capital):
        return _weekday(tokens, at, now)
    return None


_DAYS = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}


def _relative_day(tokens: list[Token], at: int, now: datetime) -> Calendar:
    offset = _DAYS[tokens[at].low]
    if offset == -1 and at > 1 and tokens[at - 1].low == "before" and tokens[at - 2].low == "day":
        offset = -2
    day = now.date() + timedelta(days=offset)
    since = at > 0 and tokens[at - 1].low == "since"
    return Calendar(((day, day),), at + 1, present=offset == 0, since_near=since)


def _relative(tokens: list[Token], at: int, now: datetime) -> Calendar | None:
    word, following, today = tokens[at].low, tokens[at + 1].low, now.date()
    back = word in ("last", "past", "previous")
    if following in WEEKDAYS:
        return _near_weekday(WEEKDAYS[following], word, at + 2, today)
    if following in ("morning", "afternoon", "evening") and word == "this":
        return Calendar(((today, today),), at + 2, present=True)
    if following == "night" and back:
        return Calendar(((today - timedelta(days=1), today),), at + 2)
    if following in ("week", "weekend"):
        monday = today - timedelta(
            days=today.weekday() + (7 if back else -7 if word == "next" else 0)
        )
        spans: list[Span] = [(monday, monday + timedelta(days=6))]
        if back:
            spans.append((today - timedelta(days=7), today))
        return Calendar(tuple(spans), at + 2, present=word == "this", days=7)
    if following == "month":
        return Calendar(
            (_month_span(today, -1 if back else 1 if word == "next" else 0),), at + 2, days=30
        )
    if following == "year":
        year = today.year + (-1 if back else 1 if word == "next" else 0)
        return Calendar(((date(year, 1, 1), date(year, 12, 31)),), at + 2)
    if following == "quarter":
        first = today.month - (today.month - 1) % 3
        start = _shift_month(
            today.replace(day=1, month=first), -3 if back else 3 if word == "next" else 0
        )
        return Calendar(((start, _shift_month(start, 3) - timedelta(days=1)),), at + 2)
    return None


def _weekday(tokens: list[Token], at: int, now: datetime) -> Calendar:
    end = at + 1
    if end < len(tokens) and tokens[end].text == ",":
        end += 1
    if end < len(tokens):
        exact = _day_first(tokens, end, now) if tokens[end].kind == "number" else None
        if exact is None and tokens[end].low in MONTHS and tokens[end].capital:
            exact = _month_first(tokens, end, now)
        if exact is None and tokens[end].low == "the" and end + 1 < len(tokens):
            exact = _day_alone(tokens, end + 1, now, opened=True)
        if exact is not None:
            wanted = WEEKDAYS[tokens[at].low]
            spans = tuple(span for span in exact.spans if span[0].weekday() == wanted)
            return Calendar(spans, exact.end)
    return _near_weekday(WEEKDAYS[tokens[at].low], "", at + 1, now.date())


def _near_weekday(weekday: int, word: str, end: int, today: date) -> Calendar:
    before = today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
    after = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if word in ("last", "past", "previous"):
        days = [before] if before.isocalendar()[:2] != today.isocalendar()[:2] else [
            before, before - timedelta(days=7)]  # fmt: skip
    elif word == "next":
        days = [after, after + timedelta(days=7)]
    else:
        days = [before, after] + ([today] if today.weekday() == weekday else [])
    return Calendar(tuple((day, day) for day in days), end)


def _day_first(tokens: list[Token], at: int, now: datetime) -> Calendar | None:
    digits = tokens[at].text.lower().rstrip("stndrh")
    if len(digits) > 2 or not digits.isdigit() or not 1 <= int(digits) <= 31:
        if at + 1 >= len(tokens):
            return None
        following = tokens[at + 1]
        month = following.capital and following.low in MONTHS and following.low != "may"
        return Calendar((), at + 2) if month else None
    end = at + 1
    if end < len(tokens) and tokens[end].low == "of":
        end += 1
    elif (
        end + 1 < len(tokens)
        and tokens[end].low in ("and", "or", "&", ",")
        and (tokens[end + 1].kind == "number")
    ):
        return _shared_month(tokens, at, int(digits), now)
    if end >= len(tokens) or tokens[end].low not in MONTHS or not tokens[end].capital:
        return None
    return _with_year(tokens, end + 1, MONTHS[tokens[end].low], int(digits), now)


def _day_alone(
    tokens: list[Token], at: int, now: datetime, opened: bool = False
) -> Calendar | None:
    """ "On the 22nd": that day of this month, the one before or the one after. `opened` says that
    a weekday stands before it, as in "Monday the 16th"."""
    digits = tokens[at].text.lower()
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    closed = after is None or after.kind == "mark" or after.low in ("and", "but")
    opener = [token.low for token in tokens[max(0, at - 2) : at]]
    if digits[-2:] not in ("st", "nd", "rd", "th") or not digits[:-2].isdigit() or not closed:
        return None
    if not opened and opener != ["on", "the"]:
        return None
    first = now.date().replace(day=1)
    months = [_shift_month(first, step) for step in (-1, 0, 1)]
    spans = [span for day in months for span in _days(day.year, day.month, int(digits[:-2]))]
    return Calendar(tuple(spans), at + 1)


def _shared_month(tokens: list[Token], at: int, day: int, now: datetime) -> Calendar | None:
    """The first day of "12 and 25 February": the month stands after the last one."""
    last = at + 2
    while last + 2 < len(tokens) and tokens[last + 1].low in ("and", "or", "&", ","):
        last += 2
    if tokens[last].kind != "number":
        return None
    found = _day_first(tokens, last, now)
    month = tokens[last + 1].low if last + 1 < len(tokens) else ""
    if found is None or month not in MONTHS:
        return None
    spans = [span for low, _ in found.spans for span in _days(low.year, MONTHS[month], day)]
    return Calendar(tuple(spans), at + 1)


def _month_first(tokens: list[Token], at: int, now: datetime) -> Calendar | None:
    month, end = MONTHS[tokens[at].low], at + 1
    if end < len(tokens) and tokens[end].text == "." and len(tokens[at].low) <= 4:
        end += 1
    if end < len(tokens) and tokens[end].kind == "number":
        digits = tokens[end].text.lower().rstrip("stndrh")
        if digits.isdigit() and 1 <= int(digits) <= 31:
            return _with_year(tokens, end + 1, month, int(digits), now)
        if digits.isdigit() and len(digits) == 4:
            start = date(int(digits), month, 1) if 1 <= int(digits) <= 9998 else now.date()
            return Calendar(((start, _shift_month(start, 1) - timedelta(days=1)),), end + 1)
    if tokens[at].low == "may" and (at == 0 or not tokens[at].capital):
        return None
    spans = []
    for year in (now.year - 1, now.year, now.year + 1):
        start = date(year, month, 1)
        spans.append((start, _shift_month(start, 1) - timedelta(days=1)))
    return Calendar(tuple(spans), at + 1)


def _with_year(tokens: list[Token], at: int, month: int, day: int, now: datetime) -> Calendar:
    end = at + 1 if at < len(tokens) and tokens[at].text == "," else at
    if end < len(tokens) and tokens[end].kind == "number" and _is_year(tokens[end].text):
        return Calendar(_days(int(tokens[end].text), month, day), end + 1)
    spans: list[Span] = []
    for year in (now.year - 1, now.year, now.year + 1):
        spans += [
            span for span in _days(year, month, day) if abs((span[0] - now.date()).days) <= 200
        ]
    return Calendar(tuple(spans), at)


def _days(year: int, month: int, day: int) -> tuple[Span, ...]:
    try:
        found = date(year, month, day)
    except ValueError:
        return ()
    return ((found, found),)


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isdigit() and 1900 <= int(text) <= 2100


def _year(tokens: list[Token], at: int) -> Calendar | None:
    text = tokens[at].text
    if not _is_year(text) or at == 0 or tokens[at - 1].low not in _BEFORE_YEAR:
        return None
    return Calendar(((date(int(text), 1, 1), date(int(text), 12, 31)),), at + 1)


_BEFORE_YEAR = frozenset({"in", "since", "of", "during", "until", "by", "from", "year", "early",
                          "late", "mid", "before", "after", "-"})  # fmt: skip


def _quarter(tokens: list[Token], at: int, now: datetime) -> Calendar:
    year, end = now.year, at + 1
    if end < len(tokens) and _is_year(tokens[end].text):
        year, end = int(tokens[end].text), end + 1
    start = date(year, 3 * int(tokens[at].text[1]) - 2, 1)
    return Calendar(((start, _shift_month(start, 3) - timedelta(days=1)),), end)


def _stamp(text: str, at: int) -> Calendar:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return Calendar((), at + 1)
    return Calendar(((day, day),), at + 1)


_YEAR_DIGITS = 4


def _slashed(text: str, at: int) -> Calendar | None:
    parts = text.split("/")
    if len(parts) != 3 or "." in text or max(map(len, parts)) > _YEAR_DIGITS:
        return None
    first, second, year = (int(part) for part in parts)
    year = year + 2000 if year < 100 else year
    return Calendar((*_days(year, first, second), *_days(year, second, first)), at + 1)


def _month_span(today: date, offset: int) -> Span:
    start = _shift_month(today.replace(day=1), offset)
    return (start, _shift_month(start, 1) - timedelta(days=1))


def _shift_month(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    return date(max(1, min(9998, index // 12)), index % 12 + 1, 1)
