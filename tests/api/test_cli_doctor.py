"""`mosaic doctor` as a process: its exit codes, and what it prints for people and machines."""

from __future__ import annotations

import json

import psycopg

from memory import migrations
from tests.command import mosaic
from tests.service import Server, migrated_database


async def doctor(server: Server, *arguments: str, **environment: str) -> tuple[int, str, str]:
    return await mosaic(server, "doctor", *arguments, **environment)


async def test_healthy_is_0(service: Server) -> None:
    code, output, _ = await doctor(service, "--json")
    report = json.loads(output)
    assert (code, report["healthy"], report["findings"]) == (0, True, [])
    assert report["tables"]["public.users"] >= 2 and report["migration"]


async def test_findings_are_1_and_said_with_their_remedy(service: Server, server_url: str) -> None:
    with migrated_database(server_url) as url:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("DROP INDEX sessions_by_expiry")
        code, output, _ = await doctor(service, "--json", DATABASE_URL=url)
        assert code == 1
        assert [item["check"] for item in json.loads(output)["findings"]] == ["index_missing"]
        code, output, _ = await doctor(service, DATABASE_URL=url)
        assert code == 1 and "index_missing" in output and "Create it again" in output


async def test_a_database_that_is_not_there_is_2(service: Server, server_url: str) -> None:
    gone = migrations.with_database(server_url, "no_such_database")
    code, _, errors = await doctor(service, "--json", DATABASE_URL=gone)
    assert code == 2 and "no_such_database" in errors
