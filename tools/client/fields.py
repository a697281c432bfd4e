"""Argument types of the client's tools: what Postgres can store and a reader can read."""

from __future__ import annotations

import json
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from tools.rounding import round_half_up

MAX_DATA_CHARACTERS = 10_000
MAX_DATA_DEPTH = 20


def _readable(value: str) -> str:
    """Refuses control characters and half surrogates, which no reader sees."""
    for character in value:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\r\t":
            raise ValueError(f"holds the control character {character!a}; remove it")
    return value


def _one_line(value: str) -> str:
    return " ".join(_readable(value).split())


def _four_places(value: Decimal) -> Decimal:
    return round_half_up(value, 4).normalize()


def _plain_data(value: dict[str, Any]) -> dict[str, Any]:
    """Refuses what JSON in Postgres cannot hold, and more than a record needs."""
    _check_data(value, MAX_DATA_DEPTH)
    if len(json.dumps(value)) > MAX_DATA_CHARACTERS:
        raise ValueError(f"is over {MAX_DATA_CHARACTERS} characters; keep what matters")
    return value


def _check_data(value: Any, depth: int) -> None:
    if depth == 0:
        raise ValueError(f"is nested over {MAX_DATA_DEPTH} levels; flatten it")
    match value:
        case dict():
            for name, item in value.items():
                _readable(str(name))
                _check_data(item, depth - 1)
        case list():
            for item in value:
                _check_data(item, depth - 1)
        case str():
            _readable(value)
        case None | bool() | int():
            pass
        case float() if abs(value) < float("inf"):
            pass
        case _:
            raise ValueError(f"holds {value!r}, which is not JSON; leave it out")


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_one_line),
]
"""One line that names something."""

Label = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_one_line),
]
"""One short line: a kind, a type, a metric's name."""

Passage = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000),
    AfterValidator(_readable),
]
"""Text as the person wrote it, several lines allowed."""

Confidence = Annotated[
    Decimal,
    Field(ge=0, le=1),
    AfterValidator(_four_places),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1}),
]
"""0 (not at all sure) to 1 (certain), kept to four decimal places."""

Amount = Annotated[
    Decimal,
    Field(gt=-1_000_000_000, lt=1_000_000_000),
    AfterValidator(_four_places),
    WithJsonSchema({"type": "number"}),
]
"""A measured number, kept to four decimal places."""

OneToTen = Annotated[int, Field(ge=1, le=10)]
"""How confident, from 1 to 10."""

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]
"""A calendar day of the client's."""

Data = Annotated[dict[str, Any], AfterValidator(_plain_data)]
"""A small JSON object."""

IdempotencyKey = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")]
"""The caller's own name for one write: the same key never writes twice."""

PageSize = Annotated[int, Field(ge=1, le=100, description="How many to read")]
PageStart = Annotated[int, Field(ge=0, le=1_000_000, description="How many to skip")]
