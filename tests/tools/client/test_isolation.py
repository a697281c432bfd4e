"""Two clients, and the database itself: what the app role cannot do, whatever the SQL."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from memory.caller import SYSTEM, Caller
from memory.pool import get_conn
from tests.conftest import MakeCaller
from tests.tools.client.calling import call, create, rows

TABLES = (
    "experiments",
    "experiment_changes",
    "experiment_reflections",
    "learning_data",
    "capability_evidence",
    "self_efficacy_metrics",
)


async def fill(caller: Caller) -> str:
    """A row of the caller's in each table; the id of the experiment."""
    experiment_id = await create(caller, "Coffee chats", start=True)
    await call(caller, "add_learning", content="People answer")
    await call(
        caller,
        "capture_evidence",
        capability_name="Patience",
        detail="Waited",
        experiment_id=experiment_id,
    )
    await call(caller, "record_self_efficacy", metric_name="confidence", metric_value=7)
    await call(caller, "complete_experiment", outcome="Three chats")
    return experiment_id


@pytest.mark.parametrize("table", TABLES)
async def test_no_one_reads_or_writes_anothers_rows(make_caller: MakeCaller, table: str) -> None:
    owner, client, operator = (
        await make_caller(),
        await make_caller(),
        await make_caller("operator"),
    )
    await fill(owner)
    assert len(await rows(owner, table)) == 1
    for stranger in (client, operator, Caller("", "client")):
        async with get_conn(stranger) as conn:
            found = await (await conn.execute(f"SELECT * FROM {table}")).fetchall()
            assert found == []
            assert (await conn.execute(f"UPDATE {table} SET undone_at = now()")).rowcount == 0
            assert (await conn.execute(f"DELETE FROM {table}")).rowcount == 0
    assert len(await rows(owner, table)) == 1


async def test_no_row_is_planted_under_another_person(make_caller: MakeCaller) -> None:
    owner, stranger = await make_caller(), await make_caller()
    experiment_id = await fill(owner)
    learning = (
        "INSERT INTO learning_data (user_id, experiment_id, learning_type, content) "
        "VALUES (%s, %s, 'skill', 'planted')"
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with get_conn(stranger) as conn:
            await conn.execute(learning, (owner.user_id, experiment_id))
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        async with get_conn(stranger) as conn:
            await conn.execute(learning, (stranger.user_id, experiment_id))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with get_conn(stranger) as conn:
            await conn.execute(
                "INSERT INTO experiments (user_id, experiment_name) VALUES (%s, 'planted')",
                (owner.user_id,),
            )


async def test_lists_and_metrics_are_ones_own(make_caller: MakeCaller) -> None:
    owner, stranger = await make_caller(), await make_caller()
    await fill(owner)
    await create(stranger, "Pottery")
    found = await call(stranger, "list_experiments")
    assert [item["experiment_name"] for item in found.data["experiments"]] == ["Pottery"]
    assert (await call(stranger, "list_learnings")).data["total"] == 0
    assert (await call(stranger, "list_evidence")).data["total"] == 0
    metrics = (await call(stranger, "get_metrics")).data
    assert (metrics["total_experiments"], metrics["learning_events"]) == (1, 0)
    assert metrics["metrics"] == []


async def test_deleting_the_person_deletes_every_row(make_caller: MakeCaller) -> None:
    owner = await make_caller()
    await fill(owner)
    async with get_conn(SYSTEM) as conn:
        await conn.execute("DELETE FROM users WHERE id = %s", (owner.user_id,))
        for table in TABLES:
            left = await (
                await conn.execute(f"SELECT 1 FROM {table} WHERE user_id = %s", (owner.user_id,))
            ).fetchall()
            assert left == [], table


async def test_evidence_outlives_its_experiment_and_the_session(make_caller: MakeCaller) -> None:
    owner = await make_caller()
    experiment_id = await fill(owner)
    async with get_conn(SYSTEM) as conn:
        session = "0123456789abcdef" * 2
        await conn.execute(
            "INSERT INTO sessions (id, user_id, token_hash) VALUES (%s, %s, 'x')",
            (session, owner.user_id),
        )
        await conn.execute(
            "UPDATE experiments SET session_id = %s WHERE id = %s", (session, experiment_id)
        )
        await conn.execute("DELETE FROM sessions WHERE id = %s", (session,))
    [experiment] = await rows(owner, "experiments")
    assert experiment["session_id"] is None
    async with get_conn(owner) as conn:
        await conn.execute("DELETE FROM experiments WHERE id = %s", (experiment_id,))
    [evidence] = await rows(owner, "capability_evidence")
    assert evidence["experiment_id"] is None
    assert await rows(owner, "learning_data") == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("status", "done"),
        ("status", "completed"),
        ("status", "active"),
        ("experiment_name", "  "),
        ("experiment_name", "x" * 201),
        ("confidence_before", 11),
        ("idempotency_key", "alone"),
    ],
)
async def test_the_database_refuses_what_no_experiment_can_be(
    make_caller: MakeCaller, column: str, value: Any
) -> None:
    caller = await make_caller()
    experiment_id = await create(caller, "Coffee chats")
    with pytest.raises(psycopg.errors.CheckViolation):
        async with get_conn(caller) as conn:
            await conn.execute(
                f"UPDATE experiments SET {column} = %s WHERE id = %s", (value, experiment_id)
            )


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("learning_data", "confidence_score", "1.01"),
        ("learning_data", "confidence_score", "-0.01"),
        ("learning_data", "confidence_score", "NaN"),
        ("capability_evidence", "confidence_level", "NaN"),
        ("capability_evidence", "confidence_level", "2"),
        ("self_efficacy_metrics", "metric_value", "NaN"),
        ("self_efficacy_metrics", "metric_value", "Infinity"),
        ("experiment_reflections", "confidence_after", "0"),
    ],
)
async def test_the_database_refuses_what_no_score_can_be(
    make_caller: MakeCaller, table: str, column: str, value: str
) -> None:
    caller = await make_caller()
    await fill(caller)
    with pytest.raises(psycopg.errors.CheckViolation):
        async with get_conn(caller) as conn:
            await conn.execute(f"UPDATE {table} SET {column} = '{value}'")


async def test_the_composite_indexes_are_there(pool: None) -> None:
    async with get_conn(SYSTEM) as conn:
        found = await (
            await conn.execute(
                "SELECT regexp_replace(indexdef, '^.* ON public\\.(\\w+) .*\\((.*)\\)$', "
                "'\\1: \\2') AS item FROM pg_indexes WHERE tablename = ANY(%s)",
                (list(TABLES),),
            )
        ).fetchall()
    indexes = {row["item"] for row in found}
    assert {
        "experiments: user_id, status, updated_at DESC",
        "experiments: user_id, created_at DESC",
        "learning_data: experiment_id, created_at DESC",
        "learning_data: user_id, created_at DESC",
        "capability_evidence: user_id, created_at DESC",
        "self_efficacy_metrics: user_id, metric_name, created_at DESC",
    } <= indexes
