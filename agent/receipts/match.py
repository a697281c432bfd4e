"""Whether a stated quantity or date is the one a fact states, in the sentence's own rounding."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from agent.receipts.evidence import Evidence
from agent.receipts.parts import Atom
from agent.receipts.quantities import Quantity

_ONE = Decimal(1)
_HUNDRED = Decimal(100)
_DAY = Decimal(24)
FLAT_ERROR = Decimal("0.05")
"""A number given without "about" may differ by rounding only, and by no more than this share."""
ABOUT_ERROR = Decimal("0.10")
ALMOST_SHARE = Decimal("0.85")
BOUND_SHARE = Decimal("0.5")
"""How near a bound must be to the value: `over half a day` is no way to say 27 days."""


def round_to(value: Decimal, quantum: Decimal) -> Decimal:
    """`value` rounded half up to a multiple of `quantum`."""
    return (value / quantum).quantize(_ONE, ROUND_HALF_UP) * quantum


def same_quantity(said: Atom, evidence: Evidence) -> bool:
    """Whether the number, unit, bound and range of `said` are borne out by `evidence`. Who, what
    and when it is about is not looked at here."""
    quantity, stated = said.quantity, evidence.atom.quantity
    if quantity is None or stated is None:
        return False
    value = _in_unit_of(quantity, said, stated, evidence)
    if value is None or not _same_rate(quantity, stated):
        return False
    if said.high is not None:
        return _range_holds(said, value, evidence)
    if evidence.atom.high is not None:
        return False
    if quantity.loose and stated.loose:
        return quantity.value == value
    if stated.bound not in ("=", "~", "almost"):
        named = said.limit and quantity.bound == "="
        return (named or quantity.bound == stated.bound) and quantity.value == value
    if evidence.moment is not None:
        return _elapsed(quantity, value)
    if (
        quantity.loose
        and (evidence.atom.window or evidence.atom.sample)
        and quantity.value == value
    ):
        return True
    return holds(quantity, value)


def holds(said: Quantity, value: Decimal) -> bool:
    """Whether `value`, in the unit of `said`, bears out its number under its bound."""
    number = said.value
    match said.bound:
        case ">":
            return value > number >= value * BOUND_SHARE
        case ">=":
            return value >= number >= value * BOUND_SHARE
        case "<":
            return value < number and number * BOUND_SHARE <= value
        case "<=":
            return value <= number and number * BOUND_SHARE <= value
        case "almost":
            return number * ALMOST_SHARE <= value < number
        case "~":
            return _rounds(said, value) or abs(value - number) <= abs(value) * ABOUT_ERROR
        case _:
            return _rounds(said, value) and (
                value == number or abs(value - number) <= abs(value) * FLAT_ERROR
            )


def _rounds(said: Quantity, value: Decimal) -> bool:
    if said.quantum == 0:
        return abs(value - said.value) <= Decimal("0.5")
    if said.spelled and said.quantum < 1 and said.value % 1:
        return value == said.value
    return round_to(value, said.quantum) == said.value


def _elapsed(said: Quantity, value: Decimal) -> bool:
    """Time since a moment: days of age are floored, so both readings are right."""
    if said.bound not in ("=", "~"):
        return holds(said, value)
    floored = value.quantize(_ONE, ROUND_FLOOR)
    whole = said.factor <= _DAY and said.value == floored
    return (
        whole
        or said.value == round_to(value, said.quantum or _ONE)
        or (said.bound == "~" and holds(said, value))
    )


def _same_rate(said: Quantity, stated: Quantity) -> bool:
    return not (said.per and stated.per) or said.per == stated.per


def _in_unit_of(said: Quantity, atom: Atom, stated: Quantity, evidence: Evidence) -> Decimal | None:
    """The stated value in the unit of what is said; None where the units do not agree."""
    ours, theirs = said.dimension, stated.dimension
    if said.out_of is not None:
        return _of_scale(said.out_of, stated, evidence)
    if ours == "ratio" or theirs == "ratio":
        return None
    if ours == theirs:
        if ours == "money":
            same = not said.currency or not stated.currency or said.currency == stated.currency
            return stated.value if same else None
        return stated.value * stated.factor / said.factor if ours == "time" else stated.value
    if ours == "percent":
        return stated.value * _HUNDRED if theirs == "plain" and evidence.ratio else None
    if ours == "plain":
        if theirs == "percent" and said.quantum < 1 and said.value <= 1:
            return stated.value / _HUNDRED
        if theirs == "times":
            return stated.value
        return None if atom.noun or atom.counts or atom.sample else stated.value
    if theirs == "plain" and ours in ("times", "points"):
        return stated.value
    return None


def _of_scale(out_of: Decimal, stated: Quantity, evidence: Evidence) -> Decimal | None:
    if stated.out_of is not None:
        return stated.value if stated.out_of == out_of else None
    if stated.dimension == "percent":
        return stated.value * out_of / _HUNDRED
    if stated.dimension not in ("plain", "points"):
        return None
    if evidence.ratio and stated.value <= 1:
        return stated.value * out_of
    return stated.value if stated.value <= out_of else None


def _range_holds(said: Atom, value: Decimal, evidence: Evidence) -> bool:
    """A range is borne out by the same range, or by a single value inside a narrow one."""
    low, high = said.quantity, said.high
    if low is None or high is None:
        return False
    stated = evidence.atom
    if stated.high is not None and stated.quantity is not None:
        return low.value == stated.quantity.value and high.value == stated.high.value
    if any(other.atom.high is not None or other.atom.period for other in evidence.fact.evidence):
        return False
    return 0 < low.value <= value <= high.value <= 2 * low.value


def same_date(said: Atom, evidence: Evidence, now: datetime) -> bool:
    """Whether a stated date is the one the evidence gives, directly or as time elapsed."""
    if said.calendar is None:
        return False
    if evidence.atom.calendar is not None:
        ours, theirs = said.calendar.spans, evidence.atom.calendar.spans
        if said.calendar.days or evidence.atom.calendar.days:
            return said.calendar.days == evidence.atom.calendar.days or any(
                low <= other[0] <= high for low, high in ours for other in theirs
            )
        return any(low <= other[0] and other[1] <= high for low, high in ours for other in theirs)
    if evidence.moment is not None:
        return _within(said, evidence.moment.date(), now)
    stated = evidence.atom.quantity
    if stated is None or stated.dimension != "time" or stated.bound not in ("=", "~"):
        return False
    hours = stated.value * stated.factor
    if not (stated.ago or evidence.atom.window or evidence.ages):
        return False
    if evidence.atom.window:
        return said.calendar.days > 0 and abs(hours / 24 - said.calendar.days) <= 2
    return _within(said, (now - timedelta(hours=float(hours))).date(), now)


def _within(said: Atom, day: date, now: datetime) -> bool:
    calendar = said.calendar
    if calendar is None:
        return False
    if calendar.since_near:
        return any(low <= day <= now.date() for low, _ in calendar.spans)
    return any(low <= day <= high for low, high in calendar.spans)
