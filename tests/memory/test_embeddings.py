"""The cache in front of embedders, and the HTTP embedder against a real local server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from starlette.responses import Response

from errors import ConfigError, Unavailable
from memory.caller import SYSTEM
from memory.embedding_spending import DailyTokens
from memory.embeddings import CachedEmbedder, Vectors, make_embedder
from memory.embeddings_http import HttpEmbedder, RateLimit
from memory.minilm import MiniLM
from memory.pool import get_conn
from settings import Settings
from tests.memory.embedding_server import EmbeddingServer, running_embedding_server


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingServer]:
    async with running_embedding_server() as running:
        yield running


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


async def test_retry_after_may_be_a_date(server: EmbeddingServer) -> None:
    server.failures = [
        Response(status_code=503, headers={"Retry-After": "Fri, 31 Dec 2199 00:00:00 GMT"})
    ]
    with pytest.raises(Unavailable) as caught:
        await embedder_of(server).embed(["a"])
    assert (caught.value.retry_after or 0) > 3600
    assert len(server.bodies) == 1


async def test_callers_of_one_moment_share_a_request(server: EmbeddingServer) -> None:
    embedder = embedder_of(server)
    answers = await asyncio.gather(*(embedder.embed(["x" * (n % 7 + 1)]) for n in range(20)))
    assert [sorted(body["input"]) for body in server.bodies] == [["x" * n for n in range(1, 8)]]
    for n, vectors in enumerate(answers):
        np.testing.assert_allclose(vectors[0, 0] / vectors[0, 1], n % 7 + 1, rtol=1e-5)


async def test_a_full_batch_goes_at_once_and_a_question_waits_for_one_only(
    server: EmbeddingServer,
) -> None:
    embedder = embedder_of(server, batch=2)
    many = asyncio.create_task(embedder.embed(["a", "b", "c", "d", "e", "f"]))
    await asyncio.sleep(0)
    await embedder.embed(["question"])
    await many
    assert [body["input"] for body in server.bodies][-1] != ["question"]


async def test_who_stops_waiting_takes_nothing_from_the_others(server: EmbeddingServer) -> None:
    server.open.clear()
    embedder = embedder_of(server)
    one, two = (asyncio.create_task(embedder.embed([text])) for text in ("same", "same"))
    while not server.bodies:  # noqa: ASYNC110 - the server is a server, it has no event for us
        await asyncio.sleep(0.01)
    one.cancel()
    server.open.set()
    assert (await two).shape == (1, 4)
    assert one.cancelled() and len(server.bodies) == 1


async def test_a_failure_reaches_each_caller_of_the_request(server: EmbeddingServer) -> None:
    server.failures = [Response("", 400)]
    embedder = embedder_of(server)
    results = await asyncio.gather(
        embedder.embed(["a"]), embedder.embed(["b"]), return_exceptions=True
    )
    assert [type(result) for result in results] == [Unavailable, Unavailable]
    assert len(server.bodies) == 1
    assert (await embedder.embed(["c"])).shape == (1, 4)


async def test_nobody_waits_for_a_server_that_has_just_failed(server: EmbeddingServer) -> None:
    server.failures = [Response("", 500)]
    embedder = embedder_of(server, attempts=1)
    for _ in range(3):
        with pytest.raises(Unavailable, match="500"):
            await embedder.embed(["a"])
    assert len(server.bodies) == 1


async def test_no_more_than_the_cap_is_spent_in_a_day(server: EmbeddingServer, pool: None) -> None:
    model, server.tokens = f"model-{uuid4().hex}", 10
    embedders = [
        HttpEmbedder(server.url, model, budget=DailyTokens(model, 25), first_wait=0.01)
        for _ in range(2)
    ]
    for embedder in embedders:
        await embedder.embed(["a text of 24 characters."])
    assert await spent(model) == 20
    with pytest.raises(Unavailable, match=r"25 tokens.*EMBEDDINGS_DAILY_TOKENS") as caught:
        await embedders[0].embed(["a text of 24 characters!"])
    assert caught.value.code == "embedding_cap"
    assert len(server.bodies) == 2 and await spent(model) == 20


async def test_what_failed_is_given_back(server: EmbeddingServer, pool: None) -> None:
    model, server.failures = f"model-{uuid4().hex}", [Response("", 500), Response("{}")]
    for _ in range(2):
        embedder = HttpEmbedder(server.url, model, budget=DailyTokens(model, 100), attempts=1)
        with pytest.raises(Unavailable):
            await embedder.embed(["a"])
    assert await spent(model) == 0


async def spent(model: str) -> int:
    async with get_conn(SYSTEM) as conn:
        row = await (
            await conn.execute("SELECT tokens FROM embedding_days WHERE model = %s", (model,))
        ).fetchone()
    assert row is not None
    return int(row["tokens"])


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


async def test_what_was_asked_is_not_read_again_to_be_remembered(
    server: EmbeddingServer, tmp_path: Path
) -> None:
    class Counted(MiniLM):
        passes = 0

        async def embed(self, texts: Sequence[str]) -> Vectors:
            self.passes += 1
            return await super().embed(texts)

    inner = Counted(tmp_path)
    cache = CachedEmbedder(inner)
    asked = await cache.embed_parts("what did I say about the roof", ((24, 28),))
    assert (await cache.embed_parts("what did I say about the roof", ((24, 28),)) == asked).all()
    assert (await cache.embed(["what did I say about the roof"]) == asked[0]).all()
    assert inner.passes == 0
    over_http = CachedEmbedder(embedder_of(server))
    await over_http.embed_parts("about the roof", ((10, 14),))
    assert server.bodies[-1]["input"] == ["about the roof", "roof"]


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
