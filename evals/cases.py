"""Golden cases: what is asked, and what a right answer to it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from errors import Invalid
from evals.server import ROOT

GOLDEN = ROOT / "golden"
UNIT_SUITES = {
    "intents": "tests/agent/models/test_intents.py",
    "crisis": "tests/agent/test_crisis.py",
}
"""Suites that are no conversations, and the tests that run them."""


class BadSuite(Invalid):
    """A suite that is not there or cannot be read; says which, and what to do."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExpectedFact(_Strict):
    """A fact that the receipt must name as known. Without `ledger`, of whichever ledger."""

    subject: str
    label: str
    value: str | int | float | bool
    ledger: str | None = None


class Expect(_Strict):
    """What is right. It speaks of the last turn; the turns before it lead there.

    `tools`: those that are called; in the last turn no others. `args`: values that a call of a
    tool must have, one object or one per call. `missing`: something must be said to be missing,
    or must be named by these words. `abstain`: nothing may be claimed at all. `approval`: the
    tool that is proposed and waits for a person; without it, nothing may wait.
    """

    tools: list[str]
    args: dict[str, dict[str, Any] | list[dict[str, Any]]] = Field(default_factory=dict)
    facts: list[ExpectedFact] = Field(default_factory=list)
    must_contain: list[str] = Field(default_factory=list)
    must_not: list[str] = Field(default_factory=list)
    missing: bool | list[str] = False
    abstain: bool = False
    approval: str | None = None


class Case(_Strict):
    """One conversation with the demo business or as the demo client."""

    id: str
    cluster: str
    role: Literal["client", "operator"]
    setup: Literal["demo"]
    turns: Annotated[list[str], Field(min_length=1)]
    expect: Expect
    tags: list[str] = Field(default_factory=list)
    added_because: str


def suites(folder: Path = GOLDEN) -> list[str]:
    """The names of the suites that are conversations."""
    return sorted(path.stem for path in folder.glob("*.jsonl") if path.stem not in UNIT_SUITES)


def load(name: str, folder: Path = GOLDEN) -> list[Case]:
    """The cases of a suite, in the order of its file. Raises BadSuite."""
    if name in UNIT_SUITES:
        raise BadSuite(f"{name} is no suite of conversations; run `pytest {UNIT_SUITES[name]}`.")
    path = folder / f"{name}.jsonl"
    if not path.is_file():
        raise BadSuite(f"There is no suite {name}. There are: {', '.join(suites(folder))}.")
    cases = []
    # As bytes: text would also be split at the line separators that a message may hold.
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            cases.append(Case.model_validate_json(line))
        except ValidationError as error:
            raise BadSuite(
                f"{path.name} line {number} is no golden case: {describe(error)}"
            ) from error
    twice = {case.id for case in cases if [other.id for other in cases].count(case.id) > 1}
    if twice:
        raise BadSuite(f"{path.name} uses these ids twice: {', '.join(sorted(twice))}.")
    return cases


def describe(error: ValidationError) -> str:
    """Where a line is wrong, and how."""
    return "; ".join(
        f"{'.'.join(map(str, item['loc'])) or 'line'}: {item['msg']}" for item in error.errors()
    )
