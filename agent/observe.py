"""Watching runs from outside their own code: what is wrapped here is counted and traced."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import wraps
from typing import Protocol, cast

from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime
from opentelemetry.trace import Span, StatusCode

from agent import metrics, tracing
from agent.context import Consulted, RunContext, RunState, Services
from agent.models.prices import cost_of
from agent.models.types import Model, ModelEvent, ModelRequest, Stop, ToolCall, Usage
from errors import ModelUnavailable
from memory.runs import Claim

Attempt = Callable[[Services, Claim], Awaitable[None]]
MakeCall = Callable[[RunContext, ToolCall, int, int], Awaitable[Consulted]]


class Node(Protocol):
    """A node of the graph, as LangGraph calls it."""

    __name__: str

    async def __call__(self, state: RunState, runtime: Runtime[RunContext]) -> RunState: ...


def attempt(function: Attempt) -> Attempt:
    """An attempt at a run: a span, and one more that is running."""

    @wraps(function)
    async def watched(services: Services, claimed: Claim) -> None:
        with (
            metrics.RUNS_RUNNING.track_inprogress(),
            tracing.span("run", {"run_id": claimed.run_id, "attempt": claimed.attempt}),
        ):
            await function(services, claimed)

    return watched


def node(function: Node) -> Node:
    """A node of the graph: a span of its name."""
    name = function.__name__

    @wraps(function)
    async def watched(state: RunState, runtime: Runtime[RunContext]) -> RunState:
        # A run stops for an approval by an exception of LangGraph's, which is no error.
        with tracing.span(name, expected=GraphBubbleUp):
            return await function(state, runtime)

    return watched


def tool_call(function: MakeCall) -> MakeCall:
    """A call of a tool: a span, its time, and how it went."""

    @wraps(function)
    async def watched(work: RunContext, call: ToolCall, step: int, position: int) -> Consulted:
        # A model can ask for any name; only those of our tools are counted one by one.
        known = any(tool.name == call.name for tool in work.tools)
        name, outcome, began = call.name if known else "unknown", "failed", time.monotonic()
        try:
            with tracing.span("tool", {"tool": name, "step": step}) as span:
                made = await function(work, call, step, position)
                outcome = "error" if made.error else "ok"
                span.set_attribute("outcome", outcome)
                return made
        except asyncio.CancelledError:
            outcome = "cut"
            raise
        finally:
            metrics.TOOL_CALLS.labels(name, outcome).inc()
            metrics.TOOL_SECONDS.labels(name).observe(time.monotonic() - began)

    return watched


async def model_events(model: Model, asked: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
    """The events of a model call: a span, its time, its tokens and how it went."""
    span = tracing.start("model", {"provider": model.provider, "model": model.name})
    outcome, code, began = "cut", "", time.monotonic()
    try:
        async with aclosing(cast(AsyncGenerator[ModelEvent, None], model.stream(asked))) as events:
            async for event in events:
                if isinstance(event, Stop):
                    outcome = "ok"
                    _count_usage(event.usage, span)
                yield event
    except ModelUnavailable as error:
        outcome, code = "failed", error.code
        span.set_status(StatusCode.ERROR, code)
        raise
    finally:
        span.set_attribute("outcome", outcome)
        span.end()
        metrics.MODEL_CALLS.labels(model.provider, model.name, outcome, code).inc()
        metrics.MODEL_SECONDS.labels(model.provider, model.name).observe(time.monotonic() - began)


def run_ended(work: RunContext, outcome: str, code: str) -> None:
    """A run has ended, and everybody may know it."""
    metrics.RUNS.labels(outcome, code).inc()
    seconds = time.monotonic() - work.speech.began
    metrics.RUN_SECONDS.labels(outcome).observe(seconds)
    if work.speech.first_text is not None:
        metrics.FIRST_TEXT_SECONDS.observe(work.speech.first_text - work.speech.began)
    for item in work.judged:
        metrics.SENTENCES.labels(item.kind).inc()
    metrics.SENTENCES.labels("held").inc(work.repaired)
    metrics.SENTENCES.labels("repaired").inc(max(0, work.repaired - work.replaced))
    metrics.SENTENCES.labels("replaced").inc(work.replaced)
    metrics.VERIFIER_FAILURES.inc(work.verifier_failed)


def _count_usage(usage: Usage, span: Span) -> None:
    counts = {
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "cache_read": usage.cached_input_tokens,
        "cache_write": usage.cache_write_input_tokens,
    }
    for kind, tokens in counts.items():
        metrics.MODEL_TOKENS.labels(usage.provider, usage.model, kind).inc(tokens)
        span.set_attribute(f"tokens.{kind}", tokens)
    metrics.MODEL_COST.labels(usage.provider, usage.model).inc(float(cost_of(usage)))
