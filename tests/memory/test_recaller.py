"""Recall for a run: what is slow or down costs a part of the answer, and never the run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg

from errors import Unavailable
from memory.embeddings import Embedder, Vectors
from memory.pool import get_conn
from memory.question import Question
from memory.recaller import Recaller, distinct, meaning_of
from tests.conftest import MakeCaller
from tests.memory.remembered import tell
from tests.memory.test_recall import Compass, fill_all

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Down:
    """An embedder whose server is down."""

    model, dimensions = "compass", 2

    async def embed(self, texts: Sequence[str]) -> Vectors:
        raise Unavailable("The embedding server does not answer.")


class Hanging:
    """An embedder that does not come back."""

    model, dimensions = "compass", 2

    async def embed(self, texts: Sequence[str]) -> Vectors:
        await asyncio.sleep(3600)
        raise AssertionError("it was waited for")


class Active:
    """The embedder in use."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def get(self) -> Embedder:
        return self._embedder


async def test_with_all_well_nothing_is_lacking(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await tell(caller, "The house looks to the north", "The kitchen looks to the east")
    await fill_all()
    recalled = await Recaller(Active(Compass())).recall(caller, "What looks north", NOW)
    assert recalled.lacking is None
    assert recalled.hits[0].text == "The house looks to the north"
    assert {"words", "meaning"} <= set(recalled.hits[0].signals)


async def test_an_embedder_down_or_hanging_leaves_the_words(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await tell(caller, "The house looks to the north", "The kitchen looks to the east")
    for embedder in (Down(), Hanging()):
        recalled = await Recaller(Active(embedder)).recall(caller, "What looks north", NOW)
        assert recalled.lacking == "meaning"
        assert recalled.hits[0].text == "The house looks to the north"
        assert recalled.hits[0].cosine is None


async def test_a_locked_table_is_said_within_the_budget(
    make_caller: MakeCaller, database_url: str
) -> None:
    caller = await make_caller()
    await tell(caller, "The house looks to the north")
    recaller = Recaller(Active(Compass()))
    async with await psycopg.AsyncConnection.connect(database_url) as blocker:
        await blocker.execute("LOCK TABLE memories IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        recalled = await recaller.recall(caller, "What looks north", NOW)
        # The table's lock is waited for by nobody: without the budget this takes four seconds.
        assert time.monotonic() - started < 3.5
        assert (recalled.lacking, recalled.hits) == ("everything", ())
    assert (await recaller.recall(caller, "What looks north", NOW)).hits


async def test_without_its_indexes_recall_answers(
    make_caller: MakeCaller, database_url: str
) -> None:
    caller = await make_caller()
    await tell(caller, "The house looks to the north")
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("ALTER INDEX memories_by_owner RENAME TO memories_by_nobody")
        await owner.execute("DROP INDEX memories_by_nobody")
        try:
            recalled = await Recaller(Active(Compass())).recall(caller, "What looks north", NOW)
        finally:
            await owner.execute(
                "CREATE INDEX memories_by_owner ON memories (owner_id, happened_at DESC, id)"
            )
    assert [hit.text for hit in recalled.hits] == ["The house looks to the north"]


async def test_one_thought_comes_up_once(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    for _ in range(5):
        await tell(caller, "I want to work fewer hours, from home")
    await tell(caller, "At home the hours are long", "I want to work fewer hours from home")
    recalled = await Recaller(Active(Compass())).recall(caller, "hours of work at home", NOW)
    assert sorted(hit.text[:2] for hit in recalled.hits) == ["At", "I "]
    assert distinct(recalled.hits, len(recalled.hits)) == recalled.hits


async def test_the_vector_lies_between_the_question_and_its_telling_words() -> None:
    meaning = await meaning_of(Compass(), Question("east or north", ((0, 4),)))
    assert [round(float(value), 3) for value in meaning.vector] == [0.707, 0.707]


async def test_a_question_of_any_size_is_read(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await tell(caller, "The house looks to the north")
    recaller = Recaller(Active(Compass()))
    for asked in ("north " * 50_000, "'\\\" & | ! : * ( ) <-> north", "\U0001f600 ?", ""):
        recalled = await recaller.recall(caller, asked, NOW)
        assert recalled.lacking is None, asked[:40]
    async with get_conn(caller) as conn:
        assert await (await conn.execute("SELECT 1 AS one")).fetchone() == {"one": 1}
