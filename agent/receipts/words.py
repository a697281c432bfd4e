"""Checking the words of a sentence: each claim must be said, and not denied, by the facts about
the same subject; what the sentence denies they must deny."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from agent.receipts.comparisons import compares
from agent.receipts.concepts import UNDONE
from agent.receipts.denials import check_denial
from agent.receipts.english import FUNCTION, is_past
from agent.receipts.evidence import FactReading
from agent.receipts.lexicon import STRONG, TIERS, Tier, opposites_of
from agent.receipts.movement import is_factor, moves
from agent.receipts.parts import Reading, Stance
from agent.receipts.polarity import AFFIRMED, DENIED, EITHER, OPEN
from agent.receipts.wordcase import WordCase, WordCheck, hedges_of, mask_of, relevant

_COPULAS = frozenset("is are was were be been being seems looks became become remains stays gets got "
                     "has have had isn't aren't wasn't weren't hasn't haven't".split())  # fmt: skip
_ADVERBS = frozenset("very now still quite really also just already so too more most currently "
                     "not always often largely mostly mainly clearly simply fairly pretty".split())  # fmt: skip


def check_words(case: WordCase, guessing: bool = False) -> WordCheck:
    """Check every content word, denial and comparison of a statement."""
    reading = case.reading
    result = WordCheck(guessing=guessing, hedges=hedges_of(reading, case.pool))
    stance = case.stance
    for index, concepts in reading.content.items():
        if index in case.retold:
            result.covered += 1
            continue
        for facts in relevant(case, index):
            _check_word(case, result, index, concepts, stance, facts)
    for denial in stance.denials:
        if denial.at not in case.retold:
            check_denial(case, result, denial)
    if _done_to_us(reading):
        result.reasons.append('no cited fact says what was done to "us"')
    return result


def _done_to_us(reading: Reading) -> bool:
    """Whether a named thing does something to "us", which no ledger says ("Metro rated us")."""
    if not reading.mentions or "us" not in reading.words:
        return False
    return any(two == "us" and one not in FUNCTION for one, two in pairwise(reading.lows))


def _check_word(
    case: WordCase,
    result: WordCheck,
    index: int,
    concepts: tuple[str, ...],
    stance: Stance,
    facts: list[FactReading],
) -> None:
    token = case.reading.tokens[index]
    if all(concept[0] == "~" for concept in concepts):
        return
    said = 0
    for fact in facts:
        found = mask_of([fact], concepts)
        said |= found
        if found and fact not in result.telling:
            result.telling.append(fact)
    if said and not is_factor(token.low):
        complaint = (
            ""
            if index in case.reported
            else _at_odds(token.low, stance.tokens[index], said)
            or _already(token.low, stance.tokens[index], concepts, facts)
        )
        if complaint:
            result.reasons.append(complaint.format(word=token.text))
        result.covered += 1
        return
    _check_unsaid(case, result, index, concepts, stance.tokens[index], facts)


def _at_odds(word: str, pole: int, said: int) -> str:
    """The complaint when the facts do not take the sentence's side on a word; "" when they do."""
    if pole == AFFIRMED and not said & AFFIRMED:
        if said & DENIED:
            return 'the cited fact denies "{word}", the sentence affirms it'
        if is_past(word):
            return 'the cited fact does not say that "{word}" has happened'
    if pole == DENIED and word in UNDONE and not said & DENIED:
        return 'the cited fact affirms what "{word}" denies'
    return ""


def _already(word: str, pole: int, concepts: tuple[str, ...], facts: Sequence[FactReading]) -> str:
    """The complaint when something is said to be still to come ("waits for you to send") which
    the facts about the same thing say has happened."""
    status = any(TIERS.get(concept) == "status" for concept in concepts)
    if pole != OPEN or not status or is_past(word):
        return ""
    named = [fact for fact in facts if fact.named]
    happened = bool(named) and mask_of(named, concepts) == AFFIRMED
    return 'the cited fact says that "{word}" has already happened' if happened else ""


def _check_unsaid(
    case: WordCase,
    result: WordCheck,
    index: int,
    concepts: tuple[str, ...],
    pole: int,
    facts: list[FactReading],
) -> None:
    """A word that no fact about the subject says: a reason, or an open word of a guess."""
    token = case.reading.tokens[index]
    tier = _tier(case.reading, index, concepts)
    of_user = any(concept in case.user_concepts for concept in concepts)
    if of_user and (index in case.reported or tier in (None, "noun", "thing")):
        return
    if _refers(case, index, concepts) or _worked_out(case, result, index, concepts):
        result.covered += 1
        return
    if tier is None and _is_of_name(case, token.low):
        return
    if pole in (DENIED, EITHER) and tier != "status" and token.low not in UNDONE:
        return
    against = _contradicted(concepts, facts) or _said_of_another(case, index, concepts, facts)
    hedged = result.hedged and result.reaches(case.reading, index)
    if tier == "claim" and not against and TIERS.keys().isdisjoint(concepts):
        if not _follows_name(case.reading, index):
            result.guesses.append(token.text)
            return
    passes = tier in (None, "soft", "thing") or (hedged and (tier != "status" or pole == OPEN))
    leads = _leads(case.reading, index)
    strange = tier is None and not case.reading.mentions and any(fact.named for fact in facts)
    odd = (leads and strange) or (tier == "thing" and (leads or _towards(case.reading, index)))
    if against or not passes or (odd and not hedged):
        result.reasons.append(against or f'no cited fact says "{token.text}" of it')
    else:
        result.open_words.append(token.text)


