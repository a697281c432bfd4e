"""The embedding model is changed while recall goes on, and a change that was killed goes on."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from memory import embedding_models
from memory.caller import SYSTEM, Caller
from memory.embedding_models import ActiveEmbedder, reembed, status
from memory.embeddings import MINILM, CachedEmbedder, Embedder, make_embedder
from memory.minilm import MiniLM
from memory.pool import get_conn
from memory.question import Question
from memory.recall import Hit, Meaning, search
from memory.vectors import fill
from settings import Settings
from tests.conftest import MakeCaller
from tests.memory.embedding_server import EmbeddingServer, running_embedding_server
from tests.memory.remembered import tell

TARGET = "My sister keeps bees on the roof of her house."
ASKED = "insects that make honey"
FILLERS = [f"Errand {n}: I took parcel {n} to the post office before lunch." for n in range(150)]


@pytest.fixture(scope="module")
def minilm() -> CachedEmbedder:
    return CachedEmbedder(MiniLM())


@pytest.fixture
async def server(minilm: CachedEmbedder, pool: None) -> AsyncIterator[EmbeddingServer]:
    """A server with another model; at the end MiniLM is the active one again."""
    async with running_embedding_server() as running:
        running.like = minilm
        yield running
        running.closes_after = None
        running.open.set()
        await reembed(minilm, lambda done, total: None, settle=0)
        assert [row["name"] for row in (await status()).models] == [MINILM]


@pytest.fixture(scope="module")
async def owner(make_caller: MakeCaller, minilm: CachedEmbedder) -> Caller:
    """Somebody with 151 memories in MiniLM's space, the active one and the only one: what other
    tests have left is gone."""
    async with get_conn(SYSTEM) as conn:
        await conn.execute("DELETE FROM memories")
        await conn.execute("DELETE FROM embedding_models")
    person = await make_caller()
    await tell(person, *FILLERS[:75], TARGET, *FILLERS[75:])
    while await fill(minilm):
        pass
    return person


def settings_for(server: EmbeddingServer, home: Path) -> Settings:
    """Those of a process whose embeddings come from the server."""
    return Settings(
        _env_file=None,
        MOSAIC_HOME=home,
        MOSAIC_EMBEDDER="http",
        EMBEDDINGS_BASE_URL=server.url,
        EMBEDDINGS_MODEL=f"turned-{uuid4().hex}",
    )


async def best(caller: Caller, embedder: Embedder) -> Hit:
    """The best hit for what shares no word with the target: by meaning or not at all."""
    meaning = Meaning(embedder.model, (await embedder.embed([ASKED]))[0])
    async with get_conn(caller) as conn:
        hits = await search(conn, caller, Question(ASKED), meaning, limit=1)
    return hits[0]


async def test_no_question_is_worse_off_while_the_model_changes(
    server: EmbeddingServer, owner: Caller, tmp_path: Path
) -> None:
    settings = settings_for(server, tmp_path)
    active = ActiveEmbedder(settings, read_every=0.05)
    seen: list[tuple[int, int]] = []
    change = asyncio.create_task(
        reembed(make_embedder(settings), lambda done, total: seen.append((done, total)), settle=3)
    )
    used = []
    while not change.done():
        embedder = await active.get()
        hit = await best(owner, embedder)
        assert hit.text == TARGET and hit.cosine is not None
        used.append(embedder.model)
    assert await change == [MINILM]
    assert len(set(used)) == 2 and used[0] == MINILM and used[-1] == settings.embeddings_model
    assert seen[-1][0] >= 151 and seen[-1][0] == seen[-1][1]
    assert (await active.get()).model == settings.embeddings_model
    assert (await best(owner, await active.get())).text == TARGET


async def test_a_text_that_changes_meanwhile_is_embedded_again(
    server: EmbeddingServer, owner: Caller, minilm: CachedEmbedder, tmp_path: Path
) -> None:
    embedder = make_embedder(settings_for(server, tmp_path))
    server.closes_after = 2
    change = asyncio.create_task(reembed(embedder, lambda done, total: None, settle=0))
    while len(server.bodies) < 2:  # noqa: ASYNC110 - the server has no event for us
        await asyncio.sleep(0.01)
    async with get_conn(owner) as conn:
        await conn.execute(
            "UPDATE messages SET content = 'Errand 0: I watched a whale from the ferry.' "
            "WHERE content = %s AND owner_id = %s",
            (FILLERS[0], owner.user_id),
        )
    while await fill(minilm):
        pass
    server.open.set()
    await change
    async with get_conn(owner) as conn:
        meaning = Meaning(embedder.model, (await embedder.embed(["marine mammals"]))[0])
        hits = await search(conn, owner, Question("cetacean"), meaning, limit=1)
    assert hits[0].text == "Errand 0: I watched a whale from the ferry."


async def run_reembed(settings: Settings, url: str) -> asyncio.subprocess.Process:
    """`mosaic memory reembed`, as its own process."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api.cli", "memory", "reembed", "--settle", "0"),
        env={
            "PATH": "",
            "DATABASE_URL": url,
            "MOSAIC_HOME": str(settings.home),
            "MOSAIC_EMBEDDER": "http",
            "EMBEDDINGS_BASE_URL": str(settings.embeddings_base_url),
            "EMBEDDINGS_MODEL": str(settings.embeddings_model),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def texts_without_vector(model: str) -> int:
    """How many different texts have no vector of this model."""
    async with get_conn(SYSTEM) as conn:
        row = await (
            await conn.execute(
                "SELECT count(DISTINCT m.text) AS lacking FROM memories m, embedding_models e "
                "WHERE e.name = %s AND m.vector_model IS DISTINCT FROM e.id AND NOT EXISTS ("
                "SELECT FROM memory_vectors v WHERE v.memory_id = m.id AND v.model_id = e.id)",
                (model,),
            )
        ).fetchone()
    return int(row["lacking"]) if row else 0


async def test_killed_half_way_it_goes_on_from_there(
    server: EmbeddingServer,
    owner: Caller,
    minilm: CachedEmbedder,
    database_url: str,
    tmp_path: Path,
) -> None:
    settings = settings_for(server, tmp_path)
    server.closes_after = 3
    process = await run_reembed(settings, database_url)
    async with asyncio.timeout(60):
        while len(server.bodies) < 3:  # noqa: ASYNC110 - the server has no event for us
            await asyncio.sleep(0.02)
    process.kill()
    await process.communicate()
    models = {row["name"]: row for row in (await status()).models}
    assert models[MINILM]["state"] == "active"
    half = models[str(settings.embeddings_model)]
    assert half["state"] == "filling" and 0 < half["vectors"] < (await status()).memories
    assert (await best(owner, minilm)).text == TARGET
    lacking = await texts_without_vector(str(settings.embeddings_model))
    server.closes_after = None
    server.bodies.clear()
    server.open.set()
    process = await run_reembed(settings, database_url)
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert "dropped the vectors of all-MiniLM-L6-v2" in " ".join(out.decode().split())
    asked = sum(len(body["input"]) for body in server.bodies)
    assert asked == 1 + lacking, "what was done is kept"
    (left,) = (await status()).models
    assert (left["name"], left["state"]) == (settings.embeddings_model, "active")
    assert left["vectors"] == (await status()).memories - (await status()).waiting
    assert (await best(owner, make_embedder(settings))).text == TARGET


async def test_without_a_way_to_the_active_model_it_is_unavailable(
    server: EmbeddingServer, owner: Caller, tmp_path: Path
) -> None:
    settings = settings_for(server, tmp_path)
    await reembed(make_embedder(settings), lambda done, total: None, settle=0)
    alone = ActiveEmbedder(Settings(_env_file=None, MOSAIC_HOME=tmp_path))
    with pytest.raises(embedding_models.Unavailable, match="EMBEDDINGS_BASE_URL"):
        await alone.get()


async def test_the_command_says_how_memories_stand(
    owner: Caller, database_url: str, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api.cli", "memory", "status", "--json"),
        env={"PATH": "", "DATABASE_URL": database_url, "MOSAIC_HOME": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    said = json.loads(out)
    assert said["configured"] == MINILM and said["memories"] >= 151
    assert {row["name"]: row["state"] for row in said["models"]}[MINILM] == "active"
