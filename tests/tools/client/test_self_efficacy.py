"""Readings and metrics: golden suite `coach`. The formulas are tested with their rules."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from memory.caller import Caller
from tests.conftest import MakeCaller
from tests.tools.client.calling import NOW, call, create, rows, statements, validated


async def learn(caller: Caller, scores: list[str], *, last: int = 0) -> None:
    """A learning a day, the newest `last` days ago."""
    for number, score in enumerate(reversed(scores)):
        await call(
            caller,
            "add_learning",
            NOW - timedelta(days=last + number),
            content="Something",
            confidence_score=score,
        )


async def test_a_reading_is_logged_and_said_back(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    found = await call(
        caller,
        "record_self_efficacy",
        metric_name="confidence",
        metric_value=7,
        metric_type="scale_1_10",
        context_data={"after": "a call"},
    )
    [row] = await rows(caller, "self_efficacy_metrics")
    assert found.data == {
        "session_id": None,
        "metric_id": row["id"],
        "status": "metric_recorded",
        "message": f"Logged confidence 7 out of 10, id {row['id']}.",
    }
    assert found.facts[0].value == Decimal(7)
    assert row["context_data"] == {"after": "a call"}


@pytest.mark.parametrize(
    "args",
    [
        {"metric_name": "confidence"},
        {"metric_name": "", "metric_value": 1},
        {"metric_name": "confidence", "metric_value": float("nan")},
        {"metric_name": "confidence", "metric_value": float("inf")},
        {"metric_name": "confidence", "metric_value": 1e12},
        {"metric_name": "confidence", "metric_value": "much"},
        {"metric_name": "nul\x00l", "metric_value": 1},
    ],
)
def test_what_cannot_be_kept_is_refused(args: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("record_self_efficacy", args)


async def test_without_data_all_is_missing_and_no_number_is_stated(
    make_caller: MakeCaller,
) -> None:
    caller = await make_caller()
    found = await call(caller, "get_metrics")
    assert found.facts == []
    assert len(found.missing) == 3
    for name in (
        "experiment_completion_rate",
        "learning_velocity",
        "days_active",
        "confidence_score",
        "confidence_trend",
        "escalation_risk",
        "last_activity",
    ):
        assert found.data[name] is None, name
    assert found.data["metrics"] == []
    assert found.data["metrics_timestamp"] == NOW.isoformat()


async def test_how_confidence_is_going_in_numbers_direction_and_dates(
    make_caller: MakeCaller,
) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", NOW - timedelta(days=10), start=True)
    await learn(caller, ["0.9", "0.48", "0.52", "0.56", "0.58", "0.62", "0.66"])
    found = await call(caller, "get_metrics")
    said = statements(found).splitlines()
    assert said[:4] == [
        "Your confidence has averaged 0.62 over the last 3 learnings (since 19 November 2026), "
        "up 0.10 from the 3 before.",
        "The last 3 scores are 0.58 (19 November 2026), 0.62 (20 November 2026) and "
        "0.66 (21 November 2026); their mean is 0.62.",
        "The 3 scores before were 0.48 (16 November 2026), 0.52 (17 November 2026) and "
        "0.56 (18 November 2026); their mean is 0.52.",
        "Your confidence averages 0.62 over 7 learnings with a score.",
    ]
    change = found.facts[0]
    assert (change.label, change.value, len(change.sources)) == ("change", Decimal("0.10"), 6)
    assert change.rule == "metrics.confidence_trend@1"
    assert found.data["confidence_trend"]["direction"] == "up"


@pytest.mark.parametrize(
    ("newest", "said"),
    [("0.5", "down 0.20 from the 3 before"), ("0.7", "about the same as over the 3 before")],
)
async def test_down_and_level(make_caller: MakeCaller, newest: str, said: str) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    await learn(caller, ["0.7"] * 3 + [newest] * 3)
    assert said in statements(await call(caller, "get_metrics"))


async def test_five_scores_make_no_trend(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    await learn(caller, ["0.7"] * 5)
    found = await call(caller, "get_metrics")
    assert found.data["confidence_trend"] is None
    assert found.missing[0].need == "1 more learning with a confidence score"
    assert (
        found.facts[0].statement == "Your confidence averages 0.70 over 5 learnings with a score."
    )


async def test_the_rest_of_the_numbers(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    old = NOW - timedelta(days=20)
    for name in ("One", "Two", "Three"):
        await create(caller, name, old, start=True)
    await create(caller, "Young", NOW - timedelta(days=1))
    for name in ("One", "Two"):
        await call(caller, "complete_experiment", experiment_id=name, outcome="Done")
    three = "Three"
    for days in (9, 0):
        await call(
            caller, "add_learning", NOW - timedelta(days=days), experiment_id=three, content="A"
        )
    await call(caller, "record_self_efficacy", metric_name="energy", metric_value=4.5)
    found = await call(caller, "get_metrics")
    said = statements(found)
    assert "You have completed 2 of 3 experiments (67%); 1 younger than 7 days is left out." in said
    assert "You have logged 2 learnings over 10 days: 0.20 a day." in said
    assert "Your learnings run over 10 days, from 12 November 2026 to 21 November 2026." in said
    assert "Your last activity was on 21 November 2026." in said
    assert "Your risk of getting stuck scores 0.40 between 0 and 1" in said
    assert "Your latest energy reading is 4.5, logged on 21 November 2026." in said
    data = found.data
    assert data["experiment_completion_rate"] == pytest.approx(2 / 3)
    assert (data["total_experiments"], data["completed_experiments"]) == (4, 2)
    assert (data["learning_events"], data["days_active"]) == (2, 10)
    assert data["risk_factors"] == {"completion": 0.1, "velocity": 0.7}
    assert data["last_activity"] == NOW.isoformat()


async def test_raw_readings_newest_first_and_cut(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    for value in (1, 2, 3):
        moment = NOW - timedelta(days=3 - value)
        await call(caller, "record_self_efficacy", moment, metric_name="mood", metric_value=value)
    found = await call(caller, "get_metrics", limit=2)
    assert [item["metric_value"] for item in found.data["metrics"]] == [3.0, 2.0]
    assert [fact.value for fact in found.facts] == [Decimal(3)]


async def test_what_is_undone_counts_nowhere(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    learned = await call(caller, "add_learning", content="A", confidence_score=0.9)
    await call(caller, "undo_entry", entry=f"learning:{learned.data['learning_id']}")
    assert (await call(caller, "get_metrics")).data["confidence_score"] is None
    assert (await call(caller, "list_learnings")).data["total"] == 0
    await call(caller, "undo_entry")
    assert (await call(caller, "get_metrics")).data["total_experiments"] == 0


async def test_a_restored_experiment_has_still_been_completed(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    await call(caller, "complete_experiment", outcome="Done")
    await call(caller, "update_experiment", status="archived")
    assert (await call(caller, "get_metrics")).data["completed_experiments"] == 1
