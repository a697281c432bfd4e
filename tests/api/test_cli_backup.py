"""`mosaic backup` and `mosaic restore` as processes, beside a service that goes on running."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import psycopg
import pytest

from memory import migrations
from tests.agui import Sent, send
from tests.command import mosaic
from tests.service import CLIENT, Server, running_service

HEALING_SECONDS = 60.0


@pytest.fixture
async def server(server_url: str) -> AsyncIterator[Server]:
    async with running_service(server_url, demo=True) as running:
        yield running


async def titles(client: httpx2.AsyncClient) -> list[str]:
    """The client's threads. Each connection that the restore has cut answers 503 once."""
    answer = await client.get("/threads")
    async with asyncio.timeout(HEALING_SECONDS):
        while answer.status_code == 503:
            await asyncio.sleep(float(answer.headers["Retry-After"]) / 10)
            answer = await client.get("/threads")
    assert answer.status_code == 200, answer.text
    return [thread["title"] for thread in answer.json()["threads"]]


async def test_the_service_goes_on_with_what_was_restored(server: Server) -> None:
    client = await server.log_in(CLIENT)
    await send(client, Sent("How is my confidence going?"))
    code, output, errors = await mosaic(server, "backup", "--rehearse", "--json")
    assert code == 0, errors
    made = json.loads(output)
    assert made["rehearsed"] and made["rows"] > 50
    assert Path(made["file"]).parent == server.home / "backups"

    await send(client, Sent("Which experiments are running?"))
    assert len(await titles(client)) == 2
    code, output, errors = await mosaic(server, "restore", made["file"])
    assert code == 0 and "Nothing was changed" in output, errors
    assert len(await titles(client)) == 2

    code, output, errors = await mosaic(server, "restore", made["file"], "--yes", "--json")
    assert code == 0, errors
    kept = json.loads(output)["kept"]
    try:
        await server.wait_healthy()
        assert await titles(client) == ["How is my confidence going?"]
        await send(client, Sent("Which experiments are running?"))
        assert (await mosaic(server, "doctor"))[0] == 0
    finally:
        url = migrations.with_database(server.environment["DATABASE_URL"], "postgres")
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(f'DROP DATABASE "{kept}"'.encode())


async def test_what_cannot_be_verified_is_1_and_what_cannot_run_is_2(
    server: Server, tmp_path: Path
) -> None:
    code, output, errors = await mosaic(server, "backup", "--to", str(tmp_path))
    assert code == 0 and str(tmp_path) in output, errors
    file = Path(output.split(": ")[0])
    with file.open("ab") as dump:  # noqa: ASYNC230 - a test's own small file
        dump.write(b"more")
    code, _, errors = await mosaic(server, "restore", str(file), "--yes")
    assert code == 1 and "SHA-256" in errors
    gone = migrations.with_database(server.environment["DATABASE_URL"], "no_such_database")
    code, _, errors = await mosaic(server, "backup", DATABASE_URL=gone)
    assert code == 2 and "no_such_database" in errors
