"""The offline model: picks tools by meaning, answers with fact statements, and never invents.

It serves when no key is set and when the provider is down. Everything it can do comes from the
tools' declarations; what it cannot ground goes to Missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

from agent.models.compose import Answer, answer_from, spoken
from agent.models.conversation import Conversation
from agent.models.intents import IntentClassifier, phrasings
from agent.models.phrase_vectors import phrase_vectors
from agent.models.planning import Planner
from agent.models.types import (
    ModelEvent,
    ModelRequest,
    Stop,
    ToolCall,
    ToolTurn,
    Usage,
    UserTurn,
)
from errors import ModelUnavailable, Unavailable
from memory.embeddings import Embedder
from tools.registry import Tool, all_tools

Role = Literal["client", "operator"]
ROLES: tuple[Role, ...] = ("client", "operator")
_USAGE = Usage(provider="offline", model="offline")


class OfflineModel:
    """Deterministic: the same conversation gets the same words. `clock` says what "tomorrow"
    means; `tools` are all declared tools unless a test brings its own."""

    provider = "offline"
    name = "offline"

    def __init__(
        self,
        embedder: Embedder,
        cache_dir: Path,
        clock: Callable[[], datetime],
        tools: Sequence[Tool] | None = None,
    ) -> None:
        self._embedder = embedder
        self._cache_dir = cache_dir
        self._clock = clock
        self._tools = tools
        self._training: asyncio.Task[dict[Role, IntentClassifier]] | None = None

    async def warm(self) -> None:
        """Train now instead of at the first message. Raises errors.ModelUnavailable."""
        await self._classifiers()

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Answer the last turn: tool calls for a message, sentences for tool results.

        Raises errors.ModelUnavailable when the embedder cannot answer."""
        last = request.turns[-1]
        conversation = Conversation.of(request)
        if isinstance(last, ToolTurn):
            said = conversation.said if conversation.wants_more else ""
            question = conversation.before[0] if conversation.wants_more else conversation.text
            answer = answer_from(last.results, question, said)
        elif isinstance(last, UserTurn) and len(request.facts) > len(last.passages):
            answer = Answer(())
        else:
            calls, answer = await self._respond(conversation)
            for call in calls:
                yield call
            if calls:
                yield Stop("tools", _USAGE)
                return
        for event in _ending(answer):
            yield event

    async def _respond(self, conversation: Conversation) -> tuple[list[ToolCall], Answer]:
        classifier = (await self._classifiers())[conversation.request.role]
        texts = conversation.texts_to_read()
        try:
            vectors = await self._embedder.embed(texts)
        except Unavailable as error:
            raise ModelUnavailable(error.detail, retry_after=error.retry_after) from error
        tools = {tool.name: tool for tool in self._all_tools()}
        planner = Planner(tools, conversation, self._clock().date())
        plan = planner.plan(classifier.rank(texts, vectors))
        calls = [ToolCall(f"call-{uuid4().hex}", tool.name, args) for tool, args in plan.calls]
        return calls, plan.answer

    async def _classifiers(self) -> dict[Role, IntentClassifier]:
        if self._training is None or (self._training.done() and self._training.exception()):
            self._training = asyncio.create_task(self._train(), name="train the offline model")
        try:
            return await asyncio.shield(self._training)
        except Unavailable as error:
            raise ModelUnavailable(error.detail, retry_after=error.retry_after) from error

    async def _train(self) -> dict[Role, IntentClassifier]:
        examples = {role: phrasings(role, self._all_tools()) for role in ROLES}
        texts = list(dict.fromkeys(text for role in ROLES for text, _ in examples[role]))
        vectors = await phrase_vectors(self._embedder, self._cache_dir, texts)
        row = {text: index for index, text in enumerate(texts)}
        return {
            role: await asyncio.to_thread(
                IntentClassifier, found, vectors[[row[text] for text, _ in found]]
            )
            for role, found in examples.items()
        }

    def _all_tools(self) -> Sequence[Tool]:
        return self._tools if self._tools is not None else all_tools()


def _ending(answer: Answer) -> Iterator[ModelEvent]:
    yield from spoken(answer)
    yield Stop("end", _USAGE, answer.missing)
