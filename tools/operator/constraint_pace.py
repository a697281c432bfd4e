"""Proposal cycle and win rate as evidence: this window against the one before it, with how many
cases each rests on (operator spec 4.2, 4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tools.findings import Missing, RowSource
from tools.operator.constraint_evidence import Evidence, Number, Part
from tools.operator.records import OperatorSettings, source
from tools.operator.rules.sales_pace import Cycle, WinRate, delta
from tools.rounding import round_half_up
from tools.wording import counted


@dataclass(frozen=True)
class Measure:
    """How one measure is put into words and rounded. `cases` are what it is counted over."""

    key: str
    subject: str
    label: str
    unit: str
    cases: str
    digits: int
    change_unit: str
    more: str
    less: str

    def rounded(self, value: Decimal) -> Number:
        shown = round_half_up(value, self.digits)
        return float(shown) if self.digits else int(shown)

    def said(self, value: Decimal) -> str:
        return f"{round_half_up(value, self.digits)} {self.unit}"


CYCLE = Measure(
    key="avgProposalCycleDays",
    subject="proposal cycle",
    label="average proposal cycle",
    unit="days",
    cases="proposals",
    digits=1,
    change_unit="day",
    more="longer",
    less="shorter",
)
WIN_RATE = Measure(
    key="winRateDelta",
    subject="win rate",
    label="win rate",
    unit="%",
    cases="deals",
    digits=0,
    change_unit="point",
    more="higher",
    less="lower",
)


def proposal_cycle(current: Cycle, before: Cycle, settings: OperatorSettings) -> Evidence | Missing:
    """Days from ready to sent, on average; Missing when nothing was sent."""
    days = settings.proposal_cycle_window_days
    span, n, then = counted(days, "day"), len(current.days), len(before.days)
    if current.mean is None:
        return Missing(
            need=f"The average proposal cycle of the last {span}: no proposal was sent",
            why_it_matters="It shows whether proposals go out faster or slower than before.",
            how_to_get="page",
            target="/leads",
        )
    said = (
        f"Over the last {span} proposals took {CYCLE.said(current.mean)} on average from ready "
        f"to sent ({counted(n, 'proposal')})"
    )
    if before.mean is not None:
        earlier = f"{CYCLE.said(before.mean)} ({counted(then, 'proposal')})"
        said += f", against {earlier} in the {span} before"
    sample: Part = (
        "proposals sent",
        n,
        "proposals",
        f"The average proposal cycle of the last {span} rests on {counted(n, 'proposal')}.",
    )
    sources = [
        *(source(lead, "proposal_sent_at") for lead in (*current.leads, *before.leads)),
        *(source(item, "created_at") for item in (*current.proposals, *before.proposals)),
    ]
    return _evidence(
        CYCLE, (current.mean, n), (before.mean, then), said, sample, tuple(sources), days, settings
    )


def win_rate(current: WinRate, before: WinRate, settings: OperatorSettings) -> Evidence | Missing:
    """Won of decided, in percent; Missing when nothing was decided."""
    days = settings.win_rate_window_days
    span, n, then = counted(days, "day"), len(current.decided), len(before.decided)
    if current.percent is None:
        return Missing(
            need=f"The win rate of the last {span}: no deal was decided",
            why_it_matters="It shows whether proposals turn into deals.",
            how_to_get="page",
            target="/leads",
        )
    won = len(current.won)
    said = f"The win rate over the last {span} is {WIN_RATE.said(current.percent)} ({won} of {n} decided)"
    if before.percent is not None:
        earlier = f"{WIN_RATE.said(before.percent)} ({len(before.won)} of {then})"
        said += f", against {earlier} in the {span} before"
    sample: Part = (
        "deals decided",
        n,
        "deals",
        f"{counted(n, 'deal')} {'was' if n == 1 else 'were'} decided in the last {span}, "
        f"{won or 'none'} of them won.",
    )
    sources = tuple(
        source(lead, "deal_outcome", "outcome_at") for lead in (*current.decided, *before.decided)
    )
    return _evidence(
        WIN_RATE,
        (current.percent, n),
        (before.percent, then),
        said,
        sample,
        sources,
        days,
        settings,
    )


def nothing_before(entry: Evidence) -> Missing | None:
    """What is missing when a measure has no window to be compared with."""
    if entry.window_days is None or entry.n is None or entry.previous is not None:
        return None
    return Missing(
        need=f"The {entry.label} of the {counted(entry.window_days, 'day')} before: there was none",
        why_it_matters="Without it there is no telling whether things get better or worse.",
        how_to_get="page",
        target="/leads",
    )


def _evidence(
    measure: Measure,
    current: tuple[Decimal, int],
    before: tuple[Decimal | None, int],
    said: str,
    sample: Part,
    sources: tuple[RowSource, ...],
    days: int,
    settings: OperatorSettings,
) -> Evidence:
    """The entry with its parts; the delta comes from exact values and is then rounded."""
    (value, n), (previous, then) = current, before
    change = delta(value, previous)
    parts = [sample]
    if previous is not None and change is not None:
        parts += _comparison(measure, previous, then, change, counted(days, "day"))
    few = min(n, then or n) <= settings.small_sample_max
    return Evidence(
        key=measure.key,
        subject=measure.subject,
        label=measure.label,
        value=measure.rounded(value),
        unit=measure.unit,
        statement=said + (f"; with so few {measure.cases} this says little." if few else "."),
        sources=(*sources, source(settings, "proposal_cycle_window_days", "win_rate_window_days")),
        previous=None if previous is None else measure.rounded(previous),
        delta=None if change is None else measure.rounded(change),
        n=n,
        previous_n=then,
        window_days=days,
        parts=tuple(parts),
    )


def _comparison(
    measure: Measure, previous: Decimal, then: int, change: Decimal, span: str
) -> list[Part]:
    size, one = round_half_up(abs(change), measure.digits), measure.change_unit
    far = f"{size} {one if size == 1 and not measure.digits else one + 's'}"
    how = f"{far} {measure.more if change > 0 else measure.less} than" if size else "the same as"
    return [
        (
            f"{measure.label} before",
            measure.rounded(previous),
            measure.unit,
            f"In the {span} before, the {measure.label} was {measure.said(previous)} "
            f"({then} {measure.cases if then != 1 else measure.cases[:-1]}).",
        ),
        (
            f"change in the {measure.label}",
            measure.rounded(change),
            f"{one}s",
            f"The {measure.label} is {how} in the {span} before.",
        ),
    ]
