"""Logging and reading experiments: golden suite `coach`."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from errors import Conflict, Invalid, NotFound
from tests.conftest import MakeCaller
from tests.tools.client.calling import NOW, call, create, rows, statements, validated

TODAY = NOW.date()


async def test_an_experiment_is_logged_and_said_back(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    findings = await call(caller, "create_experiment", experiment_name=" Email two  people a day ")
    experiment_id = findings.data["experiment_id"]
    said = f'Logged experiment "Email two people a day" (planned), id {experiment_id[:8]}.'
    assert findings.data == {"experiment_id": experiment_id, "status": "created", "message": said}
    assert findings.facts[0].statement == said
    assert findings.facts[0].value == "planned"
    assert findings.facts[0].sources[0].key == {"id": experiment_id}
    assert findings.facts[0].sources[0].columns[0] == "status"
    assert findings.undo is not None
    assert findings.undo.args == {"entry": f"experiment:{experiment_id}"}
    assert "hypothesis, smallest version, success measure and review date" in (
        findings.missing[0].need
    )
    [row] = await rows(caller, "experiments")
    assert (row["status"], row["start_date"], row["started_at"]) == ("planned", None, None)


@pytest.mark.parametrize(
    ("args", "status", "start_date"),
    [
        ({}, "planned", None),
        ({"start": True}, "active", TODAY),
        ({"start_date": TODAY}, "active", TODAY),
        ({"start_date": TODAY - timedelta(days=3)}, "active", TODAY - timedelta(days=3)),
        ({"start_date": TODAY + timedelta(days=1)}, "planned", TODAY + timedelta(days=1)),
    ],
)
async def test_planned_or_active(
    make_caller: MakeCaller, args: dict[str, Any], status: str, start_date: date | None
) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", **args)
    [row] = await rows(caller, "experiments")
    assert (row["status"], row["start_date"]) == (status, start_date)
    assert (row["started_at"] == NOW) == (status == "active")


async def test_today_is_the_clients(make_caller: MakeCaller) -> None:
    ahead = await make_caller(time_zone="Pacific/Kiritimati")
    tomorrow = TODAY + timedelta(days=1)
    await create(ahead, "Coffee chats", start_date=tomorrow)
    [row] = await rows(ahead, "experiments")
    assert row["status"] == "active"


async def test_a_whole_plan_is_kept_and_leaves_nothing_missing(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    plan: dict[str, Any] = {
        "experiment_name": "Evening class",
        "description": "Data analysis",
        "hypothesis": "I like numbers",
        "smallest_version": "One lesson",
        "success_metric": "I do the homework",
        "resources": "90 euros",
        "start_date": date(2026, 12, 1),
        "review_date": date(2026, 12, 20),
        "confidence_before": 6,
    }
    findings = await call(caller, "create_experiment", **plan)
    assert findings.missing == []
    [row] = await rows(caller, "experiments")
    assert {name: row[name] for name in plan} == plan
    said = statements(findings)
    assert 'The review date of "Evening class" is 20 December 2026.' in said
    assert 'The hypothesis of "Evening class" is: I like numbers.' in said


async def test_the_same_key_writes_once_also_at_once(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    args: dict[str, Any] = {"experiment_name": "Coffee chats", "idempotency_key": "k1"}
    results = await asyncio.gather(*(call(caller, "create_experiment", **args) for _ in range(5)))
    assert len(await rows(caller, "experiments")) == 1
    assert len({found.model_dump_json() for found in results}) == 1
    with pytest.raises(Invalid, match="used for another request"):
        await call(caller, "create_experiment", experiment_name="Other", idempotency_key="k1")


async def test_a_key_is_the_persons_own(make_caller: MakeCaller) -> None:
    one, other = await make_caller(), await make_caller()
    first = await create(one, "Coffee chats", idempotency_key="shared")
    second = await create(other, "Coffee chats", idempotency_key="shared")
    assert first != second


async def test_a_key_whose_entry_was_undone_is_refused(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", idempotency_key="k1")
    await call(caller, "undo_entry")
    with pytest.raises(Conflict, match="was undone since"):
        await create(caller, "Coffee chats", idempotency_key="k1")


@pytest.mark.parametrize(
    "args",
    [
        {"experiment_name": ""},
        {"experiment_name": "   "},
        {"experiment_name": "x" * 201},
        {"experiment_name": "nul\x00l"},
        {"experiment_name": "bell\x07"},
        {"experiment_name": "half \ud83d"},
        {"experiment_name": "fine", "description": "x" * 4001},
        {"experiment_name": "fine", "description": "nul\x00l"},
        {"experiment_name": "fine", "confidence_before": 0},
        {"experiment_name": "fine", "confidence_before": 11},
        {"experiment_name": "fine", "start_date": "1999-12-31"},
        {"experiment_name": "fine", "start_date": "soon"},
        {"experiment_name": "fine", "idempotency_key": ""},
        {"experiment_name": "fine", "idempotency_key": "k" * 201},
        {"experiment_name": "fine", "idempotency_key": "nul\x00l"},
        {},
    ],
)
def test_what_cannot_be_kept_is_refused(args: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("create_experiment", args)


async def test_emoji_right_to_left_and_the_longest_texts_are_kept(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    name = "👩‍🏫 تجربة " + "x" * 180
    await create(caller, name, description="x" * 4000)
    [row] = await rows(caller, "experiments")
    assert row["experiment_name"] == name
    assert len(row["description"]) == 4000


async def test_a_review_before_the_start_is_refused(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    with pytest.raises(Invalid, match="lies before the start"):
        await create(caller, "Class", start_date="2026-12-02", review_date="2026-12-01")
    with pytest.raises(Invalid, match="lies before the start"):
        await create(caller, "Class", start=True, review_date=TODAY - timedelta(days=1))
    assert await rows(caller, "experiments") == []


async def test_the_list_is_newest_first_paged_and_by_status(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    for number in range(5):
        moment = NOW - timedelta(days=9 - number)
        await create(caller, f"Number {number}", moment, start=number % 2 == 0)
    found = await call(caller, "list_experiments", limit=2)
    assert [item["experiment_name"] for item in found.data["experiments"]] == [
        "Number 4",
        "Number 3",
    ]
    assert (found.data["total"], found.data["next_offset"]) == (5, 2)
    last = await call(caller, "list_experiments", limit=2, offset=4)
    assert [item["experiment_name"] for item in last.data["experiments"]] == ["Number 0"]
    assert last.data["next_offset"] is None
    assert found.facts[0].statement == "You have 5 experiments: 2 planned and 3 active."
    active = await call(caller, "list_experiments", status="active")
    assert {item["status"] for item in active.data["experiments"]} == {"active"}
    assert active.data["total"] == 3


async def test_an_empty_ledger_is_missing_and_states_nothing(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    found = await call(caller, "list_experiments")
    assert found.facts == []
    assert found.missing[0].need == "your first experiment"
    await create(caller, "Coffee chats")
    paused = await call(caller, "list_experiments", status="paused")
    assert paused.missing[0].need == "paused experiments"


async def test_one_experiment_by_its_name(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    earlier = NOW - timedelta(days=1)
    await create(caller, "Coffee chats", earlier, hypothesis="Talking beats reading")
    await create(caller, "Morning pages")
    found = await call(caller, "list_experiments", experiment_id="the coffee chats experiment")
    assert [item["experiment_name"] for item in found.data["experiments"]] == ["Coffee chats"]
    assert "Talking beats reading." in statements(found)
    with pytest.raises(NotFound, match='Yours are "Morning pages" and "Coffee chats"'):
        await call(caller, "list_experiments", experiment_id="pottery")


async def test_when_two_can_be_meant_it_asks(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee with nurses")
    await create(caller, "Coffee with teachers")
    found = await call(caller, "list_experiments", experiment_id="coffee")
    assert found.facts == []
    assert '"Coffee with nurses"' in found.missing[0].need
    assert '"Coffee with teachers"' in found.missing[0].need
    assert len(found.data["candidates"]) == 2
