"""An account that is erased leaves no memory, vector, correction or summary, and no word of it."""

from __future__ import annotations

from uuid import uuid4

import psycopg
from psycopg.rows import dict_row

from agent.context import Services
from memory import account, remembered
from memory.caller import SYSTEM, Caller
from memory.embeddings import CachedEmbedder
from memory.minilm import MiniLM
from memory.pool import get_conn
from memory.vectors import fill
from tests.agent.test_summarising import NOW, services, summarise_all, talked
from tests.conftest import MakeCaller
from tests.security.traces import tables_with
from tools.client.experiments import CreateExperimentArgs, create_experiment
from tools.client.learnings import AddLearningArgs, add_learning
from tools.registry import ToolContext

__all__ = ["services"]

PERSONAL = {
    "public.memories",
    "public.memory_vectors",
    "public.memory_corrections",
    "public.thread_summaries",
    "public.messages",
    "public.experiments",
    "public.learning_data",
}


async def live(owner: Caller, canary: str, services: Services) -> None:
    """Something of theirs in every way that is remembered, with its vectors and a summary."""
    said = [
        f"I told you {canary} about the {thing}." for thing in ("bread", "boat", "barn", "bell")
    ]
    await talked(owner, *said)
    async with get_conn(owner) as conn:
        ctx = ToolContext(conn, owner, NOW)
        made = await create_experiment(
            ctx, CreateExperimentArgs(experiment_name=f"Bake {canary}", hypothesis=canary)
        )
        await add_learning(
            ctx,
            AddLearningArgs(experiment_id=made.data["experiment_id"], content=f"Rise {canary}"),
        )
        rows = await remembered.list_memories(conn, owner, remembered.Wanted(kind="message"))
        ids = [row["id"] for row in rows if canary in row["text"]]
        await remembered.correct(conn, owner, ids[0], f"It was {canary} after all", NOW)
        await remembered.forget(conn, owner, ids[1], NOW)
    await summarise_all(services)
    while await fill(embedder):
        pass


embedder = CachedEmbedder(MiniLM())


async def put_vectors_beside(owner: Caller) -> None:
    """As they stand while the embedding model changes."""
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            "INSERT INTO memory_vectors (memory_id, model_id, owner_id, audience, vector) "
            "SELECT id, vector_model, owner_id, audience, vector FROM memories "
            "WHERE owner_id = %s AND vector IS NOT NULL",
            (owner.user_id,),
        )


async def test_nothing_of_an_erased_person_is_left_in_any_table(
    make_caller: MakeCaller, services: Services, database_url: str
) -> None:
    owner, stays = await make_caller(), await make_caller()
    canary, other = f"canary{uuid4().hex}", f"canary{uuid4().hex}"
    await live(owner, canary, services)
    await live(stays, other, services)
    await put_vectors_beside(owner)
    async with await psycopg.AsyncConnection.connect(
        database_url, autocommit=True, row_factory=dict_row
    ) as conn:
        assert await tables_with(conn, owner.user_id) >= PERSONAL
        assert await tables_with(conn, canary) >= PERSONAL - {"public.memory_vectors"}
        kept = await tables_with(conn, other)
        await account.erase(owner)
        assert await tables_with(conn, canary) == set()
        # What the audit keeps is that an account of this number was erased.
        assert await tables_with(conn, owner.user_id) == {"public.audit_log"}
        assert await tables_with(conn, other) == kept
