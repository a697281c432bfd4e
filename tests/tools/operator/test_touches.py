"""A touch is logged with every counter that follows from it (operator spec 2.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from errors import Invalid
from tests.tools.operator.calls import approve, approved, call, lead_row, proposed
from tools.registry import ToolContext


async def test_the_touch_and_its_counters(operator: ToolContext) -> None:
    outcome = await approved(
        operator,
        "log_touch",
        lead="Granite",
        type="CALL",
        summary="They want a demo",
        direction="inbound",
        outcome="Curious",
        next_action="Prepare a demo",
        next_contact_on="2026-03-10",
        follow_up_stage=2,
    )
    row = await lead_row(operator, "L14")
    assert (row["touch_count"], row["last_touch_type"]) == (1, "CALL")
    assert row["last_contact_at"] == operator.now
    assert row["next_contact_at"] == datetime(2026, 3, 10, 9, tzinfo=UTC)
    assert row["follow_up_stage"] == 2
    touch = await (
        await operator.conn.execute("SELECT * FROM lead_touches WHERE lead_id = 'L14'")
    ).fetchone()
    assert touch is not None
    kept = {name: touch[name] for name in ("type", "direction", "summary", "outcome")}
    assert kept == {
        "type": "CALL",
        "direction": "inbound",
        "summary": "They want a demo",
        "outcome": "Curious",
    }
    assert (touch["next_action"], touch["touched_at"]) == ("Prepare a demo", operator.now)
    assert outcome.findings.facts[0].statement == (
        f"A call with Granite Plumbing was logged by {operator.caller.user_id}@test.local."
    )
    stale = (await call(operator, "get_failures")).data["buckets"]["staleByTouch"]["items"]
    assert "L14" not in {item["leadId"] for item in stale}


async def test_what_is_not_given_stays(operator: ToolContext) -> None:
    await operator.conn.execute(
        "UPDATE leads SET next_contact_at = '2026-03-20T09:00Z', follow_up_stage = 3, "
        "last_contact_at = '2026-03-06T16:00Z' WHERE id = 'L04'"
    )
    await approved(operator, "log_touch", lead="Cedar", type="EMAIL", summary="Thanks")
    row = await lead_row(operator, "L04")
    assert row["touch_count"] == 2
    assert row["next_contact_at"] == datetime(2026, 3, 20, 9, tzinfo=UTC)
    assert row["follow_up_stage"] == 3
    assert row["last_contact_at"] == datetime(2026, 3, 6, 16, tzinfo=UTC)


async def test_two_touches_proposed_at_once_both_count(operator: ToolContext) -> None:
    asked = [
        await proposed(operator, "log_touch", lead="Cedar", type=kind, summary="Thanks")
        for kind in ("CALL", "EMAIL")
    ]
    for item in asked:
        outcome = await approve(operator, item)
        assert outcome.approval.status == "executed"
    assert (await lead_row(operator, "L04"))["touch_count"] == 3


async def test_the_card(operator: ToolContext) -> None:
    asked = await proposed(
        operator, "log_touch", lead="Cedar", type="MEETING", summary="Two\nlines"
    )
    assert asked.act == "Log a meeting with Cedar Contractors quotes"
    assert asked.summary == (
        'Log a meeting (outbound) with Cedar Contractors quotes: "Two lines". It counts as the '
        "last contact."
    )
    assert "summary" in asked.editable and "lead" not in asked.editable


@pytest.mark.parametrize(
    "args",
    [
        {"type": "PIGEON", "summary": "x"},
        {"type": "CALL", "summary": "  "},
        {"type": "CALL", "summary": "x" * 4001},
        {"type": "CALL", "summary": "nul\x00"},
        {"type": "CALL", "summary": "x", "next_contact_on": "2026-03-05"},
        {"type": "CALL", "summary": "x", "touch_count": 9},
        {"type": "CALL"},
    ],
)
async def test_wrong_arguments(operator: ToolContext, args: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        await proposed(operator, "log_touch", lead="Cedar", **args)


@pytest.mark.parametrize(("on", "hour"), [("2026-03-07", 14), ("2026-03-09", 13)])
async def test_the_next_contact_is_in_the_morning_where_the_owner_is(
    operator: ToolContext, on: str, hour: int
) -> None:
    """In New York, before and after the clocks go forward."""
    there = replace(operator, caller=replace(operator.caller, time_zone="America/New_York"))
    await approved(
        there, "log_touch", lead="Granite", type="CALL", summary="Again soon", next_contact_on=on
    )
    row = await lead_row(operator, "L14")
    day = datetime.fromisoformat(on).replace(tzinfo=UTC)
    assert row["next_contact_at"] == day + timedelta(hours=hour)
