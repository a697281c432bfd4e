"""What part a quantity plays in its sentence: a bound, a window of time, a sample, an earlier
value that the present one is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from agent.receipts.english import FUNCTION, stem
from agent.receipts.lexicon import concepts_of
from agent.receipts.numerals import SMALL
from agent.receipts.parts import Atom, Period, Reading, Segment
from agent.receipts.quantities import Bound, Quantity
from agent.receipts.tokens import Token

_BOUNDS: tuple[tuple[tuple[str, ...], Bound], ...] = (
    (("at", "least"), ">="), (("no", "less", "than"), ">="), (("no", "fewer", "than"), ">="),
    (("not", "less", "than"), ">="), (("minimum", "of"), ">="), (("≥",), ">="),
    (("at", "most"), "<="), (("up", "to"), "<="), (("no", "more", "than"), "<="),
    (("not", "more", "than"), "<="), (("maximum", "of"), "<="), (("within",), "<="), (("≤",), "<="),
    (("more", "than"), ">"), (("greater", "than"), ">"), (("longer", "than"), ">"),
    (("higher", "than"), ">"), (("older", "than"), ">"), (("bigger", "than"), ">"),
    (("larger", "than"), ">"), (("in", "excess", "of"), ">"), (("upwards", "of"), ">"),
    (("over",), ">"), (("above",), ">"), (("beyond",), ">"), (("exceeds",), ">"),
    (("exceeding",), ">"), (("past",), ">"), ((">",), ">"), (("topping",), ">"),
    (("less", "than"), "<"), (("fewer", "than"), "<"), (("lower", "than"), "<"),
    (("shorter", "than"), "<"), (("smaller", "than"), "<"), (("short", "of"), "<"),
    (("under",), "<"), (("below",), "<"), (("<",), "<"),
    (("just", "under"), "almost"), (("just", "below"), "almost"), (("almost",), "almost"),
    (("nearly",), "almost"), (("close", "to"), "almost"), (("approaching",), "almost"),
    (("just", "short", "of"), "almost"), (("about",), "~"), (("around",), "~"),
    (("roughly",), "~"), (("approximately",), "~"), (("approx",), "~"), (("approx", "."), "~"),
    (("circa",), "~"), (("ca",), "~"), (("ca", "."), "~"), (("~",), "~"), (("≈",), "~"),
    (("some",), "~"), (("or", "so"), "~"), (("something", "like"), "~"),
)  # fmt: skip
_BY_LAST: dict[str, list[tuple[tuple[str, ...], Bound]]] = {}
for _words, _bound in sorted(_BOUNDS, key=lambda item: -len(item[0])):
    _BY_LAST.setdefault(_words[-1], []).append((_words, _bound))

_SKIPPED = frozenset(
    {"the", "its", "a", "an", "just", "only", "well", "slightly", "little", "bit", "-"}
)
_BOUND_WORDS = frozenset({"under", "about", "almost", "nearly", "around", "roughly", "than", "more",
                          "less", "approximately"})  # fmt: skip
_WINDOW_HARD = frozenset({"last", "past", "next", "previous", "preceding", "prior", "coming",
                          "trailing", "rolling", "first"})  # fmt: skip
_WINDOW_SOFT = frozenset({"in", "within", "over", "during", "across", "every"})
_WINDOW_AFTER = frozenset({"window", "period", "threshold", "limit", "cutoff", "cut-off"})
_EARLIER = frozenset("before previous previously prior earlier preceding formerly originally "
                     "initially".split())  # fmt: skip
_SOFT_BEFORE = frozenset({"against", "versus", "vs", "from", "compared"})
_COMPARED_WITH = frozenset({"than", "compared", "versus", "vs", "against", "relative"})
_SAMPLE_BEFORE = frozenset(
    {"of", "in", "n", "=", "from", "on", "across", "among", "out", "with", "over"}
)
_SAMPLE_AFTER = frozenset({"data", "sample", "samples", "cases", "observations", "decided",
                           "datapoints", "closed"})  # fmt: skip
_NOT_COUNTED = frozenset("of more another day thing way time step place person ones to that who "
                         "which where small little big good clear next last at in on by for is "
                         "and or".split())  # fmt: skip
PIECES = frozenset({"piece", "pieces", "bit", "bits", "set", "sets"})
"""Words between a number and the things it counts: "one piece of evidence"."""
_BEFORE_PRONOUN = frozenset("the this that any every each which another no some other last next "
                            "first".split())  # fmt: skip


def read_bound(tokens: Sequence[Token], start: int, quantity: Quantity) -> None:
    """Set the bound that the words before a quantity put on it: "about", "over", "at least"."""
    at = start - 1
    if at > 0 and tokens[at].low in ("a", "an", "the", "-", "just", "only", "good"):
        at -= 1
    if at < 0 or quantity.bound != "=":
        return
    for words, bound in _BY_LAST.get(tokens[at].low, ()):
        first = at - len(words) + 1
        if first >= 0 and all(tokens[first + i].low == word for i, word in enumerate(words)):
            compares = words[-1] == "than" or quantity.dimension == "plain"
            if first and compares and _is_number(tokens[first - 1]):
                return
            if first and words == ("past",) and tokens[first - 1].low in ("the", "these", "this"):
                return
            quantity.bound, quantity.loose = bound, words == ("over",)
            return
    end = quantity.end
    if [token.low for token in tokens[end : end + 2]] == ["or", "so"]:
        quantity.bound = "~"


def _is_number(token: Token) -> bool:
    """Whether a token is a number, so that "0.10 more than …" compares and bounds nothing."""
    return token.kind == "number" or token.low in SMALL


def is_window(
    tokens: Sequence[Token], start: int, end: int, quantity: Quantity
) -> Literal["", "soft", "hard"]:
    """Whether a duration bounds a period ("in the last 30 days") and measures nothing itself."""
    if quantity.dimension != "time" or quantity.ago:
        return ""
    at = start - 1
    while at >= 0 and tokens[at].low in _SKIPPED | _BOUND_WORDS:
        at -= 1
    before = tokens[at].low if at >= 0 else ""
    after = tokens[end].low if end < len(tokens) else ""
    spanned = after == "before" and tokens[start - 1].low in ("the", "in") if start else False
    if before in _WINDOW_HARD or after in _WINDOW_AFTER or spanned:
        return "hard"
    return "soft" if before in _WINDOW_SOFT else ""


def is_sample(tokens: Sequence[Token], start: int, end: int, bound: Bound) -> bool:
    """Whether a number says of how many: "n = 3", "2 of 3", "based on 3"."""
    at = start - 1
    while at >= 0 and tokens[at].low in _SKIPPED | {"all", "those", "these", "your", "very"}:
        at -= 1
    if at >= 0 and tokens[at].low in ("than", "above", "below"):
        return bound == "="
    if at >= 0 and tokens[at].low in _SAMPLE_BEFORE:
        if tokens[at].low == "in":
            return at > 0 and _is_number(tokens[at - 1])
        if tokens[at].low == "from":
            return not any(item.low == "to" for item in tokens[end : end + 3])
        return tokens[at].low != "of" or _is_part(tokens, at - 1)
    return end < len(tokens) and tokens[end].low in _SAMPLE_AFTER


def _is_part(tokens: Sequence[Token], at: int) -> bool:
    """Whether "of" after token `at` takes a part of a number ("2 of 3"), as "score of 82" does not."""
    if at < 0 or tokens[at].kind in ("number", "mark") or tokens[at].low in _PARTS:
        return True
    return tokens[at].low in SMALL


_PARTS = frozenset("one none some any all most each both half out part either neither rest".split())


def period_of(
    tokens: Sequence[Token], start: int, atom_start: int, atom_end: int, end: int
) -> Period:
    """Whether an atom is an earlier value: "100 % before", "against 100 %", "from 18 to 12"."""
    before = [token.low for token in tokens[start:atom_start]]
    after = [token.low for token in tokens[atom_end:end] if token.kind != "mark"]
    compared = next((at for at, word in enumerate(after) if word in _COMPARED_WITH), len(after))
    after = after[:compared]
    if atom_end < len(tokens) and tokens[atom_end].text == "→":
        return "prev"
    if after and after[-1] in ("after", "later", "afterwards"):
        return "next"
    if not _EARLIER.isdisjoint([*before, *after]):
        return "prev"
    tail = before[-3:]
    if tail[-1:] == ["at"] and tail[-2:-1] in (["started"], ["began"], ["starting"]):
        return "prev"
    if "from" in tail and any(token.low == "to" for token in tokens[atom_end : atom_end + 8]):
        return "prev"
    if any(word in _SOFT_BEFORE for word in tail):
        return "soft"
    return ""


def is_counted(tokens: Sequence[Token], at: int, end: int) -> bool:
    """Whether "one" counts something, rather than standing for it ("the one", "one of them")."""
    if at and tokens[at - 1].low in _BEFORE_PRONOUN:
        return False
    if tokens[at].glued or end >= len(tokens) or tokens[end].glued:
        return False
    if tokens[end].low == "of" and (
        at == 0 or tokens[at - 1].low in (",", ":", "only", "just", "and")
    ):
        return any(_is_number(token) for token in tokens[end + 1 : end + 3])
    following = tokens[end]
    if following.low in PIECES and end + 1 < len(tokens) and tokens[end + 1].low == "of":
        return True
    if following.kind != "word" or following.low in _NOT_COUNTED:
        return False
    return bool(concepts_of(following.low))


def qualify(reading: Reading) -> None:
    """Set on every atom of a reading which part it plays, and what it counts."""
    tokens, inherited = reading.tokens, ""
    earlier = _opens_earlier(reading)
    for number, atom in enumerate(reading.atoms):
        segment = reading.segments[reading.at[atom.start]]
        opener = (
            segment.start - 1
            if segment.start and tokens[segment.start - 1].kind == "word"
            else segment.start
        )
        start = max(opener, reading.atoms[number - 1].end if number else 0)
        following = (
            reading.atoms[number + 1].start if number + 1 < len(reading.atoms) else len(tokens)
        )
        end = min(segment.end, following)
        atom.period = period_of(tokens, start, atom.start, atom.end, end)
        if number and atom.quantity is not None and atom.quantity.out_of is not None:
            _share_scale(reading.atoms[number - 1], atom)
        if number and atom.quantity is not None:
            _share_points(reading.tokens, reading.atoms[:number], atom)
        if segment.paren and not atom.period:
            atom.period = inherited  # type: ignore[assignment]
        late = reading.at[atom.start] > 0
        if not atom.period and late and (earlier or _after_earlier(reading, number, segment)):
            atom.period = "soft"
        if not atom.period and number == 1 and _in_earlier_window(reading.atoms[0]):
            atom.period = "soft"
        if not segment.paren:
            inherited = atom.period
        if atom.quantity is None:
            continue
        read_bound(tokens, atom.start, atom.quantity)
        close = tokens[max(0, atom.start - 3) : atom.end + 2]
        atom.limit = any(
            "~limit" in concepts_of(token.low) for token in close if token.kind == "word"
        )
        atom.window = is_window(tokens, atom.start, atom.end, atom.quantity)
        if atom.quantity.dimension == "plain":
            atom.sample = is_sample(tokens, atom.start, atom.end, atom.quantity.bound)
            atom.noun = _noun(reading, atom.end, end)
            counted = [one for one in tokens[atom.end : end] if one.low not in _DIFFERENT]
            after = counted[0] if counted else None
            if after and after.kind == "word" and not after.glued and after.low not in FUNCTION:
                atom.counts = "" if after.low in _GENERIC else stem(after.low)


_DIFFERENT = frozenset({"different", "distinct", "separate", "individual", "further", "other"})
_GENERIC = frozenset({"thing", "things"})
_OPENING = frozenset("in over during before previously earlier originally".split())


def _share_points(tokens: list[Token], before: list[Atom], atom: Atom) -> None:
    """In "one by 3 points, the other by 1" the 1 is in points as well."""
    quantity = atom.quantity
    by = tokens[atom.start - 1].low == "by" if atom.start else False
    points = any(one.quantity and one.quantity.dimension == "points" for one in before)
    if by and points and quantity is not None and quantity.dimension == "plain":
        quantity.dimension = "points"


def _share_scale(before: Atom, atom: Atom) -> None:
    """In "from 5 to 8 out of 10" the 5 is out of 10 as well."""
    first, second = before.quantity, atom.quantity
    if first is None or second is None or first.dimension != "plain" or first.out_of is not None:
        return
    if before.period == "prev" and atom.start - before.end == 1:
        first.out_of = second.out_of


def _opens_earlier(reading: Reading) -> bool:
    """Whether the sentence opens with an earlier time: "In the 30 days before, …"."""
    first = reading.segments[0]
    if first.end >= len(reading.lows) or reading.lows[first.start] not in _OPENING:
        return False
    return not _EARLIER.isdisjoint(reading.lows[first.start : first.end])


def _in_earlier_window(first: Atom) -> bool:
    """Whether a sentence opens with an earlier stretch of time: "In the previous 14 days it was"."""
    return first.start <= _OPENS and first.window != "" and first.period == "prev"


_OPENS = 3


def _after_earlier(reading: Reading, number: int, segment: Segment) -> bool:
    """Whether the stretch before an atom's own only names an earlier time: "before: 100 %"."""
    before = reading.segments[reading.at[reading.atoms[number].start] - 1]
    if before.paren or segment.paren:
        return False
    lows = [t.low for t in reading.tokens[before.start : before.end] if t.kind == "word"]
    if len(lows) == 1 and lows[0] in _EARLIER:
        return True
    last = reading.atoms[number - 1] if number else None
    inside = last is not None and before.start <= last.start < before.end
    return inside and last is not None and last.window != "" and last.period == "prev"


def _noun(reading: Reading, start: int, end: int) -> tuple[str, ...]:
    """The concepts of what is counted: the content words that directly follow a number."""
    found: list[str] = []
    tokens = reading.tokens
    if start + 1 < end and tokens[start].low in PIECES and tokens[start + 1].low == "of":
        start += 2
    if start + 1 < end and tokens[start].low == "of" and tokens[start + 1].low in _DETERMINERS:
        start += 2
    for index in range(start, min(end, start + 5)):
        token = tokens[index]
        if token.kind != "word" or token.low in ENDS_NOUN:
            break
        if token.low in ("more", "less", "fewer", "up", "down"):
            continue
        found.extend(c for c in reading.content.get(index, ()) if c not in _COMPARED)
    return tuple(found)


_COMPARED = frozenset({"up", "down", "higher", "lower", "longer", "shorter", "older", "newer"})
_DETERMINERS = frozenset({"your", "the", "these", "those", "our", "my"})
ENDS_NOUN = frozenset(
    "of for at on in to with by from need needs is are was were be been has have had do does did will can "
    "could should would may might must that who than or not no as about after before since "
    "against over under between during within without your the our a an all its their this these".split()
)
