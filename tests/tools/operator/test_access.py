"""The operator's ledgers and tools are closed to clients."""

from __future__ import annotations

import psycopg
import pytest

from memory.caller import Caller
from memory.pool import Connection, get_conn
from tests.conftest import MakeCaller
from tools.registry import ToolContext, all_tools

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


@pytest.mark.parametrize("table", TABLES)
async def test_a_client_sees_no_row(operator: ToolContext, table: str) -> None:
    await operator.conn.execute(
        "INSERT INTO roi_estimates (id, lead_id, confidence) VALUES ('R1', 'L04', 0.9)"
    )
    assert (await counts(operator.conn))[table] > 0
    await operator.conn.execute("SELECT set_config('app.role', 'client', true)")
    assert (await counts(operator.conn))[table] == 0


async def test_a_client_cannot_write_a_lead(make_caller: MakeCaller) -> None:
    client: Caller = await make_caller("client")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with get_conn(client) as conn:
            await conn.execute("INSERT INTO leads (title) VALUES ('planted')")


def test_a_client_is_not_offered_an_operators_tool() -> None:
    mine = [tool for tool in all_tools() if tool.handler.__module__.startswith("tools.operator")]
    assert {tool.name for tool in mine} >= {
        "get_failures",
        "get_constraint",
        "find_lead",
        "get_lead",
        "list_leads",
    }
    assert not [tool for tool in mine if tool.allows("client")]


def test_every_operator_tool_has_its_phrasings_and_they_fit_its_arguments() -> None:
    for tool in all_tools():
        if tool.handler.__module__.startswith("tools.operator"):
            texts = [example.text for example in tool.examples]
            assert len(texts) >= 20
            assert len(texts) == len(set(texts))
            assert tool.description and tool.title
            for example in tool.examples:
                assert set(example.args) <= set(tool.args.model_fields)
