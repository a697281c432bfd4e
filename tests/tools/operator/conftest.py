"""The operator's demo in a transaction that is never committed, as of the clock of 13.2."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from memory.demo import operator as demo
from memory.demo.operator import FROZEN
from memory.pool import get_conn
from tests.conftest import MakeCaller
from tests.tools.operator.calls import as_service
from tools.registry import ToolContext

TABLES = ("leads", "integration_health", "ops_artifacts", "learning_items")


@pytest.fixture
async def empty(make_caller: MakeCaller) -> AsyncIterator[ToolContext]:
    """An operator's transaction on empty ledgers."""
    caller = await make_caller("operator")
    async with get_conn(caller) as conn:
        async with as_service(conn):
            for table in TABLES:
                await conn.execute(f"DELETE FROM {table}")
        yield ToolContext(conn, caller, FROZEN)
        await conn.rollback()


@pytest.fixture
async def operator(empty: ToolContext) -> ToolContext:
    """An operator's transaction with the demo loaded."""
    async with as_service(empty.conn):
        await demo.load(empty.conn, FROZEN)
    return empty
