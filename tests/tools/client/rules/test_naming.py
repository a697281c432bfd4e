"""Which experiment a person means."""

from __future__ import annotations

import pytest

from tools.client.rules.naming import same_name

EMAIL = ("3f2a9c1b-0000-4000-8000-000000000001", "Email two people a day")
COFFEE = ("7a11bead-0000-4000-8000-000000000002", "Coffee chats with product people")
TEACH = ("91c4d2aa-0000-4000-8000-000000000003", "Coffee chats with teachers")
PAGES = ("abcdef12-0000-4000-8000-000000000004", "Morning pages")
NAMES = [EMAIL, COFFEE, TEACH, PAGES]


@pytest.mark.parametrize(
    ("called", "expected"),
    [
        (EMAIL[0], [EMAIL]),
        ("3f2a9c1b", [EMAIL]),
        ("3F2A9C1B…", [EMAIL]),
        ("3f2a", []),
        ("email two people a day", [EMAIL]),
        ("  Morning Pages. ", [PAGES]),
        ("the morning pages experiment", [PAGES]),
        ("my emial experiment", [EMAIL]),
        ("coffee chats", [COFFEE, TEACH]),
        ("coffee chats with teachers", [TEACH]),
        ("teachers", [TEACH]),
        ("pottery", []),
        ("the experiment", []),
        ("", []),
        ("day people email", [EMAIL]),
        ("%", []),
    ],
)
def test_what_a_name_means(called: str, expected: list[tuple[str, str]]) -> None:
    assert same_name(called, NAMES) == [key for key, _ in expected]


def test_two_of_one_name_are_ambiguous_and_their_ids_are_not() -> None:
    twins = [EMAIL, ("55555555-0000-4000-8000-000000000005", "email two people a day!")]
    assert same_name("Email two people a day", twins) == [key for key, _ in twins]
    assert same_name(twins[1][0], twins) == [twins[1][0]]


def test_an_exact_name_wins_over_a_longer_one_that_holds_it() -> None:
    names = [("a", "Coffee"), ("b", "Coffee with teachers")]
    assert same_name("coffee", names) == ["a"]
