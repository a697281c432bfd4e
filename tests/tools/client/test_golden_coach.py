"""golden/coach.jsonl says what the tools say on the demo client: its facts, words and gaps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from errors import NotFound
from memory.caller import SYSTEM
from memory.demo import client
from memory.pool import get_conn
from tests.conftest import MakeCaller
from tests.tools.client.calling import NOW, TOOLS, call
from tools.findings import Fact, Findings

FILE = Path(__file__).parents[3] / "golden" / "coach.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text().splitlines()]
EXPECTED = {"tools", "facts", "must_contain", "must_not", "missing", "abstain"}


def test_the_suite_is_well_formed() -> None:
    assert len(CASES) >= 20
    assert len({case["id"] for case in CASES}) == len(CASES)
    for case in CASES:
        assert case["role"] == "client"
        assert case["setup"] == "demo"
        assert case["turns"]
        assert case["added_because"]
        assert EXPECTED <= case["expect"].keys() <= EXPECTED | {"args"}
        assert set(case["expect"]["tools"]) <= TOOLS.keys()


ANSWERED = [case for case in CASES if case["expect"]["tools"]]


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case["id"])
async def test_what_the_tools_say(make_caller: MakeCaller, case: dict[str, Any]) -> None:
    caller = await make_caller()
    async with get_conn(SYSTEM) as conn:
        await client.load(conn, caller.user_id, NOW, "UTC")
    expect = case["expect"]
    found: list[Findings] = []
    refused: list[str] = []
    for name, args in calls(expect):
        try:
            found.append(await call(caller, name, **args))
        except NotFound as error:
            refused.append(error.detail)
    assert not refused or expect["must_contain"], refused
    facts = [fact for findings in found for fact in findings.facts]
    said = "\n".join([*(fact.statement for fact in facts), *refused])
    for wanted in expect["facts"]:
        assert any(same(fact, wanted) for fact in facts), (wanted, said)
    for words in expect["must_contain"]:
        assert words in said
    for words in expect["must_not"]:
        assert words not in said
    needs = "\n".join(item.need for findings in found[-1:] for item in findings.missing)
    assert bool(needs) == bool(expect["missing"])
    for words in expect["missing"]:
        assert words in needs


def calls(expect: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The calls in order; a tool that is called twice has a list of arguments."""
    made = []
    given = {name: list(args) if isinstance(args, list) else [args]
             for name, args in expect.get("args", {}).items()}  # fmt: skip
    for name in expect["tools"]:
        made.append((name, given[name].pop(0) if given.get(name) else {}))
    return made


def same(fact: Fact, wanted: dict[str, Any]) -> bool:
    """Whether the fact is the one that the case wants, with that value."""
    return (fact.ledger, fact.subject, fact.label) == (
        wanted["ledger"],
        wanted["subject"],
        wanted["label"],
    ) and str(fact.value) == str(wanted["value"])
