"""What recall reads out of a question."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memory.question import Question, read_question

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)


def read(asked: str, *speakers: str) -> Question:
    return read_question(asked, speakers, NOW)


def telling(question: Question) -> str:
    return " ".join(question.text[start:end] for start, end in question.telling)


def test_the_telling_words_are_found() -> None:
    question = read("What kind of budget did the client have in mind for the roof?")
    assert telling(question) == "budget client mind roof"
    assert question.text == "What kind of budget did the client have in mind for the roof?"


def test_a_speakers_name_says_who_and_not_what_about() -> None:
    question = read("What is Ann Lee's favourite garden?", "Ann Lee", "Bo")
    assert (question.speaker, telling(question)) == ("Ann Lee", "favourite garden")
    assert read("Where did Ann go?", "Ann Lee").speaker == "Ann Lee"
    assert read("When did Annabel go?", "Ann Lee").speaker is None


def test_two_names_are_no_speaker() -> None:
    question = read("What do Ann and Bo like?", "Ann", "Bo")
    assert (question.speaker, telling(question)) == (None, "like")


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        ("What did I say about the interview last week?", "person"),
        ("Have I ever mentioned a sister?", "person"),
        ("Remind me what I told you about Leeds", "person"),
        ("What did you suggest about the CV?", "assistant"),
        ("You said something about deadlines", "assistant"),
        ("What is stuck?", None),
        ("What should I say in the interview?", None),
    ],
)
def test_whose_words_are_wanted(asked: str, by: str | None) -> None:
    assert read(asked).by == by


def test_a_question_may_have_no_telling_word() -> None:
    assert read("What did you do?") == Question("What did you do?")
    assert read("") == Question("")


def test_the_time_is_read_too() -> None:
    period = read("What did I say yesterday?").period
    assert period is not None and period.since == datetime(2026, 5, 19, tzinfo=UTC)
