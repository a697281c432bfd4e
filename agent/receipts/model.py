"""The receipt under every answer: what is Known, Inferred and Missing, and how it was checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from tools.findings import Missing, Value

Confidence = Literal["low", "medium", "high"]
ClaimKind = Literal["known", "inferred"]


class Known(BaseModel):
    """A sentence every atom of which the cited facts bear out. `start`/`end` are offsets
    (in code points) into the answer's text."""

    id: str
    statement: str
    facts: list[str]
    ledger: str
    subject: str
    label: str
    value: Value
    unit: str | None = None
    as_of: datetime
    start: int
    end: int
    href: str | None = None


class Inferred(BaseModel):
    """A conclusion, with the ids of the facts it rests on."""

    id: str
    statement: str
    based_on: list[str]
    confidence: Confidence
    why: str
    start: int
    end: int


class Source(BaseModel):
    """A ledger that was consulted, and how many facts it gave. 0 is an answer too."""

    ledger: str
    facts: int


class Checks(BaseModel):
    """How many sentences there were, and what became of them."""

    sentences: int = 0
    known: int = 0
    inferred: int = 0
    plain: int = 0
    repaired: int = 0
    replaced: int = 0


class Receipt(BaseModel):
    """Always present, also when every list is empty."""

    id: str
    known: list[Known] = Field(default_factory=list)
    inferred: list[Inferred] = Field(default_factory=list)
    missing: list[Missing] = Field(default_factory=list)
    sources: list[Source] = Field(default_factory=list)
    checks: Checks = Field(default_factory=Checks)
    overall: Confidence = "low"
    notice: str | None = None


@dataclass(frozen=True)
class Mark:
    """A claim in an answer: the half-open range `start`–`end` of its text, in code points, and
    the receipt item it is."""

    start: int
    end: int
    id: str
    kind: ClaimKind


def marks_of(receipt: Receipt) -> list[Mark]:
    """Where the receipt's claims stand in its answer."""
    known = [Mark(item.start, item.end, item.id, "known") for item in receipt.known]
    return known + [Mark(item.start, item.end, item.id, "inferred") for item in receipt.inferred]
