"""The operator's demo loads twice without doubling and leaves nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from memory.caller import SYSTEM
from memory.demo import operator
from memory.demo.operator import FROZEN
from memory.pool import Connection, get_conn

TABLES = [
    "leads", "lead_touches", "pipeline_runs", "pipeline_step_runs", "artifacts",
    "integration_health", "ops_artifacts", "learning_items", "roi_estimates", "operator_settings",
]  # fmt: skip


async def counts(conn: Connection) -> dict[str, int]:
    found = {}
    for table in TABLES:
        row = await (await conn.execute(f"SELECT count(*) AS number FROM {table}")).fetchone()
        assert row is not None
        found[table] = row["number"]
    return found


@pytest.fixture
async def demo_conn(pool: None) -> AsyncIterator[Connection]:
    """The service's transaction with the demo loaded; never committed."""
    async with get_conn(SYSTEM) as conn:
        for table in ("leads", "integration_health", "ops_artifacts", "learning_items"):
            await conn.execute(f"DELETE FROM {table}")
        await operator.load(conn, FROZEN)
        yield conn
        await conn.rollback()


async def test_loading_twice_gives_the_same_rows_at_the_new_time(demo_conn: Connection) -> None:
    once = await counts(demo_conn)
    await demo_conn.execute("UPDATE leads SET status = 'NEW'")
    await operator.load(demo_conn, FROZEN + timedelta(days=1))
    assert await counts(demo_conn) == once
    row = await (
        await demo_conn.execute("SELECT status, created_at FROM leads WHERE id = 'L08'")
    ).fetchone()
    assert row == {"status": "APPROVED", "created_at": FROZEN - timedelta(days=12)}


async def test_it_is_known_whether_it_is_there(demo_conn: Connection) -> None:
    await demo_conn.execute("UPDATE leads SET status = 'NEW', title = 'Another name'")
    assert await operator.is_loaded(demo_conn)
    await operator.reset(demo_conn)
    assert not await operator.is_loaded(demo_conn)


async def test_the_demo_has_what_13_2_lists(demo_conn: Connection) -> None:
    found = await counts(demo_conn)
    assert found["leads"] == 14
    assert found["learning_items"] == 4
    rows = await (
        await demo_conn.execute(
            "SELECT l.id, score, budget, status, deal_outcome FROM leads l "
            "WHERE id IN ('L04', 'L11', 'L13') ORDER BY id"
        )
    ).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        ("L04", 82, "$9,500", "SCORED", None),
        ("L11", 77, "$6,000", "SHIPPED", "won"),
        ("L13", 60, "$3,500", "SCORED", "lost"),
    ]
    cash = await (
        await demo_conn.execute("SELECT cash_collected FROM operator_settings")
    ).fetchone()
    assert cash is not None and cash["cash_collected"] == 21_500


async def test_reset_leaves_nothing_but_the_settings(demo_conn: Connection) -> None:
    await demo_conn.execute("INSERT INTO leads (id, title) VALUES ('real', 'A real lead')")
    await operator.reset(demo_conn)
    left = {table: number for table, number in (await counts(demo_conn)).items() if number}
    assert left == {"leads": 1, "operator_settings": 1}
