"""Calendar words against a given now, Friday 6 March 2026."""

from __future__ import annotations

from datetime import date

import pytest

from agent.receipts.reading import read
from agent.receipts.subjects import Names
from tests.agent.receipts.ledger import NOW


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("It was sent yesterday.", date(2026, 3, 5)),
        ("It was sent on 22 February.", date(2026, 2, 22)),
        ("It was sent on February 22, 2026.", date(2026, 2, 22)),
        ("It was sent on 2026-02-22.", date(2026, 2, 22)),
        ("It was sent last Friday.", date(2026, 2, 27)),
        ("It was sent on the 22nd.", date(2026, 2, 22)),
        ("It was sent the day before yesterday.", date(2026, 3, 4)),
    ],
)
def test_a_day_is_read(text: str, day: date) -> None:
    (atom,) = [atom for atom in read(text, Names(), NOW).atoms if atom.calendar is not None]
    assert atom.calendar is not None
    assert any(low <= day <= high for low, high in atom.calendar.spans)


@pytest.mark.parametrize(
    "text", ["on 31 February", "on 1/2/99999999999999999999", "on the 9th try"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    atoms = read(f"It was sent {text}.", Names(), NOW).atoms
    assert not any(atom.calendar and atom.calendar.spans for atom in atoms)
