"""The golden questions ask for facts that the tools really give on the demo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.operator.calls import call
from tools.registry import ToolContext

PATH = Path(__file__).parents[3] / "golden" / "ops.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in PATH.read_text("utf-8").splitlines()]


def test_every_case_has_its_own_id_and_says_why_it_is_there() -> None:
    assert len(CASES) >= 25
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert all(
        case["added_because"] and case["turns"] and case["role"] == "operator" for case in CASES
    )


STATED = [case for case in CASES if case["expect"]["facts"]]


@pytest.mark.parametrize("case", STATED, ids=[case["id"] for case in STATED])
async def test_the_expected_facts_are_there(operator: ToolContext, case: dict[str, Any]) -> None:
    expected = case["expect"]
    assert expected["tools"]
    found = set()
    for tool in expected["tools"]:
        leads = {item["subject"] for item in expected["facts"]} if tool == "get_lead" else {None}
        for lead in leads:
            findings = await call(operator, tool, **({"lead": lead} if lead else {}))
            found |= {(item.subject, item.label, item.value) for item in findings.facts}
    assert {(item["subject"], item["label"], item["value"]) for item in expected["facts"]} <= found
