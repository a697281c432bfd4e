"""Recall fails in every way it can, and no run fails with it: words do, or it is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from uuid import uuid4

import httpx2
import psycopg
import pytest
from starlette.responses import Response

from tests.agui import Answer, ask
from tests.memory.embedding_server import EmbeddingServer, running_embedding_server
from tests.service import CLIENT, Server, running_service
from tests.standin import Standin, running_standin

PASSAGE = "My sister keeps bees on the roof of her house in Leeds."
QUESTION = "Where does my sister keep her bees? I ask for the {} time."
"""Another text each time, so that no vector of it is known."""
BY_WORDS = "Memory could be searched by words alone"
NOT_AT_ALL = "Memory could not be searched"


@dataclass
class Rig:
    """A service on the stand-in model whose embeddings come from a server of the test's, and a
    client who has said the passage."""

    server: Server
    standin: Standin
    embeddings: EmbeddingServer
    client: httpx2.AsyncClient
    asked: list[str] = field(default_factory=list)

    async def ask(self) -> tuple[Answer, str]:
        """The answer to the question in a new conversation, and what the model was given."""
        self.standin.reset()
        self.asked.append(uuid4().hex)
        text = QUESTION.format(f"{len(self.asked)}th")
        answer = await ask(self.client, text, thread_id=self.asked[-1])
        assert answer.last["type"] == "RUN_FINISHED", answer.last
        return answer, str(self.standin.requests[0]["messages"])


@pytest.fixture(scope="module")
async def rig(server_url: str) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(running_standin())
        embeddings = await stack.enter_async_context(running_embedding_server())
        server = await stack.enter_async_context(
            running_service(
                server_url,
                demo=True,
                ANTHROPIC_API_KEY="sk-standin-honest",
                ANTHROPIC_BASE_URL=standin.url,
                MOSAIC_EMBEDDER="http",
                EMBEDDINGS_BASE_URL=embeddings.url,
                EMBEDDINGS_MODEL="test-model",
            )
        )
        client = await server.log_in(CLIENT)
        await ask(client, PASSAGE)
        await filled(server)
        yield Rig(server, standin, embeddings, client)


@pytest.fixture(autouse=True)
async def forgotten(rig: Rig) -> AsyncIterator[None]:
    """What one test has asked is forgotten, or the questions would come up in the next one."""
    yield
    async with await connect(rig.server) as conn:
        await conn.execute("DELETE FROM memories WHERE thread_id = ANY(%s)", (rig.asked,))


async def filled(server: Server) -> None:
    """Return when every passage has its vector."""
    async with asyncio.timeout(60), await connect(server) as conn:
        while True:
            row = await (await conn.execute("SELECT 1 FROM memories_waiting")).fetchone()
            if row is None:
                return
            await asyncio.sleep(0.1)


async def connect(server: Server) -> psycopg.AsyncConnection[tuple[object, ...]]:
    url = server.environment["DATABASE_URL"]
    return await psycopg.AsyncConnection.connect(url, autocommit=True)


def lacking(answer: Answer) -> str:
    """What the receipt says of the memory that could not be searched."""
    reasons = [item["why_it_matters"] for item in answer.receipt["missing"]]
    return " ".join(reason for reason in reasons if reason.startswith("Memory could"))


async def test_with_all_well_the_passage_comes_up(rig: Rig) -> None:
    answer, given = await rig.ask()
    assert PASSAGE in given and lacking(answer) == ""


@pytest.mark.parametrize("fault", ["hangs", "fails", "lies"])
async def test_the_embedder_is_down(rig: Rig, fault: str) -> None:
    if fault == "hangs":
        rig.embeddings.open.clear()
    body = b"not json" if fault == "lies" else b""
    rig.embeddings.failures = [Response(body, 200 if fault == "lies" else 500)] * 40
    answer, given = await rig.ask()
    rig.embeddings.failures.clear()
    rig.embeddings.open.set()
    assert PASSAGE in given, "it is found by its words"
    assert BY_WORDS in lacking(answer)


async def test_the_database_does_not_answer_in_time(rig: Rig) -> None:
    async with await connect(rig.server) as conn, conn.transaction():
        await conn.execute("LOCK TABLE memory_vectors IN ACCESS EXCLUSIVE MODE")
        answer, given = await rig.ask()
    assert PASSAGE not in given
    assert NOT_AT_ALL in lacking(answer)


async def test_the_indexes_are_missing(rig: Rig) -> None:
    async with await connect(rig.server) as conn:
        rows = await (
            await conn.execute(
                "SELECT indexname::text, indexdef FROM pg_indexes WHERE tablename IN "
                "('memories', 'memory_vectors') AND indexname NOT IN "
                "(SELECT conname FROM pg_constraint)"
            )
        ).fetchall()
        assert len(rows) >= 4
        for name, _ in rows:
            await conn.execute(f"DROP INDEX {name}")  # type: ignore[arg-type]
        try:
            _, given = await rig.ask()
        finally:
            for _, definition in rows:
                await conn.execute(definition)  # type: ignore[arg-type]
    assert PASSAGE in given
