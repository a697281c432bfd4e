"""Receipts over REST: read one, and check it again against the database as it is now."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from agent.receipts.model import Receipt
from agent.receipts.recheck import Rechecked, recheck
from api.auth import CallerDep
from api.services import ServiceDep
from memory import receipts
from memory.pool import get_conn

router = APIRouter(prefix="/receipts", tags=["receipts"])

ReceiptId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
_WORSE = {"unchanged": 0, "changed": 1, "gone": 2}


@router.get("/{receipt_id}")
async def read_receipt(receipt_id: ReceiptId, caller: CallerDep) -> dict[str, Any]:
    """A receipt with the facts it names."""
    async with get_conn(caller) as conn:
        row = await receipts.get(conn, receipt_id)
    return {**row["receipt"], "facts": [item["fact"] for item in row["facts"]]}


@router.post("/{receipt_id}/verify")
async def verify_receipt(
    receipt_id: ReceiptId, caller: CallerDep, service: ServiceDep
) -> dict[str, Any]:
    """Read every source again: per item `unchanged`, `changed` (`was`, `is`) or `gone`."""
    now = service.agent.clock()
    async with get_conn(caller) as conn:
        row = await receipts.get(conn, receipt_id)
        found = {item.fact_id: item for item in await recheck(conn, caller, now, row["facts"])}
    receipt = Receipt.model_validate(row["receipt"])
    claims = [(item.id, item.facts) for item in receipt.known]
    claims += [(item.id, item.based_on) for item in receipt.inferred]
    return {
        "items": [_item(claim, [found[f] for f in facts if f in found]) for claim, facts in claims],
        "checked_at": now,
    }


def _item(claim_id: str, facts: list[Rechecked]) -> dict[str, Any]:
    """A claim stands as its worst fact stands."""
    worst = max(facts, key=lambda item: _WORSE[item.state], default=None)
    if worst is None:
        return {"id": claim_id, "state": "gone", "was": None, "is": None}
    return {"id": claim_id, "state": worst.state, "was": worst.was, "is": worst.now}
