"""Updating and completing: the moves, what completion needs, clearing, stale versions."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from errors import Conflict, Invalid, NotFound
from memory.caller import Caller
from tests.conftest import MakeCaller
from tests.tools.client.calling import NOW, call, create, rows, statements, validated
from tools.client.rules.transitions import MOVES, STATUSES, Status

PATHS: dict[Status, tuple[Status, ...]] = {
    "planned": (),
    "active": ("active",),
    "paused": ("active", "paused"),
    "completed": ("active", "completed"),
    "reviewed": ("active", "completed", "reviewed"),
    "archived": ("archived",),
}


async def bring_to(caller: Caller, status: Status) -> str:
    """An experiment with a learning, in that status."""
    experiment_id = await create(caller, f"To {status}")
    await call(caller, "add_learning", experiment_id=experiment_id, content="Something")
    for step in PATHS[status]:
        await call(caller, "update_experiment", experiment_id=experiment_id, status=step)
    return experiment_id


async def test_every_move_is_done_or_refused(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    for current, wanted in product(STATUSES, STATUSES):
        experiment_id = await bring_to(caller, current)
        allowed = wanted == current or wanted in MOVES[current]
        if allowed:
            await call(caller, "update_experiment", experiment_id=experiment_id, status=wanted)
        else:
            with pytest.raises(Conflict, match=f"is {current} and cannot become {wanted}"):
                await call(caller, "update_experiment", experiment_id=experiment_id, status=wanted)
        [row] = [row for row in await rows(caller, "experiments") if row["id"] == experiment_id]
        assert row["status"] == (wanted if allowed else current)


async def test_an_update_says_what_it_did(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    experiment_id = await create(caller, "Coffee chats", start=True)
    found = await call(
        caller,
        "update_experiment",
        experiment_id="coffee",
        status="paused",
        review_date="2026-12-24",
        experiment_name="Coffee calls",
    )
    assert found.data["experiment_id"] == experiment_id
    assert found.data["status"] == "updated"
    assert found.data["version"] == 2
    assert statements(found).splitlines() == [
        'Renamed "Coffee chats" to "Coffee calls".',
        '"Coffee calls" is now paused.',
        'The review date of "Coffee calls" is 24 December 2026.',
    ]


async def test_fields_can_be_cleared(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", hypothesis="Old", review_date="2026-12-24")
    found = await call(caller, "update_experiment", clear=["hypothesis", "review_date"])
    [row] = await rows(caller, "experiments")
    assert (row["hypothesis"], row["review_date"]) == (None, None)
    assert 'Cleared the hypothesis of "Coffee chats".' in statements(found)
    with pytest.raises(Invalid, match="both set and cleared"):
        await call(caller, "update_experiment", hypothesis="New", clear=["hypothesis"])


async def test_nothing_to_change_writes_nothing(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", hypothesis="Same")
    later = NOW + timedelta(hours=1)
    found = await call(caller, "update_experiment", later, hypothesis="Same", status="planned")
    assert found.undo is None
    [row] = await rows(caller, "experiments")
    assert (row["version"], row["updated_at"]) == (1, NOW)
    assert await rows(caller, "experiment_changes") == []


async def test_a_stale_version_is_refused(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats")
    await call(caller, "update_experiment", hypothesis="First", expected_version=1)
    with pytest.raises(Conflict, match="version 2, not 1"):
        await call(caller, "update_experiment", hypothesis="Second", expected_version=1)
    again = await call(caller, "update_experiment", hypothesis="First", expected_version=1)
    assert again.data["version"] == 2


async def test_of_two_updates_of_one_version_one_wins(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats")
    results = await asyncio.gather(
        *(
            call(caller, "update_experiment", hypothesis=f"Number {n}", expected_version=1)
            for n in range(4)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(item, Conflict) for item in results) == 3
    [row] = await rows(caller, "experiments")
    assert row["version"] == 2


async def test_contradictory_dates_are_refused(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Class", start_date="2026-12-01", review_date="2026-12-20")
    with pytest.raises(Invalid, match="would lie before the start date"):
        await call(caller, "update_experiment", start_date="2026-12-21")
    [row] = await rows(caller, "experiments")
    assert row["start_date"] == date(2026, 12, 1)


async def test_starting_sets_the_day_and_restoring_keeps_it(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Class", start_date=NOW.date() + timedelta(days=5))
    await call(caller, "update_experiment", status="active")
    [row] = await rows(caller, "experiments")
    assert (row["start_date"], row["started_at"]) == (NOW.date(), NOW)
    await call(caller, "update_experiment", status="archived")
    later = NOW + timedelta(days=2)
    await call(caller, "update_experiment", later, status="active")
    [row] = await rows(caller, "experiments")
    assert (row["start_date"], row["started_at"]) == (NOW.date(), NOW)


async def test_completion_needs_a_learning_or_an_outcome(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    experiment_id = await create(caller, "Coffee chats", start=True)
    attempts: dict[str, dict[str, Any]] = {
        "complete_experiment": {},
        "update_experiment": {"status": "completed"},
    }
    for name, args in attempts.items():
        with pytest.raises(Conflict, match="no learning and no outcome yet"):
            await call(caller, name, experiment_id=experiment_id, **args)
    learned = await call(caller, "add_learning", content="People answer")
    await call(caller, "undo_entry", entry=f"learning:{learned.data['learning_id']}")
    with pytest.raises(Conflict, match="no learning and no outcome yet"):
        await call(caller, "complete_experiment")
    await call(caller, "add_reflection", next_move="continue")
    with pytest.raises(Conflict, match="no learning and no outcome yet"):
        await call(caller, "complete_experiment")
    await call(caller, "undo_entry", redo=True, entry=f"learning:{learned.data['learning_id']}")
    done = await call(caller, "complete_experiment")
    assert done.data["status"] == "completed"


async def test_an_outcome_note_is_enough_and_becomes_a_reflection(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    experiment_id = await create(caller, "Coffee chats", start=True, confidence_before=4)
    found = await call(
        caller,
        "complete_experiment",
        experiment_id="coffee chats",
        outcome="Three chats, one offer",
        confidence_after=7,
        next_move="continue",
    )
    assert found.data == {
        "experiment_id": experiment_id,
        "status": "completed",
        "message": f'Completed experiment "Coffee chats" on 21 November 2026, '
        f"id {experiment_id[:8]}.",
    }
    [reflection] = await rows(caller, "experiment_reflections")
    assert (reflection["confidence_before"], reflection["confidence_after"]) == (4, 7)
    said = statements(found)
    assert "went from 4 to 7 out of 10" in said
    assert '"Three chats, one offer"' in said


async def test_completing_again_gives_the_same_result_and_writes_nothing(
    make_caller: MakeCaller,
) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    first = await call(caller, "complete_experiment", outcome="Done")
    later = NOW + timedelta(days=1)
    again = await call(caller, "complete_experiment", later, outcome="Done")
    assert again.data == first.data
    assert again.missing == []
    assert again.undo is None
    assert len(await rows(caller, "experiment_changes")) == 1
    assert len(await rows(caller, "experiment_reflections")) == 1
    other = await call(caller, "complete_experiment", later, outcome="Something else")
    assert other.data == first.data
    assert other.missing[0].target == "add_reflection"


async def test_two_completions_at_once_are_one(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    results = await asyncio.gather(
        *(call(caller, "complete_experiment", outcome="Done") for _ in range(4))
    )
    assert len({str(found.data) for found in results}) == 1
    assert len(await rows(caller, "experiment_changes")) == 1
    assert len(await rows(caller, "experiment_reflections")) == 1


async def test_a_planned_one_cannot_be_completed(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats")
    with pytest.raises(Conflict, match="is planned and cannot become completed"):
        await call(caller, "complete_experiment", outcome="Done")


async def test_without_a_name_the_one_under_way_is_meant(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    with pytest.raises(NotFound, match="not logged any experiment"):
        await call(caller, "complete_experiment", outcome="Done")
    await create(caller, "Planned")
    running = await create(caller, "Running", start=True)
    found = await call(caller, "complete_experiment", outcome="Done")
    assert found.data["experiment_id"] == running
    await create(caller, "First", start=True)
    await create(caller, "Second", start=True)
    asked = await call(caller, "complete_experiment", outcome="Done")
    assert '"First" (active' in asked.missing[0].need
    assert "Planned" not in asked.missing[0].need
    assert "status" not in asked.data
    assert len(await rows(caller, "experiment_changes")) == 1


async def test_anothers_experiment_is_not_there(make_caller: MakeCaller) -> None:
    mine, other = await make_caller(), await make_caller()
    theirs = await create(other, "Coffee chats", start=True)
    await create(mine, "Morning pages", start=True)
    attempts: dict[str, dict[str, Any]] = {
        "update_experiment": {"status": "paused"},
        "complete_experiment": {"outcome": "Done"},
        "add_learning": {"content": "Stolen"},
        "add_reflection": {"outcome": "Stolen"},
        "list_learnings": {},
        "list_experiments": {},
    }
    for name, args in attempts.items():
        with pytest.raises(NotFound):
            await call(mine, name, experiment_id=theirs, **args)
    [row] = await rows(other, "experiments")
    assert (row["status"], row["version"]) == ("active", 1)


@pytest.mark.parametrize("name", ["update_experiment", "complete_experiment"])
def test_a_name_that_postgres_cannot_read_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        validated(name, {"experiment_id": "a\x00b"})
