"""The cache in front of embedders, and the HTTP embedder against a real local server."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from errors import ConfigError, Unavailable
from memory.embeddings import CachedEmbedder, make_embedder
from memory.embeddings_http import HttpEmbedder, RateLimit
from memory.minilm import MiniLM
from settings import Settings


@dataclass
class EmbeddingServer:
    """Speaks /v1/embeddings. `failures` are sent first; then vectors, in reverse order."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    failures: list[Response] = field(default_factory=list)
    dimensions: int = 4

    async def answer(self, request: Request) -> Response:
        body = await request.json()
        self.bodies.append(body)
        self.keys.append(request.headers.get("authorization"))
        if self.failures:
            return self.failures.pop(0)
        rows = [
            {"index": index, "embedding": [float(len(text)), 1.0, *[0.0] * (self.dimensions - 2)]}
            for index, text in enumerate(body["input"])
        ]
        return JSONResponse({"data": rows[::-1], "model": body["model"]})


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingServer]:
    state = EmbeddingServer()
    app = Starlette(routes=[Route("/v1/embeddings", state.answer, methods=["POST"])])
    process = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.create_task(process.serve(sockets=[listening]))
        state.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield state
        process.should_exit = True
        await task


def embedder_of(server: EmbeddingServer, **options: Any) -> HttpEmbedder:
    return HttpEmbedder(server.url, "test-model", "secret", first_wait=0.01, **options)


async def test_real_batches_in_order_and_of_length_one(server: EmbeddingServer) -> None:
    embedder = embedder_of(server, batch=3)
    vectors = await embedder.embed(["a", "bb", "ccc", "dddd"])
    assert [body["input"] for body in server.bodies] == [["a", "bb", "ccc"], ["dddd"]]
    assert server.bodies[0]["model"] == "test-model"
    assert server.keys == ["Bearer secret"] * 2
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors[:, 0] / vectors[:, 1], [1, 2, 3, 4], rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert embedder.dimensions == 4


async def test_429_and_5xx_are_tried_again_and_retry_after_is_kept(
    server: EmbeddingServer,
) -> None:
    server.failures = [Response(status_code=429, headers={"Retry-After": "1"}), Response("", 503)]
    started = time.monotonic()
    vectors = await embedder_of(server).embed(["a"])
    assert vectors.shape == (1, 4)
    assert len(server.bodies) == 3
    assert time.monotonic() - started >= 1


async def test_a_refusal_is_not_tried_again(server: EmbeddingServer) -> None:
    server.failures = [Response("bad key", 401)]
    with pytest.raises(Unavailable, match=r"401.*EMBEDDINGS_API_KEY"):
        await embedder_of(server).embed(["a"])
    assert len(server.bodies) == 1


async def test_gives_up_after_its_attempts(server: EmbeddingServer) -> None:
    server.failures = [Response("", 500) for _ in range(9)]
    with pytest.raises(Unavailable, match="500"):
        await embedder_of(server, attempts=3).embed(["a"])
    assert len(server.bodies) == 3


async def test_a_long_retry_after_is_passed_on_instead_of_waited_for(
    server: EmbeddingServer,
) -> None:
    server.failures = [Response(status_code=429, headers={"Retry-After": "3600"})]
    with pytest.raises(Unavailable) as caught:
        await embedder_of(server).embed(["a"])
    assert caught.value.retry_after == 3600
    assert len(server.bodies) == 1


async def test_no_server_is_unavailable() -> None:
    embedder = HttpEmbedder("http://127.0.0.1:9", "m", attempts=2, first_wait=0.01)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await embedder.embed(["a"])


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b'{"data": []}',
        b'{"data": [{"index": 0, "embedding": [0, 0]}]}',
        b'{"data": [{"index": 0, "embedding": [1, 0]}, {"index": 1, "embedding": [1]}]}',
    ],
)
async def test_an_answer_without_usable_vectors_is_refused(
    server: EmbeddingServer, body: bytes
) -> None:
    server.failures = [Response(body, media_type="application/json")]
    with pytest.raises(Unavailable):
        await embedder_of(server).embed(["a"])


async def test_another_number_of_dimensions_is_refused(server: EmbeddingServer) -> None:
    embedder = embedder_of(server)
    with pytest.raises(Unavailable, match="not known"):
        _ = embedder.dimensions
    await embedder.embed(["a"])
    server.dimensions = 8
    with pytest.raises(Unavailable, match="8 dimensions"):
        await embedder.embed(["b"])


async def test_the_rate_limit_spaces_requests(server: EmbeddingServer) -> None:
    embedder = embedder_of(server, batch=1, rate_limit=RateLimit(2, seconds=0.3))
    started = time.monotonic()
    await embedder.embed(["a", "b", "c", "d", "e"])
    assert 0.6 <= time.monotonic() - started < 2


async def test_the_cache_asks_only_for_new_texts(server: EmbeddingServer) -> None:
    cached = CachedEmbedder(embedder_of(server), size=3)
    first = await cached.embed(["a", "bb", "a"])
    second = await cached.embed(["bb", "ccc"])
    assert [body["input"] for body in server.bodies] == [["a", "bb"], ["ccc"]]
    np.testing.assert_array_equal(first[1], second[0])
    await cached.embed(["dddd"])
    await cached.embed(["a"])
    assert server.bodies[-1]["input"] == ["a"]
    assert (await cached.embed([])).shape == (0, 4)


def test_settings_choose_the_embedder(tmp_path: Path) -> None:
    small = make_embedder(Settings(_env_file=None, MOSAIC_HOME=tmp_path))
    assert small.model == MiniLM.model
    remote = Settings(
        _env_file=None,
        MOSAIC_EMBEDDER="http",
        EMBEDDINGS_BASE_URL="http://127.0.0.1:9/v1",
        EMBEDDINGS_MODEL="text-embedding-3-small",
    )
    assert make_embedder(remote).model == "text-embedding-3-small"
    with pytest.raises(ConfigError, match="EMBEDDINGS_MODEL"):
        make_embedder(Settings(_env_file=None, MOSAIC_EMBEDDER="http"))
