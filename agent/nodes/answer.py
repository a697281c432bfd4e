"""answer: the model, streaming, through the verifier. No sentence that claims passes unchecked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from langgraph.runtime import Runtime

from agent import prompts
from agent.context import MAX_STEPS, RunContext, RunState
from agent.models.types import AssistantTurn, ModelRequest, Stop, ToolCall, Turn, UserTurn
from agent.receipts.gate import Gate
from errors import ModelUnavailable
from log import get_logger

logger = get_logger(__name__)

STAND_IN_NOTICE = (
    "The language model could not be reached, so this answer was made by the offline model."
)
CUT_NOTICE = "The answer was cut at its length limit."
REFUSED = "The language model declined to answer this. Try asking it another way."


async def answer(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """One model call. It ends in tool calls, or in the text that `verify` completes."""
    work = runtime.context
    step = state["step"] + 1
    asked = request(work, step)
    gate = work.new_gate()
    try:
        calls = await stream_answer(work, asked, gate)
    except ModelUnavailable as error:
        if work.standing_in or work.services.model is work.services.offline or work.speech.messages:
            raise
        logger.warning("model unavailable, standing in", code=error.code)
        work.standing_in, work.notice = True, STAND_IN_NOTICE
        gate = work.new_gate()
        calls = await stream_answer(work, asked, gate)
    if work.stopped == "context_overflow" and not calls:
        work.history = []
        gate = work.new_gate()
        calls = await stream_answer(work, request(work, step), gate)
    if not calls:
        work.gate = gate
        return {"step": step, "calls": []}
    said = work.speech.current.text if work.speech.current else ""
    work.speech.close()
    work.turns.append(AssistantTurn(said, tuple(calls)))
    return {
        "step": step,
        "calls": [{"id": call.id, "name": call.name, "args": call.args} for call in calls],
    }


def request(work: RunContext, step: int, *more: Turn) -> ModelRequest:
    """The call for this step; the last step is offered no tools, so that it must answer."""
    asked = work.request(prompts.stable(work.role, work.services.coach), prompts.context(work))
    if more:
        asked = replace(asked, turns=(*asked.turns, *more))
    return asked if step < MAX_STEPS else replace(asked, tools=())


async def stream_answer(work: RunContext, asked: ModelRequest, gate: Gate) -> list[ToolCall]:
    """Stream one model call: say what the gate releases, collect the calls and the usage."""
    calls: list[ToolCall] = []
    async for event in work.model.stream(asked):
        match event:
            case ToolCall():
                calls.append(event)
            case Stop():
                work.usage.append(event.usage)
                work.missing.extend(event.missing)
                _note_stop(work, event)
            case _:
                say_judged(work, gate.feed, event)
    say_judged(work, gate.finish)
    return calls


def _note_stop(work: RunContext, stop: Stop) -> None:
    work.stopped = stop.reason
    if stop.reason == "max_tokens":
        work.notice = CUT_NOTICE
    elif stop.reason == "refusal":
        work.notice = REFUSED


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
