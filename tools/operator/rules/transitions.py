"""How a lead's status may move: the one rule behind every status change (operator spec 1.2 A4,
2.1; decisions, "Refusals").

The pipeline brings a lead as far as SCORED. From there each move is a person's decision: approval
needs a positioning brief and a proposal; a build needs an approval, a proposal, and no build
before it. REJECTED and SHIPPED are ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from errors import Conflict, Invalid
from tools.operator.records import Artifact, Lead
from tools.operator.rules.stages import BUILD_MAY_START, is_positioned, newest
from tools.wording import listed

Status = Literal[
    "NEW", "ENRICHED", "SCORED", "APPROVED", "SCOPE_SENT", "SCOPE_APPROVED", "REJECTED",
    "BUILDING", "SHIPPED",
]  # fmt: skip
STATUSES: tuple[Status, ...] = get_args(Status)

MOVES: dict[Status, tuple[Status, ...]] = {
    "NEW": ("ENRICHED", "SCORED", "REJECTED"),
    "ENRICHED": ("SCORED", "REJECTED"),
    "SCORED": ("APPROVED", "REJECTED"),
    "APPROVED": ("BUILDING", "SCOPE_SENT", "REJECTED"),
    "SCOPE_SENT": ("SCOPE_APPROVED", "REJECTED"),
    "SCOPE_APPROVED": ("BUILDING", "REJECTED"),
    "BUILDING": ("SHIPPED",),
    "REJECTED": (),
    "SHIPPED": (),
}
STAMPS: dict[Status, str] = {
    "ENRICHED": "enriched_at",
    "SCORED": "scored_at",
    "APPROVED": "approved_at",
    "REJECTED": "rejected_at",
    "BUILDING": "build_started_at",
    "SHIPPED": "build_completed_at",
}
"""The column that holds when a status was reached; the two of the scope have none."""


@dataclass(frozen=True)
class Transition:
    """The status after the move and the columns that it stamps; none when nothing changes."""

    status: Status
    stamps: dict[str, datetime | str | None] = field(default_factory=dict)


def transition(
    lead: Lead,
    artifacts: Sequence[Artifact],
    wanted: str,
    now: datetime,
    reason: str | None = None,
) -> Transition:
    """The move of `lead`, whose artifacts are `artifacts`, to `wanted` at `now`; `reason` is
    kept with a rejection. Asking for the status it has changes nothing.

    Raises Invalid for an unknown status, and Conflict, naming what is missing, the present
    status and the allowed moves, for a move that may not be made.
    """
    current, target = _known(lead.status), _known(wanted)
    if target == current:
        return Transition(current)
    lacks = obstacles(lead, artifacts, target)
    if lacks or target not in MOVES[current]:
        raise Conflict(_refusal(lead, current, target, lacks))
    stamps: dict[str, datetime | str | None] = {}
    if target in STAMPS:
        stamps[STAMPS[target]] = now
    if target == "REJECTED":
        stamps["rejection_reason"] = reason
    if target == "BUILDING":
        stamps["build_completed_at"] = None
    if target == "SHIPPED" and lead.build_started_at is None:
        stamps["build_started_at"] = now
    return Transition(target, stamps)


def obstacles(lead: Lead, artifacts: Sequence[Artifact], target: Status) -> list[str]:
    """What stands against `target`, whatever the present status: "it has no proposal"."""
    proposal = newest(artifacts, "proposal") is not None
    found: list[tuple[bool, str]] = []
    if target in ("APPROVED", "SCOPE_SENT", "SCOPE_APPROVED", "BUILDING"):
        found += [
            (lead.source == "system", "it only hosts reports"),
            (lead.deal_outcome == "lost", "its deal was lost"),
        ]
    if target == "APPROVED":
        found += [
            (not is_positioned(artifacts), "it has no positioning brief"),
            (not proposal, "it has no proposal"),
        ]
    if target == "BUILDING":
        found += [
            (lead.status not in BUILD_MAY_START, "it is not approved"),
            (not proposal, "it has no proposal"),
            (lead.build_started_at is not None, "its build was started before"),
        ]
    return [said for holds, said in found if holds]


def _known(status: str) -> Status:
    found = next((name for name in STATUSES if name == status), None)
    if found is None:
        raise Invalid(f"{status!r} is no status. Use one of: {', '.join(STATUSES)}.")
    return found


def _refusal(lead: Lead, current: Status, target: Status, lacks: Sequence[str]) -> str:
    allowed = " or ".join(MOVES[current])
    because = f": {listed(lacks)}" if lacks else ""
    way_on = f"From {current} it can become {allowed}." if allowed else f"{current} is an end."
    return f"{lead.title} is {current} and cannot become {target}{because}. {way_on}"
