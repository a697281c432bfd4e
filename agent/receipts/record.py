"""Whether a sentence without a citation speaks of the record, and which words start a claim."""

from __future__ import annotations

from collections.abc import Container

from agent.receipts.concepts import UNDONE
from agent.receipts.english import ACRONYMS, FOREIGN, FUNCTION, is_ordinary, is_past
from agent.receipts.lexicon import concepts_of, is_ledger_word, tier_of
from agent.receipts.numerals import HOURS, MONTHS, NUMBER_WORDS, WEEKDAYS
from agent.receipts.parts import Reading, Segment
from agent.receipts.subjects import Names
from agent.receipts.wording import strange_names

_RECORD_NOUNS = frozenset(
    "experiment learning evidence confidence score scored velocity reflected completed risk_score skill "
    "hypothesis progress streak entry metric log record obstacle resume rate".split()
)
_RECORD_VERBS = frozenset(
    "log completed started record note track reflected capture created tried stopped paused won lost "
    "sent contacted updated learn write wrote run test build appli practised failed succeeded up down "
    "better worse archived planned finish achiev reach improv skip miss do done made add learned".split()
)
_RECORD_WORDS = _RECORD_NOUNS | {"completed", "active", "paused", "archived", "planned", "overdue",
                                 "stale", "stuck", "failed", "succeeded", "up", "down",
                                 "higher", "lower"}  # fmt: skip
_YOU = frozenset({"you", "you've", "you're", "you'd"})
_HAVE = frozenset({"have", "had", "did", "were", "are", "was", "'ve", "haven't", "hadn't", "didn't",
                   "weren't", "aren't", "don't"})  # fmt: skip
_MODALS = frozenset("can could may might would should will if when once unless whether want to "
                    "'ll must what how which why who where".split())  # fmt: skip
_BE = frozenset({"is", "are", "was", "were", "has", "have", "had", "isn't", "hasn't", "wasn't",
                 "averaged", "stands", "rose", "fell", "went", "dropped", "climbed", "grew"})  # fmt: skip
_MOVED = frozenset({"up", "down", "better", "worse"})
_QUANTIFIERS = frozenset("all every each both none nothing nobody no not never neither nor without "
                         "cannot most majority several many few everything everyone always only "
                         "numerous multiple hardly everybody zero twice thrice".split())  # fmt: skip
_DATE_WORDS = frozenset({"yesterday", "today", "tomorrow", "tonight", "ago", "last", "weekly",
                         "daily", "monthly"})  # fmt: skip


def client_record_claim(reading: Reading, refers: bool = False) -> str | None:
    """What an uncited sentence to a client claims about the client's record; None when it is
    general talk. Such a claim says what "you" have done, or how something of "yours" stands.
    `refers` says that a thing of the ledgers was spoken of before, so that "it" may mean it."""
    tokens = reading.tokens
    if refers and tokens and any(token.low in ("it", "its", "it's") for token in tokens[:3]):
        about = reading.concepts_in(0, len(tokens))
        if about & (_RECORD_WORDS | _RECORD_VERBS) or any(atom.quantity for atom in reading.atoms):
            return " ".join(token.text for token in tokens[:6])
    if reading.mentions:
        mention = reading.mentions[0]
        return " ".join(token.text for token in tokens[mention.start : mention.end])
    for segment in reading.segments:
        lows = reading.lows[segment.start : segment.end]
        tells_what = lows[:2] == ["what", "you"] and bool({"is", "was"} & set(lows))
        if _MODALS & set(lows[:3]) and not tells_what:
            continue
        if "your" in lows and _measures(reading, segment, lows):
            return " ".join(token.text for token in tokens[segment.start : segment.end][:6])
        for offset, low in enumerate(lows):
            index = segment.start + offset
            if low in _YOU and _did(reading, index, segment.end):
                return " ".join(token.text for token in tokens[index : segment.end][:6])
            if low in ("your", "the", "this", "each", "every") and _stands(
                reading, index, segment.end, low
            ):
                return " ".join(token.text for token in tokens[index : segment.end][:6])
    return None


_DID = frozenset({"did", "made", "took", "gave", "went", "came", "brought", "helped"})


def _measures(reading: Reading, segment: Segment, lows: list[str]) -> bool:
    """Whether a stretch says how much something of "yours" was, what it did, or how it moved."""
    about = reading.concepts_in(segment.start, segment.end)
    if about & _RECORD_NOUNS and about & _MOVED:
        return True
    if not (_BE | _DID) & set(lows) and not any(is_past(low) for low in lows):
        return False
    measured = any(
        segment.start <= atom.start < segment.end and atom.kind != "quote" for atom in reading.atoms
    )
    return measured or bool(about & _RECORD_NOUNS)


def _did(reading: Reading, at: int, end: int) -> bool:
    """Whether "you" at a token is said to have done something that would be on record."""
    tokens = reading.tokens
    following = reading.lows[at + 1 : end][:5]
    if any(word in _MODALS for word in following[:2]):
        return False
    perfect = tokens[at].low in ("you've", "you'd") or bool(_HAVE & set(following[:2]))
    for index in range(at + 1, min(end, at + 6)):
        concepts = reading.content.get(index, ())
        if not set(concepts) & (_RECORD_VERBS | _RECORD_NOUNS):
            continue
        low = tokens[index].low
        if perfect or is_past(low) or low in ("did", "learnt"):
            return True
    return False


