"""Items of the failures list that are counted beside the leads: integrations, conclusions of
low confidence, and decisions of other kinds (operator spec 3.3)."""

from __future__ import annotations

from typing import Any

from tools.findings import Fact
from tools.operator.failure_items import Bucket, Item, View, iso, rule_id
from tools.operator.names import lead_href
from tools.operator.records import Integration, LearningItem, LowAnswer, RoiEstimate, source
from tools.operator.rules.ages import days_since, hours_since
from tools.operator.rules.integrations import (
    IntegrationState,
    expected_hours,
    integration_state,
)
from tools.operator.rules.listed import BrokenIntegration, LowConfidence, OtherDecision
from tools.wording import ago, counted


def integration(item: Integration, view: View) -> Item:
    """A source, whole or broken: its state in one sentence."""
    state = integration_state(item, view.settings.no_success_hours, view.now)
    statement = _integration_sentence(item, state, view)
    columns = ("last_ok_at", "last_error", "expected_every_hours", "enabled")
    timed = item.last_ok_at is not None and state != "off"
    fact = Fact(
        ledger="ops_health",
        sources=(source(item, *columns), source(view.settings, "no_success_hours")),
        rule=rule_id("broken_integrations"),
        subject=item.label,
        aliases=(item.label.split()[0], item.name),
        label="hours since last success" if timed else "state",
        value=hours_since(item.last_ok_at, view.now) if timed and item.last_ok_at else state,
        unit="hours" if timed else None,
        as_of=view.now,
        statement=statement,
    )
    payload = {
        "entity": {"type": "integration", "id": item.name, "title": item.label, "href": None},
        "name": item.name,
        "state": state,
        "lastOkAt": iso(item.last_ok_at),
        "message": statement,
        "why": rule_id("broken_integrations"),
        "age": None if item.last_ok_at is None else days_since(item.last_ok_at, view.now),
        "since": iso(item.last_ok_at),
        "suggestedAction": "Check the source and run it once by hand",
        "actionKey": None,
    }
    return Item(payload, (fact,))


def broken_integration(item: BrokenIntegration, view: View) -> Item:
    return integration(item.integration, view)


def low_confidence(item: LowConfidence, view: View) -> Item:
    record = item.record
    if isinstance(record, LowAnswer):
        return _low_answer(record, item.days, view)
    confidence = float(record.confidence or 0)
    if isinstance(record, LearningItem):
        limit, kind = float(view.settings.low_confidence_max), "learning_item"
        subject, said = record.title, f'The learning item "{record.title}"'
        aliases: tuple[str, ...] = (record.id,)
    else:
        limit, kind = float(view.settings.low_roi_confidence_max), "roi_estimate"
        subject = view.names.subject(record.lead_id)
        said, aliases = f"The return estimate for {subject}", view.names.aliases(record.lead_id)
    fact = Fact(
        ledger="learning" if isinstance(record, LearningItem) else "roi",
        sources=(source(record, "confidence"),),
        rule=rule_id("low_confidence"),
        subject=subject,
        aliases=aliases,
        label="confidence",
        value=confidence,
        as_of=view.now,
        statement=f"{said} has a confidence of {confidence:g}, below {limit:g}.",
        href=lead_href(record.lead_id) if isinstance(record, RoiEstimate) else None,
    )
    payload = _payload("low_confidence", kind, record.id, subject, item.days)
    return Item({**payload, "confidence": confidence}, (fact,))


def other_decision(decision: OtherDecision, view: View) -> Item:
    item, days = decision.item, decision.days
    fact = Fact(
        ledger="learning",
        sources=(source(item, "created_at", "decided_at"),),
        rule=rule_id("other_decisions"),
        subject=item.title,
        aliases=(item.id,),
        label="days waiting for a decision",
        value=days,
        unit="days",
        as_of=view.now,
        statement=f'The learning item "{item.title}" has waited {counted(days, "day")} '
        "for your decision.",
    )
    return Item(_payload("other_decisions", "learning_item", item.id, item.title, days), (fact,))


def _low_answer(record: LowAnswer, days: int, view: View) -> Item:
    name = f"chat answer {record.id[:8]}"
    fact = Fact(
        ledger="failures",
        sources=(source(record, "created_at"),),
        rule=rule_id("low_confidence"),
        subject=name,
        aliases=(record.id,),
        label="confidence",
        value="low",
        as_of=view.now,
        statement=f"The {name} was marked low in confidence {ago(record.created_at, view.now)}.",
    )
    payload = _payload("low_confidence", "chat_answer", record.id, name, days)
    return Item({**payload, "confidence": None}, (fact,))


def _integration_sentence(item: Integration, state: IntegrationState, view: View) -> str:
    label = item.label
    hours = expected_hours(item, view.settings.no_success_hours)
    expected = counted(int(hours), "hour") if hours != 1 else "hour"
    last = ""
    if item.last_ok_at is not None:
        last = f"{counted(hours_since(item.last_ok_at, view.now), 'hour')} ago"
    match state:
        case "off":
            return f"{label} is switched off."
        case "never":
            return f"{label} has never succeeded."
        case "failing" if item.last_ok_at is None:
            return f"The last run of {label} ended in an error, and none has succeeded yet."
        case "failing":
            return f"The last run of {label} ended in an error; it last succeeded {last}."
        case "overdue":
            return f"{label} is overdue: it last succeeded {last} and is due every {expected}."
        case "ok":
            return f"{label} works: it last succeeded {last} and is due every {expected}."


def _payload(bucket: Bucket, kind: str, key: str, title: str, days: int) -> dict[str, Any]:
    return {
        "entity": {"type": kind, "id": key, "title": title, "href": None},
        "why": rule_id(bucket),
        "age": days,
        "suggestedAction": "Read it and decide"
        if kind != "chat_answer"
        else "Read the answer again",
        "actionKey": "classify_learning" if kind == "learning_item" else None,
    }
