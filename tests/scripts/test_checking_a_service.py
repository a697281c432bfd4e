"""verify_deploy and smoke_coach pass on a service that is well, and fail on anything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from api.health import git_commit
from evals.server import free_port
from tests.scripts.running import run
from tests.service import Server


@pytest.fixture
async def impostor() -> AsyncIterator[str]:
    """Something that answers 200 and an empty object to everything."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_service_that_is_well_passes(service: Server) -> None:
    code, output = await run("verify_deploy.sh", service.url, "--demo", "--commit", git_commit())
    assert code == 0, output
    assert "FAILED" not in output and output.count("ok  ") >= 18
    assert "ok      the operator's question is streamed" in output


async def test_another_commit_is_noticed(service: Server) -> None:
    code, output = await run("verify_deploy.sh", f"{service.url}/", "--commit", "0123456789ab")
    assert code == 1 and output.count("FAILED") == 1
    assert "FAILED  commit 0123456789ab runs" in output


async def test_the_coach_that_is_well_passes(service: Server) -> None:
    code, output = await run("smoke_coach.sh", service.url)
    assert code == 0, output
    assert "FAILED" not in output and output.count("ok  ") == 6


async def test_a_wrong_password_fails(service: Server) -> None:
    code, output = await run("smoke_coach.sh", service.url, MOSAIC_PASSWORD="not the password")
    assert code == 1 and "FAILED  /auth/login: status 401" in output


@pytest.mark.parametrize("script", ["verify_deploy.sh", "smoke_coach.sh"])
async def test_what_is_no_mosaic_fails(script: str, impostor: str) -> None:
    code, output = await run(script, impostor)
    assert code == 1 and "FAILED" in output, output


@pytest.mark.parametrize("script", ["verify_deploy.sh", "smoke_coach.sh"])
async def test_nobody_there_fails(script: str) -> None:
    code, output = await run(script, f"http://127.0.0.1:{free_port()}")
    assert code == 1 and "status 000" in output, output
