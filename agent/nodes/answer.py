"""answer: the model, streaming, through the verifier. No sentence that claims passes unchecked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

from langgraph.runtime import Runtime

from agent import prompts
from agent.context import MAX_STEPS, RunContext, RunState
from agent.models.types import (
    AssistantTurn,
    BlockEnd,
    Cited,
    ModelRequest,
    NotAnswered,
    Stop,
    StopReason,
    Text,
    ToolCall,
    Turn,
    UserTurn,
)
from agent.provider import ask
from agent.receipts.gate import Gate
from errors import ModelUnavailable
from log import get_logger

logger = get_logger(__name__)

MAX_PAUSES = 3
"""How often a model that pauses is asked to go on."""

CUT = "The answer was cut at its length limit."
REFUSED = "The language model declined to answer this. Try asking it another way."
UNFINISHED = "The language model did not finish this answer."
NO_CONCLUSION = "The language model did not come to an answer. Try asking it another way."

STOP_NOTICES: dict[StopReason, str] = {
    "max_tokens": CUT,
    "context_overflow": CUT,
    "refusal": REFUSED,
    "pause": UNFINISHED,
}


async def answer(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """One model call. It ends in tool calls, or in the text that `verify` completes."""
    work = runtime.context
    step = state["step"] + 1
    try:
        gate, calls = await _converse(work, step)
    except ModelUnavailable as error:
        if work.model is work.services.offline or work.speech.current is not None:
            raise
        stand_in(work, error)
        gate, calls = await _converse(work, step)
    if calls and (work.must_answer or step >= MAX_STEPS):
        logger.warning("model keeps calling tools", step=step)
        work.notice, calls = NO_CONCLUSION, []
    if not calls:
        work.gate = gate
        note_stop(work)
        return {"step": step, "calls": []}
    said = work.speech.current.text if work.speech.current else ""
    work.speech.close()
    work.turns.append(AssistantTurn(said, tuple(calls)))
    return {
        "step": step,
        "calls": [{"id": call.id, "name": call.name, "args": call.args} for call in calls],
    }


async def _converse(work: RunContext, step: int) -> tuple[Gate, list[ToolCall]]:
    """Call the model; once more without the history when the conversation is too long for it."""
    for _ in range(2):
        gate = work.new_gate()
        calls = await stream_answer(work, request(work, step), gate)
        if work.stopped != "context_overflow" or calls or work.speech.current is not None:
            return gate, calls
        work.history = []
    raise NotAnswered("This is too long for the language model", "ask about less at once")


def stand_in(work: RunContext, error: ModelUnavailable) -> None:
    """Let the offline model take over, and say why."""
    logger.warning("model unavailable, standing in", code=error.code, detail=error.detail)
    work.standing_in = True
    happened = (
        error.happened
        if isinstance(error, NotAnswered)
        else "The language model could not be reached"
    )
    work.notice = f"{happened}, so the offline model made this answer."


def request(work: RunContext, step: int, *more: Turn) -> ModelRequest:
    """The call for this step; a model that must answer is offered no tools."""
    asked = work.request(prompts.stable(work.role, work.services.coach), prompts.context(work))
    if more:
        asked = replace(asked, turns=(*asked.turns, *more))
    return replace(asked, tools=()) if work.must_answer or step >= MAX_STEPS else asked


async def stream_answer(work: RunContext, asked: ModelRequest, gate: Gate) -> list[ToolCall]:
    """Stream an answer: say what the gate releases, collect the calls and the usage. A model
    that pauses is asked to go on."""
    stream = _Stream(work, gate)
    for _ in range(1 + MAX_PAUSES):
        said = await stream.take(asked)
        if work.stopped != "pause" or stream.calls:
            break
        turns = [AssistantTurn(said)] if said.strip() else []
        asked = replace(asked, turns=(*asked.turns, *turns, note(prompts.GO_ON)))
    say_judged(work, gate.finish)
    return stream.calls


def note_stop(work: RunContext) -> None:
    """Say it in the notice when the model did not stop by itself."""
    work.notice = STOP_NOTICES.get(work.stopped, work.notice)


class _Stream:
    """What the calls of one answer bring. Their text blocks are numbered through, so that the
    gate reads one text."""

    def __init__(self, work: RunContext, gate: Gate) -> None:
        self.calls: list[ToolCall] = []
        self._work = work
        self._gate = gate
        self._blocks = 0

    async def take(self, asked: ModelRequest) -> str:
        """Make one call; returns its text as the model gave it."""
        work, said, first = self._work, "", self._blocks
        async with aclosing(ask(work, asked)) as events:
            async for event in events:
                match event:
                    case ToolCall():
                        self.calls.append(event)
                    case Stop():
                        work.usage.append(event.usage)
                        work.missing.extend(event.missing)
                        work.stopped = event.reason
                    case Text() | Cited() | BlockEnd():
                        moved = replace(event, block=first + event.block) if first else event
                        self._blocks = max(self._blocks, moved.block + 1)
                        said += event.delta if isinstance(event, Text) else ""
                        say_judged(work, self._gate.feed, moved)
                        # A provider's burst is no reason to keep what was said from its reader.
                        await asyncio.sleep(0)
        return said


def say_judged(work: RunContext, judge: Callable[..., str], *event: object) -> None:
    """Say what the verifier lets through. Fails closed: once it has raised, no more of the
    model's text is said in this run."""
    if work.verifier_failed:
        return
    try:
        text = judge(*event)
    except Exception:
        logger.exception("the verifier failed")
        work.verifier_failed = True
        return
    work.speech.say(text)


def said_so_far(work: RunContext) -> Turn | None:
    """The open message as the model reads it back; None when nothing has been said."""
    current = work.speech.current
    return AssistantTurn(current.text) if current and current.text.strip() else None


def note(text: str) -> UserTurn:
    """A word from the service to the model, in the place of the user's."""
    return UserTurn(text)
