"""What to do with a user's message: call tools, ask one question, or say something plain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.models import coaching, smalltalk
from agent.models.compose import Answer, choose, plain, shortened
from agent.models.intents import CLEAR_EVIDENCE, ENOUGH_EVIDENCE, Guess
from agent.models.names import Mention, find_names
from agent.models.phrases import Named, is_remark, normalise
from agent.models.slots import Filled, Message, fill, is_question_asked, read, slot_of
from agent.models.types import AssistantTurn, ModelRequest, UserTurn
from tools.findings import Missing
from tools.registry import Tool

OFFERS = 3
NEW_REQUEST, NEW_REMARK = 1.0, 0.9
"""Evidence that makes a message a new request, or a remark, although a question is open."""
TURNS_BACK = 3

_AGAIN = re.compile(
    r"^(?:and |so |but |ok |okay )?(?:why(?: is that| not)?|how so|how come|(?:tell me |say |show me )?"
    r"more(?: details?| about (?:it|that|this))?|go on|details|elaborate|(?:and )?what else|"
    r"(?:show me )?(?:all of (?:it|them)|the rest)|continue|and then|explain(?: that| it)?)[\s?.!]*$",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"^(?:and |so |ok |okay )*(?:what about|how about|and|for)\b", re.IGNORECASE)
_BACK = re.compile(
    r"\b(?:it|its|it's|that|this|they|them|their|he|him|his|she|her|the (?:lead|client|deal|same|"
    r"experiment|test|trial))\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her)\b", re.IGNORECASE)
_POSSESSIVE = {"its": "'s", "their": "'s", "his": "'s", "her": "'s"}
_JOINT = re.compile(
    r"(?:[?.;]\s+(?:and |also )?|,?\s+(?:and|also|plus|as well as)\s+|,\s+(?=wh|how|show|list|is |are ))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """A message understood: what it may ask for, and the same for each of its halves."""

    text: str
    guesses: list[Guess]
    halves: list[tuple[str, list[Guess]]]

    @property
    def best(self) -> Guess:
        return self.guesses[0]


_NOTHING = Answer(())


@dataclass(frozen=True)
class Plan:
    """Calls to make, or an answer to give; never both."""

    calls: tuple[tuple[Tool, dict[str, Any]], ...] = ()
    answer: Answer = _NOTHING


@dataclass(frozen=True)
class Conversation:
    """What the planner needs of a request. `text` is the user's message, `before` the user's
    earlier ones (the latest first), `replied` what the assistant said last, `said` all of it."""

    request: ModelRequest
    text: str
    before: tuple[str, ...]
    replied: str
    said: str

    @classmethod
    def of(cls, request: ModelRequest) -> Conversation:
        said = [turn.text for turn in request.turns if isinstance(turn, UserTurn)]
        replies = [turn.text for turn in request.turns if isinstance(turn, AssistantTurn)]
        spoken = [text for text in replies if text]
        before = tuple(said[-2::-1][:TURNS_BACK])
        return cls(request, said[-1], before, (spoken or [""])[-1], "\n".join(spoken))

    @property
    def wants_more(self) -> bool:
        """Whether the message only asks to go on about what came before."""
        return bool(self.before) and bool(_AGAIN.match(self.text.strip()))


def texts_to_read(conversation: Conversation) -> list[str]:
    """The texts that have to be classified, in order: the message, its halves if it has two,
    and the message before it."""
    return [conversation.text, *split(conversation.text), *conversation.before[:1]]


def split(text: str) -> list[str]:
    """The two halves of a message that may ask for two things; [] when it cannot."""
    if ":" in text or len(text) > 300:
        return []
    parts = [part.strip(" ,.?!") for part in _JOINT.split(text, maxsplit=1)]
    if len(parts) < 2 or min(len(part.split()) for part in parts) < 2:
        return []
    return [] if _PRONOUN.search(parts[1]) else parts


def readable(text: str, conversation: Conversation) -> str:
    """The text as the classifier knows it: the caller's names taken out, and a pronoun that
    stands for a name of an earlier message taken for that name."""
    names = conversation.request.names
    named = [Named(m.start, m.end, m.name.kind) for m in find_names(text, names)]
    pronoun = _PRONOUN.search(text)
    earlier = [mention for said in conversation.before for mention in find_names(said, names)]
    if not named and pronoun and earlier:
        named = [Named(pronoun.start(), pronoun.end(), earlier[0].name.kind)]
        possessive = _POSSESSIVE.get(pronoun[0].lower(), "")
        text = text[: pronoun.end()] + possessive + text[pronoun.end() :]
    return normalise(text, named)


class Planner:
    """Decides with every declared tool in view, so that it also knows what is switched off."""

    def __init__(self, tools: Mapping[str, Tool]) -> None:
        self._tools = tools

    def plan(
        self, conversation: Conversation, readings: Sequence[list[Guess]], today: date
    ) -> Plan:
        """`readings` are the guesses for `texts_to_read`, in the same order."""
        halves = split(conversation.text)
        reading = Reading(
            conversation.text,
            readings[0],
            list(zip(halves, readings[1 : 1 + len(halves)], strict=True)),
        )
        before = readings[-1] if conversation.before else None
        task = _Task(self._tools, conversation, today)
        return (
            task.answered_question(reading, before)
            or task.follow_up(reading, before)
            or (task.decide(reading))
        )


@dataclass(frozen=True)
class _Task:
    tools: Mapping[str, Tool]
    conversation: Conversation
    today: date

    def answered_question(self, reading: Reading, before: list[Guess] | None) -> Plan | None:
        """The message fills the argument that the last question asked for."""
        if before is None or not is_question_asked(self.conversation.replied):
            return None
        guess, original = before[0], self.conversation.before[0]
        tool = self._offered(guess)
        if tool is None or _stands_alone(reading.best):
            return None
        filled = fill(tool, guess.intent.args, self._message(original))
        if filled.open is None:
            return None
        value = read(
            tool.args.model_fields[filled.open], self._message(self.conversation.text), True
        )
        if value is None:
            return None
        return self._call(tool, guess.intent.args | {filled.open: value}, original)

    def follow_up(self, reading: Reading, before: list[Guess] | None) -> Plan | None:
        """ "And why?" asks the last thing again; "what about Cedar?" asks it of another."""
        if before is None:
            return None
        guess = before[0]
        tool = self._offered(guess)
        if tool is None or guess.evidence < ENOUGH_EVIDENCE:
            return None
        if self.conversation.wants_more:
            return self._call(tool, guess.intent.args, self.conversation.before[0])
        text = self.conversation.text
        if _ABOUT.match(text) and find_names(text, self.conversation.request.names):
            filled = fill(tool, guess.intent.args, self._message(text))
            if filled.ask is None and _takes_name(tool):
                return Plan(calls=((tool, filled.args),))
        return None

    def decide(self, reading: Reading) -> Plan:
        """By what the message says alone."""
        both = [guesses[0] for _, guesses in reading.halves]
        if self._two_reads(both):
            plans = [
                self._by_guess(guess, text)
                for guess, (text, _) in zip(both, reading.halves, strict=True)
            ]
            calls = tuple(call for plan in plans for call in plan.calls)
            if len(calls) == len(plans):
                return Plan(calls=calls)
        if reading.best.evidence < ENOUGH_EVIDENCE:
            return self._unplaced(reading)
        return self._by_guess(reading.best, reading.text)

    def _two_reads(self, guesses: Sequence[Guess]) -> bool:
        if len(guesses) != 2 or guesses[0].intent == guesses[1].intent:
            return False
        tools = [self._offered(guess) for guess in guesses]
        return all(
            tool is not None and tool.effect == "read" and guess.evidence >= CLEAR_EVIDENCE
            for tool, guess in zip(tools, guesses, strict=True)
        )

    def _by_guess(self, guess: Guess, text: str) -> Plan:
        intent, role = guess.intent, self.conversation.request.role
        match intent.kind:
            case "tool":
                tool = self._offered(guess)
                if tool is None:
                    return self._switched_off(self.tools[intent.name])
                return self._call(tool, intent.args, text)
            case "untracked":
                return self._untracked(guess, text)
            case "refuse":
                return Plan(answer=plain([smalltalk.REFUSALS[role][intent.name].reply]))
            case "smalltalk":
                return Plan(answer=plain(smalltalk.TALK[intent.name].reply(role)))
            case "coach":
                return self._coach(coaching.TOPICS[intent.name].replies)

    def _call(self, tool: Tool, fixed: dict[str, Any], text: str) -> Plan:
        filled: Filled = fill(tool, fixed, self._message(text))
        if filled.ask is not None:
            return Plan(answer=plain([filled.ask]))
        return Plan(calls=((tool, filled.args),))

    def _message(self, text: str) -> Message:
        names = self.conversation.request.names
        earlier: list[Mention] = [
            mention for said in self.conversation.before for mention in find_names(said, names)
        ]
        return Message(text, names, self.today, tuple(earlier), bool(_BACK.search(text)))

    def _offered(self, guess: Guess) -> Tool | None:
        if guess.intent.kind != "tool":
            return None
        return next(
            (tool for tool in self.conversation.request.tools if tool.name == guess.intent.name),
            None,
        )

    def _untracked(self, guess: Guess, text: str) -> Plan:
        """Named by its topic where the message is clearly about it, else by its own words."""
        clear = guess.evidence >= CLEAR_EVIDENCE
        topic = guess.intent.name if clear else "that"
        missing = Missing(
            need=topic if clear else shortened(text),
            why_it_matters="No ledger holds it, so nothing about it can be stated.",
        )
        sentence = f"Nothing here keeps track of {topic}, so I cannot say."
        return Plan(answer=plain([sentence, *self._offers()], [missing]))

    def _unplaced(self, reading: Reading) -> Plan:
        """No tool and no topic is near enough: say so, or, to a client who is not asking for
        anything on record, listen."""
        if self.conversation.request.role == "client" and is_remark(reading.text):
            return self._coach(coaching.OPEN_REPLIES)
        missing = Missing(
            need=shortened(reading.text),
            why_it_matters="It could not be matched with anything that is on record here.",
        )
        said = ["I could not place that question, so I did not look anything up."]
        return Plan(answer=plain([*said, *self._offers(reading)], [missing]))

    def _switched_off(self, tool: Tool) -> Plan:
        missing = Missing(
            need=tool.title.lower(),
            why_it_matters="That feature is switched off.",
            how_to_get="page",
        )
        return Plan(answer=plain(["That feature is switched off at the moment."], [missing]))

    def _offers(self, reading: Reading | None = None) -> list[str]:
        """Example questions of the nearest tools that are on offer, as one sentence."""
        reads = [tool for tool in self.conversation.request.tools if tool.effect == "read"]
        if reading is not None:
            rank = {guess.intent.name: place for place, guess in enumerate(reading.guesses)}
            reads.sort(key=lambda tool: rank.get(tool.name, len(rank)))
        titles = [tool.title[0].lower() + tool.title[1:] for tool in reads[:OFFERS]]
        if not titles:
            return []
        listed = titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} or {titles[-1]}"
        return [f"What I can do: {listed}."]

    def _coach(self, replies: Sequence[tuple[str, str, str]]) -> Plan:
        fresh = [reply for reply in replies if reply[0] not in self.conversation.replied]
        return Plan(answer=plain(choose(fresh or list(replies), self.conversation.text)))


def _stands_alone(guess: Guess) -> bool:
    """Whether a message that could answer a question is plainly something else."""
    return guess.evidence > (NEW_REQUEST if guess.intent.kind == "tool" else NEW_REMARK)


def _takes_name(tool: Tool) -> bool:
    slots = [slot_of(field) for field in tool.args.model_fields.values()]
    return any(slot is not None and slot.kind in ("lead", "experiment") for slot in slots)
