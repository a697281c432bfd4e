"""Logging and reading learnings: golden suite `coach`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from errors import Invalid, NotFound
from tests.conftest import MakeCaller
from tests.tools.client.calling import NOW, call, create, rows, statements, validated


async def test_a_learning_is_logged_and_said_back(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    experiment_id = await create(caller, "Coffee chats", start=True)
    found = await call(
        caller,
        "add_learning",
        experiment_id="coffee",
        learning_type="skill",
        content="I can ask for time",
        confidence_score=0.7,
        evidence_data={"asked": 5, "said_yes": [1, 2]},
    )
    [row] = await rows(caller, "learning_data")
    assert found.data == {
        "experiment_id": experiment_id,
        "learning_id": row["id"],
        "status": "learning_added",
        "message": f'Logged a skill learning for "Coffee chats", confidence 0.7, id {row["id"]}.',
    }
    assert row["confidence_score"] == Decimal("0.7")
    assert row["evidence_data"] == {"asked": 5, "said_yes": [1, 2]}
    assert found.facts[0].value == "I can ask for time"
    assert found.missing == []
    assert found.undo is not None
    assert found.undo.args == {"entry": f"learning:{row['id']}"}


async def test_without_a_score_the_score_is_asked_for(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    found = await call(caller, "add_learning", content="People answer")
    [row] = await rows(caller, "learning_data")
    assert row["confidence_score"] is None
    assert row["learning_type"] == "knowledge"
    assert "from 0 to 1" in found.missing[0].need


async def test_nothing_is_written_when_two_experiments_can_be_meant(
    make_caller: MakeCaller,
) -> None:
    caller = await make_caller()
    with pytest.raises(NotFound, match="not logged any experiment"):
        await call(caller, "add_learning", content="Something")
    await create(caller, "Coffee with nurses", start=True)
    await create(caller, "Coffee with teachers", start=True)
    named: list[dict[str, Any]] = [{}, {"experiment_id": "coffee"}]
    for args in named:
        asked = await call(caller, "add_learning", content="Something", **args)
        assert "which experiment you mean" in asked.missing[0].need
        assert asked.undo is None
    assert await rows(caller, "learning_data") == []


async def test_the_same_key_writes_once(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    args: dict[str, Any] = {"content": "Something", "idempotency_key": "k"}
    first = await call(caller, "add_learning", **args)
    again = await call(caller, "add_learning", NOW + timedelta(hours=2), **args)
    assert again.data == first.data
    assert len(await rows(caller, "learning_data")) == 1
    with pytest.raises(Invalid):
        await call(caller, "add_learning", content="Other", idempotency_key="k")


@pytest.mark.parametrize(
    "args",
    [
        {"content": ""},
        {"content": "\n \t"},
        {"content": "x" * 4001},
        {"content": "nul\x00l"},
        {"content": "half \udc00"},
        {"content": "fine", "learning_type": "wisdom"},
        {"content": "fine", "confidence_score": -0.01},
        {"content": "fine", "confidence_score": 1.01},
        {"content": "fine", "confidence_score": 7},
        {"content": "fine", "confidence_score": float("nan")},
        {"content": "fine", "confidence_score": float("inf")},
        {"content": "fine", "confidence_score": "NaN"},
        {"content": "fine", "evidence_data": {"a": float("nan")}},
        {"content": "fine", "evidence_data": {"a": "nul\x00l"}},
        {"content": "fine", "evidence_data": {"nul\x00l": 1}},
        {"content": "fine", "evidence_data": {"a": "x" * 10_001}},
        {"content": "fine", "evidence_data": [1]},
    ],
)
def test_what_cannot_be_kept_is_refused(args: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("add_learning", args)


def test_deep_data_is_refused_and_not_walked_to_the_end() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(ValidationError, match="nested over 20 levels"):
        validated("add_learning", {"content": "fine", "evidence_data": deep})


@pytest.mark.parametrize(
    ("score", "kept"),
    [(0, "0"), (1, "1"), (1 / 3, "0.3333"), (0.00005, "0.0001"), ("0.85", "0.85")],
)
async def test_scores_are_kept_to_four_places(
    make_caller: MakeCaller, score: float | str, kept: str
) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    await call(caller, "add_learning", content="Something", confidence_score=score)
    [row] = await rows(caller, "learning_data")
    assert row["confidence_score"] == Decimal(kept)


async def test_what_was_learned_from_one_experiment_newest_first(make_caller: MakeCaller) -> None:
    caller = await make_caller(time_zone="Europe/Paris")
    await create(caller, "Coffee chats", NOW - timedelta(days=9), start=True)
    pages = await create(caller, "Morning pages", NOW - timedelta(days=9), start=True)
    for number in range(3):
        await call(
            caller,
            "add_learning",
            NOW - timedelta(days=3 - number),
            experiment_id="coffee",
            content=f"Lesson {number}",
            confidence_score=0.5,
        )
    late = NOW.replace(hour=23, minute=30) - timedelta(days=3)
    await call(caller, "add_learning", late, experiment_id=pages, content="Elsewhere")
    found = await call(caller, "list_learnings", experiment_id="the coffee chats", limit=2)
    assert [item["content"] for item in found.data["learnings"]] == ["Lesson 2", "Lesson 1"]
    assert (found.data["total"], found.data["next_offset"]) == (3, 2)
    assert found.facts[0].statement == 'You have logged 3 learnings from "Coffee chats".'
    assert len(found.facts[0].sources) == 3
    assert found.facts[1].statement == (
        'On 20 November 2026 you learned from "Coffee chats", with confidence 0.5: "Lesson 2"'
    )
    beyond = await call(caller, "list_learnings", limit=2, offset=10)
    assert (beyond.data["learnings"], beyond.data["total"]) == ([], 4)
    assert beyond.missing == []
    everything = await call(caller, "list_learnings")
    assert 'On 19 November 2026 you learned from "Morning pages": "Elsewhere"' in (
        statements(everything)
    )


async def test_no_learning_is_missing_and_states_nothing(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    found = await call(caller, "list_learnings", experiment_id="coffee chats")
    assert found.facts == []
    assert found.missing[0].need == 'a learning from "Coffee chats"'
