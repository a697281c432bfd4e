"""The ledgers' file: no value changes on the way, and nothing of a file with a bad line is kept."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from errors import Invalid
from memory import ledgers, migrations
from memory.caller import SYSTEM
from memory.ledgers_loading import Loaded, load
from memory.pool import Connection, get_conn
from tests.security.traces import snapshot

ODD_TEXT = 'línea\n\'; DROP TABLE "users" --\t\\N € 𝄞 \u2028'
MIGRATION = migrations.load()[-1].name
LEAD: dict[str, Any] = {"id": "odd", "title": "Odd"}


def header(**changes: Any) -> bytes:
    line = {"mosaic": 1, "exported_at": "2026-11-27T10:00:00Z", "schema": MIGRATION}
    return json.dumps({**line, **changes}).encode() + b"\n"


def line(table: str, row: dict[str, Any]) -> bytes:
    return json.dumps({"table": table, "row": row}).encode() + b"\n"


async def written() -> list[bytes]:
    file = io.BytesIO()
    await ledgers.export(file, MIGRATION)
    return file.getvalue().splitlines(keepends=True)


async def look() -> dict[str, list[str]]:
    async with get_conn(SYSTEM) as conn:
        return await snapshot(conn, (*ledgers.TABLES, "memories"))


async def clear(conn: Connection) -> None:
    for table in ("leads", "ops_artifacts", "integration_health", "learning_items"):
        await conn.execute(f"DELETE FROM {table}")
    await conn.execute("DELETE FROM operator_settings")
    await conn.execute("INSERT INTO operator_settings DEFAULT VALUES")


@pytest.fixture(autouse=True)
async def empty(pool: None) -> AsyncIterator[None]:
    """Ledgers as a migrated database has them, before and after."""
    async with get_conn(SYSTEM) as conn:
        await clear(conn)
    yield
    async with get_conn(SYSTEM) as conn:
        await clear(conn)


async def test_every_table_of_the_business_is_in_it_and_no_table_before_its_parents() -> None:
    async with get_conn(SYSTEM) as conn:
        catalog = await ledgers.read_catalog(conn)
        rows = await conn.execute(
            "SELECT tablename FROM pg_policies WHERE policyname = 'business' AND cmd = 'ALL'"
        )
        business = {row["tablename"] async for row in rows}
    assert set(catalog) == business - {"approvals"}
    seen: set[str] = set()
    for ledger in catalog.values():
        assert {parent for _, parent in ledger.parents.values()} <= seen, ledger.name
        seen.add(ledger.name)


async def test_no_value_changes_on_the_way() -> None:
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            "INSERT INTO leads (id, title, description, tags, tech_stack, score_factors, "
            "created_at) VALUES ('odd', %s, %s, %s, '{}', %s::jsonb, "
            "'2026-03-29 01:30:00.123456+00')",
            (
                ODD_TEXT,
                ODD_TEXT * 100,
                [ODD_TEXT, "", "NULL", '{"'],
                '{"a": 0.10, "b": [12345678901234567890.123456789, null], "c": 1e-30}',
            ),
        )
        await conn.execute(
            "INSERT INTO roi_estimates (id, lead_id, confidence, assumptions) "
            "VALUES ('odd', 'odd', 0.50, '{one}')"
        )
        await conn.execute(
            "INSERT INTO ops_artifacts (id, kind, title, meta) "
            "VALUES ('odd', 'operator_briefing', 'Odd', %s)",
            (Jsonb({"table": "users", ODD_TEXT: False}),),
        )
        await conn.execute(
            "UPDATE operator_settings SET quiet_hours_start = %s, cash_collected = %s",
            (time(23, 59, 59, 1), Decimal("1234567890.10")),
        )
    before, lines = await look(), await written()
    async with get_conn(SYSTEM) as conn:
        await clear(conn)
    loaded = await load(lines)
    after = await look()
    # What is remembered of them has the same words under new numbers.
    passages, again = before.pop("memories"), after.pop("memories")
    assert after == before
    assert len(again) == len(passages) > 3
    assert {name: count.new for name, count in loaded.items() if count.new} == {
        "leads": 1, "roi_estimates": 1, "ops_artifacts": 1, "operator_settings": 1,
    }  # fmt: skip


async def test_loaded_again_or_only_tried_it_changes_nothing() -> None:
    lines = [header(), line("leads", LEAD), line("operator_settings", {"id": 1})]
    before = await look()
    tried = await load(lines, dry_run=True)
    assert tried["leads"] == Loaded(new=1) and await look() == before
    await load(lines)
    async with get_conn(SYSTEM) as conn:
        await conn.execute("UPDATE leads SET title = 'Changed here'")
    changed = await look()
    again = await load([*lines, line("leads", {**LEAD, "title": "Another"})])
    assert again["leads"] == Loaded(there=2) and again["operator_settings"] == Loaded(there=1)
    assert await look() == changed


async def test_settings_that_somebody_chose_stay() -> None:
    lines = [header(), line("operator_settings", {"id": 1, "stale_touch_days": 9})]
    assert (await load(lines))["operator_settings"] == Loaded(new=1)
    other = [header(), line("operator_settings", {"id": 1, "stale_touch_days": 3})]
    assert (await load(other))["operator_settings"] == Loaded(there=1)
    assert (await load(lines))["operator_settings"] == Loaded(there=1)
    assert '"stale_touch_days": 9' in (await look())["operator_settings"][0]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b"{\n", "Invalid JSON"),
        (b"\n", "Invalid JSON"),
        (b'"\xff"\n', "Invalid JSON"),
        (b'{"table": "leads"}\n', "row: Field required"),
        (b'{"table": "leads", "row": [1]}\n', "row: Input should be"),
        (b'{"table": "leads", "row": {"id": "x"}, "sql": ""}\n', "sql: Extra inputs"),
        (line("users", {"id": "x"}), "'users' is not one of the tables"),
        (line('leads"; --', {"id": "x"}), "is not one of the tables"),
        (line("leads", {**LEAD, "id; --": 1}), "leads has no column 'id; --'"),
        (line("leads", {"title": "Keyless"}), "the row of leads has no 'id'"),
        (line("leads", {"id": "x", "title": "Odd", "status": "NOVEL"}), "leads_status_check"),
        (line("leads", {"id": "x", "title": None}), '"title"'),
        (line("leads", {"id": "x", "title": "nul \0"}), "leads: unsupported Unicode"),
        (
            line("leads", {"id": "x", "title": "Odd", "score": 1e9}),
            "out of range for type smallint",
        ),
        (line("leads", {"id": "x", "title": "Odd", "score": float("nan")}), "leads: invalid input"),
        (line("leads", {"id": "x", "title": "Odd", "tags": "a"}), "leads: malformed array"),
        (
            line("lead_touches", {"id": "t", "lead_id": "ghost", "type": "CALL", "summary": "Hi"}),
            "the lead_id of this row of lead_touches is in leads neither here nor before it in the "
            "file: 'ghost'",
        ),
    ],
)
async def test_a_bad_line_is_named_and_nothing_is_kept(bad: bytes, said: str) -> None:
    before = await look()
    with pytest.raises(Invalid) as refused:
        await load([header(), line("leads", LEAD), bad, line("leads", {**LEAD, "id": "y"})])
    assert refused.value.detail.startswith("Line 3: ") and said in refused.value.detail
    assert await look() == before


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ([], "Invalid JSON"),
        ([line("leads", LEAD)], "mosaic: Field required"),
        ([header(mosaic=2)], "mosaic: Input should be 1"),
        ([header(schema="29991231_later")], "'29991231_later', which this version does not know"),
    ],
)
async def test_another_file_is_refused_at_its_first_line(first: list[bytes], said: str) -> None:
    with pytest.raises(Invalid, match="Line 1: ") as refused:
        await load([*first, line("leads", LEAD)] if first else [])
    assert said in refused.value.detail


async def test_another_row_with_what_must_be_unique_is_an_error() -> None:
    twins = [line("leads", {**LEAD, "id": name, "content_hash": "same"}) for name in ("a", "b")]
    with pytest.raises(Invalid, match=r"Line 3: leads: .*leads_content_hash_key"):
        await load([header(), *twins])
