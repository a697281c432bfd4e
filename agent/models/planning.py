"""What to do with a user's message: call tools, ask one question, or say something plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.models import replies
from agent.models.compose import Answer, plain
from agent.models.conversation import Conversation, refers_back
from agent.models.intents import CLEAR_EVIDENCE, EFFECT_EVIDENCE, ENOUGH_EVIDENCE, Guess
from agent.models.names import find_names
from agent.models.phrases import is_question, is_remark
from agent.models.slots import Message, asked_for, fill, read, slot_of
from tools.registry import Tool

NEW_REQUEST, NEW_REMARK = 1.0, 0.9
"""Evidence that makes a message a new request, or a remark, although a question is open."""

_NOTHING = Answer(())


@dataclass(frozen=True)
class Plan:
    """Calls to make, or an answer to give; never both."""

    calls: tuple[tuple[Tool, dict[str, Any]], ...] = ()
    answer: Answer = _NOTHING


@dataclass(frozen=True)
class Planner:
    """Decides with every declared tool in view, so that it also knows what is switched off."""

    tools: Mapping[str, Tool]
    conversation: Conversation
    today: date

    def plan(self, readings: Sequence[list[Guess]]) -> Plan:
        """`readings` are the ranked guesses for `conversation.texts_to_read()`, in order."""
        if replies.asks_what_was_said(self.conversation):
            return Plan(answer=replies.from_memory(self.conversation))
        guesses, halves = readings[0], readings[1 : 1 + len(self.conversation.halves)]
        if self.conversation.before:
            before = readings[-1][0]
            plan = self._answered(guesses[0], before) or self._followed_up(before)
            if plan is not None:
                return plan
        return self._both([ranked[0] for ranked in halves]) or self._decided(guesses)

    def _answered(self, guess: Guess, before: Guess) -> Plan | None:
        """The message fills the argument that the last question asked for."""
        tool, text = self._offered(before), self.conversation.text
        if tool is None:
            return None
        original = self.conversation.before[0]
        known = fill(tool, before.intent.args, self._message(original)).args
        field_name = asked_for(tool, known, self.conversation.replied)
        if field_name is None or self._is_something_else(guess):
            return None
        value = read(tool.args.model_fields[field_name], self._message(text), answers=True)
        if value is None:
            return None
        return self._call(tool, before.intent.args | {field_name: value}, original)

    def _is_something_else(self, guess: Guess) -> bool:
        """Whether a message, though a question is open, is plainly a new one; never when it
        names one of the caller's names and does not ask."""
        text = self.conversation.text
        if not is_question(text) and find_names(text, self.conversation.request.names):
            return False
        return guess.evidence > (NEW_REQUEST if guess.intent.kind == "tool" else NEW_REMARK)

    def _followed_up(self, before: Guess) -> Plan | None:
        """ "And why?" asks the last thing again; "what about Cedar?" asks it of another."""
        tool = self._offered(before)
        if tool is None or before.evidence < ENOUGH_EVIDENCE:
            return None
        if self.conversation.wants_more and tool.effect == "read":
            return self._call(tool, before.intent.args, self.conversation.before[0])
        if self.conversation.turns_to_another and _takes_a_name(tool):
            return self._call(tool, before.intent.args, self.conversation.text)
        return None

    def _both(self, guesses: Sequence[Guess]) -> Plan | None:
        """Two reads in one message, when each half asks for one clearly enough."""
        tools = [self._offered(guess) for guess in guesses]
        if len(guesses) != 2 or guesses[0].intent == guesses[1].intent:
            return None
        calls: list[tuple[Tool, dict[str, Any]]] = []
        for tool, guess, text in zip(tools, guesses, self.conversation.halves, strict=True):
            if tool is None or tool.effect != "read" or guess.evidence < CLEAR_EVIDENCE:
                return None
            calls += self._call(tool, guess.intent.args, text).calls
        return Plan(calls=tuple(calls)) if len(calls) == 2 else None

    def _decided(self, guesses: list[Guess]) -> Plan:
        best, conversation = guesses[0], self.conversation
        remark = conversation.request.role == "client" and is_remark(conversation.text)
        if best.evidence < self._needed(best, remark):
            if conversation.passages and is_question(conversation.text):
                return Plan(answer=replies.from_memory(conversation))
            answer = replies.coach if remark else replies.unplaced
            return Plan(answer=answer(guesses, conversation))
        match best.intent.kind:
            case "tool":
                tool = self._offered(best)
                if tool is None:
                    return Plan(answer=replies.switched_off(self.tools[best.intent.name]))
                return self._call(tool, best.intent.args, conversation.text)
            case "untracked":
                return Plan(answer=replies.untracked(best, conversation))
            case "refuse":
                return Plan(answer=replies.refusal(best.intent.name, conversation))
            case "smalltalk":
                return Plan(answer=replies.courtesy(best.intent.name, conversation))
            case "coach":
                return Plan(answer=replies.coach(guesses, conversation))

    def _needed(self, guess: Guess, remark: bool) -> float:
        """The evidence an intent takes: more to write, and more to take a client's remark for
        anything but something to talk about."""
        tool = self.tools.get(guess.intent.name) if guess.intent.kind == "tool" else None
        if remark and guess.intent.kind not in ("coach", "smalltalk"):
            return CLEAR_EVIDENCE
        return ENOUGH_EVIDENCE if tool is None or tool.effect == "read" else EFFECT_EVIDENCE

    def _call(self, tool: Tool, fixed: dict[str, Any], text: str) -> Plan:
        filled = fill(tool, fixed, self._message(text))
        if filled.ask is not None:
            return Plan(answer=plain([filled.ask]))
        return Plan(calls=((tool, filled.args),))

    def _message(self, text: str) -> Message:
        names, earlier = self.conversation.request.names, self.conversation.earlier
        return Message(text, names, self.today, earlier, refers_back(text))

    def _offered(self, guess: Guess) -> Tool | None:
        if guess.intent.kind != "tool":
            return None
        offered = self.conversation.request.tools
        return next((tool for tool in offered if tool.name == guess.intent.name), None)


def _takes_a_name(tool: Tool) -> bool:
    slots = [slot_of(field) for field in tool.args.model_fields.values()]
    return any(slot is not None and slot.kind in ("lead", "experiment") for slot in slots)
