"""The house that the attacks are made on: a service whose model obeys every instruction it reads,
its database seen from outside, and a trap for whatever would leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx2
import pytest

from tests.security.traces import Connection, connect
from tests.service import CLIENT, OPERATOR, Server, running_service
from tests.standin import Standin, running_standin


@dataclass(frozen=True)
class House:
    """`operator`, `other` (a second operator) and `client` are logged in,
    `anybody` is not. `trap` is the address of
    a listener that nobody has a reason to call; `caught` what it got all the same."""

    service: Server
    model: Standin
    conn: Connection
    operator: httpx2.AsyncClient
    other: httpx2.AsyncClient
    client: httpx2.AsyncClient
    anybody: httpx2.AsyncClient
    trap: str
    caught: list[bytes]

    async def id_of(self, who: httpx2.AsyncClient) -> str:
        """The account that a client is logged in to."""
        return str((await who.get("/auth/me")).json()["id"])


SECOND = "second@demo.local"


@pytest.fixture(scope="package")
async def house(server_url: str) -> AsyncIterator[House]:
    """One for all attacks of this folder."""
    caught: list[bytes] = []

    async def catch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caught.append(await reader.read(1000))
        writer.close()

    async with AsyncExitStack() as stack:
        listener = await asyncio.start_server(catch, "127.0.0.1", 0)
        stack.push_async_callback(listener.wait_closed)
        stack.callback(listener.close)
        trap = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        model = await stack.enter_async_context(running_standin())
        service = await stack.enter_async_context(
            running_service(
                server_url,
                demo=True,
                ANTHROPIC_API_KEY="sk-standin-obedient",
                ANTHROPIC_BASE_URL=model.url,
                # Whatever is fetched from elsewhere goes through the trap.
                http_proxy=trap,
                https_proxy=trap,
                no_proxy="127.0.0.1,localhost",
            )
        )
        conn = await stack.enter_async_context(await connect(service.environment["DATABASE_URL"]))
        await conn.execute(
            "INSERT INTO users (email, password_hash, role) "
            "SELECT %s, password_hash, role FROM users WHERE email = %s",
            (SECOND, OPERATOR),
        )
        house = House(
            service,
            model,
            conn,
            await service.log_in(OPERATOR),
            await service.log_in(SECOND),
            await service.log_in(CLIENT),
            service.client(),
            trap,
            caught,
        )
        yield house
