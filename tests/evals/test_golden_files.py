"""`mosaic golden check` and `list`: every fault has its file and line, every case is counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from evals.cases import BadSuite, Case, load
from evals.golden_files import add, as_line, counts, faults

LINE: dict[str, Any] = {
    "id": "a-1",
    "cluster": "c",
    "role": "operator",
    "setup": "demo",
    "turns": ["What broke?"],
    "expect": {"tools": ["get_failures"], "args": {"get_failures": {"buckets": ["failed_runs"]}}},
    "tags": ["t"],
    "added_because": "test",
}


def write(folder: Path, *lines: dict[str, Any] | str, name: str = "a") -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / f"{name}.jsonl").write_text("\n".join(texts) + "\n", encoding="utf-8")
    return folder


def test_the_golden_files_have_no_fault() -> None:
    assert faults() == []
    assert set(counts()) >= {"ops", "coach", "intents", "crisis"}


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ({"tools": ["get_nothing"]}, "there is no tool get_nothing"),
        ({"tools": ["get_metrics"]}, "get_metrics is no tool of the operator"),
        ({"tools": ["get_failures"], "args": {"get_failures": {"bucket": []}}}, "no argument bucket"),
        ({"tools": ["get_failures"], "args": {"get_failures": [{}, {"buckets": ["x"]}]}}, "not take"),
        ({"tools": [], "args": {"get_lead": {"lead": "Cedar"}}}, "get_lead has args"),
        ({"tools": ["get_lead"], "approval": "get_lead"}, "cannot be what waits"),
        ({"tools": [], "must_contains": []}, "must_contains"),
    ],
)  # fmt: skip
def test_a_fault_is_said_with_its_line(tmp_path: Path, expect: dict[str, Any], said: str) -> None:
    write(tmp_path, LINE, {**LINE, "id": "a-2", "expect": expect})
    [fault] = faults(folder=tmp_path)
    assert str(fault).startswith("a.jsonl:2: ") and said in fault.problem


def test_leads_are_expected_by_name(tmp_path: Path) -> None:
    expect = {"tools": ["get_lead"], "args": {"get_lead": {"lead": "Cedar"}}}
    assert faults(folder=write(tmp_path, {**LINE, "expect": expect})) == []


def test_ids_are_used_once_in_all_suites(tmp_path: Path) -> None:
    write(tmp_path, LINE, "{", LINE)
    write(tmp_path, LINE, name="b")
    places = [str(fault).split(": ")[0] for fault in faults(folder=tmp_path)]
    assert places == ["a.jsonl:2", "a.jsonl:3", "b.jsonl:1"]
    [fault] = faults("b", tmp_path)
    assert fault.problem == "the id a-1 is that of a.jsonl:1"


def test_the_other_suites_have_forms_of_their_own(tmp_path: Path) -> None:
    intent = {"id": "i", "role": "client", "text": "x", "expect": {"tool": "get_failures"}}
    write(tmp_path, intent, {**intent, "id": "j", "expect": {"none": "so"}}, name="intents")
    found = [str(fault) for fault in faults(folder=tmp_path)]
    assert found[0] == "intents.jsonl:1: get_failures is no tool of the client"
    assert found[1].startswith("intents.jsonl:2: expect.none") and len(found) == 2


def test_a_case_is_added_once_on_a_line_of_its_own(tmp_path: Path) -> None:
    case = Case.model_validate({**LINE, "id": "new", "turns": ["What\u2028broke?"]})
    (tmp_path / "a.jsonl").write_text(json.dumps(LINE), encoding="utf-8")
    assert add(case, "b", tmp_path) is None
    assert add(case, "a", tmp_path) == "b"
    other = case.model_copy(update={"id": "other"})
    assert add(other, "a", tmp_path) is None
    assert [item.id for item in load("a", tmp_path)] == ["a-1", "other"]
    assert load("b", tmp_path) == [case]
    assert Case.model_validate_json(as_line(case)) == case


def test_nothing_is_added_beside_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadSuite, match=r"a\.jsonl line 1"):
        add(Case.model_validate(LINE), "a", write(tmp_path, "{"))


def test_check_exits_with_1_for_faults(tmp_path: Path) -> None:
    write(tmp_path, LINE, "{}")
    at = ["--folder", str(tmp_path)]
    found = CliRunner().invoke(app, ["golden", "check", *at])
    assert found.exit_code == 1 and found.output.startswith("a.jsonl:2: ")
    found = CliRunner().invoke(app, ["golden", "check", "a", "--json", *at])
    [fault] = json.loads(found.output)["faults"]
    assert found.exit_code == 1 and (fault["file"], fault["line"]) == ("a.jsonl", 2)
    write(tmp_path, LINE)
    found = CliRunner().invoke(app, ["golden", "check", *at])
    assert (found.exit_code, found.output) == (0, "no faults\n")


def test_list_counts_by_suite_cluster_and_tag(tmp_path: Path) -> None:
    write(tmp_path, LINE, {**LINE, "id": "a-2", "tags": ["t", "u"]})
    found = CliRunner().invoke(app, ["golden", "list", "a", "--json", "--folder", str(tmp_path)])
    assert json.loads(found.output) == {
        "a": {"cases": 2, "clusters": {"c": 2}, "tags": {"t": 2, "u": 1}}
    }
    shown = CliRunner().invoke(app, ["golden", "list", "--folder", str(tmp_path)]).output
    assert [line.split() for line in shown.splitlines()] == [
        ["suite", "cases"], ["a", "2"], ["cluster", "c", "2"], ["tag", "t", "2"], ["tag", "u", "1"],
    ]  # fmt: skip
