"""One page of a ledger: which rows are on it, how many there are, where the next one begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.client.entries import Kind, Row, source
from tools.findings import Fact, Ledger
from tools.registry import ToolContext


@dataclass(frozen=True)
class Page:
    """`everything` are the ids of all rows, in order; the page is a slice of them."""

    everything: Sequence[int | str]
    offset: int
    limit: int

    @property
    def ids(self) -> list[int | str]:
        return list(self.everything[self.offset : self.offset + self.limit])

    @property
    def total(self) -> int:
        return len(self.everything)

    @property
    def next_offset(self) -> int | None:
        following = self.offset + self.limit
        return following if following < self.total else None


def count_fact(
    ctx: ToolContext,
    kind: Kind,
    rows: Sequence[Row],
    ledger: Ledger,
    subject: str,
    statement: str,
    *columns: str,
) -> Fact:
    """How many rows there are, resting on all of them and on the `columns` it mentions."""
    return Fact(
        ledger=ledger,
        sources=tuple(source(kind, row, "id", *columns) for row in rows),
        rule=f"{ledger}.count@1",
        subject=subject,
        label="count",
        value=len(rows),
        as_of=ctx.now,
        statement=statement,
    )
