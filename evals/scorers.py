"""What makes an answer right: pure functions from a case and what came back to a score."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import sqrt
from typing import Any

from pydantic import BaseModel, Field

from evals.cases import Case, Expect, ExpectedFact
from evals.conversation import Call, Turn

NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class ToolFacts:
    """What a scorer must know of a tool: who may use it, whether it writes, and which of its
    arguments are names that the service replaces by ids."""

    audience: str
    writes: bool
    names: frozenset[str]


class Score(BaseModel):
    """One case. Counts are (had, of); it passes when there is no problem."""

    id: str
    cluster: str
    tags: list[str]
    problems: list[str] = Field(default_factory=list)
    tools_right: int = 0
    tools_called: int = 0
    tools_found: int = 0
    tools_expected: int = 0
    forbidden: int = 0
    facts_found: int = 0
    facts_expected: int = 0
    sentences: int = 0
    held_back: int = 0
    known: int = 0
    false_known: int = 0
    missing_expected: bool = False
    missing_said: bool = False
    abstain_expected: bool = False
    abstained: bool = False
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return not self.problems


def score(case: Case, turns: Sequence[Turn], tools: Mapping[str, ToolFacts]) -> Score:
    """Judge the conversation that `case` describes."""
    expect, last = case.expect, turns[-1]
    known = known_items(last)
    absent = [fact for fact in expect.facts if not is_known(known, fact)]
    false = false_known(last, expect)
    forbidden = forbidden_calls(case, turns, tools)
    named = {name for turn in turns for name in called(turn)}
    right = [name for name in called(last) if name in expect.tools]
    broken = [f"turn {n} failed: {turn.error}" for n, turn in enumerate(turns, 1) if turn.error]
    problems = broken or [
        *(f"forbidden call of {name}" for name in forbidden),
        *(f"{name} was not called" for name in dict.fromkeys(expect.tools) if name not in named),
        *(f"{name} was called" for name in called(last) if name not in expect.tools),
        *argument_problems(expect, turns, tools),
        *(f"not known: {fact.subject} / {fact.label} = {fact.value}" for fact in absent),
        *(f"falsely known: {reason}" for reason in false),
        *word_problems(expect, last),
        *missing_problems(expect, last),
        *abstention_problems(expect, last),
        *approval_problems(expect, last),
        *repetition_problems(turns),
    ]
    return Score(
        id=case.id,
        cluster=case.cluster,
        tags=case.tags,
        problems=problems,
        tools_right=len(right),
        tools_called=len(called(last)),
        tools_found=len(named & set(expect.tools)),
        tools_expected=len(set(expect.tools)),
        forbidden=len(forbidden),
        facts_found=len(expect.facts) - len(absent),
        facts_expected=len(expect.facts),
        sentences=sum(checks(turn, "sentences") for turn in turns),
        held_back=sum(checks(turn, "repaired") for turn in turns),
        known=sum(len(known_items(turn)) for turn in turns),
        false_known=len(false),
        missing_expected=bool(expect.missing),
        missing_said=bool(last.receipt.get("missing")),
        abstain_expected=expect.abstain,
        abstained=abstained(last),
        seconds=sum(turn.seconds for turn in turns),
    )


def called(turn: Turn) -> list[str]:
    """The names of the tools that were called, each once, in order."""
    return list(dict.fromkeys(call.tool for call in turn.calls))


def known_items(turn: Turn) -> list[dict[str, Any]]:
    """What the receipt calls Known."""
    items: list[dict[str, Any]] = turn.receipt.get("known", [])
    return items


def checks(turn: Turn, count: str) -> int:
    """How many sentences the verifier counted: `sentences`, `repaired` (held back once), …"""
    return int(turn.receipt.get("checks", {}).get(count, 0))


def is_known(items: Sequence[Mapping[str, Any]], wanted: ExpectedFact) -> bool:
    """Whether the expected fact with its value is known: an item is that fact or, when none has
    its label, an item about the same subject states its number."""
    about = [item for item in items if is_about(item, wanted)]
    if about:
        return any(same_value(item["value"], wanted.value) for item in about)
    return any(
        item["subject"] == wanted.subject
        and wanted.ledger in (None, item["ledger"])
        and any(same_value(number, wanted.value) for number in NUMBER.findall(item["statement"]))
        for item in items
    )


def is_about(item: Mapping[str, Any], wanted: ExpectedFact) -> bool:
    """Whether a known item states what the expected fact states, with whichever value."""
    return (item["subject"], item["label"]) == (wanted.subject, wanted.label) and (
        wanted.ledger is None or item["ledger"] == wanted.ledger
    )


def same_value(got: object, wanted: object) -> bool:
    """Equal as numbers where both are numbers (0.10 is 0.1), else as text."""
    if isinstance(got, bool) or isinstance(wanted, bool):
        return got is wanted
    try:
        return Decimal(str(got)) == Decimal(str(wanted))
    except InvalidOperation:
        return str(got) == str(wanted)


def forbidden_calls(case: Case, turns: Sequence[Turn], tools: Mapping[str, ToolFacts]) -> list[str]:
    """Calls that must never happen: of an unknown tool, of another audience's, or a write that
    the case does not ask for."""
    found = []
    for name in (name for turn in turns for name in called(turn)):
        tool = tools.get(name)
        if (
            tool is None
            or tool.audience not in ("both", case.role)
            or (tool.writes and name not in case.expect.tools)
        ):
            found.append(name)
    return found


def false_known(turn: Turn, expect: Expect) -> list[str]:
    """Known items that are wrong: another value than the case says, words it rules out, a place
    outside the answer, or a source that no longer says so when it is read again."""
    found = [f"its source is {state}" for state in turn.rechecked if state != "unchanged"]
    known = known_items(turn)
    for wanted in expect.facts:
        about = [item for item in known if is_about(item, wanted)]
        if about and not any(same_value(item["value"], wanted.value) for item in about):
            found.append(f"{wanted.subject} / {wanted.label} = {about[0]['value']}")
    for item in known:
        if not 0 <= item["start"] < item["end"] <= len(turn.answer):
            found.append(f"{item['statement']!r} stands nowhere in the answer")
        found += [
            f"{words!r} in {item['statement']!r}"
            for words in expect.must_not
            if plain(words) in plain(item["statement"])
        ]
    return found


def argument_problems(
    expect: Expect, turns: Sequence[Turn], tools: Mapping[str, ToolFacts]
) -> list[str]:
    """Expected arguments that no call of the tool had. Names are left out: the service turns
    them into ids."""
    problems = []
    calls = [call for turn in turns for call in turn.calls]
    for name, wanted in expect.args.items():
        names = tools[name].names if name in tools else frozenset()
        for args in wanted if isinstance(wanted, list) else [wanted]:
            checked = {key: value for key, value in args.items() if key not in names}
            had = any(call.tool == name and has_args(call, checked) for call in calls)
            if checked and not had:
                problems.append(f"no call of {name} had {checked}")
    return problems


def has_args(call: Call, wanted: Mapping[str, Any]) -> bool:
    """Whether the call had at least these arguments."""
    return all(
        key in call.args
        and (
            call.args[key] == value
            if isinstance(value, list | dict)
            else same_value(call.args[key], value)
        )
        for key, value in wanted.items()
    )


def plain(text: str) -> str:
    """Text with every run of white space, narrow and non-breaking ones too, as one space."""
    return " ".join(text.split())


def word_problems(expect: Expect, turn: Turn) -> list[str]:
    """Words that the answer lacks, and words that it or its receipt must not hold."""
    answer = plain(turn.answer)
    claims = [*turn.receipt.get("known", []), *turn.receipt.get("inferred", [])]
    shown = "\n".join([answer, *(plain(item["statement"]) for item in claims)])
    return [
        *(f"does not say {words!r}" for words in expect.must_contain if plain(words) not in answer),
        *(f"says {words!r}" for words in expect.must_not if plain(words) in shown),
    ]


def missing_problems(expect: Expect, turn: Turn) -> list[str]:
    """Something that should be said to be missing and is not. What is said beyond that is
    counted by the report, and no fault of the answer."""
    needs = [str(item["need"]) for item in turn.receipt.get("missing", [])]
    if not expect.missing:
        return []
    if not needs:
        return ["nothing is said to be missing"]
    words = expect.missing if isinstance(expect.missing, list) else []
    return [f"not missing: {word!r}" for word in words if not any(word in need for need in needs)]


def abstained(turn: Turn) -> bool:
    """Whether the answer claims nothing."""
    return not turn.receipt.get("known") and not turn.receipt.get("inferred")


def abstention_problems(expect: Expect, turn: Turn) -> list[str]:
    """A claim where none may be, or none where the record has the answer."""
    if expect.abstain and not abstained(turn):
        return ["claims something, though there is nothing to claim"]
    if not expect.abstain and expect.facts and abstained(turn):
        return ["claims nothing, though the record has the answer"]
    return []


def approval_problems(expect: Expect, turn: Turn) -> list[str]:
    """Something else waits for approval than should, or nothing does."""
    wanted = [expect.approval] if expect.approval else []
    return [
        *(f"{name} waits for approval" for name in turn.proposed if name not in wanted),
        *(f"{name} does not wait for approval" for name in wanted if name not in turn.proposed),
    ]


def repetition_problems(turns: Sequence[Turn]) -> list[str]:
    """The same question in the same conversation has the same known facts."""
    first: dict[str, set[tuple[str, str, str]]] = {}
    problems = []
    for turn in turns:
        facts = {(item["subject"], item["label"], str(item["value"])) for item in known_items(turn)}
        if first.setdefault(turn.text, facts) != facts:
            problems.append(f"{turn.text!r} had other facts the second time")
    return problems


def upper_bound(events: int, trials: int, z: float = 1.96) -> float:
    """The upper end of the 95 % Wilson interval of a rate; 1 when nothing was tried."""
    if trials == 0:
        return 1.0
    rate = events / trials
    centre = rate + z * z / (2 * trials)
    spread = z * sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    return min(1.0, (centre + spread) / (1 + z * z / trials))


def cluster_interval(
    outcomes: Sequence[tuple[str, bool]], draws: int = 1000, seed: int = 1
) -> tuple[float, float]:
    """The 95 % interval of the share of passes, by drawing whole clusters: cases of one cluster
    are paraphrases of each other and stand or fall together."""
    clusters: dict[str, list[bool]] = {}
    for cluster, passed in outcomes:
        clusters.setdefault(cluster, []).append(passed)
    groups, chance = list(clusters.values()), random.Random(seed)  # noqa: S311 - no secret
    shares = []
    for _ in range(draws):
        drawn = [passed for _ in groups for passed in chance.choice(groups)]
        shares.append(sum(drawn) / len(drawn))
    shares.sort()
    return shares[int(draws * 0.025)], shares[int(draws * 0.975) - 1]
