"""How the client's facts are put into words: days, counts, excerpts, short ids."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

EXCERPT = 300
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day(moment: date | datetime, time_zone: str) -> str:
    """ "12 November 2026": the calendar day in `time_zone`; a plain date as it is."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(ZoneInfo(time_zone)).date()
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def counted(number: int, noun: str) -> str:
    """ "1 learning", "3 learnings"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def number(value: Decimal) -> str:
    """The number without an exponent and without idle zeros."""
    return format(value.normalize(), "f")


def excerpt(text: str) -> str:
    """The beginning of `text`, on one line, cut between words after 300 characters."""
    line = " ".join(text.split())
    if len(line) <= EXCERPT:
        return line
    return line[:EXCERPT].rsplit(" ", 1)[0] + " …"


def short_id(key: str) -> str:
    """The first eight characters of an id, enough to find it by."""
    return key[:8]


def listed(items: list[str], last: str = "and") -> str:
    """ "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def sentence(text: str) -> str:
    """`text` with a capital at the front and a full stop at the end."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
