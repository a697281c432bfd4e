"""The screen itself: which rule, if any, fires on a message. Pure, and the same every time.

How doubtful words are decided (quality page, "Crisis"): a missed crisis costs more than a card
too many, so
- whoever denies it unasked ("I'm not suicidal, just tired") gets a gentle card, for the word
  came from somewhere; denials of the other kinds ("he never hit me") are left alone;
- what lies far back gets a card that says so, also when someone was lost;
- a turn of phrase ("this commute is killing me") is set aside, the rest is still read;
- "lol" changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from agent.crisis.cards import Crisis, make_card
from agent.crisis.normal import normalise
from agent.crisis.rules import About, Level, Rule, RuleBook, phrases, rule_books, spelling

LEVELS: tuple[Level, ...] = ("emergency", "explicit", "indirect")
KINDS = ("self_harm", "medical", "abuse", "harm_to_others")
ABOUTS: tuple[About, ...] = ("self", "other", "past", "loss", "denied")
SET_ASIDE = "·"
READ_WHOLE = 1500
"""Characters up to which every sentence meets every rule (0.5 ms for 100); in a longer text, say
a pasted résumé, only the sentences that hold a cue."""


@dataclass(frozen=True)
class Hit:
    """A rule that fired, on which sentence and where in it, after its level was weighed."""

    book: RuleBook
    rule: Rule
    level: Level
    about: About
    sentence: int
    start: int
    end: int


def screen(text: str, country: str | None = None) -> Crisis | None:
    """The card that must answer this message, or None. `country` is an ISO 3166 code; it
    chooses the helplines."""
    message = normalise(text, spelling())
    found = find_hits(message)
    if found:
        worst = min(found, key=lambda hit: _order(hit, message))
        rule = worst.rule
        return make_card(rule.id, rule.kind, worst.level, worst.about, worst.book.language, country)
    padded = f" {message} "
    for phrase in phrases():
        if (f" {phrase.text} " if phrase.text.isascii() else phrase.text) in padded:
            return make_card(phrase.id, phrase.kind, "explicit", "self", "en", country)
    return None


def find_hits(message: str) -> list[Hit]:
    """Every rule that fires on a message in normal form."""
    hits = [
        hit
        for number, sentence in enumerate(message.split(" . "))
        for hit in _read(number, sentence, message)
    ]
    return [hit for hit in hits if not _is_part_of_another(hit, hits)]


def _read(number: int, sentence: str, message: str) -> Iterator[Hit]:
    """What the rules of every language find in one sentence, once idioms are set aside."""
    books = rule_books()
    if len(message) > READ_WHOLE:
        books = tuple(book for book in books if book.cues.search(sentence))
    for book in books:
        sentence = book.double_negation.sub("i will", sentence)
        for mask in book.masks:
            sentence = mask.sub(SET_ASIDE, sentence)
    for book in books:
        for rule in book.denials:
            if found := _fires(rule, sentence, message):
                yield Hit(book, rule, rule.level, rule.about, number, *found.span())
                sentence = sentence[: found.start()] + SET_ASIDE + sentence[found.end() :]
    for book in books:
        for rule in book.rules:
            if found := _fires(rule, sentence, message):
                hit = Hit(book, rule, rule.level, rule.about, number, *found.span())
                yield _weigh(hit, sentence, message)


def _fires(rule: Rule, sentence: str, message: str) -> re.Match[str] | None:
    found = rule.match.search(sentence)
    if found is None or (rule.unless and rule.unless.search(sentence)):
        return None
    if rule.unless_message and rule.unless_message.search(message):
        return None
    return found


def _weigh(hit: Hit, sentence: str, message: str) -> Hit:
    """More than the rule says when it is to happen now, less when it is long past."""
    book, kind = hit.book, hit.rule.kind
    near = _words_around(hit, sentence)
    if kind == "medical":
        of_another = book.third_person.search(near) and not book.first_person.search(near)
        return replace(hit, about="other") if of_another else hit
    if hit.about == "self" and hit.level != "emergency" and _is_past(hit, near, sentence):
        return replace(hit, level="indirect", about="past")
    outright, armed = hit.level == "explicit", book.means.search(message) is not None
    if kind == "abuse":
        at_hand = outright and book.now.search(message) is not None
    else:
        planned = bool(book.intent.search(sentence) and book.soon.search(message))
        at_hand = (armed and kind == "harm_to_others") or (outright and (armed or planned))
    return replace(hit, level="emergency") if at_hand else hit


def _is_past(hit: Hit, near: str, sentence: str) -> bool:
    """Whether the verb of the hit is in the past and its sentence says that it is long ago.
    "Ten years ago I lost my job and now I want to die" is not."""
    if hit.rule.kind not in ("self_harm", "abuse") or not hit.book.long_ago.search(sentence):
        return False
    return bool(hit.book.past_verbs.search(near)) and not hit.book.still.search(near)


def _words_around(hit: Hit, sentence: str) -> str:
    """The hit with three words before it and two after."""
    before = sentence[: hit.start].split()[-3:]
    after = sentence[hit.end :].split()[:2]
    return " ".join([*before, sentence[hit.start : hit.end], *after])


def _is_part_of_another(hit: Hit, hits: list[Hit]) -> bool:
    """ "He wants to die" inside "my son told me he wants to die": the longer one knows who."""
    return any(
        other.rule.kind == hit.rule.kind
        and other.book is hit.book
        and other.about != hit.about
        and other.sentence == hit.sentence
        and other.start <= hit.start < other.end
        and other.end - other.start > hit.end - hit.start
        and LEVELS.index(other.level) <= LEVELS.index(hit.level)
        for other in hits
    )


def _order(hit: Hit, message: str) -> tuple[int, int, int, int]:
    """The gravest first; among equals the one in the language that the message is written in."""
    spoken = len(hit.book.words.findall(message))
    return (LEVELS.index(hit.level), KINDS.index(hit.rule.kind), ABOUTS.index(hit.about), -spoken)
