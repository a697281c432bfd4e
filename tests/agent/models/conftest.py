"""One MiniLM for these tests, and the offline model with every real tool."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import pytest

from agent.models.offline import OfflineModel
from agent.models.types import (
    AssistantTurn,
    Cited,
    ModelRequest,
    Name,
    Stop,
    Text,
    ToolCall,
    Turn,
    UserTurn,
)
from memory.embeddings import CachedEmbedder
from memory.minilm import MiniLM
from tests.phrases import trained
from tools.findings import Fact, Missing
from tools.registry import Tool, all_tools

Role = Literal["client", "operator"]
ROLES: tuple[Role, ...] = ("client", "operator")
NOW = datetime(2026, 3, 6, 15, tzinfo=UTC)
LEADS = (
    "Harbor Dental intake", "Maple Med Spa booking", "Northside Legal intake",
    "Cedar Contractors quotes", "Bright Coaching site", "Summit Realty router",
    "Lakeside Physio", "Oak Family Law portal", "Vita Clinic booking", "Pine Renovations",
    "Riverside Vet", "Metro Fitness", "Aspen Bakery", "Granite Plumbing",
)  # fmt: skip
EXPERIMENTS = ("Morning pages", "Cold emails to studios")
NAMES: dict[Role, tuple[Name, ...]] = {
    "operator": tuple(Name("lead", f"L{n:02d}", text) for n, text in enumerate(LEADS, 1)),
    "client": tuple(Name("experiment", f"e{n}", text) for n, text in enumerate(EXPERIMENTS, 1)),
}


@dataclass(frozen=True)
class Reply:
    """What a stream of the model amounts to. `blocks` are its sentences with their citations."""

    calls: tuple[ToolCall, ...]
    blocks: tuple[tuple[str, tuple[str, ...]], ...]
    stop: Stop

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.blocks)

    @property
    def missing(self) -> tuple[Missing, ...]:
        return self.stop.missing


Ask = Callable[..., Awaitable[Reply]]


@pytest.fixture(scope="session")
def minilm() -> CachedEmbedder:
    return CachedEmbedder(MiniLM())


@pytest.fixture(scope="session")
async def offline(minilm: CachedEmbedder) -> OfflineModel:
    model = OfflineModel(minilm, await asyncio.to_thread(trained), lambda: NOW)
    await model.warm()
    return model


@pytest.fixture(scope="session")
def ask(offline: OfflineModel) -> Ask:
    """`await ask("operator", "what broke?")`; strings alternate user and assistant."""

    async def answer(
        role: Role,
        *turns: str | Turn,
        tools: Sequence[Tool] | None = None,
        facts: Sequence[Fact] = (),
    ) -> Reply:
        said = [
            (AssistantTurn(turn) if position % 2 else UserTurn(turn))
            if isinstance(turn, str)
            else turn
            for position, turn in enumerate(turns)
        ]
        offered = all_tools() if tools is None else tools
        request = ModelRequest(
            role=role,
            stable="",
            context="",
            turns=tuple(said),
            tools=tuple(tool for tool in offered if tool.allows(role)),
            facts=tuple(facts),
            names=NAMES[role],
        )
        return await reply(offline, request)

    return answer


async def reply(model: OfflineModel, request: ModelRequest) -> Reply:
    """Everything one stream says, by block."""
    events = [event async for event in model.stream(request)]
    texts: dict[int, str] = {}
    cited: dict[int, tuple[str, ...]] = {}
    for event in events:
        if isinstance(event, Text):
            texts[event.block] = texts.get(event.block, "") + event.delta
        elif isinstance(event, Cited):
            cited[event.block] = event.fact_ids
    stop = events[-1]
    assert isinstance(stop, Stop)
    return Reply(
        calls=tuple(event for event in events if isinstance(event, ToolCall)),
        blocks=tuple((text, cited.get(block, ())) for block, text in texts.items()),
        stop=stop,
    )
