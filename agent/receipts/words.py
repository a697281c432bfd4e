"""Checking the words of a sentence: each claim must be said, and not denied, by the facts about
the same subject; what the sentence denies they must deny."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.receipts.arithmetic import compares
from agent.receipts.facts import FactReading
from agent.receipts.lexicon import TIERS, UNDONE, Tier, opposites_of
from agent.receipts.polarity import AFFIRMED, DENIED, EITHER, NEGATORS, Denial, Stance, stance_of
from agent.receipts.reading import Reading, Segment

_HEDGES = frozenset(
    "likely probably perhaps maybe may might could seems seem appears appear suggests suggest "
    "suggesting indicates indicate indicating implies imply means meaning because therefore thus "
    "hence presumably potentially possibly would should expect unlikely suspect guess think believe "
    "looks explains explain hints hint reads apparently arguably tends tend risks evidently".split()
)
_HEDGE_PAIRS = frozenset({("points", "to"), ("point", "to"), ("due", "to"), ("as", "a"), ("which", "is"),
                          ("that", "is"), ("so", "the"), ("so", "your"), ("so", "it")})  # fmt: skip
_CAUSES = ("because of", "due to", "as a result", "which is why", "that is why", "that's why",
           "points to", "point to", "in other words", "driven by", "caused by", "thanks to",
           "leads to", "led to", "the reason", "comes down to", "boils down to")  # fmt: skip
_COPULAS = frozenset("is are was were be been being seems looks became become remains stays gets got "
                     "has have had isn't aren't wasn't weren't hasn't haven't".split())  # fmt: skip
_ADVERBS = frozenset("very now still quite really also just already so too more most currently "
                     "not always often largely mostly mainly clearly simply fairly pretty".split())  # fmt: skip
_DIRECTIONS = {"up": 1, "higher": 1, "down": -1, "lower": -1, "longer": 1, "shorter": -1}


@dataclass(slots=True)
class WordCheck:
    """What the words came to. `reasons` make the sentence unsupported, `open_words` only keep it
    from being known; `derived` says that a comparison was worked out."""

    reasons: list[str] = field(default_factory=list)
    open_words: list[str] = field(default_factory=list)
    covered: int = 0
    derived: bool = False
    hedged: bool = False
    telling: list[FactReading] = field(default_factory=list)


@dataclass(slots=True)
class WordCase:
    """What words are checked against: the cited facts, all facts of the run, and the concepts of
    the user's own message (they may be repeated, but prove nothing)."""

    reading: Reading
    pool: Sequence[FactReading]
    everything: Sequence[FactReading]
    user_concepts: frozenset[str]
    reported: frozenset[int] = frozenset()


def check_words(case: WordCase, guessing: bool = False) -> WordCheck:
    """Check every content word, denial and comparison of a statement."""
    reading = case.reading
    result = WordCheck(hedged=guessing or is_hedged(reading, case.pool))
    stance = stance_of(reading)
    for index, concepts in reading.content.items():
        segment = reading.segments[reading.at[index]]
        for facts in _relevant(case, segment):
            _check_word(case, result, index, concepts, stance, facts)
    for denial in stance.denials:
        _check_denial(case, result, denial)
    return result


def is_hedged(reading: Reading, pool: Sequence[FactReading]) -> bool:
    """Whether a sentence gives a guess or a cause that its facts do not give themselves."""
    lows = [token.low for token in reading.tokens]
    own = {word for fact in pool for word in fact.words}
    for index, low in enumerate(lows):
        if low in _HEDGES and low not in own and reading.tokens[index].text != "May":
            return True
        if (
            low == "so"
            and (index == 0 or lows[index - 1] in (",", ";", "and"))
            and (index + 1 < len(lows) and lows[index + 1] not in ("far", "many", "much", "that"))
        ):
            return True
    text = " ".join(lows)
    return any(
        cause in text and not any(cause in fact.haystack for fact in pool) for cause in _CAUSES
    )


def _relevant(case: WordCase, segment: Segment) -> list[list[FactReading]]:
    """For each name the segment is about, the facts that may speak of it; all when none is."""
    if not segment.subjects or not segment.strong:
        return [list(case.pool)]
    chosen = []
    for keys in segment.subjects:
        about = [fact for fact in case.pool if fact.is_about(keys)]
        chosen.append(about or [fact for fact in case.pool if not fact.named])
    return chosen


def _check_word(
    case: WordCase,
    result: WordCheck,
    index: int,
    concepts: tuple[str, ...],
    stance: Stance,
    facts: list[FactReading],
) -> None:
    token = case.reading.tokens[index]
    pole = stance.tokens[index]
    if all(concept[0] == "~" for concept in concepts):
        return
    said = 0
    for fact in facts:
        found = 0
        for concept in concepts:
            found |= fact.said.get(concept, 0)
        if found and fact not in result.telling and TIERS.get(concepts[0]) != "tag":
            result.telling.append(fact)
        said |= found
    if said:
        if pole == AFFIRMED and said == DENIED and index not in case.reported:
            result.reasons.append(f'the cited fact denies "{token.text}", the sentence affirms it')
        result.covered += 1
        return
    tier = _tier(case.reading, index, concepts)
    if index in case.reported and any(concept in case.user_concepts for concept in concepts):
        return
    if _is_entity(concepts, case.pool) or _worked_out(case, result, index, concepts):
        result.covered += 1
        return
    if tier in (None, "noun", "thing") and any(
        concept in case.user_concepts for concept in concepts
    ):
        return
    if pole != AFFIRMED and tier != "status":
        return
    against = _contradicted(concepts, facts)
    unproved = token.low.endswith("est") and not against
    if (
        tier == "status"
        or against
        or (tier in ("claim", "noun") and not result.hedged and not unproved)
    ):
        result.reasons.append(against or f'no cited fact says "{token.text}" of it')
    else:
        result.open_words.append(token.text)


