"""Every pair of statuses, with every state of the money path, is a move or a refusal."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from errors import Conflict, Invalid
from tools.operator.records import Artifact, Lead
from tools.operator.rules.transitions import STATUSES, Status, transition

ROOT = Path(__file__).parents[4]
NOW = datetime(2026, 3, 6, 15, tzinfo=UTC)
BEFORE = NOW - timedelta(days=3)
TABLE: dict[str, set[str]] = {
    "NEW": {"ENRICHED", "SCORED", "REJECTED"},
    "ENRICHED": {"SCORED", "REJECTED"},
    "SCORED": {"APPROVED", "REJECTED"},
    "APPROVED": {"BUILDING", "SCOPE_SENT", "REJECTED"},
    "SCOPE_SENT": {"SCOPE_APPROVED", "REJECTED"},
    "SCOPE_APPROVED": {"BUILDING", "REJECTED"},
    "BUILDING": {"SHIPPED"},
    "REJECTED": set(),
    "SHIPPED": set(),
}
"""Operator spec 2.1, written down once more."""
STAMPS = {
    "approved_at", "build_started_at", "build_completed_at", "rejected_at", "rejection_reason",
    "enriched_at", "scored_at",
}  # fmt: skip


def lead(status: str, **fields: object) -> Lead:
    return Lead("L1", "Oak", BEFORE, status=status, **fields)  # type: ignore[arg-type]


def artifacts(positioned: bool, proposed: bool) -> list[Artifact]:
    kinds = [("positioning", positioned), ("proposal", proposed)]
    return [Artifact(kind, "L1", kind, BEFORE) for kind, there in kinds if there]


@pytest.mark.parametrize(("current", "wanted"), list(product(STATUSES, STATUSES)))
def test_every_pair(current: Status, wanted: Status) -> None:
    for positioned, proposed, started, outcome, source in product(
        (False, True), (False, True), (None, BEFORE), (None, "won", "lost"), ("inbound", "system")
    ):
        this = lead(current, build_started_at=started, deal_outcome=outcome, source=source)
        made = artifacts(positioned, proposed)
        taken_up = wanted in {"APPROVED", "SCOPE_SENT", "SCOPE_APPROVED", "BUILDING"}
        allowed = wanted in TABLE[current] and not (
            (taken_up and (outcome == "lost" or source == "system"))
            or (wanted == "APPROVED" and not (positioned and proposed))
            or (wanted == "BUILDING" and not (proposed and started is None))
        )
        if current == wanted:
            assert transition(this, made, wanted, NOW).stamps == {}
        elif allowed:
            change = transition(this, made, wanted, NOW, "too small")
            assert change.status == wanted
            assert set(change.stamps) <= STAMPS
        else:
            with pytest.raises(Conflict) as refused:
                transition(this, made, wanted, NOW)
            said = refused.value.detail
            assert f"Oak is {current} and cannot become {wanted}" in said
            for status in TABLE[current]:
                assert status in said.rpartition("it can become")[2]
            assert TABLE[current] or f"{current} is an end" in said


def test_the_stamps_of_each_move() -> None:
    ready = artifacts(True, True)

    def stamps(current: str, wanted: str, **fields: object) -> dict[str, object]:
        return dict(transition(lead(current, **fields), ready, wanted, NOW, "too small").stamps)

    assert stamps("SCORED", "APPROVED") == {"approved_at": NOW}
    assert stamps("SCORED", "REJECTED") == {"rejected_at": NOW, "rejection_reason": "too small"}
    assert stamps("APPROVED", "BUILDING") == {"build_started_at": NOW, "build_completed_at": None}
    assert stamps("BUILDING", "SHIPPED", build_started_at=BEFORE) == {"build_completed_at": NOW}
    assert stamps("BUILDING", "SHIPPED") == {"build_completed_at": NOW, "build_started_at": NOW}
    assert stamps("APPROVED", "SCOPE_SENT") == {}


def test_a_refusal_names_everything_that_is_missing() -> None:
    with pytest.raises(Conflict) as refused:
        transition(lead("ENRICHED"), [], "APPROVED", NOW)
    assert refused.value.detail == (
        "Oak is ENRICHED and cannot become APPROVED: it has no positioning brief and it has no "
        "proposal. From ENRICHED it can become SCORED or REJECTED."
    )


@pytest.mark.parametrize("status", ["WON", "approved", ""])
def test_an_unknown_status_is_invalid(status: str) -> None:
    with pytest.raises(Invalid):
        transition(lead("SCORED"), [], status, NOW)


def test_a_build_starts_once_and_never_without_an_approval() -> None:
    reached: set[tuple[str, bool, bool]] = {("NEW", False, False)}
    while True:
        steps = set(reached)
        for (current, approved, started), wanted in product(reached, STATUSES):
            this = lead(current, build_started_at=BEFORE if started else None)
            try:
                change = transition(this, artifacts(True, True), wanted, NOW)
            except Conflict:
                continue
            assert not (wanted == "BUILDING" and current != "BUILDING" and started)
            steps.add(
                (
                    change.status,
                    approved or change.status == "APPROVED",
                    started or "build_started_at" in change.stamps,
                )
            )
        if steps == reached:
            break
        reached = steps
    assert ("SHIPPED", True, True) in reached
    assert not {step for step in reached if step[0] in ("BUILDING", "SHIPPED") and not step[1]}


WRITES = re.compile(r"UPDATE leads\b.*?\bSET\b(.*?)(?:\bWHERE\b|\"\"\"|$)", re.I | re.S)
MONEY_PATH = re.compile(
    r"\b(status|proposal_sent_at|approved_at|build_started_at|build_completed_at|rejected_at|"
    r"rejection_reason|deal_outcome|outcome_at)\s*=",
    re.I,
)


def test_no_other_sql_moves_a_lead() -> None:
    found = set()
    for folder in ("agent", "tools", "memory", "api"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for statement in WRITES.findall(text):
                composed = "{}" in statement
                if composed or MONEY_PATH.search(statement):
                    found.add(path.relative_to(ROOT).as_posix())
    assert found == {"tools/operator/lead_changes.py"}


def test_a_hidden_write_would_be_found() -> None:
    planted = 'conn.execute("UPDATE leads SET touch_count = 1, status = %s WHERE id = %s")'
    assert any(MONEY_PATH.search(statement) for statement in WRITES.findall(planted))