def _stands(reading: Reading, at: int, end: int, low: str) -> bool:
    """Whether "your confidence is …", "the experiment was completed" is said at a token."""
    tokens = reading.tokens
    noun = next(
        (i for i in range(at + 1, min(end, at + 5))
         if set(reading.content.get(i, ())) & _RECORD_NOUNS), None,
    )  # fmt: skip
    if noun is None:
        return False
    verb = next(
        (
            i for i in range(noun + 1, min(end, noun + 4))
            if tokens[i].low in _BE or set(reading.content.get(i, ())) & _MOVED
        ),
        None,
    )  # fmt: skip
    if verb is None:
        return False
    if low == "your":
        return True
    return any(set(reading.content.get(i, ())) & _RECORD_WORDS for i in range(verb, end))


def life_claim(reading: Reading, of_user: Container[str]) -> str | None:
    """What an uncited sentence says has happened to "you" or something of "yours" that the user
    did not say; None when it tells of no such event."""
    tokens = reading.tokens
    if _SUPPOSES & reading.words:
        return None
    for segment in reading.segments:
        lows = reading.lows[segment.start : segment.end]
        if _YOUR.isdisjoint(lows) or _MODALS & set(lows[:3]):
            continue
        said = [i for i in reading.content if segment.start <= i < segment.end]
        own = [i for i in said if any(c in of_user for c in reading.content[i])]
        if len(own) * 2 >= len(said):
            continue
        if any(_has_happened(reading, index, segment) for index in said):
            return " ".join(token.text for token in tokens[segment.start : segment.end][:6])
    return None


_SUPPOSES = frozenset({"if", "when", "whenever", "once", "unless", "until"})
_YOUR = _YOU | {"your", "yours", "yourself"}
_NO_EVENT_AFTER = frozenset("is are am be being isn't aren't you're feel feels feeling get gets to a an "
                            "the your too so very how seem seems sound sounds not don't".split())  # fmt: skip


def _has_happened(reading: Reading, index: int, segment: Segment) -> bool:
    """Whether the word at a token tells of an event, and is not an adjective such as "tired"."""
    if not is_past(reading.tokens[index].low):
        return False
    before = index - 1
    while before > segment.start and reading.tokens[before].low in (
        "been",
        "just",
        "also",
        "already",
    ):
        before -= 1
    return before >= segment.start and reading.tokens[before].low not in _NO_EVENT_AFTER


def operator_claim(reading: Reading, vocabulary: Container[str]) -> str | None:
    """What an uncited sentence to the operator claims; None when no word of it belongs to the
    ledgers or to `vocabulary` (what the facts of the run speak of), counts, denies or names
    anything."""
    if reading.atoms:
        return reading.atoms[0].text
    tokens = reading.tokens
    if _of_oneself(reading):
        return None
    for index, concepts in reading.content.items():
        if any(concept in vocabulary for concept in concepts):
            return tokens[index].text
    strange = strange_names(reading)
    if strange:
        return strange[0]
    if reading.mentions:
        mention = reading.mentions[0]
        return " ".join(token.text for token in tokens[mention.start : mention.end])
    for token in tokens:
        if token.kind == "word" and (is_ledger_word(token.low) or token.low in _QUANTIFIERS):
            return token.text
    return None


def _of_oneself(reading: Reading) -> bool:
    """Whether a sentence only says what "I" think or am, and nothing that a ledger would hold."""
    tokens = reading.tokens
    if reading.mentions or not tokens or tokens[0].low not in ("i", "i'm", "i've", "i'd"):
        return False
    if _QUANTIFIERS & reading.words or "that" in reading.words:
        return False
    return not strange_names(reading) and not any(
        tier_of(tokens[index].low) in ("status", "noun") for index in reading.content
    )


def starts_claim(word: str, names: Names, *, first: bool, strict: bool) -> bool:
    """Whether a word of a growing sentence may begin a claim, so that it is not shown before the
    sentence has been judged. `strict` holds every word that is not an everyday one as well."""
    bare = word.strip("*_~.,;:!?()…")
    if not bare:
        return word.strip("*_~.,;:!?…") != "" and not set(word) <= _HARMLESS
    if not bare.isascii() and not _plain_accents(bare):
        return True
    if any(char.isdigit() or char in '"“”«»‘<>|@%$€£¥&\\[]`#=≈~≥≤/' for char in bare):
        return True
    low = bare.lower()
    if low.startswith(("www.", "mailto:")):
        return True
    low = low[:-2] if low.endswith(("'s", "’s")) else low
    key = low.replace("’", "'")
    if first and key == "please":
        return False
    if key in _QUANTIFIERS or key.endswith("n't") or key in NUMBER_WORDS or key in UNDONE:
        return True
    if key in _DATE_WORDS or key in WEEKDAYS or (key in MONTHS and bare[0].isupper()):
        return True
    if names.may_begin(key) and (bare[0].isupper() or not is_ordinary(key)):
        return True
    parts = key.split("-")
    if any(part in NUMBER_WORDS or part in WEEKDAYS for part in parts):
        return True
    if bare[0].isupper() and bare not in ACRONYMS and not first and not is_ordinary(key):
        return True
    if key in HOURS and len(key) > 2:
        return True
    if tier_of(key) is not None or (is_past(key) and concepts_of(key)):
        return True
    if bare[0] == "'" or (key in FOREIGN and key not in FUNCTION):
        return True
    ordinary = is_ordinary(key) or key in FUNCTION or not concepts_of(key) or "'" in key
    if bare[0].isupper() and bare not in ACRONYMS and not ordinary:
        return True
    return strict and not ordinary and not all(is_ordinary(part) for part in parts)


_HARMLESS = frozenset("-–—*_.,;:!?…()")


def _plain_accents(word: str) -> bool:
    return all(ord(char) < 0x180 or char in "’‘“”–—…" for char in word) and not any(
        char in "‘“”" for char in word
    )