def _tier(reading: Reading, index: int, concepts: tuple[str, ...]) -> Tier | None:
    tiers = [TIERS[concept] for concept in concepts if concept in TIERS]
    for strong in ("status", "claim", "noun", "thing"):
        if strong in tiers:
            return strong  # type: ignore[return-value]
    return "claim" if _is_predicate(reading, index) else None


def _is_predicate(reading: Reading, index: int) -> bool:
    """Whether an unlisted word is what is said of the subject: "is happy", "Cedar cancelled"."""
    tokens = reading.tokens
    before = index - 1
    while before >= 0 and tokens[before].low in _ADVERBS:
        before -= 1
    if before < 0:
        return False
    if any(mention.end == before + 1 for mention in reading.mentions):
        return not tokens[before].text.endswith(("'s", "s'"))
    low = tokens[index].low
    return tokens[before].low in _COPULAS and (
        low.endswith(("ed", "en", "ing", "ful", "ous", "ive", "ic", "al", "y", "t", "ed"))
    )


def _is_entity(concepts: tuple[str, ...], pool: Sequence[FactReading]) -> bool:
    """Whether a word such as deal or client only refers to a named lead."""
    return "~entity" in concepts and any(fact.named for fact in pool)


def _worked_out(case: WordCase, result: WordCheck, index: int, concepts: tuple[str, ...]) -> bool:
    """Whether a comparison or a direction follows from the numbers of the facts."""
    verdict = compares(case.reading, index, case.pool, case.everything)
    if verdict is False:
        result.reasons.append(
            f'"{case.reading.tokens[index].text}" does not agree with the numbers of the facts'
        )
        return True
    if verdict:
        result.derived = True
        return True
    for concept in concepts:
        direction = _DIRECTIONS.get(concept)
        if direction and any(
            one.direction == direction for fact in case.pool for one in fact.evidence
        ):
            return True
        if direction and _moves(case.pool, direction):
            result.derived = True
            return True
    return False


def _moves(pool: Sequence[FactReading], direction: int) -> bool:
    """Whether a value of the facts moved in this direction against its earlier value."""
    values = [
        one for fact in pool for one in fact.evidence if one.moment is None and not one.atom.window
    ]
    for one in values:
        for two in values:
            before, after = one.atom.quantity, two.atom.quantity
            if (
                before is not None and after is not None
                and one.atom.period == "prev" and not two.atom.period
                and not one.atom.sample and not two.atom.sample
                and one.fact.fact.subject == two.fact.fact.subject
                and before.dimension == after.dimension and before.out_of in (None, after.out_of)
                and (after.value * after.factor - before.value * before.factor) * direction > 0
            ):  # fmt: skip
                return True
    return False


def _check_denial(case: WordCase, result: WordCheck, denial: Denial) -> None:
    reading = case.reading
    if denial.at in case.reported:
        return
    segment = reading.segments[reading.at[denial.at]]
    facts_by_name = _relevant(case, segment)
    if not denial.scope:
        if not all(any(fact.words & NEGATORS for fact in facts) for facts in facts_by_name):
            result.reasons.append(f'no cited fact says "{denial.word}" of it')
        return
    strong = [
        index
        for index in denial.scope
        if any(TIERS.get(concept) in ("status", "claim") for concept in reading.content[index])
        and reading.tokens[index].low not in UNDONE
    ]
    keys = list(dict.fromkeys([*strong, denial.scope[0]]))
    for facts in facts_by_name:
        masks = [_mask(facts, reading.content[index]) for index in keys]
        if any(mask == DENIED or mask == EITHER for mask in masks[:2]):
            continue
        if any(mask & AFFIRMED for mask in masks) and _not_since(reading, segment, facts):
            continue
        if result.hedged and not any(mask == AFFIRMED for mask in masks):
            continue
        word = " ".join(reading.tokens[index].text for index in keys[:2])
        result.reasons.append(f'no cited fact denies "{word}", the sentence does ("{denial.word}")')
        return


def _not_since(reading: Reading, segment: Segment, facts: Sequence[FactReading]) -> bool:
    """Whether "has not succeeded in 2 days" only turns round "last succeeded 52 hours ago"."""
    timed = any(
        segment.start <= atom.start < segment.end and atom.quantity is not None
        and atom.quantity.dimension == "time" for atom in reading.atoms
    )  # fmt: skip
    return timed and any({"last", "ago"} <= fact.words for fact in facts)


def _mask(facts: Sequence[FactReading], concepts: tuple[str, ...]) -> int:
    mask = 0
    for fact in facts:
        for concept in concepts:
            mask |= fact.said.get(concept, 0)
    return mask


def _contradicted(concepts: tuple[str, ...], facts: Sequence[FactReading]) -> str:
    """The complaint when a fact says the opposite of a word; "" when none does."""
    against = {other for concept in concepts for other in opposites_of(concept)}
    for fact in facts:
        if any(fact.explicit.get(other, 0) == AFFIRMED for other in against):
            return f'the cited fact says the opposite ("{fact.fact.statement}")'
    return ""
