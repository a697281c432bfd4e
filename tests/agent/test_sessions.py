"""Where a session ends, and which sentences say most about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agent.sessions import LONGEST_TURNS, Passage, closed_sessions, telling_sentences

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


def said(turn: int, minutes: float, text: str = "words", by_person: bool = True) -> Passage:
    return Passage(turn, text, by_person, START + timedelta(minutes=minutes))


def spans(sessions: list[list[Passage]]) -> list[tuple[int, int]]:
    return [(session[0].turn, session[-1].turn) for session in sessions]


def test_two_hours_of_silence_end_a_session() -> None:
    passages = [said(1, 0), said(2, 120), said(3, 240.1), said(4, 241)]
    now = START + timedelta(minutes=300)
    assert spans(closed_sessions(passages, now)) == [(1, 2)]
    assert spans(closed_sessions(passages, now + timedelta(hours=2))) == [(1, 2), (3, 4)]
    assert closed_sessions([], now) == []


def test_the_twentieth_turn_ends_a_session_with_its_answer() -> None:
    passages = [
        said(turn, turn, by_person=person)
        for turn in range(1, LONGEST_TURNS + 3)
        for person in (True, False)
    ]
    now = passages[-1].at
    assert spans(closed_sessions(passages, now)) == [(1, LONGEST_TURNS)]
    assert len(closed_sessions(passages, now)[0]) == 2 * LONGEST_TURNS


def test_the_persons_own_sentences_are_quoted_in_their_order() -> None:
    session = [
        said(1, 0, "Hello there. I want to leave teaching because the marking eats my weekends."),
        said(1, 0, "Teaching and marking take your weekends.", by_person=False),
        said(2, 1, "Do you know a course? My sister Ann runs a bakery in Leeds."),
        said(3, 2, "The marking eats all my weekends, so I want to leave teaching."),
        said(4, 3, "I will call the bakery on Friday."),
    ]
    found = telling_sentences(session)
    assert "I will call the bakery on Friday." in found
    assert "My sister Ann runs a bakery in Leeds." in found
    about_marking = [sentence for sentence in found if "marking" in sentence]
    assert len(about_marking) == 1, "one thought is said once"
    whole = " ".join(passage.text for passage in session)
    assert [whole.index(sentence) for sentence in found] == sorted(map(whole.index, found))
    assert not any(sentence.endswith("?") for sentence in found)


def test_who_only_asks_leaves_nothing_to_quote() -> None:
    assert telling_sentences([said(1, 0, "What is the bottleneck? Thanks!")]) == []
