"""Asking the model: through the circuit breaker, within the budget, and every token counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from agent import observe
from agent.context import RunContext
from agent.models.prices import cost_of
from agent.models.types import (
    ModelEvent,
    ModelRequest,
    NotAnswered,
    Stop,
    Text,
    ToolTurn,
    Turn,
    Usage,
)
from memory.caller import SYSTEM
from memory.pool import get_conn
from memory.spending import Spent, Whose, add

CHARACTERS_PER_TOKEN = 3
"""Fewer than there are: an estimate must not be too low."""

SPENT_UP: dict[Whose, str] = {
    "person": "Your budget for the language model is used up for today",
    "everybody": "Today's budget for the language model is used up",
}


async def ask(work: RunContext, asked: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
    """The events of one call of the model in use.

    Raises NotAnswered without calling while the provider is left alone or a cap is reached, and
    ModelUnavailable when the call fails. A call that is not seen to its end is counted too.
    """
    if work.model is work.services.offline:
        async for event in observe.model_events(work.model, asked):
            yield event
        return
    await _permit(work)
    written, began, to_estimate = 0, False, True
    try:
        async for event in observe.model_events(work.model, asked):
            began, to_estimate = True, not isinstance(event, Stop)
            written += len(event.delta) if isinstance(event, Text) else 0
            yield event
        await work.services.breaker.succeeded()
    except NotAnswered as error:
        to_estimate = began
        if error.provider_wide:
            await work.services.breaker.failed(error.retry_after)
        raise
    finally:
        if to_estimate:
            work.usage.append(_estimate(work, asked, written))


async def _permit(work: RunContext) -> None:
    services = work.services
    # Both are read at once; whether it may probe an open breaker is asked only within the caps.
    reached, _ = await asyncio.gather(
        services.spending.cap_reached(work.caller.user_id, spent_in(work)),
        services.breaker.state(),
    )
    if reached is not None:
        raise NotAnswered(SPENT_UP[reached], "it starts anew at midnight UTC")
    if not await services.breaker.allows():
        raise NotAnswered(
            "The model provider is failing and is left alone for a moment", "try again soon"
        )


def spent_in(work: RunContext) -> Spent:
    """What this run has spent so far."""
    return sum((_spent(usage) for usage in work.usage), Spent())


async def settle(work: RunContext) -> None:
    """Record what an attempt has spent that may not end the run any more: it was spent all the
    same, and deleting the thread does not give it back."""
    async with get_conn(SYSTEM) as conn:
        await add(conn, work.caller.user_id, spent_in(work))


def _spent(usage: Usage) -> Spent:
    return Spent(usage.input_tokens, usage.output_tokens, cost_of(usage))


def _estimate(work: RunContext, asked: ModelRequest, written: int) -> Usage:
    """The usage of a call that was cut off before the provider said what it used."""
    read = len(asked.stable) + len(asked.context) + sum(_characters(turn) for turn in asked.turns)
    read += sum(len(tool.description) + len(str(tool.schema)) for tool in asked.tools)
    return Usage(
        provider=work.model.provider,
        model=work.model.name,
        input_tokens=read // CHARACTERS_PER_TOKEN,
        output_tokens=written // CHARACTERS_PER_TOKEN,
    )


def _characters(turn: Turn) -> int:
    if isinstance(turn, ToolTurn):
        return sum(len(fact.statement) for result in turn.results for fact in result.facts)
    return len(turn.text)
