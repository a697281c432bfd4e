"""The metrics in words: a fact for each that has data, what is missing for the others."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from tools.client.efficacy_rows import Record
from tools.client.rules.efficacy import WINDOW, Efficacy, Learning, Trend
from tools.client.wording import counted, day, listed, number
from tools.findings import Fact, Missing, RowSource, Value
from tools.registry import ToolContext
from tools.rounding import round_half_up


def metric_facts(ctx: ToolContext, record: Record) -> list[Fact]:
    """Confidence first, then completion, velocity, activity and risk."""
    facts = [
        *_confidence(ctx, record),
        _completion(ctx, record),
        *_velocity(ctx, record),
        _risk(ctx, record),
        _last_activity(ctx, record),
    ]
    return [fact for fact in facts if fact is not None]


def missing_metrics(metrics: Efficacy) -> list[Missing]:
    """What each metric without data needs."""
    found = []
    if metrics.confidence_score is None:
        found.append(_needs("a learning with a confidence score", "Your confidence is their mean."))
    elif metrics.trend is None:
        more = counted(2 * WINDOW - len(metrics.scored), "more learning")
        found.append(
            _needs(
                f"{more} with a confidence score",
                "A trend compares the last 3 scores with the 3 before.",
            )
        )
    if metrics.learning_velocity is None:
        found.append(_needs("a first learning", "Learning velocity counts learnings a day."))
    if metrics.completion_rate is None:
        found.append(
            Missing(
                need="an experiment that is completed or at least 7 days old",
                why_it_matters="The completion rate looks at those only.",
                how_to_get="tool",
                target="create_experiment" if metrics.total == 0 else "complete_experiment",
            )
        )
    return found


def metric_data(ctx: ToolContext, metrics: Efficacy) -> dict[str, Any]:
    """The fields of client spec 5.1 and 5.7; null where there is no data."""
    trend = metrics.trend
    return {
        "session_id": None,
        "experiment_completion_rate": _float(metrics.completion_rate),
        "learning_velocity": _float(metrics.learning_velocity),
        "days_active": metrics.days_active,
        "confidence_score": _float(metrics.confidence_score),
        "confidence_trend": None
        if trend is None
        else {
            "recent": _float(trend.recent_mean),
            "previous": _float(trend.previous_mean),
            "change": _float(trend.change),
            "direction": trend.direction,
            "since": trend.recent[0].created_at.isoformat(),
        },
        "escalation_risk": _float(metrics.escalation_risk),
        "risk_factors": {name: float(value) for name, value in metrics.factors.items()},
        "total_experiments": metrics.total,
        "completed_experiments": metrics.completed,
        "learning_events": metrics.learning_events,
        "last_activity": metrics.last_activity.isoformat() if metrics.last_activity else None,
        "metrics_timestamp": ctx.now.isoformat(),
    }


def _confidence(ctx: ToolContext, record: Record) -> list[Fact]:
    metrics = record.efficacy
    if metrics.confidence_score is None:
        return []
    overall = round_half_up(metrics.confidence_score, 2)
    average = _fact(
        ctx,
        "confidence_score",
        "your confidence",
        "average",
        overall,
        f"Your confidence averages {overall} over "
        f"{counted(len(metrics.scored), 'learning')} with a score.",
        record.sources("learning", metrics.scored, "confidence_score", "created_at"),
    )
    return [*(_trend(ctx, record, metrics.trend) if metrics.trend else []), average]


def _trend(ctx: ToolContext, record: Record, trend: Trend) -> list[Fact]:
    recent, previous = round_half_up(trend.recent_mean, 2), round_half_up(trend.previous_mean, 2)
    change = round_half_up(trend.change, 2)
    since = day(trend.recent[0].created_at, ctx.caller.time_zone)
    columns = ("confidence_score", "created_at")
    newer = record.sources("learning", trend.recent, *columns)
    older = record.sources("learning", trend.previous, *columns)
    subject = "your confidence"
    return [
        _fact(
            ctx,
            "confidence_trend",
            subject,
            "change",
            change,
            f"Your confidence has averaged {recent} over the last {WINDOW} learnings "
            f"(since {since}), {_moved(change)}.",
            (*newer, *older),
        ),
        _fact(
            ctx,
            "confidence_trend",
            subject,
            "recent average",
            recent,
            f"The last {WINDOW} scores are {_scores(ctx, trend.recent)}; their mean is {recent}.",
            newer,
        ),
        _fact(
            ctx,
            "confidence_trend",
            subject,
            "previous average",
            previous,
            f"The {WINDOW} scores before were {_scores(ctx, trend.previous)}; "
            f"their mean is {previous}.",
            older,
        ),
    ]


def _moved(change: Decimal) -> str:
    before = f"the {WINDOW} before"
    if change == 0:
        return f"about the same as over {before}"
    return f"{'up' if change > 0 else 'down'} {abs(change)} from {before}"


def _scores(ctx: ToolContext, learnings: tuple[Learning, ...]) -> str:
    return listed(
        [
            f"{number(item.confidence)} ({day(item.created_at, ctx.caller.time_zone)})"
            for item in learnings
            if item.confidence is not None
        ]
    )


def _completion(ctx: ToolContext, record: Record) -> Fact | None:
    metrics = record.efficacy
    if metrics.completion_rate is None:
        return None
    percent = round_half_up(metrics.completion_rate * 100)
    young = metrics.total - metrics.counted
    are = "is" if young == 1 else "are"
    aside = f"; {young} younger than 7 days {are} left out" if young else ""
    return _fact(
        ctx,
        "completion_rate",
        "your experiments",
        "completion rate",
        percent,
        f"You have completed {metrics.completed} of {counted(metrics.counted, 'experiment')}"
        f" ({percent}%){aside}.",
        record.sources("experiment", record.experiments, "completed_at", "created_at"),
        unit="%",
    )


def _velocity(ctx: ToolContext, record: Record) -> list[Fact]:
    metrics = record.efficacy
    if metrics.learning_velocity is None or metrics.days_active is None:
        return []
    sources = record.sources("learning", record.learnings, "created_at")
    pace = round_half_up(metrics.learning_velocity, 2)
    days = counted(metrics.days_active, "day")
    first, last = record.learnings[0].created_at, record.learnings[-1].created_at
    zone = ctx.caller.time_zone
    return [
        _fact(
            ctx,
            "learning_velocity",
            "your learnings",
            "learning velocity",
            pace,
            f"You have logged {counted(metrics.learning_events, 'learning')} over {days}: "
            f"{pace} a day.",
            sources,
            unit="per day",
        ),
        _fact(
            ctx,
            "days_active",
            "your learnings",
            "days active",
            metrics.days_active,
            f"Your learnings run over {days}, from {day(first, zone)} to {day(last, zone)}.",
            sources,
            unit="days",
        ),
    ]


def _risk(ctx: ToolContext, record: Record) -> Fact | None:
    metrics = record.efficacy
    if metrics.escalation_risk is None:
        return None
    risk = round_half_up(metrics.escalation_risk, 2)
    made_of = listed([f"{name} {number(value)}" for name, value in metrics.factors.items()])
    return _fact(
        ctx,
        "escalation_risk",
        "your risk of getting stuck",
        "escalation risk",
        risk,
        f"Your risk of getting stuck scores {risk} between 0 and 1, the mean of {made_of}.",
        (
            *record.sources("experiment", record.experiments, "completed_at", "created_at"),
            *record.sources("learning", record.learnings, "confidence_score", "created_at"),
        ),
    )


def _last_activity(ctx: ToolContext, record: Record) -> Fact | None:
    moment = record.efficacy.last_activity
    if moment is None:
        return None
    return _fact(
        ctx,
        "last_activity",
        "your record",
        "last activity",
        moment,
        f"Your last activity was on {day(moment, ctx.caller.time_zone)}.",
        _sources_of(record, moment),
    )


def _sources_of(record: Record, moment: datetime) -> tuple[RowSource, ...]:
    """The rows whose time is `moment`."""
    experiments = [item for item in record.experiments if item.updated_at == moment]
    learnings = [item for item in record.learnings if item.created_at == moment]
    reflections = [item for item in record.reflections if item.created_at == moment]
    return (
        *record.sources("experiment", experiments, "updated_at"),
        *record.sources("learning", learnings, "created_at"),
        *record.sources("reflection", reflections, "created_at"),
    )


def _fact(
    ctx: ToolContext,
    rule: str,
    subject: str,
    label: str,
    value: Value,
    statement: str,
    sources: tuple[RowSource, ...],
    *,
    unit: str | None = None,
) -> Fact:
    return Fact(
        ledger="self_efficacy",
        sources=sources,
        rule=f"metrics.{rule}@1",
        subject=subject,
        label=label,
        value=value,
        unit=unit,
        as_of=ctx.now,
        statement=statement,
        headline=label not in ("recent average", "previous average", "days active"),
    )


def _needs(need: str, why: str) -> Missing:
    return Missing(need=need, why_it_matters=why, how_to_get="tool", target="add_learning")


def _float(value: Decimal | None) -> float | None:
    return float(value) if value is not None else None
