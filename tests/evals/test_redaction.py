"""Nothing private leaves with a promoted run: it is replaced, or the whole is refused."""

from __future__ import annotations

import pytest

from errors import Invalid
from evals.cases import load, suites
from evals.redaction import Redactor

NAMES = [
    ("business", "Blue River Dental"),
    ("person", "Grace Hill"),
]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Write to joe.x+1@blue-river.co.uk today.", "Write to person1@example.com today."),
        ("Look at https://blue.example/a?b=1.", "Look at https://example.com/1."),
        ("Look at blueriver.com/plans, please", "Look at https://example.com/1, please"),
        ("Call +49 (0)30 123-4567 or 030 765 4321", "Call +1-555-0101 or +1-555-0102"),
        ("Ask a@b.co, then A@B.co, then c@b.co",
         "Ask person1@example.com, then person1@example.com, then person2@example.com"),
        ("How does blue  river dental stand?", "How does Business A stand?"),
        ("What did Grace Hill say about Blue River Dental?",
         "What did Person A say about Business A?"),
    ],
)  # fmt: skip
def test_contacts_and_names_become_placeholders(said: str, kept: str) -> None:
    redactor = Redactor(NAMES)
    assert redactor.redact(said) == kept
    redactor.check()


@pytest.mark.parametrize(
    "said",
    [
        "How does Cedar stand? And the oak portal?",
        "What broke since yesterday? I'd say $99,999, 67 % or 3.3 days.",
        "What was my confidence on 2026-03-04, or on 4/3/2026?",
        "Will the build start on Monday, 2 March?",
        "Is Dana Kowalski's proposal sent?",
    ],
)
def test_the_demo_and_plain_words_stay_as_they_are(said: str) -> None:
    redactor = Redactor(NAMES)
    assert redactor.redact(said) == said
    redactor.check()


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("How is Henderson doing?", "Henderson"),
        ("Sarah said yes.", "Sarah"),
        ("how does henderson stand?", "henderson"),
        ("Mark said yes.", "Mark"),
        ("Talk to Will about it.", "Will"),
        ("I met the Stone people.", "Stone"),
        ("Ask J about it.", "J"),
        ("Write to @writing.", "@writing"),
        ("My number is 12345678901234567890x.", "12345678901234567890x"),
        ("How does Grace's deal stand?", "Grace's"),
        ("Frag Łukasz.", "Łukasz"),
        ("ASK SARAH", "SARAH"),
    ],
)
def test_what_could_be_a_name_is_refused_and_said(said: str, word: str) -> None:
    redactor = Redactor(NAMES)
    redactor.redact(said)
    with pytest.raises(Invalid) as refused:
        redactor.check()
    assert word in refused.value.detail.split(": ", 1)[1]


def test_a_person_may_say_that_a_word_names_nobody() -> None:
    redactor = Redactor(kept=["Invoicify", "mark"])
    assert redactor.redact("Mark invoicify as won.") == "Mark invoicify as won."
    redactor.check()


def test_an_answer_about_a_foreign_business_is_refused() -> None:
    redactor = Redactor(NAMES)
    redactor.refuse_names("Cedar Contractors quotes")
    with pytest.raises(Invalid, match="Blue River Dental"):
        redactor.refuse_names("a proposal for Blue River Dental")


def test_golden_questions_hold_nothing_to_redact() -> None:
    redactor = Redactor(NAMES)
    for case in (case for name in suites() for case in load(name)):
        for text in case.turns:
            assert redactor.replace(text) == text
