"""Undo and redo: for a day, for each kind of entry, and only one's own."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from errors import Conflict, Invalid, NotFound
from memory.caller import Caller
from tests.conftest import MakeCaller
from tests.tools.client.calling import NOW, call, create, rows, statements

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

WRITES: dict[str, tuple[str, dict[str, Any], str]] = {
    "learning": ("add_learning", {"content": "People answer"}, "learning_data"),
    "reflection": ("add_reflection", {"outcome": "Two calls"}, "experiment_reflections"),
    "evidence": (
        "capture_evidence",
        {"capability_name": "Patience", "detail": "Waited"},
        "capability_evidence",
    ),
    "metric": (
        "record_self_efficacy",
        {"metric_name": "confidence", "metric_value": 7},
        "self_efficacy_metrics",
    ),
}


async def undone_at(caller: Caller, table: str) -> datetime | None:
    [row] = await rows(caller, table)
    moment: datetime | None = row["undone_at"]
    return moment


@pytest.mark.parametrize("kind", WRITES)
async def test_each_entry_goes_and_comes_back(make_caller: MakeCaller, kind: str) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", NOW - 2 * DAY, start=True)
    name, args, table = WRITES[kind]
    written = await call(caller, name, **args)
    assert written.undo is not None
    undone = await call(caller, written.undo.tool, NOW + DAY, **written.undo.args)
    assert undone.data["status"] == "undone"
    assert await undone_at(caller, table) == NOW + DAY
    assert undone.undo is not None
    redone = await call(caller, undone.undo.tool, NOW + 2 * DAY, **undone.undo.args)
    assert redone.data["status"] == "redone"
    assert "counts again" in statements(redone)
    assert await undone_at(caller, table) is None


@pytest.mark.parametrize("kind", WRITES)
async def test_after_a_day_it_stays(make_caller: MakeCaller, kind: str) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", NOW - 2 * DAY, start=True)
    name, args, table = WRITES[kind]
    written = await call(caller, name, **args)
    assert written.undo is not None
    with pytest.raises(Conflict, match="more than a day ago"):
        await call(caller, "undo_entry", NOW + DAY + SECOND, **written.undo.args)
    assert await undone_at(caller, table) is None
    undone = await call(caller, "undo_entry", NOW, **written.undo.args)
    assert undone.undo is not None
    with pytest.raises(Conflict, match="no longer be redone"):
        await call(caller, "undo_entry", NOW + DAY + SECOND, **undone.undo.args)
    assert await undone_at(caller, table) == NOW


async def test_undoing_twice_is_undoing_once(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    experiment_id = await create(caller, "Coffee chats")
    entry = f"experiment:{experiment_id}"
    first = await call(caller, "undo_entry", entry=entry)
    again = await call(caller, "undo_entry", NOW + timedelta(hours=3), entry=entry)
    assert again.data == first.data
    assert await undone_at(caller, "experiments") == NOW
    both = await asyncio.gather(
        *(call(caller, "undo_entry", entry=entry, redo=True) for _ in range(3))
    )
    assert len({str(item.data) for item in both}) == 1


async def test_a_change_undone_by_several_at_once_is_undone_once(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats")
    changed = await call(caller, "update_experiment", NOW + SECOND, hypothesis="New")
    assert changed.undo is not None
    entry = changed.undo.args["entry"]
    results = await asyncio.gather(
        *(call(caller, "undo_entry", NOW + 2 * SECOND, entry=entry) for _ in range(4))
    )
    assert len({str(item.data) for item in results}) == 1
    [row] = await rows(caller, "experiments")
    assert (row["hypothesis"], row["version"]) == (None, 3)


async def test_an_undone_experiment_is_gone_until_it_is_redone(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    experiment_id = await create(caller, "Coffee chats")
    await call(caller, "undo_entry", entry=f"experiment:{experiment_id[:8]}")
    assert (await call(caller, "list_experiments")).data["total"] == 0
    with pytest.raises(NotFound):
        await call(caller, "update_experiment", experiment_id=experiment_id, status="active")
    await call(caller, "undo_entry", redo=True)
    assert (await call(caller, "list_experiments")).data["total"] == 1


async def test_an_experiment_with_something_under_it_is_not_undone(
    make_caller: MakeCaller,
) -> None:
    caller = await make_caller()
    experiment_id = await create(caller, "Coffee chats", start=True)
    await call(caller, "add_learning", content="People answer")
    await call(caller, "capture_evidence", capability_name="A", detail="B", experiment_id="coffee")
    with pytest.raises(Conflict, match="already has 1 learning and 1 piece of evidence"):
        await call(caller, "undo_entry", entry=f"experiment:{experiment_id}")


async def test_a_change_is_put_back_as_it_was(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Class", start_date="2026-12-01", review_date="2026-12-20")
    [before] = await rows(caller, "experiments")
    await call(
        caller,
        "update_experiment",
        NOW + SECOND,
        status="active",
        hypothesis="New",
        experiment_name="Evening class",
        clear=["review_date"],
    )
    [changed] = await rows(caller, "experiments")
    await call(caller, "undo_entry", NOW + 2 * SECOND)
    [restored] = await rows(caller, "experiments")
    moving = {"version", "updated_at"}
    assert {k: v for k, v in restored.items() if k not in moving} == {
        k: v for k, v in before.items() if k not in moving
    }
    assert restored["version"] == 3
    await call(caller, "undo_entry", NOW + 3 * SECOND, redo=True)
    [again] = await rows(caller, "experiments")
    assert {k: v for k, v in again.items() if k not in moving} == {
        k: v for k, v in changed.items() if k not in moving
    }


async def test_a_completion_goes_with_its_note(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    done = await call(caller, "complete_experiment", NOW + SECOND, outcome="Three chats")
    assert done.undo is not None
    undone = await call(caller, "undo_entry", NOW + 2 * SECOND)
    assert undone.data["entry"] == done.undo.args["entry"]
    [row] = await rows(caller, "experiments")
    assert (row["status"], row["completed_at"]) == ("active", None)
    assert await undone_at(caller, "experiment_reflections") == NOW + 2 * SECOND
    assert (await call(caller, "get_metrics")).data["completed_experiments"] == 0
    await call(caller, "undo_entry", NOW + 3 * SECOND, redo=True)
    [row] = await rows(caller, "experiments")
    assert (row["status"], row["completed_at"]) == ("completed", NOW + SECOND)
    assert await undone_at(caller, "experiment_reflections") is None


async def test_a_change_that_was_built_on_is_not_undone(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats")
    first = await call(caller, "update_experiment", hypothesis="One")
    second = await call(caller, "update_experiment", NOW + SECOND, hypothesis="Two")
    assert first.undo is not None
    assert second.undo is not None
    with pytest.raises(Conflict, match="has changed since"):
        await call(caller, "undo_entry", NOW + 2 * SECOND, **first.undo.args)
    await call(caller, "undo_entry", NOW + 2 * SECOND, **second.undo.args)
    await call(caller, "undo_entry", NOW + 2 * SECOND, **first.undo.args)
    [row] = await rows(caller, "experiments")
    assert row["hypothesis"] is None
    other = await call(caller, "update_experiment", NOW + 3 * SECOND, resources="Time")
    await call(caller, "undo_entry", NOW + 4 * SECOND, **first.undo.args, redo=True)
    assert other.undo is not None
    await call(caller, "undo_entry", NOW + 5 * SECOND, **other.undo.args)
    [row] = await rows(caller, "experiments")
    assert (row["hypothesis"], row["resources"]) == ("One", None)


async def test_undo_walks_back_and_redo_forward(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", NOW, start=True)
    await call(caller, "add_learning", NOW, content="First")
    await call(caller, "add_learning", NOW, content="Second")
    undone = [
        (await call(caller, "undo_entry", NOW + n * SECOND)).data["message"] for n in range(3)
    ]
    assert [("First" in item, "Second" in item, "Coffee" in item) for item in undone] == [
        (False, True, False),
        (True, False, False),
        (False, False, True),
    ]
    with pytest.raises(NotFound, match="nothing to undo"):
        await call(caller, "undo_entry", NOW + 3 * SECOND)
    redone = await call(caller, "undo_entry", NOW + 4 * SECOND, redo=True)
    assert "Coffee chats" in redone.data["message"]


async def test_a_learning_is_not_redone_under_an_undone_experiment(
    make_caller: MakeCaller,
) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    learned = await call(caller, "add_learning", NOW + SECOND, content="First")
    await call(caller, "undo_entry", NOW + 2 * SECOND)
    await call(caller, "undo_entry", NOW + 3 * SECOND)
    entry = f"learning:{learned.data['learning_id']}"
    with pytest.raises(Conflict, match='Its experiment "Coffee chats" is undone'):
        await call(caller, "undo_entry", NOW + 4 * SECOND, entry=entry, redo=True)


async def test_only_ones_own(make_caller: MakeCaller) -> None:
    mine, other = await make_caller(), await make_caller()
    theirs = await create(other, "Coffee chats", start=True)
    learned = await call(other, "add_learning", NOW + SECOND, content="First")
    for entry in (f"experiment:{theirs}", f"learning:{learned.data['learning_id']}"):
        with pytest.raises(NotFound):
            await call(mine, "undo_entry", NOW + SECOND, entry=entry)
    with pytest.raises(NotFound, match="nothing to undo"):
        await call(mine, "undo_entry", NOW + SECOND)
    assert await undone_at(other, "learning_data") is None


@pytest.mark.parametrize(
    "entry",
    ["learning", "learning:", "learning:x", "user:1", "learning:1; DROP", "experiment:a", "%:1",
     "learning:" + "9" * 19],
)  # fmt: skip
async def test_what_names_no_entry_is_refused(make_caller: MakeCaller, entry: str) -> None:
    caller = await make_caller()
    with pytest.raises(Invalid, match="names no entry"):
        await call(caller, "undo_entry", entry=entry)
