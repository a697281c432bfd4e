"""A finding, and a check that makes findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from memory.snapshot import Rows

EXAMPLES = 5


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `check` is stable and machine-readable; `where` names the table,
    index, role or migration; `examples` are a few of the keys concerned, never their content."""

    check: str
    where: str
    count: int
    detail: str
    remedy: str
    examples: Sequence[str] = field(default_factory=tuple)


Check = Callable[[Rows], list[Finding]]
