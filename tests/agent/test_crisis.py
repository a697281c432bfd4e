"""The crisis screen on its golden set, its rules by their examples, and the cards' words."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from agent.crisis import Crisis, screen
from agent.crisis.cards import make_card
from agent.crisis.normal import normalise, spelled_nearly
from agent.crisis.rules import About, Kind, Language, Level, Rule, phrases, rule_books, spelling
from agent.crisis.screening import READ_WHOLE, find_hits

GOLDEN = Path(__file__).parents[2] / "golden" / "crisis.jsonl"
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()
]
RULES = [rule for book in rule_books() for rule in (*book.rules, *book.denials)]
OUTRIGHT = ("emergency", "explicit")
PADDING = "The plan for the week is to write to two people. " * (READ_WHOLE // 40)


def of_level(*levels: str) -> list[dict[str, Any]]:
    return [case for case in CASES if (case["expect"]["crisis"] or {}).get("level") in levels]


def missed(cases: list[dict[str, Any]], *levels: str) -> list[str]:
    """The texts whose card is of another kind, or of another level, or not there."""
    wrong = []
    for case in cases:
        card = screen(case["text"])
        if (
            card is None
            or card.kind != case["expect"]["crisis"]["kind"]
            or card.level not in levels
        ):
            wrong.append(case["text"])
    return wrong


def test_the_golden_set_is_broad() -> None:
    clusters = Counter(case["cluster"] for case in CASES)
    languages = Counter(tag for case in CASES for tag in case["tags"])
    assert len({case["text"] for case in CASES}) == len(CASES) >= 220
    assert len({case["id"] for case in CASES}) == len(CASES)
    for cluster in ("direct", "indirect", "slang", "typo", "third_person", "past", "negation"):
        assert clusters[cluster] >= 12
    assert clusters["figure_of_speech"] >= 60
    assert min(languages[language] for language in ("es", "fr", "de")) >= 20


def test_what_is_said_outright_is_always_seen() -> None:
    assert missed(of_level(*OUTRIGHT), *OUTRIGHT) == []


def test_what_is_hinted_at_is_seen_in_95_of_100() -> None:
    hints = of_level("indirect")
    assert len(missed(hints, *get_args(Level))) <= 0.05 * len(hints)


def test_at_most_5_in_100_false_alarms() -> None:
    harmless = [case for case in CASES if case["expect"]["crisis"] is None]
    alarms = [case["text"] for case in harmless if screen(case["text"]) is not None]
    assert len(alarms) <= 0.05 * len(harmless), alarms


def test_the_card_knows_whom_it_is_about() -> None:
    cases = of_level(*get_args(Level))
    wrong = [
        (case["text"], card.about)
        for case in cases
        if (card := screen(case["text"])) and card.about != case["expect"]["crisis"]["about"]
    ]
    assert len(wrong) <= 0.02 * len(cases), wrong


def test_an_emergency_is_told_from_the_rest() -> None:
    cases = of_level("emergency")
    assert len(missed(cases, "emergency")) <= 0.05 * len(cases)


def test_it_takes_less_than_two_milliseconds() -> None:
    """Of CPU, best of three: other work on the machine is not its time."""
    screen("warm up")

    def once(text: str) -> float:
        began = time.process_time()
        screen(text)
        return time.process_time() - began

    took = sorted(min(once(case["text"]) for _ in range(3)) for case in CASES)
    assert took[int(len(took) * 0.95)] < 0.002


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "i " * 100_000,
        "my friend " * 20_000,
        "dont want to hurt " * 11_000,
        "i took all of my " * 12_000,
        "want to really just " * 10_000,
        "s*" * 100_000,
        "k." * 100_000,
        "!?" * 100_000,
        "\x00\ud800 \u0301" * 40_000,
    ],
)
def test_no_text_makes_it_slow(text: str) -> None:
    began = time.process_time()
    assert screen(text) is None
    assert time.process_time() - began < 5


def test_a_long_text_hides_nothing() -> None:
    seen = [case for case in of_level(*get_args(Level)) if screen(case["text"])]
    hidden = [
        case["text"] for case in seen if screen(f"{PADDING}{case['text']}. {PADDING}") is None
    ]
    assert hidden == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_fires_on_its_example(rule: Rule) -> None:
    assert rule.id in {hit.rule.id for hit in find_hits(normalise(rule.example, spelling()))}
    card = screen(rule.example)
    assert card is not None and card.kind == rule.kind
    in_a_long_text = screen(f"{PADDING}{rule.example}. {PADDING}")
    assert in_a_long_text is not None and in_a_long_text.kind == rule.kind


def test_every_phrase_of_the_further_languages_is_seen() -> None:
    assert len(phrases()) > 80
    for phrase in phrases():
        card = screen(phrase.text)
        assert card is not None and card.kind == phrase.kind, phrase
        assert card.level in OUTRIGHT or card.rule.endswith("named"), phrase


@pytest.mark.parametrize(
    "text",
    [
        "I want to k\u200bill my\u200bself",
        "Ｉ ｗａｎｔ ｔｏ ｋｉｌｌ ｍｙｓｅｌｆ",
        "I don\u2019t want to live anymore",
        "i want to k.i.l.l myself",
        "I   WANT\n TO\tKILL MYSELF",
        "i want to k!ll mys3lf",
        "i want to d!e",
        "i want to d1e",
        "suiiiiicidal",
        "i wanna kill mysellf",
    ],
)
def test_disguises_are_seen_through(text: str) -> None:
    card = screen(text)
    assert card is not None and (card.kind, card.level) == ("self_harm", "explicit")


@pytest.mark.parametrize(
    "text",
    [
        "this commute is killing me",
        "I'd kill for that job",
        "dead tired, and the deadline is tomorrow",
        "I nearly had a heart attack when I saw the offer",
        "I wanted to die when I called the CEO by the wrong name",
        "that would be career suicide",
        "I've been killing myself to meet the deadline",
        "I cut myself some slack",
        "my laptop committed suicide",
        "I can't breathe in this job",
        "My grandmother had a stroke years ago",
        "I get chest pains every time I open my inbox",
        "unconscious bias cost my team a good hire",
        "Este trabajo me está matando",
        "Ce boulot me tue",
        "Der Job bringt mich um",
    ],
)
def test_a_turn_of_phrase_is_no_crisis(text: str) -> None:
    assert screen(text) is None


def test_an_idiom_hides_nothing_beside_it() -> None:
    card = screen("This commute is killing me and I want to kill myself.")
    assert card is not None and card.level == "explicit"
    assert screen("This commute is killing me and I want to leave by six.") is None


def test_the_gravest_word_decides() -> None:
    card = screen("I'm not suicidal. My chest feels tight. I'm going to kill myself tonight.")
    assert card is not None
    assert (card.kind, card.level, card.about) == ("self_harm", "emergency", "self")


def test_denying_it_gets_the_gentle_card_and_denying_the_denial_does_not() -> None:
    denied, meant = screen("I'm not suicidal, just tired"), screen("I can't say I'm not suicidal")
    assert denied is not None and (denied.level, denied.about) == ("indirect", "denied")
    assert meant is not None and meant.about == "self"


def test_the_past_is_gentle_and_the_present_is_not() -> None:
    past = screen("Ten years ago I wanted to die.")
    present = screen("Ten years ago I lost my job and now I want to die.")
    assert past is not None and (past.level, past.about) == ("indirect", "past")
    assert present is not None and (present.level, present.about) == ("explicit", "self")


def every_card(country: str | None = None) -> list[Crisis]:
    return [
        make_card("test", kind, level, about, language, country)
        for kind in get_args(Kind)
        for level in get_args(Level)
        for about in get_args(About)
        for language in get_args(Language)
    ]


NAMES_A_METHOD = (
    "pill|tablet|overdos|rope|noose|bridge|jump|hang|gun|knife|blade|wrist|train|poison|dose|"
    "pastilla|soga|puente|corda|pistol|arma|pilule|médicament|corde|arme|tablette|strick|seil|"
    "brücke|waffe|messer|bahn|überdosis"
).split("|")


def test_no_card_names_a_method_or_makes_a_diagnosis() -> None:
    for card in every_card("US"):
        words = [word.strip(".,:;!?()").lower() for word in card.text.split()]
        assert not [w for w in words for method in NAMES_A_METHOD if w.startswith(method)]
        assert not {"disorder", "depressed", "depression", "diagnosis"} & set(words)
        assert "{" not in card.text and card.title and card.body and card.closing


@pytest.mark.parametrize(
    ("country", "number", "line"),
    [
        (None, "911", "988"),
        ("XX", "112", "988"),
        ("US", "911", "988"),
        (" gb ", "999", "116 123"),
        ("CA", "911", "988"),
        ("GB", "999", "116 123"),
        ("FR", "112", "3114"),
        ("ES", "112", "024"),
        ("DE", "112", "0800 111 0 111"),
        ("AU", "000", "13 11 14"),
        ("PT", "112", "findahelpline.com"),
    ],
)
def test_the_helplines_follow_the_country(country: str | None, number: str, line: str) -> None:
    for text in ("I want to die", "quiero morir", "je veux mourir", "ich will sterben"):
        card = screen(text, country)
        assert card is not None
        assert number in card.contacts[0].how and number in card.body
        assert line in card.text
        assert card.contacts[-1].href == "https://findahelpline.com"
        assert all(contact.name and contact.how and contact.href for contact in card.contacts)


def test_a_medical_card_has_emergency_services_alone() -> None:
    card = screen("I can't breathe", "US")
    assert card is not None
    assert [contact.href for contact in card.contacts] == ["tel:911"]
    assert card.body.startswith("Call 911 now.")


def test_the_card_speaks_the_language_of_the_message() -> None:
    said = {
        "en": "I want to die",
        "es": "Quiero morirme",
        "fr": "Je veux mourir, le suicide me hante",
        "de": "Ich will sterben",
    }
    said_in_a_word_of_both = {"en": "can we talk of suicide", "fr": "on peut parler du suicide"}
    for language, text in [*said.items(), *said_in_a_word_of_both.items()]:
        card = screen(text)
        assert card is not None and card.language == language
    italian = screen("voglio uccidermi")
    assert italian is not None and italian.language == "en"


def test_the_card_keeps_no_word_of_the_message() -> None:
    card = screen("I want to kill myself, says canary-7f3a")
    assert card is not None and "canary" not in repr(card)


@pytest.mark.parametrize(
    "text",
    [
        "My friend wants to kill himself",
        "My sister is suicidal and I can't focus on work",
        "my husband keeps saying he'd be better off dead",
        "A colleague said she is thinking of suicide",
    ],
)
def test_the_third_person_card_speaks_of_them(text: str) -> None:
    card = screen(text)
    assert card is not None and card.about == "other"
    assert card.title == "Thank you for looking out for them."


def test_the_writer_comes_before_anyone_they_write_of() -> None:
    for text in (
        "My boyfriend left and I am suicidal",
        "My sister is suicidal. I want to die too.",
    ):
        card = screen(text)
        assert card is not None and card.about == "self"


def test_near_spellings_leave_real_words_alone() -> None:
    near = spelled_nearly(["suicide"], ["suicida"])
    assert near["suiicde"] == near["sucide"] == near["suicdie"] == near["suiside"] == "suicide"
    assert "suicide" not in near and "suicida" not in near
