"""Readers that are slow, stuck, many, or come back: each gets every event once, and none costs much."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import psutil
import psycopg
import pytest

from tests.agui import Sent, frames
from tests.service import OPERATOR, Server, running_service

MEGABYTE = 1024 * 1024
STUCK_BYTES = 5 * MEGABYTE
STUCK = 10
IDLE = 500
TAPE_EVENTS, EVENT_BYTES = 8000, 2500


@dataclass
class Rig:
    """A service that takes messages and works off none: the tests write the tapes."""

    server: Server
    operator: httpx2.AsyncClient

    @property
    def token(self) -> str:
        return str(self.operator.headers["Authorization"])

    def admin(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.server.environment["DATABASE_URL"], autocommit=True)

    async def begin(self) -> Sent:
        """A run that is waiting for a worker that never comes."""
        sent = Sent("hello")
        async with self.operator.stream("POST", "/agui", json=sent.body) as response:
            assert response.status_code == 200, await response.aread()
            async for _ in frames(response):
                return sent
        raise AssertionError("the stream ended before its first event")

    def append(self, sent: Sent, count: int, size: int) -> None:
        """Write `count` events to its tape, as a worker elsewhere would."""
        with self.admin() as conn:
            conn.execute(
                "INSERT INTO run_events (run_id, seq, owner_id, event) "
                "SELECT r.id, 1 + n, r.owner_id, "
                "       json_build_object('type', 'CUSTOM', 'name', 'n', 'value', repeat('x', %s)) "
                "  FROM runs r, generate_series(1, %s) AS n WHERE r.id = %s",
                (size, count, sent.run_id),
            )
            conn.execute("SELECT pg_notify('run_events', %s)", (sent.run_id,))

    def end(self, sent: Sent) -> None:
        """Write the end of its tape."""
        with self.admin() as conn, conn.transaction():
            conn.execute("UPDATE runs SET status = 'error' WHERE id = %s", (sent.run_id,))
            conn.execute(
                "INSERT INTO run_events (run_id, seq, owner_id, event) "
                "SELECT run_id, max(seq) + 1, min(owner_id), %s FROM run_events "
                " WHERE run_id = %s GROUP BY run_id",
                ('{"type":"RUN_ERROR","message":"Over."}', sent.run_id),
            )
            conn.execute("SELECT pg_notify('run_events', %s)", (sent.run_id,))


@pytest.fixture(scope="module")
async def rig(server_url: str) -> AsyncIterator[Rig]:
    async with running_service(server_url, "--no-worker", demo=True) as server:
        yield Rig(server, await server.log_in(OPERATOR))


@asynccontextmanager
async def raw_reader(
    rig: Rig, sent: Sent, after: int = 0, buffer: int | None = None
) -> AsyncIterator[asyncio.StreamReader]:
    """A connection that has asked for a run's events; it takes what is read of it and no more."""
    sock = socket.socket()
    sock.setblocking(False)
    if buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", rig.server.port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=4096)
    writer.write(
        f"GET /agui/runs/{sent.run_id}/events?after={after} HTTP/1.1\r\nHost: mosaic\r\n"
        f"Authorization: {rig.token}\r\nConnection: close\r\n\r\n".encode()
    )
    await writer.drain()
    try:
        yield reader
    finally:
        writer.transport.abort()


async def read_up_to(reader: asyncio.StreamReader, mark: bytes) -> bytes:
    """What comes until the mark has come."""
    got = bytearray()
    while mark not in got[-65536 - len(mark) :]:
        piece = await reader.read(65536)
        assert piece, f"the connection ended before {mark!r}: {got[:500]!r}"
        got += piece
    return bytes(got)


async def read_to_end(reader: asyncio.StreamReader) -> bytes:
    """What comes until the run's end."""
    return await read_up_to(reader, b'"RUN_ERROR"')


def ids(text: bytes) -> list[int]:
    return [int(line[4:]) for line in text.split(b"\n") if line.startswith(b"id: ")]


