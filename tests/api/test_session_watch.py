"""Who is shut out loses what they are reading, also in the middle of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.agui import Sent, frames
from tests.security.traces import connect
from tests.service import PASSWORD, Server, running_service
from tests.standin import Standin, running_standin

PROMISED_SECONDS = 15.0
SLOW = "fixed:2000x100"


@pytest.fixture(scope="module")
async def slow(server_url: str) -> AsyncIterator[tuple[Server, Standin]]:
    """A service whose model speaks for minutes, as long as it is listened to."""
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(running_standin())
        service = await stack.enter_async_context(
            running_service(
                server_url,
                ANTHROPIC_API_KEY=f"sk-standin-{SLOW}",
                ANTHROPIC_BASE_URL=standin.url,
            )
        )
        yield service, standin


async def join(service: Server) -> tuple[httpx2.AsyncClient, str]:
    http = service.client()
    email = f"{uuid4().hex}@test.local"
    made = await http.post("/auth/register", json={"email": email, "password": PASSWORD})
    http.headers["Authorization"] = f"Bearer {made.json()['access_token']}"
    return http, email


async def read_on(http: httpx2.AsyncClient, sent: Sent, begun: asyncio.Event) -> dict[str, Any]:
    """Read a run to the end of its stream; returns the last event, which brings no id when it
    was made for this reader alone."""
    last: dict[str, Any] = {}
    async with http.stream("POST", "/agui", json=sent.body) as response:
        assert response.status_code == 200, await response.aread()
        async for frame in frames(response):
            last = {"id": frame.id, **frame.event}
            if frame.event["type"] == "TEXT_MESSAGE_CONTENT":
                begun.set()
    return last


@pytest.mark.parametrize("way", ["revoked", "disabled", "logged out"])
async def test_a_session_that_ends_takes_its_streams_along(
    slow: tuple[Server, Standin], way: str
) -> None:
    service, _ = slow
    http, email = await join(service)
    begun = asyncio.Event()
    reading = asyncio.create_task(read_on(http, Sent("Please talk to me"), begun))
    async with asyncio.timeout(60):
        await begun.wait()
    if way == "disabled":
        await service.run("user", "disable", email)
    elif way == "logged out":
        assert (await http.post("/auth/logout")).status_code == 204
    else:
        again = service.client()
        logged_in = await again.post("/auth/login", json={"email": email, "password": PASSWORD})
        again.headers["Authorization"] = f"Bearer {logged_in.json()['access_token']}"
        listed = (await again.get("/auth/sessions")).json()["sessions"]
        [theirs] = [item["id"] for item in listed if not item["current"]]
        assert (await again.delete(f"/auth/sessions/{theirs}")).status_code == 204
    began = asyncio.get_running_loop().time()
    last = await asyncio.wait_for(reading, 60)
    took = asyncio.get_running_loop().time() - began
    assert (last["type"], last["code"], last["id"]) == ("RUN_ERROR", "session_ended", None)
    assert took < PROMISED_SECONDS


async def test_other_sessions_of_the_person_read_on(slow: tuple[Server, Standin]) -> None:
    service, _ = slow
    http, email = await join(service)
    other = service.client()
    logged_in = await other.post("/auth/login", json={"email": email, "password": PASSWORD})
    other.headers["Authorization"] = f"Bearer {logged_in.json()['access_token']}"
    sent, begun = Sent("Please talk to me"), asyncio.Event()
    first = asyncio.create_task(read_on(http, sent, begun))
    async with asyncio.timeout(60):
        await begun.wait()
    async with other.stream("GET", f"/agui/runs/{sent.run_id}/events?after=0") as response:
        got = frames(response)
        assert (await anext(got)).event["type"] == "RUN_STARTED"
        assert (await http.post("/auth/logout")).status_code == 204
        assert (await asyncio.wait_for(first, 60))["code"] == "session_ended"
        assert (await other.post(f"/agui/runs/{sent.run_id}/cancel")).status_code == 202
        async with asyncio.timeout(60):
            tail = [frame async for frame in got]
    assert tail[-1].event["type"] == "RUN_FINISHED" and tail[-1].id is not None


async def test_what_is_told_to_who_was_shut_out_is_not_on_the_tape(
    slow: tuple[Server, Standin],
) -> None:
    service, _ = slow
    async with await connect(service.environment["DATABASE_URL"]) as conn:
        rows = await conn.execute("SELECT event FROM run_events")
        events = [json.loads(row["event"]) async for row in rows]
    assert events and not [event for event in events if event.get("code") == "session_ended"]
