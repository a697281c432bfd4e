"""The database cuts every connection, as a restart of it does; the service heals by itself."""

from __future__ import annotations

import asyncio

import psycopg

from tests.agui import ask, assert_whole, follow
from tests.service import CLIENT, running_service

HEALING_SECONDS = 15.0
QUESTION = "How is my confidence going?"


async def test_runs_are_answered_again_after_every_connection_was_cut(server_url: str) -> None:
    async with running_service(server_url, demo=True) as server:
        client = await server.log_in(CLIENT)
        await ask(client, QUESTION)
        with psycopg.connect(server.environment["DATABASE_URL"], autocommit=True) as conn:
            cut = conn.execute(
                "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
        assert cut is not None and cut[0] > 2
        async with asyncio.timeout(HEALING_SECONDS):
            while True:
                answer = await client.post("/api/coach/chat", json={"message": QUESTION})
                if answer.status_code != 503:
                    break
                await asyncio.sleep(0.2)
        assert answer.status_code == 200, answer.text
        assert_whole(await follow(client, answer.json()["run_id"]))
