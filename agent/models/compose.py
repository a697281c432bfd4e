"""The answer to tool results: the facts' own statements, the telling ones first, each cited."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from agent.models.phrases import words
from agent.models.types import BlockEnd, Cited, ModelEvent, Text, ToolResult
from tools.findings import Fact, Missing

Option = TypeVar("Option")

LONGEST_ANSWER = 8
"""Sentences; what goes beyond is said when asked for."""
MISSING_SAID = 3
FEW_NAMED, FEW_BESIDE = 3, 2
"""Facts that a question can ask for by name, and sentences said beside them."""

MORE_TO_SAY = "Ask me for more to see the rest."
NOTHING_FOUND = "I looked, and there is nothing on record for that."

_PLAIN_WORDS = frozenset(
    words(
        "a an the is are was were be of to for in on at with by from and or not no my our your me i "
        "we you it its this that these those what which who when where why how do does did has have "
        "had can could will would should any all about last now right show tell give status long many "
        "much many lead leads experiment experiments need day week month today yesterday 7 date since"
    )
)
_ARTICLES = frozenset(words("the a an of date"))
_CHOICES = re.compile(r"^which .{3,40}: (\".+)$", re.DOTALL)
_IN_BRACKETS = re.compile(r" \([^()]*\)")
_OPENERS = frozenset(
    ("A", "An", "The", "Any", "No", "Why", "What", "When", "Which", "Who", "How", "Your", "Whether")
)


@dataclass(frozen=True)
class Sentence:
    """A sentence of the answer, the facts it rests on, and whether it opens a paragraph."""

    text: str
    fact_ids: tuple[str, ...] = ()
    opens: bool = False


@dataclass(frozen=True)
class Answer:
    sentences: tuple[Sentence, ...]
    missing: tuple[Missing, ...] = ()


def answer_from(results: Sequence[ToolResult], question: str, said: str = "") -> Answer:
    """The answer to the results of the latest calls. `said` is what was said before and is not
    repeated: a request for more gets the details instead."""
    sentences: list[Sentence] = []
    missing: list[Missing] = []
    asked = set(words(question)) - _PLAIN_WORDS
    share = max(2, LONGEST_ANSWER // max(1, len(results)))
    cut = False
    for result in results:
        facts = _telling(result.facts, asked, said)
        cut = cut or len({fact.statement for fact in result.facts}) > len(facts[:share])
        sentences += _paragraph([(fact.statement, (fact.id,)) for fact in facts[:share]])
        if result.error:
            sentences += _paragraph([(_sentence(result.error), ())])
            missing.append(_failed(result))
        missing += result.missing
        sentences += _paragraph(_not_there(result.missing, not facts))
    if not sentences:
        nothing = Missing(need=shortened(question), why_it_matters="Nothing on record answers it.")
        return Answer((Sentence(NOTHING_FOUND),), (*missing, nothing))
    if cut:
        sentences.append(Sentence(MORE_TO_SAY, opens=True))
    return Answer(tuple(sentences), tuple(dict.fromkeys(missing)))


def plain(sentences: Sequence[str], missing: Sequence[Missing] = ()) -> Answer:
    """An answer that states no fact."""
    return Answer(tuple(Sentence(text) for text in sentences), tuple(missing))


def choose(options: Sequence[Option], key: str) -> Option:
    """One of the options, always the same for the same key."""
    digest = hashlib.sha256(key.encode("utf-8", "replace")).digest()
    return options[digest[0] % len(options)]


def spoken(answer: Answer) -> Iterator[ModelEvent]:
    """The answer as model events: every sentence a text block of its own."""
    for block, sentence in enumerate(answer.sentences):
        gap = "" if block == 0 else "\n\n" if sentence.opens else " "
        yield Text(block, gap + sentence.text)
        if sentence.fact_ids:
            yield Cited(block, sentence.fact_ids)
        yield BlockEnd(block)


def shortened(text: str, limit: int = 200) -> str:
    """The text on one line, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[:limit].rsplit(" ", 1)[0] + " …"


def _telling(facts: Sequence[Fact], asked: set[str], said: str) -> list[Fact]:
    """What to say of a result, in order: facts whose label the question names, then the
    headlines; those of one subject together, nothing twice."""
    fresh = [fact for fact in facts if fact.statement not in said]
    chosen = [fact for fact in fresh if fact.headline] or list(fresh)
    named = [fact for fact in fresh if _names(asked, fact.label)]
    if 0 < len(named) <= min(FEW_NAMED, len(fresh) - 1):
        others = [fact for fact in chosen if fact not in named]
        one_subject = len({fact.subject for fact in fresh}) == 1
        chosen = named + (others[:FEW_BESIDE] if one_subject else others)
    subjects = list(dict.fromkeys(fact.subject for fact in chosen))
    chosen.sort(key=lambda fact: subjects.index(fact.subject))
    return list({fact.statement: fact for fact in reversed(chosen)}.values())[::-1]


def _names(asked: set[str], label: str) -> bool:
    """Whether the question holds every telling word of the label ("budget", "review date")."""
    telling = set(words(label)) - _ARTICLES
    return bool(telling) and telling <= asked


def _paragraph(statements: Sequence[tuple[str, tuple[str, ...]]]) -> list[Sentence]:
    return [
        Sentence(text, ids, opens=position == 0) for position, (text, ids) in enumerate(statements)
    ]


def _not_there(missing: Sequence[Missing], with_reason: bool) -> list[tuple[str, tuple[str, ...]]]:
    """What is missing; where nothing else was found, also why. At most one question is asked."""
    said: list[tuple[str, tuple[str, ...]]] = []
    question = next((text for item in missing if (text := _asking(item))), None)
    for item in missing[:MISSING_SAID]:
        if _asking(item) is None:
            said.append((_sentence(f"Not on record: {_inside(item.need)}"), ()))
        if with_reason and item.why_it_matters:
            said.append((_sentence(item.why_it_matters), ()))
    return [*said, (question, ())] if question else said


def _asking(item: Missing) -> str | None:
    """The question that would fill what is missing, with the choices that its need lists."""
    if item.how_to_get != "question" or not item.target or not item.target.endswith("?"):
        return None
    choices = _CHOICES.search(item.need)
    if choices is None:
        return item.target
    return f"{item.target[:-1]}: {_IN_BRACKETS.sub('', choices[1])}?"


def _inside(need: str) -> str:
    """The need as it reads inside a sentence: no capital on a word that is not a name."""
    first, _, rest = need.partition(" ")
    return f"{first.lower()} {rest}" if first in _OPENERS else need


def _failed(result: ToolResult) -> Missing:
    return Missing(
        need=f"the result of {result.tool.replace('_', ' ')}",
        why_it_matters=_sentence(result.error or "It could not be done."),
        how_to_get="tool",
        target=result.tool,
    )


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."
