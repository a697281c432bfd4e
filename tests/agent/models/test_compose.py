"""Answers made of fact statements: order, length, citations, what is missing."""

from __future__ import annotations

from typing import Any

from agent.models.compose import MORE_TO_SAY, NOTHING_FOUND, answer_from, choose, spoken
from agent.models.types import BlockEnd, Cited, Text, ToolResult
from tests.agent.models.conftest import NOW
from tools.findings import Fact, Missing


def fact(number: int, subject: str, statement: str, label: str = "state", **more: Any) -> Fact:
    return Fact(
        id=f"f{number}", ledger="lead", sources=(), subject=subject, label=label, value=number,
        as_of=NOW, statement=statement, **more,
    )  # fmt: skip


def result(*facts: Fact, **more: Any) -> ToolResult:
    return ToolResult("c1", "get_lead", facts=facts, **more)


def test_headlines_first_and_subjects_together() -> None:
    answer = answer_from(
        [
            result(
                fact(1, "Cedar", "Cedar is stuck."),
                fact(2, "Oak", "Oak is approved."),
                fact(3, "Cedar", "Cedar waits nine days."),
                fact(4, "Cedar", "Cedar came by referral.", headline=False),
            )
        ],
        "what is going on?",
    )
    assert [(s.text, s.fact_ids) for s in answer.sentences] == [
        ("Cedar is stuck.", ("f1",)),
        ("Cedar waits nine days.", ("f3",)),
        ("Oak is approved.", ("f2",)),
        (MORE_TO_SAY, ()),
    ]


def test_what_the_question_names_comes_first() -> None:
    facts = [
        fact(1, "Cedar", "Cedar is scored."),
        fact(2, "Cedar", "Cedar's budget is 9,500.", label="budget", headline=False),
        fact(3, "Cedar", "Cedar's score is 82.", label="score"),
    ]
    answer = answer_from([result(*facts)], "what is the budget of Cedar?")
    assert answer.sentences[0].fact_ids == ("f2",)


def test_words_that_many_labels_share_change_no_order() -> None:
    facts = [
        fact(1, "Cedar", "Cedar's run failed.", label="run status"),
        fact(2, "Oak", "Oak waits.", label="days since contact", headline=False),
    ]
    answer = answer_from([result(*facts)], "what broke in the days since yesterday?")
    assert [s.fact_ids for s in answer.sentences] == [("f1",), ()]


def test_long_findings_are_cut_and_say_so() -> None:
    facts = [fact(n, f"Lead {n}", f"Statement of {n}.") for n in range(20)]
    answer = answer_from([result(*facts)], "everything")
    assert len(answer.sentences) == 9
    assert answer.sentences[-1].text == MORE_TO_SAY


def test_two_results_share_the_answer() -> None:
    many = [fact(n, f"Lead {n}", f"Statement of {n}.") for n in range(20)]
    answer = answer_from([result(*many), result(fact(30, "Oak", "Oak is fine."))], "both")
    assert "f30" in [fact_id for s in answer.sentences for fact_id in s.fact_ids]


def test_missing_and_errors_are_said_and_returned() -> None:
    missing = Missing(need="A baseline for Pine", why_it_matters="Without it no change shows.")
    answer = answer_from(
        [result(missing=(missing,)), result(error="Pine is rejected, so it cannot be built")], "?"
    )
    assert [sentence.text for sentence in answer.sentences] == [
        "Not on record: a baseline for Pine.",
        "Without it no change shows.",
        "Pine is rejected, so it cannot be built.",
    ]
    assert missing in answer.missing
    assert answer.missing[1].why_it_matters == "Pine is rejected, so it cannot be built."
    assert all(sentence.fact_ids == () for sentence in answer.sentences)


def test_a_question_that_would_fill_the_gap_is_asked_once() -> None:
    which = Missing(
        need='which one you mean: "A" (active, 17ab) or "B" (planned, 5183)',
        why_it_matters="You named none.",
        target="Which experiment do you mean?",
    )
    other = Missing(need="the date", why_it_matters="", target="When was it?")
    answer = answer_from([result(missing=(which, other))], "pause it")
    assert [sentence.text for sentence in answer.sentences] == [
        "You named none.",
        'Which experiment do you mean: "A" or "B"?',
    ]
    beside = answer_from([result(fact(1, "A", "A is done."), missing=(other,))], "finish A")
    assert [sentence.text for sentence in beside.sentences] == ["A is done.", "When was it?"]


def test_nothing_found_is_said_and_missing() -> None:
    answer = answer_from([result()], "who is the vet?")
    assert [sentence.text for sentence in answer.sentences] == [NOTHING_FOUND]
    assert answer.missing[0].need == "who is the vet?"


def test_more_is_what_was_not_said() -> None:
    facts = [fact(1, "Cedar", "Cedar is stuck."), fact(2, "Cedar", "A detail.", headline=False)]
    answer = answer_from([result(*facts)], "and?", said="Cedar is stuck.")
    assert answer.sentences[0].text == "A detail."


def test_the_same_statement_is_said_once() -> None:
    facts = [fact(1, "Cedar", "Cedar is stuck."), fact(2, "Cedar", "Cedar is stuck.")]
    (said,) = answer_from([result(*facts)], "?").sentences
    assert said.fact_ids == ("f1",)


def test_every_sentence_is_a_block_that_ends() -> None:
    facts = [fact(1, "Cedar", "Cedar is stuck."), fact(2, "Cedar", "Cedar waits.")]
    events = list(spoken(answer_from([result(*facts)], "?")))
    assert events == [
        Text(0, "Cedar is stuck."), Cited(0, ("f1",)), BlockEnd(0),
        Text(1, " Cedar waits."), Cited(1, ("f2",)), BlockEnd(1),
    ]  # fmt: skip


def test_a_choice_depends_on_its_key_alone() -> None:
    options = ["a", "b", "c"]
    assert {choose(options, f"key {n}") for n in range(50)} == set(options)
    assert choose(options, "x") == choose(options, "x")
