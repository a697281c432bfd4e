"""Golden files are read strictly: a slip of the pen is an error, not a case that always passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.cases import GOLDEN, UNIT_SUITES, BadSuite, load, suites
from evals.server import ROOT

LINE: dict[str, Any] = {
    "id": "a-1",
    "cluster": "c",
    "role": "client",
    "setup": "demo",
    "turns": ["Hello"],
    "expect": {"tools": []},
    "added_because": "test",
}


def write(folder: Path, *lines: dict[str, Any]) -> Path:
    (folder / "a.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    return folder


def test_every_suite_of_conversations_can_be_read() -> None:
    names = suites()
    assert {"ops", "coach"} <= set(names) and not set(names) & set(UNIT_SUITES)
    ids = [case.id for name in names for case in load(name)]
    assert len(ids) >= 60 and len(set(ids)) == len(ids)


def test_a_suite_that_is_no_conversation_names_its_test() -> None:
    with pytest.raises(BadSuite, match=r"pytest tests/agent/models/test_intents\.py"):
        load("intents")
    for name, path in UNIT_SUITES.items():
        assert (GOLDEN / f"{name}.jsonl").exists() and (ROOT / path).exists()


def test_an_unknown_suite_is_said_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadSuite, match=r"no suite b\. There are: a"):
        load("b", write(tmp_path, LINE))


def test_a_case_is_read_with_its_defaults(tmp_path: Path) -> None:
    (case,) = load("a", write(tmp_path, LINE))
    assert case.turns == ["Hello"] and case.expect.facts == [] and case.expect.missing is False


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expect": {"tools": [], "must_contains": ["x"]}}, "must_contains"),
        ({"expect": {}}, "tools"),
        ({"role": "owner"}, "role"),
        ({"turns": []}, "turns"),
        ({"added_because": None}, "added_because"),
    ],
)
def test_a_slip_of_the_pen_is_an_error(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadSuite, match=rf"a\.jsonl line 2 .*{said}"):
        load("a", write(tmp_path, LINE, {**LINE, "id": "a-2", **change}))


def test_an_id_stands_for_one_case(tmp_path: Path) -> None:
    with pytest.raises(BadSuite, match="ids twice: a-1"):
        load("a", write(tmp_path, LINE, LINE))
