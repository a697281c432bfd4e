"""How far a lead has come, by its stamps and artifacts."""

from __future__ import annotations

import pytest

from tests.tools.operator.rules.rows import artifact, before, lead, proposal
from tools.operator.records import Artifact
from tools.operator.rules.stages import stage

MADE = [artifact("enrichment"), artifact("positioning"), proposal()]


@pytest.mark.parametrize(
    ("columns", "made", "expected"),
    [
        ({}, [], "new"),
        ({}, [artifact("notes")], "enriched"),
        ({"scored_at": before(1)}, [], "scored"),
        ({"scored_at": before(1)}, MADE[:2], "positioned"),
        ({}, MADE, "proposal ready"),
        ({"proposal_sent_at": before(1)}, MADE, "proposal sent"),
        ({"approved_at": before(1), "proposal_sent_at": before(2)}, MADE, "approved"),
        ({"status": "SCOPE_APPROVED"}, MADE, "approved"),
        ({"status": "APPROVED", "build_started_at": before(1)}, MADE, "building"),
        ({"status": "SHIPPED"}, MADE, "shipped"),
        ({"deal_outcome": "lost", "outcome_at": before(1)}, MADE, "lost"),
        ({"status": "REJECTED", "build_completed_at": before(1)}, MADE, "rejected"),
    ],
)
def test_the_furthest_point_reached(
    columns: dict[str, object], made: list[Artifact], expected: str
) -> None:
    assert stage(lead(**columns), made) == expected
