"""Capturing and reading evidence: golden suite `coach`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from errors import NotFound
from tests.conftest import MakeCaller
from tests.tools.client.calling import NOW, call, create, rows, statements, validated


async def test_evidence_is_captured_and_said_back(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    experiment_id = await create(caller, "Run one workshop", start=True)
    found = await call(
        caller,
        "capture_evidence",
        capability_name="Explaining a method",
        evidence_type="action",
        evidence_data={"people": 11},
        detail="Ran it for my team",
        confidence_level=0.8,
        experiment_id="workshop",
    )
    [row] = await rows(caller, "capability_evidence")
    said = (
        'Captured evidence (action) of "Explaining a method" from "Run one workshop", '
        f"id {row['id']}."
    )
    assert found.data == {
        "session_id": None,
        "evidence_id": row["id"],
        "experiment_id": experiment_id,
        "status": "evidence_captured",
        "message": said,
    }
    assert found.facts[0].statement == said
    assert row["evidence_data"] == {"people": 11, "detail": "Ran it for my team"}
    assert row["confidence_level"] == Decimal("0.8")
    listed = await call(caller, "list_evidence")
    assert statements(listed).splitlines() == [
        "You have captured 1 piece of evidence.",
        "On 21 November 2026 you captured evidence (action, confidence 0.8) of "
        '"Explaining a method": "Ran it for my team"',
    ]


async def test_evidence_needs_no_experiment(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await call(caller, "capture_evidence", capability_name="Patience", detail="Waited")
    [row] = await rows(caller, "capability_evidence")
    assert row["experiment_id"] is None
    with pytest.raises(NotFound):
        await call(
            caller, "capture_evidence", capability_name="A", detail="B", experiment_id="pottery"
        )


async def test_the_list_is_newest_first_and_paged(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    assert (await call(caller, "list_evidence")).missing[0].target == "capture_evidence"
    for number in range(3):
        moment = NOW - timedelta(days=3 - number)
        await call(
            caller, "capture_evidence", moment, capability_name=f"C{number}", evidence_data={"n": 1}
        )
    found = await call(caller, "list_evidence", limit=2)
    assert [item["capability_name"] for item in found.data["evidence"]] == ["C2", "C1"]
    assert (found.data["total"], found.data["next_offset"]) == (3, 2)


@pytest.mark.parametrize(
    "args",
    [
        {"capability_name": "Patience"},
        {"capability_name": "Patience", "evidence_data": {}},
        {"capability_name": "", "detail": "Waited"},
        {"capability_name": "x" * 201, "detail": "Waited"},
        {"capability_name": "Patience", "evidence_type": "x" * 101, "detail": "Waited"},
        {"capability_name": "Patience", "detail": "Waited", "confidence_level": 1.5},
        {"capability_name": "Patience", "detail": "nul\x00l"},
    ],
)
def test_what_cannot_be_kept_is_refused(args: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("capture_evidence", args)


async def test_a_full_last_page_has_no_next(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    for number in range(2):
        await call(caller, "capture_evidence", capability_name=f"C{number}", detail="Shown")
    assert (await call(caller, "list_evidence", limit=2)).data["next_offset"] is None
    assert (await call(caller, "list_evidence", limit=1)).data["next_offset"] == 1