async def test_readers_that_are_stuck_cost_little_and_disturb_nobody(rig: Rig) -> None:
    sent = await rig.begin()
    rig.append(sent, TAPE_EVENTS, EVENT_BYTES)
    whole = list(range(1, TAPE_EVENTS + 3))
    async with raw_reader(rig, sent) as warming:
        await read_up_to(warming, b"id: 1000\n")
    before = rig.server.memory_bytes()
    stuck = [raw_reader(rig, sent, buffer=4096) for _ in range(STUCK)]
    readers = [await reader.__aenter__() for reader in stuck]
    try:
        for reader in readers:
            await read_up_to(reader, b"data: ")
        rig.end(sent)
        async with raw_reader(rig, sent) as healthy:
            assert ids(await read_to_end(healthy)) == whole
        grown = rig.server.memory_bytes() - before
        assert grown < STUCK * STUCK_BYTES, f"{grown / MEGABYTE:.0f} MB for {STUCK} readers"
        assert ids(await read_to_end(readers[0]))[-1] == whole[-1]
    finally:
        for one in stuck:
            await one.__aexit__(None, None, None)


async def test_five_hundred_idle_readers_share_one_listener(rig: Rig) -> None:
    """They hold no connection to the database, all wake at the end, and leave nothing open."""
    sessions = (
        "SELECT count(*), count(*) FILTER (WHERE query LIKE 'LISTEN%%') FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    process = psutil.Process(rig.server.pid)
    sent = await rig.begin()
    open_before = process.num_fds()
    with rig.admin() as conn:
        readers = [raw_reader(rig, sent) for _ in range(IDLE)]
        got: list[asyncio.StreamReader] = []
        try:
            for batch in range(0, IDLE, 50):
                came = [await one.__aenter__() for one in readers[batch : batch + 50]]
                got += came
                await asyncio.gather(*(read_up_to(one, b'"RUN_STARTED"') for one in came))
            # The process may have closed a few others meanwhile.
            assert process.num_fds() - open_before >= IDLE - 25
            most = int(rig.server.environment.get("MOSAIC_DATABASE_CONNECTIONS", 20)) + 2
            row = conn.execute(sessions).fetchone()
            assert row is not None and row[0] <= most and row[1] == 1
            rig.end(sent)
            tapes = await asyncio.gather(*(read_to_end(reader) for reader in got))
        finally:
            for one in readers[: len(got)]:
                await one.__aexit__(None, None, None)
    assert all(b"id: 2\n" in tape for tape in tapes)
    async with asyncio.timeout(30):
        while True:
            if process.num_fds() <= open_before + 25:
                break
            await asyncio.sleep(0.1)


async def test_coming_back_twenty_times_shows_every_event_once(rig: Rig) -> None:
    sent = await rig.begin()
    seen = [1]
    for _ in range(20):
        count = 7
        with rig.admin() as conn:
            conn.execute(
                "INSERT INTO run_events (run_id, seq, owner_id, event) "
                'SELECT r.id, %s + n, r.owner_id, \'{"type":"CUSTOM"}\' '
                "  FROM runs r, generate_series(1, %s) AS n WHERE r.id = %s",
                (seen[-1], count, sent.run_id),
            )
        headers = {"Last-Event-ID": str(seen[-1])}
        url = f"/agui/runs/{sent.run_id}/events"
        async with rig.operator.stream("GET", url, headers=headers) as response:
            async for frame in frames(response):
                assert frame.id is not None
                seen.append(frame.id)
                if len(seen) % count == 1:
                    break
    assert seen == list(range(1, 20 * 7 + 2))
    rig.end(sent)
    async with raw_reader(rig, sent, after=seen[-1]) as last:
        assert ids(await read_to_end(last)) == [seen[-1] + 1]


@pytest.mark.parametrize("cursor", ["-1", "abc", "1e3", "9" * 30, "2", "999999", "1,2"])
async def test_an_id_that_nobody_was_given_is_refused(rig: Rig, cursor: str) -> None:
    """Also one that is a number, while its run has no such event."""
    sent = await rig.begin()
    refused = await rig.operator.get(
        f"/agui/runs/{sent.run_id}/events", headers={"Last-Event-ID": cursor}
    )
    assert refused.status_code == 400 and refused.json()["code"] == "bad_cursor"
    assert json.dumps(refused.json()).count("RUN_STARTED") == 0
    rig.end(sent)
