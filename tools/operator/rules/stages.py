"""Where a lead stands on the money path (operator spec 1.2 A4, 2.1; decisions, "Words")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tools.operator.records import Artifact, Lead

DELIVERY_STATUSES = frozenset({"APPROVED", "SCOPE_SENT", "SCOPE_APPROVED", "BUILDING", "SHIPPED"})
BUILD_MAY_START = frozenset({"APPROVED", "SCOPE_APPROVED"})
ENRICHMENT_TYPES = frozenset({"enrichment", "notes"})

Stage = Literal[
    "new", "enriched", "scored", "positioned", "proposal ready", "proposal sent", "approved",
    "building", "shipped", "lost", "rejected",
]  # fmt: skip


def is_system(lead: Lead) -> bool:
    """Whether the lead only hosts the service's own reports (trap 4)."""
    return lead.source == "system"


def is_open(lead: Lead) -> bool:
    """Not system, not rejected, no outcome."""
    return not is_system(lead) and lead.status != "REJECTED" and lead.deal_outcome is None


def is_approved(lead: Lead) -> bool:
    """Whether the owner has given the go-ahead for the money path."""
    return lead.approved_at is not None or lead.status in DELIVERY_STATUSES


def is_enriched(artifacts: Sequence[Artifact]) -> bool:
    return any(item.type in ENRICHMENT_TYPES for item in artifacts)


def is_positioned(artifacts: Sequence[Artifact]) -> bool:
    return any(item.type == "positioning" for item in artifacts)


def newest(artifacts: Sequence[Artifact], *types: str) -> Artifact | None:
    """The newest artifact of one of `types`."""
    found = [item for item in artifacts if item.type in types]
    return max(found, key=lambda item: (item.created_at, item.id), default=None)


def unsent_proposal(lead: Lead, artifacts: Sequence[Artifact]) -> Artifact | None:
    """The newest proposal of an open, not yet approved lead that was not sent: it waits for
    the operator to review and send it."""
    if not is_open(lead) or is_approved(lead) or lead.proposal_sent_at is not None:
        return None
    return newest(artifacts, "proposal")


def awaits_client(lead: Lead) -> bool:
    """A sent proposal without an outcome and without the owner's go-ahead."""
    return is_open(lead) and not is_approved(lead) and lead.proposal_sent_at is not None


def awaits_build(lead: Lead) -> bool:
    """Approved, not lost, and its build has not started."""
    return (
        not is_system(lead)
        and lead.status in BUILD_MAY_START
        and lead.build_started_at is None
        and lead.deal_outcome != "lost"
    )


def stage(lead: Lead, artifacts: Sequence[Artifact]) -> Stage:
    """The furthest point that the lead has reached, or how it ended without being built."""
    reached: list[tuple[bool, Stage]] = [
        (lead.status == "REJECTED", "rejected"),
        (lead.deal_outcome == "lost", "lost"),
        (lead.status == "SHIPPED" or lead.build_completed_at is not None, "shipped"),
        (lead.status == "BUILDING" or lead.build_started_at is not None, "building"),
        (is_approved(lead), "approved"),
        (lead.proposal_sent_at is not None, "proposal sent"),
        (newest(artifacts, "proposal") is not None, "proposal ready"),
        (is_positioned(artifacts), "positioned"),
        (lead.scored_at is not None, "scored"),
        (is_enriched(artifacts), "enriched"),
    ]
    return next((name for holds, name in reached if holds), "new")
