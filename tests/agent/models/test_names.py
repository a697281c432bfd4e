"""Names of leads and experiments, whole, shortened and misspelt."""

from __future__ import annotations

import pytest

from agent.models.names import find_names
from agent.models.types import Name

LEADS = [
    Name("lead", "L04", "Cedar Contractors quotes"),
    Name("lead", "L08", "Oak Family Law portal"),
    Name("lead", "L03", "Northside Legal intake"),
    Name("lead", "L01", "Harbor Dental intake"),
    Name("lead", "L09", "Vita Clinic booking"),
    Name("lead", "L02", "Maple Med Spa booking"),
]
EXPERIMENTS = [
    Name("experiment", "e1", "Morning pages"),
    Name("experiment", "e2", "Email two people a day"),
    Name("experiment", "e3", "Coffee chats with product people"),
    Name("experiment", "e4", "Evening class in data analysis"),
]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("How is Cedar doing?", ["L04"]),
        ("cedar contractors quotes", ["L04"]),
        ("what about ceder?", ["L04"]),
        ("Cedar's budget", ["L04"]),
        ("the law portal, is it approved", ["L08"]),
        ("compare Vita and the Oak portal", ["L09", "L08"]),
        ("Vita Clinic booking", ["L09"]),
        ("the dental intake", ["L01"]),
        ("which intake is open?", []),
        ("is any booking site stuck?", []),
        ("what is the bottleneck?", []),
        ("a reader of books", []),
    ],
)
def test_leads(text: str, ids: list[str]) -> None:
    assert [mention.name.id for mention in find_names(text, LEADS)] == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("pause morning pages", ["e1"]),
        ("the mornings are hard", []),
        ("how is my email two people test going", ["e2"]),
        ("email my boss", []),
        ("finished a coffee chat", ["e3"]),
        ("did emailing two people a day work?", ["e2"]),
        ("pause the email experiment", ["e2"]),
        ("what came of the evening class?", ["e4"]),
        ("data analysis is what I want", ["e4"]),
        ("I drank coffee with people", ["e3"]),
        ("people like my work", []),
    ],
)
def test_experiments_need_most_of_their_words(text: str, ids: list[str]) -> None:
    assert [mention.name.id for mention in find_names(text, EXPERIMENTS)] == ids


def test_of_two_names_for_the_same_words_the_better_is_meant() -> None:
    both = [*LEADS, Name("lead", "L20", "Oak Street Cafe")]
    found = find_names("how is the Oak Street Cafe?", both)
    assert [mention.name.id for mention in found] == ["L20"]


def test_a_mention_says_where_it_stands() -> None:
    text = "what about Cedar Contractors?"
    (mention,) = find_names(text, LEADS)
    assert text[mention.start : mention.end] == "Cedar Contractors"
