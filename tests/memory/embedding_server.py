"""A server that speaks /v1/embeddings, real HTTP, for the tests of embedders."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from memory.embeddings import Embedder


@dataclass
class EmbeddingServer:
    """Speaks /v1/embeddings. `failures` are sent first; then vectors, in reverse order: those of
    `like` turned around, another space of the same meaning, or made-up ones. It answers while it
    is `open`, closes by itself after `closes_after` requests, and says what was used when
    `tokens` is set."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    failures: list[Response] = field(default_factory=list)
    dimensions: int = 4
    tokens: int | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)
    like: Embedder | None = None
    closes_after: int | None = None

    async def answer(self, request: Request) -> Response:
        body = await request.json()
        self.bodies.append(body)
        self.keys.append(request.headers.get("authorization"))
        if len(self.bodies) == self.closes_after:
            self.open.clear()
        await self.open.wait()
        if self.failures:
            return self.failures.pop(0)
        vectors = await self._vectors(body["input"])
        rows = [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]
        usage = {} if self.tokens is None else {"usage": {"total_tokens": self.tokens}}
        return JSONResponse({"data": rows[::-1], "model": body["model"], **usage})

    async def _vectors(self, texts: Sequence[str]) -> list[list[float]]:
        if self.like is None:
            return [[float(len(text)), 1.0, *[0.0] * (self.dimensions - 2)] for text in texts]
        found: list[list[float]] = (await self.like.embed(texts))[:, ::-1].tolist()
        return found


@asynccontextmanager
async def running_embedding_server() -> AsyncIterator[EmbeddingServer]:
    """The server, open, on a free port of the loopback."""
    state = EmbeddingServer()
    state.open.set()
    app = Starlette(routes=[Route("/v1/embeddings", state.answer, methods=["POST"])])
    process = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.create_task(process.serve(sockets=[listening]))
        state.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            yield state
        finally:
            state.open.set()
            process.should_exit = True
            await task
