"""The form in which messages and examples are compared."""

from __future__ import annotations

import numpy as np
import pytest

from agent.models.phrases import (
    Lexicon,
    Named,
    is_question,
    is_remark,
    normalise,
    normalise_example,
    structure,
    words,
)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Log a learning: short mails work", "Log a learning: something"),
        ("add a test - swim before work", "add a test: something"),
        ('Capture "ran a workshop"', "Capture something"),
        ("start one called coffee chats", "start one called something"),
        ("I learned that people answer", "I learned that something"),
        ("add to my learnings that it helps", "add to my learnings that something"),
        ("what did I learn from it?", "what did I learn from it?"),
        ("I’m  stuck", "I'm stuck"),
        ("a well-known clinic", "a well-known clinic"),
    ],
)
def test_the_payload_gives_way(text: str, form: str) -> None:
    assert normalise(text) == form


def test_names_give_way_to_their_stand_ins() -> None:
    assert normalise("how is Cedar Contractors?", [Named(7, 24, "lead")]) == "how is Acme?"
    named = [Named(9, 20, "experiment")]
    assert normalise("pause my cold emails", named) == "pause my experiment"
    assert normalise("continue cold emails", named) == "continue the experiment"
    assert normalise("continue cold emails test", named) == "continue test"
    opening = [Named(0, 11, "experiment")]
    assert normalise("cold emails: it is over", opening) == "the experiment: it is over"


def test_a_capital_inside_an_example_is_a_name() -> None:
    assert normalise_example("how is Cedar Contractors doing?") == "how is Acme doing?"
    assert normalise_example("is it Friday yet?") == "is it Friday yet?"
    assert normalise_example("What can I put on my CV?") == "What can I put on my CV?"


def test_words_lose_common_endings_and_numbers() -> None:
    assert words("The proposals waited 12 days") == ["the", "proposal", "wait", "#", "day"]


def test_questions_orders_and_remarks() -> None:
    assert is_question("which runs failed")
    assert is_question("Cedar?")
    assert not is_question("log this")
    assert is_remark("I feel stuck")
    assert not is_remark("show my experiments")
    assert structure([]).shape == (0, 10)


def test_grams_seen_once_say_nothing() -> None:
    lexicon = Lexicon(["what broke today", "what broke now", "hello there"])
    rows = lexicon.features(["what broke", "hello there", ""])
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 0], abs=1e-6)
