"""The counts of the failures list as facts. An empty bucket is a fact too: it was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tools.findings import Fact, RowSource
from tools.operator.failure_items import LEDGER_OF, Bucket, BucketItems, View, rule_id
from tools.operator.records import OperatorSettings
from tools.operator.rules.failures import (
    Failures,
    recommended_next_action,
    top_severity,
)
from tools.wording import counted

MOST_SOURCES = 20


@dataclass(frozen=True)
class CountWords:
    """How a bucket's count is said; `{n}` is the count, `{days}` the bucket's threshold."""

    subject: str
    unit: str
    none: str
    one: str
    many: str
    threshold: str | None = None


WORDS: dict[Bucket, CountWords] = {
    "failed_runs": CountWords(
        "failed runs", "leads",
        "No pipeline run has failed.",
        "The last pipeline run failed for 1 lead.",
        "The last pipeline run failed for {n} leads.",
    ),
    "stuck_proposals": CountWords(
        "stuck proposals", "proposals",
        "No proposal has been ready and unsent for more than {days}.",
        "1 proposal has been ready and unsent for more than {days}.",
        "{n} proposals have been ready and unsent for more than {days}.",
        "stuck_proposal_days",
    ),
    "stale_proposals": CountWords(
        "stale proposals", "proposals",
        "No proposal has been out for more than {days} without an outcome.",
        "1 proposal has been out for more than {days} without an outcome.",
        "{n} proposals have been out for more than {days} without an outcome.",
        "stale_proposal_days",
    ),
    "needs_approval": CountWords(
        "approvals", "approvals",
        "No approval waits for you.",
        "1 approval waits for you.",
        "{n} approvals wait for you.",
    ),
    "stale_by_touch": CountWords(
        "leads without a touch", "leads",
        "No open lead has gone more than {days} without contact.",
        "1 open lead has gone more than {days} without contact.",
        "{n} open leads have gone more than {days} without contact.",
        "stale_touch_days",
    ),
    "broken_integrations": CountWords(
        "broken integrations", "integrations",
        "No integration is broken.",
        "1 integration is broken.",
        "{n} integrations are broken.",
    ),
    "low_confidence": CountWords(
        "low confidence", "items",
        "Nothing is marked low in confidence.",
        "1 item is low in confidence.",
        "{n} items are low in confidence.",
    ),
    "other_decisions": CountWords(
        "other decisions", "items",
        "No learning item waits for your decision.",
        "1 learning item waits for your decision.",
        "{n} learning items wait for your decision.",
    ),
}  # fmt: skip


def count_fact(bucket: Bucket, found: BucketItems, view: View, *, headline: bool) -> Fact:
    """How many items a bucket has, 0 included."""
    words, number = WORDS[bucket], found.count
    template = words.none if number == 0 else words.one if number == 1 else words.many
    return Fact(
        ledger=LEDGER_OF[bucket],
        sources=_sources(found),
        rule=rule_id(bucket),
        subject=words.subject,
        label="count",
        value=number,
        unit=words.unit,
        as_of=view.now,
        statement=template.format(n=f"{number:,}", days=_threshold(words, view.settings)),
        headline=headline,
    )


def summary_facts(
    failures: Failures, items: Mapping[Bucket, BucketItems], view: View
) -> list[Fact]:
    """The totals, the top severity and what to do first."""
    sources = tuple(source for found in items.values() for source in _sources(found))
    total, leads = failures.total_items, failures.distinct_leads
    severity = top_severity(failures, view.settings, view.now)
    where = f"on {counted(leads, 'lead')}" if leads == 1 else f"on {leads:,} different leads"
    need = "needs" if total == 1 else "need"
    said = f"{counted(total, 'item')} {where} {need} your attention."
    if total == 0:
        said = "No lead needs your attention."

    def fact(label: str, value: str | int, statement: str, unit: str | None = None) -> Fact:
        return Fact(
            ledger="failures",
            sources=sources,
            rule=f"failures.{label.replace(' ', '_')}@1",
            subject="failures and interventions",
            aliases=("failures", "interventions"),
            label=label,
            value=value,
            unit=unit,
            as_of=view.now,
            statement=statement,
        )

    severity_said = (
        f"The top severity is {severity}." if severity != "none" else "Nothing listed is severe."
    )
    facts = [
        fact("total items", total, said, "items"),
        fact(
            "recommended next action",
            recommended_next_action(failures),
            recommendation(failures),
        ),
    ]
    details = [
        fact("distinct leads", leads, _leads_said(leads), "leads"),
        fact("top severity", severity, severity_said),
    ]
    return [*facts, *(item.model_copy(update={"headline": False}) for item in details)]


def _leads_said(leads: int) -> str:
    among = "among the failures and interventions"
    if leads < 2:
        return f"{'1 lead' if leads else 'No lead'} is {among}."
    return f"{leads:,} different leads are {among}."


def recommendation(failures: Failures) -> str:
    """What to do first, in one sentence."""
    first = "The next thing to do is to"
    match recommended_next_action(failures):
        case "approvals":
            waiting = len(failures.needs_approval)
            what = (
                "the approval that waits" if waiting == 1 else f"the {waiting} approvals that wait"
            )
            return f"{first} decide on {what} for you."
        case "failed_runs":
            return f"{first} look at {counted(len(failures.failed_runs), 'failed run')}."
        case "stuck_or_stale":
            return f"{first} move the stuck and stale leads along."
        case "broken_integrations":
            return f"{first} repair what is broken among the integrations."
        case "low_confidence":
            return f"{first} read what is low in confidence and decide."
        case "none_urgent":
            return "Nothing is urgent."


def _threshold(words: CountWords, settings: OperatorSettings) -> str:
    return counted(getattr(settings, words.threshold), "day") if words.threshold else ""


def _sources(found: BucketItems) -> tuple[RowSource, ...]:
    """What each of the first items rests on."""
    return tuple(item.facts[0].sources[0] for item in found.items[:MOST_SOURCES])
