"""Escalation: whether to suggest the human coach, and why (client spec 5.3). Reads only; a
person decides and acts."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel

from settings import get_settings
from tools.client.efficacy_rows import Record, read_record
from tools.client.rules.efficacy import Efficacy, Learning
from tools.client.rules.escalation import Escalation, Reason, escalation
from tools.client.wording import counted, day
from tools.findings import Fact, Findings, Missing, RowSource, Value
from tools.registry import Route, ToolContext, tool
from tools.rounding import round_half_up

IN_WORDS: dict[Reason, str] = {
    "stalled_experiments": "experiments have stalled",
    "confidence_drop": "confidence has dropped",
    "high_risk": "the risk of getting stuck is high",
    "long_inactivity": "learnings have become rare",
    "low_confidence": "confidence is low",
}


class GetEscalationArgs(BaseModel):
    pass


@tool(
    audience="client",
    effect="read",
    flag="COACH_ESCALATION",
    title="See whether the coach could help",
    routes=[Route("GET", "/self-efficacy/escalation")],
    examples=[
        "Should I talk to the coach?",
        "Do I need human help with this?",
        "Am I stuck?",
        "Is it time to contact the coach?",
        "Have my experiments stalled?",
        "Which of my experiments are stalled?",
        "Am I in trouble with my experiments?",
        "Would it help to speak to someone?",
        "Is anything stalling?",
        "Which experiment have I neglected?",
        "What have I not touched for a while?",
        "Should I book a session?",
        "Do you think I should get a coach involved?",
        "Are there signs that I'm slipping?",
        "Has one of my tests gone quiet?",
        "Am I losing momentum?",
        "Is my progress worrying?",
        "Does my record call for a conversation with a person?",
        "What would make you suggest the coach?",
        "Is there any reason to escalate?",
        "Where did I get stuck?",
        "Which tests have I let slide?",
        "Did one of my experiments grind to a stop?",
        "Which experiment have I not worked on?",
        "Is a person needed here?",
        "Do I need a human coach now?",
        "Does my record look bad?",
        "Which of my tests did I forget about?",
        "What experiment lies untouched?",
    ],
)
async def get_escalation(ctx: ToolContext, args: GetEscalationArgs) -> Findings:
    """Read whether the client's record suggests a talk with the human coach: stalled
    experiments or falling confidence. Suggests only; nobody is contacted."""
    record = await read_record(ctx)
    found = escalation(
        record.efficacy,
        record.experiments,
        record.learnings,
        record.reflections,
        ctx.now,
        ctx.caller.time_zone,
    )
    return Findings(
        facts=_facts(ctx, record, found) if found.enough_data else [],
        missing=[] if found.enough_data else [_too_early()],
        ledgers=["escalations", "experiments", "learnings"],
        as_of=ctx.now,
        data={
            "session_id": None,
            "should_escalate": found.should_escalate,
            "reason": found.reason,
            "reasons": list(found.reasons),
            "signals": list(found.signals),
            "stalled": [
                {
                    "experiment_id": stall.experiment.id,
                    "experiment_name": stall.experiment.name,
                    "days": stall.days,
                }
                for stall in found.stalls
            ],
            "escalation_prompt": _prompt(ctx, record.efficacy, found),
        },
    )


def _facts(ctx: ToolContext, record: Record, found: Escalation) -> list[Fact]:
    facts = [_verdict(ctx, record, found)]
    for stall in found.stalls:
        experiment = stall.experiment
        learnings = [item for item in record.learnings if item.experiment_id == experiment.id]
        reflections = [item for item in record.reflections if item.experiment_id == experiment.id]
        facts.append(
            _fact(
                ctx,
                "stall",
                experiment.name,
                "days without activity",
                stall.days,
                f'"{experiment.name}" is active and was last touched '
                f"{counted(stall.days, 'day')} ago.",
                (
                    *record.sources("experiment", [experiment], "updated_at", "status"),
                    *record.sources("learning", learnings, "created_at"),
                    *record.sources("reflection", reflections, "created_at"),
                ),
                unit="days",
            )
        )
    for drop in found.drops:
        row = record.rows["reflection"][drop.id]
        facts.append(
            _fact(
                ctx,
                "falling_reflection",
                row["experiment_name"],
                f"confidence after, reflection {drop.id}",
                drop.after,
                f"On {day(drop.created_at, ctx.caller.time_zone)} your confidence with "
                f'"{row["experiment_name"]}" went from {drop.before} to {drop.after} out of 10.',
                record.sources("reflection", [drop], "confidence_after", "confidence_before"),
                unit="of 10",
            )
        )
    return facts


def _verdict(ctx: ToolContext, record: Record, found: Escalation) -> Fact:
    coach = get_settings().coach_name
    statement = (
        f"It may help to talk to {coach}: "
        f"{' and '.join(IN_WORDS[reason] for reason in found.reasons)}."
        if found.should_escalate
        else f"Nothing in your record calls for a talk with {coach} right now."
    )
    return _fact(
        ctx,
        "verdict",
        "your record",
        "coach suggested",
        found.should_escalate,
        statement,
        (
            *record.sources("experiment", record.experiments, "status", "updated_at"),
            *record.sources("learning", _scored(record), "confidence_score", "created_at"),
            *record.sources(
                "reflection", record.reflections, "confidence_after", "confidence_before"
            ),
        ),
    )


def _scored(record: Record) -> tuple[Learning, ...]:
    return record.efficacy.scored


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
        ledger="escalations",
        sources=sources,
        rule=f"escalation.{rule}@1",
        subject=subject,
        label=label,
        value=value,
        unit=unit,
        as_of=ctx.now,
        statement=statement,
    )


def _too_early() -> Missing:
    return Missing(
        need="an experiment that is at least 3 days old",
        why_it_matters="Before that there is too little to tell whether you are stuck.",
        how_to_get="tool",
        target="create_experiment",
    )


def _prompt(ctx: ToolContext, metrics: Efficacy, found: Escalation) -> str | None:
    """The summary for the coach; None when nothing calls for one."""
    if found.reason is None:
        return None
    settings = get_settings()
    rate = metrics.completion_rate
    share = f" ({round_half_up(rate * 100)}%)" if rate is not None else ""
    where = f" ({settings.coach_booking_url})" if settings.coach_booking_url else ""
    return " ".join(
        [
            f"Reason: {' and '.join(IN_WORDS[reason] for reason in found.reasons)}.",
            f"Experiments completed: {metrics.completed} of {metrics.counted}{share}.",
            f"Learning velocity: {_two_digits(metrics.learning_velocity)} a day.",
            f"Confidence: {_two_digits(metrics.confidence_score)}.",
            f"Risk: {_two_digits(metrics.escalation_risk)}.",
            f"Days active: {_or_unknown(metrics.days_active)}.",
            f"Suggestion: contact {settings.coach_name}{where}.",
        ]
    )


def _two_digits(value: Decimal | None) -> str:
    return str(round_half_up(value, 2)) if value is not None else "not known yet"


def _or_unknown(value: int | None) -> str:
    return str(value) if value is not None else "not known yet"
