"""The service as a process: it starts, answers, survives its own death on the same port."""

from __future__ import annotations

import os
import signal

import httpx2
import pytest

from evals.server import ServerFailed, log_in
from tests.service import CLIENT, OPERATOR, Server, running_service


async def test_it_answers_and_knows_the_demo_people(service: Server) -> None:
    operator, client = service.client(), service.client()
    await log_in(operator, OPERATOR)
    await log_in(client, CLIENT)
    assert (await operator.get("/auth/me")).json()["role"] == "operator"
    assert (await client.get("/auth/me")).json()["role"] == "client"
    assert service.memory_bytes() > 10_000_000
    with pytest.raises(ServerFailed, match="401"):
        await log_in(service.client(), CLIENT, "not the password")


async def test_killed_and_started_again_it_has_the_same_rows(server_url: str) -> None:
    async with running_service(server_url) as server:
        anonymous = server.client()
        person = {"email": "ann@test.local", "password": "a long enough password"}
        assert (await anonymous.post("/auth/register", json=person)).is_success
        pid = server.pid
        await server.kill()
        assert server.returncode == -signal.SIGKILL
        with pytest.raises(httpx2.TransportError):
            await anonymous.get("/health")
        await server.start()
        assert server.pid != pid
        await log_in(server.client(), person["email"], person["password"])
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)


async def test_a_server_that_cannot_start_says_why(server_url: str) -> None:
    with pytest.raises(ServerFailed, match="Atlantis"):
        async with running_service(server_url, MOSAIC_TIMEZONE="Atlantis/Centre"):
            pass
