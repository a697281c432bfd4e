"""Logging how an experiment went."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from tests.conftest import MakeCaller
from tests.tools.client.calling import NOW, call, create, rows, statements, validated


async def test_a_reflection_takes_the_experiments_confidence_as_before(
    make_caller: MakeCaller,
) -> None:
    caller = await make_caller()
    experiment_id = await create(caller, "Coffee chats", start=True, confidence_before=4)
    found = await call(
        caller, "add_reflection", outcome="Two calls", confidence_after=6, next_move="pivot"
    )
    [row] = await rows(caller, "experiment_reflections")
    assert found.data["reflection_id"] == row["id"]
    assert found.data["experiment_id"] == experiment_id
    assert (row["confidence_before"], row["confidence_after"]) == (4, 6)
    assert statements(found).splitlines() == [
        f'Logged a reflection on "Coffee chats", id {row["id"]}.',
        'The outcome of "Coffee chats" on 21 November 2026: "Two calls"',
        'Your confidence with "Coffee chats" went from 4 to 6 out of 10 (21 November 2026).',
        'Your next move for "Coffee chats" is to pivot it.',
    ]
    [experiment] = await rows(caller, "experiments")
    assert experiment["status"] == "active"


async def test_several_reflections_and_the_same_key_once(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", start=True)
    for _ in range(2):
        await call(caller, "add_reflection", outcome="Week one", idempotency_key="w1")
    await call(caller, "add_reflection", NOW + timedelta(days=7), outcome="Week two")
    assert [row["outcome"] for row in await rows(caller, "experiment_reflections")] == [
        "Week one",
        "Week two",
    ]


@pytest.mark.parametrize(
    "args", [{}, {"confidence_before": 3}, {"confidence_after": 11}, {"next_move": "stop"}]
)
def test_an_empty_or_impossible_one_is_refused(args: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        validated("add_reflection", args)
