"""The scorers see every kind of wrong answer, and nothing wrong in a right one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evals.cases import Case
from evals.conversation import Call, Turn
from evals.scorers import (
    Score,
    ToolFacts,
    cluster_interval,
    same_value,
    score,
    upper_bound,
)

TOOLS = {
    "get_failures": ToolFacts("operator", writes=False, names=frozenset()),
    "get_lead": ToolFacts("operator", writes=False, names=frozenset({"lead"})),
    "add_learning": ToolFacts("client", writes=True, names=frozenset({"experiment_id"})),
    "start_build": ToolFacts("operator", writes=True, names=frozenset({"lead"})),
}
ANSWER = "The proposal for Cedar has been stuck for 9\u00a0days."
KNOWN = {
    "statement": ANSWER,
    "ledger": "failures",
    "subject": "Cedar",
    "label": "days stuck",
    "value": 9,
    "start": 0,
    "end": len(ANSWER),
}
RIGHT = Turn(
    text="Which proposals are stuck?",
    answer=ANSWER,
    calls=(Call("get_failures", {"buckets": ["stuck_proposals"]}),),
    receipt={"known": [KNOWN], "inferred": [], "missing": [], "checks": {"sentences": 1}},
    rechecked=("unchanged",),
)


def case(role: str = "operator", **expect: Any) -> Case:
    return Case.model_validate(
        {
            "id": "t-1",
            "cluster": "c",
            "role": role,
            "setup": "demo",
            "turns": ["Which proposals are stuck?"],
            "expect": {
                "tools": ["get_failures"],
                "facts": [{"subject": "Cedar", "label": "days stuck", "value": 9}],
                "must_contain": ["9 days"],
                "must_not": ["sent"],
                "missing": False,
                "abstain": False,
                **expect,
            },
            "added_because": "test",
        }
    )


def judge(turn: Turn, *before: Turn, **expect: Any) -> Score:
    return score(case(**expect), [*before, turn], TOOLS)


def with_known(**changes: Any) -> Turn:
    return replace(RIGHT, receipt={**RIGHT.receipt, "known": [{**KNOWN, **changes}]})


def test_a_right_answer_passes_and_is_counted() -> None:
    found = judge(RIGHT)
    assert found.passed and found.problems == []
    assert (found.tools_right, found.tools_called, found.tools_found) == (1, 1, 1)
    assert (found.facts_found, found.facts_expected) == (1, 1)
    assert (found.known, found.false_known, found.forbidden) == (1, 0, 0)
    assert not found.abstained and not found.missing_said


@pytest.mark.parametrize(
    ("turn", "problem"),
    [
        (replace(RIGHT, error="LLM_5XX: The model is down."), "turn 1 failed: LLM_5XX"),
        (replace(RIGHT, calls=()), "get_failures was not called"),
        (replace(RIGHT, calls=(*RIGHT.calls, Call("get_lead", {}))), "get_lead was called"),
        (replace(RIGHT, answer="It is stuck."), "does not say '9 days'"),
        (replace(RIGHT, answer=f"{ANSWER} It was sent."), "says 'sent'"),
        (with_known(statement="It was sent."), "falsely known: 'sent' in 'It was sent.'"),
        (with_known(value=8), "falsely known: Cedar / days stuck = 8"),
        (with_known(value=8), "not known: Cedar / days stuck = 9"),
        (with_known(subject="Summit"), "not known: Cedar / days stuck = 9"),
        (with_known(end=len(ANSWER) + 1), "stands nowhere in the answer"),
        (with_known(start=4, end=4), "stands nowhere in the answer"),
        (replace(RIGHT, rechecked=("changed",)), "falsely known: its source is changed"),
        (replace(RIGHT, receipt={}), "claims nothing, though the record has the answer"),
    ],
)
def test_each_kind_of_wrong_answer_is_seen(turn: Turn, problem: str) -> None:
    found = judge(turn)
    assert not found.passed
    assert any(problem in each for each in found.problems), found.problems


def test_a_ledger_that_is_named_must_be_the_one() -> None:
    fact = {"subject": "Cedar", "label": "days stuck", "value": 9}
    assert judge(RIGHT, facts=[{**fact, "ledger": "failures"}]).passed
    assert not judge(RIGHT, facts=[{**fact, "ledger": "lead"}]).passed


def test_a_number_may_be_known_in_the_words_of_another_fact_of_the_subject() -> None:
    average = {"subject": "Cedar", "label": "days on average", "value": 9}
    assert judge(RIGHT, facts=[average]).passed
    for wrong in ({"value": 90}, {"subject": "Summit"}, {"ledger": "lead"}):
        assert not judge(RIGHT, facts=[{**average, **wrong}]).passed


def test_writing_unasked_is_forbidden_in_any_turn() -> None:
    wrote = replace(RIGHT, text="Start it.", calls=(Call("start_build", {"lead": "L08"}),))
    found = judge(RIGHT, wrote)
    assert found.forbidden == 1 and "forbidden call of start_build" in found.problems
    assert judge(wrote, tools=["start_build"]).forbidden == 0


def test_anothers_tool_and_an_unknown_tool_are_forbidden() -> None:
    for name in ("add_learning", "delete_everything"):
        turn = replace(RIGHT, calls=(Call(name, {}),))
        assert judge(turn, tools=[name]).forbidden == 1


def test_turns_before_the_last_may_use_other_tools() -> None:
    before = replace(RIGHT, text="How does Cedar stand?", calls=(Call("get_lead", {}),))
    assert judge(RIGHT, before).passed


def test_tools_expected_of_the_conversation_may_be_called_before_its_end() -> None:
    before = replace(RIGHT, text="How does Cedar stand?", calls=(Call("get_lead", {}),))
    assert judge(RIGHT, before, tools=["get_lead", "get_failures"]).passed


def test_arguments_are_compared_except_names() -> None:
    assert judge(RIGHT, args={"get_failures": {"buckets": ["stuck_proposals"]}}).passed
    assert not judge(RIGHT, args={"get_failures": {"buckets": ["failed_runs"]}}).passed
    lead = replace(RIGHT, calls=(Call("get_lead", {"lead": "L04", "days": "7"}),))
    expect = {"tools": ["get_lead"]}
    assert judge(lead, **expect, args={"get_lead": {"lead": "Cedar", "days": 7}}).passed
    assert not judge(lead, **expect, args={"get_lead": [{"days": 7}, {"days": 8}]}).passed


def test_missing_is_due_and_named() -> None:
    silent = RIGHT
    saying = replace(RIGHT, receipt={**RIGHT.receipt, "missing": [{"need": "a target for Cedar"}]})
    assert judge(silent, missing=True).problems == ["nothing is said to be missing"]
    assert judge(saying, missing=True).passed
    assert judge(saying, missing=["target"]).passed
    assert judge(saying, missing=["baseline"]).problems == ["not missing: 'baseline'"]
    assert judge(saying, missing=False).passed and judge(saying).missing_said


def test_abstaining_is_claiming_nothing() -> None:
    expect: dict[str, Any] = {"abstain": True, "facts": [], "must_contain": [], "must_not": []}
    assert judge(RIGHT, **expect).problems == ["claims something, though there is nothing to claim"]
    silent = replace(RIGHT, receipt={"known": [], "inferred": [], "missing": []}, rechecked=())
    assert judge(silent, **expect).passed and judge(silent, **expect).abstained
    inferred = {"known": [], "inferred": [{"statement": "It will be sent."}]}
    assert not judge(replace(RIGHT, receipt=inferred), **expect).passed


def test_what_waits_for_approval_is_what_should() -> None:
    waiting = replace(
        RIGHT, calls=(Call("start_build", {"lead": "L08"}),), proposed=("start_build",)
    )
    assert judge(waiting, tools=["start_build"], approval="start_build").passed
    assert judge(waiting, tools=["start_build"]).problems == ["start_build waits for approval"]
    done = replace(waiting, proposed=())
    assert judge(done, tools=["start_build"], approval="start_build").problems == [
        "start_build does not wait for approval"
    ]


def test_the_same_question_has_the_same_facts() -> None:
    assert judge(RIGHT, RIGHT).passed
    other = with_known(value=8)
    assert any("other facts" in problem for problem in judge(RIGHT, other).problems)


@pytest.mark.parametrize(
    ("got", "wanted", "same"),
    [
        ("0.10", "0.1", True),
        (9, "9", True),
        (67, 67.0, True),
        ("14025.00", 14025, True),
        ("active", "active", True),
        ("active", "paused", False),
        (True, True, True),
        (True, 1, False),
        (0.3, 0.30000001, False),
    ],
)
def test_values_are_equal_as_numbers_or_as_text(got: Any, wanted: Any, same: bool) -> None:
    assert same_value(got, wanted) is same


def test_the_upper_bound_falls_with_trials_and_rises_with_events() -> None:
    assert upper_bound(0, 0) == 1.0
    assert round(upper_bound(0, 100), 4) == 0.0370
    assert round(upper_bound(5, 100), 4) == 0.1118
    assert upper_bound(0, 1000) < upper_bound(0, 100) < upper_bound(1, 100) < upper_bound(9, 9)


def test_paraphrases_count_as_one_when_uncertainty_is_measured() -> None:
    alone = [(str(number), number % 2 == 0) for number in range(100)]
    paraphrases = [(str(number // 50), number >= 50) for number in range(100)]
    low, high = cluster_interval(alone)
    assert 0.35 < low < 0.5 < high < 0.65
    assert cluster_interval(paraphrases) == (0.0, 1.0)
    assert cluster_interval([("a", True)] * 3) == (1.0, 1.0)
