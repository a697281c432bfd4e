"""`mosaic export` and `mosaic load` as processes: from a service's database into an empty one."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from memory import migrations, recall
from memory.caller import Caller
from memory.ledgers import TABLES
from memory.pool import SESSION_OPTIONS
from memory.question import Question
from tests.command import mosaic
from tests.security.traces import connect, snapshot
from tests.service import CLIENT, Server, migrated_database


async def found(url: str, question: str) -> list[tuple[str, str, dict[str, Any]]]:
    """What an operator's question recalls."""
    operator = Caller("somebody", "operator")
    async with await psycopg.AsyncConnection.connect(
        url, row_factory=dict_row, options=SESSION_OPTIONS
    ) as conn:
        await conn.execute("SELECT set_config('app.role', 'operator', true)")
        hits = await recall.search(conn, operator, Question(question), limit=5)
    return [(hit.text, hit.written_by, hit.source_key) for hit in hits]


async def test_exported_and_loaded_the_business_is_the_same(
    service: Server, server_url: str, tmp_path: Path
) -> None:
    file, source = tmp_path / "ledgers.jsonl", service.environment["DATABASE_URL"]
    code, output, errors = await mosaic(service, "export", "--out", str(file))
    assert code == 0 and "rows of 10 tables" in output, errors
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == [file.name]
    with migrated_database(server_url) as url:
        lines = file.read_bytes()
        code, output, errors = await mosaic(
            service, "load", "-", "--json", stdin=lines, DATABASE_URL=url
        )
        assert code == 0, errors
        tables = json.loads(output)["tables"]
        assert tables["leads"] == {"new": 14, "there": 0} and not tables["roi_estimates"]["new"]
        async with await connect(source) as here, await connect(url) as there:
            first = await snapshot(there, (*TABLES, "memories", "audit_log"))
            assert await snapshot(here, TABLES) == {name: first[name] for name in TABLES}
        for question in ("Who wants a quote builder?", "What did the physio write about rules?"):
            assert len(await found(url, question)) == 5
            assert await found(url, question) == await found(source, question)

        code, output, errors = await mosaic(service, "load", str(file), DATABASE_URL=url)
        assert code == 0 and "there already" in output, errors
        bad = lines + b'{"table": "leads", "row": {"id": "new", "title": ""}}\n'
        last = len(bad.splitlines())
        code, output, errors = await mosaic(service, "load", "-", stdin=bad, DATABASE_URL=url)
        assert code == 1 and f"Line {last}: leads" in errors and not output
        async with await connect(url) as there:
            assert await snapshot(there, (*TABLES, "memories", "audit_log")) == first


async def test_what_cannot_be_read_is_2(service: Server, server_url: str, tmp_path: Path) -> None:
    code, _, errors = await mosaic(service, "load", str(tmp_path / "none.jsonl"))
    assert code == 2 and "none.jsonl cannot be read" in errors
    gone = migrations.with_database(server_url, "no_such_database")
    code, _, errors = await mosaic(service, "load", "-", DATABASE_URL=gone)
    assert code == 2 and "no_such_database" in errors
    code, _, errors = await mosaic(service, "export", "--out", "/dev/null")
    assert code == 2 and "/dev/null is not a file" in errors


async def test_of_a_person_it_is_what_they_get_themselves(service: Server) -> None:
    client = await service.log_in(CLIENT)
    own = (await client.get("/me/export")).json()["tables"]
    code, output, errors = await mosaic(service, "export", "--person", f" {CLIENT.upper()}")
    assert code == 0, errors
    exported = json.loads(output)["tables"]
    # The request has touched the session it came by.
    assert own.pop("sessions") and exported.pop("sessions")
    assert exported == own and exported["experiments"]
    async with await connect(service.environment["DATABASE_URL"]) as conn:
        last = await (
            await conn.execute("SELECT actor, action FROM audit_log ORDER BY id DESC LIMIT 1")
        ).fetchone()
    assert last == {"actor": "command line", "action": "account.exported"}
    code, output, errors = await mosaic(service, "export", "--person", "nobody@test.local")
    assert code == 1 and not output and "no account nobody@test.local" in errors