def _said_of_another(
    case: WordCase, index: int, concepts: tuple[str, ...], facts: Sequence[FactReading]
) -> str:
    """The complaint when a word that says how a named thing stands is said of another one."""
    if not any(TIERS.get(concept) in STRONG for concept in concepts):
        return ""
    named = {fact.fact.id for fact in facts}
    for fact in case.pool:
        if fact.fact.id not in named and mask_of([fact], concepts) & AFFIRMED:
            word = case.reading.tokens[index].text
            return f'"{word}" is said of {fact.fact.subject} in the cited facts, not of this'
    return ""


def _is_of_name(case: WordCase, word: str) -> bool:
    """Whether a word only speaks of a named thing by a word of its name ("the workshop")."""
    keys = {key for mention in case.reading.mentions for key in mention.keys}
    keys |= {fact.fact.subject for fact in case.pool if fact.named}
    return any(word in key.lower().split() for key in keys)


def _leads(reading: Reading, index: int) -> bool:
    """Whether a thing is what its stretch of the sentence is about: its first word of weight."""
    segment = reading.segments[reading.at[index]]
    if any(segment.start <= mention.start < index for mention in reading.mentions):
        return False
    before = reading.tokens[segment.start : index]
    if any(token.low in _PREPOSITIONS for token in before):
        return False
    return all(not segment.start <= other < index for other in reading.content)


_PREPOSITIONS = frozenset(
    "of over from in with for on at by to about across among per between".split()
)


def _tier(reading: Reading, index: int, concepts: tuple[str, ...]) -> Tier | None:
    tiers = [TIERS[concept] for concept in concepts if concept in TIERS]
    for strong in ("status", "claim", "noun", "soft", "thing"):
        if strong in tiers:
            return strong
    return "claim" if _is_predicate(reading, index) else None


def _follows_name(reading: Reading, index: int) -> bool:
    return any(mention.end == index for mention in reading.mentions)


def _is_predicate(reading: Reading, index: int) -> bool:
    """Whether an unlisted word is what is said of the subject: "is bankrupt", "Cedar vanished"."""
    tokens = reading.tokens
    before = index - 1
    while before >= 0 and tokens[before].low in _ADVERBS:
        before -= 1
    if before < 0:
        return False
    if any(mention.end == before + 1 for mention in reading.mentions):
        return not tokens[before].text.endswith(("'s", "s'"))
    return tokens[before].low in _COPULAS


def _refers(case: WordCase, index: int, concepts: tuple[str, ...]) -> bool:
    """Whether a word such as deal or client only refers to a lead that is named."""
    if "~entity" not in concepts or _towards(case.reading, index):
        return False
    if _names_what_it_is(case.reading, index):
        return False
    return any(fact.named for fact in case.pool)


def _names_what_it_is(reading: Reading, index: int) -> bool:
    """Whether a noun says what its subject is: "has been a client"."""
    tokens = reading.tokens
    before = index - 1
    while before > 0 and tokens[before].low in ("a", "an", "your", "our", "new"):
        before -= 1
    return before < index - 1 and before >= 0 and tokens[before].low in _COPULAS


def _towards(reading: Reading, index: int) -> bool:
    """Whether a noun says with whom something is: "with the client"."""
    tokens = reading.tokens
    if index < 2 or tokens[index - 1].low not in ("the", "its", "their"):
        return False
    return tokens[index - 2].low in ("with", "from", "by")


def _worked_out(case: WordCase, result: WordCheck, index: int, concepts: tuple[str, ...]) -> bool:
    """Whether a comparison or a direction follows from the numbers of the facts; a comparison
    that they contradict becomes a reason."""
    verdict = compares(case.reading, index, case.pool, case.rivals)
    if verdict is None:
        moved = moves(case.reading, index, concepts, case.pool)
        if moved == "said":
            return True
        verdict = moved
    if verdict is False:
        word = case.reading.tokens[index].text
        result.reasons.append(f'"{word}" does not agree with the numbers of the facts')
    result.derived = result.derived or bool(verdict)
    return verdict is not None


def _contradicted(concepts: tuple[str, ...], facts: Sequence[FactReading]) -> str:
    """The complaint when a fact says the opposite of a word; "" when none does."""
    against = {other for concept in concepts for other in opposites_of(concept)}
    for fact in facts:
        if any(fact.explicit.get(other, 0) == AFFIRMED for other in against):
            return f'the cited fact says the opposite ("{fact.fact.statement}")'
    return ""
