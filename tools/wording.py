"""How facts are put into English: counts, lists, days, ages and money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tools.rounding import round_half_up

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
CURRENCY_SIGNS = {"USD": "$", "CAD": "CA$", "EUR": "€", "GBP": "£"}


def counted(number: int, one: str, many: str | None = None) -> str:
    """ "1 lead", "3 leads"; `many` where an s is not enough."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(items: Sequence[str]) -> str:
    """ "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def day(moment: datetime, time_zone: str) -> str:
    """ "6 March 2026": the calendar day of `moment` in `time_zone`."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def ago(moment: datetime, now: datetime) -> str:
    """ "6 hours ago" within two days, "12 days ago" beyond; ages are floored."""
    age = now - moment
    if age < timedelta(hours=1):
        return "less than an hour ago"
    if age < timedelta(days=2):
        return f"{counted(age // timedelta(hours=1), 'hour')} ago"
    return f"{counted(age // timedelta(days=1), 'day')} ago"


def money(amount: Decimal, currency: str) -> str:
    """ "$9,500"; cents only where there are some."""
    digits = 0 if amount == amount.to_integral_value() else 2
    sign = CURRENCY_SIGNS.get(currency, f"{currency} ")
    return f"{sign}{round_half_up(amount, digits):,}"


def capitalised(text: str) -> str:
    """`text` with a capital at the front."""
    return text[:1].upper() + text[1:]
