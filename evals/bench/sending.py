"""A client that costs next to nothing: one request over a socket, timed by what comes back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from evals.bench.rig import Busy, CannotMeasure, Helper, Person, key
from evals.server import Server

READ_BYTES = 65536
LAST_CHUNK = b"\r\n0\r\n\r\n"
READ_SECONDS = 60.0

Body = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """Where messages go and how answers are read: `text` marks a delta, `end` a good end.
    `body` makes the request from the message and the thread's id."""

    url: str
    path: str
    headers: Mapping[str, str]
    text: bytes
    end: bytes
    body: Callable[[str, str], Body]


@dataclass(frozen=True)
class Timed:
    """One answer. Times in seconds from the connection on: of the first text, of the end, and
    of every part that held text; `received` as it came, chunk marks included."""

    first_text: float
    done: float
    received: bytes
    arrivals: tuple[float, ...] = ()

    def last_event(self) -> dict[str, Any]:
        """The last event of the stream."""
        lines = [line for line in self.received.splitlines() if line.startswith(b"data: ")]
        event: dict[str, Any] = json.loads(lines[-1][len(b"data: ") :])
        return event


def product(server: Server, person: Person) -> Target:
    """The product, over AG-UI, as `person` reaches it."""
    return Target(
        server.url,
        "/agui",
        {"authorization": f"Bearer {person.token}"},
        text=b'"TEXT_MESSAGE_CONTENT"',
        end=b'"RUN_FINISHED"',
        body=lambda message, thread_id: {
            "threadId": thread_id,
            "runId": str(uuid4()),
            "messages": [{"id": str(uuid4()), "role": "user", "content": message}],
            "tools": [],
            "context": [],
            "state": {},
            "forwardedProps": {},
        },
    )


def floor(helper: Helper) -> Target:
    """The bare proxy."""
    return Target(
        helper.url,
        "/chat",
        {},
        text=b'"delta"',
        end=b'"done"',
        body=lambda message, _: {"message": message},
    )


def provider(standin: Helper, persona: str) -> Target:
    """The stand-in, with nothing between."""
    return Target(
        standin.url,
        "/v1/messages",
        {"x-api-key": key(persona), "anthropic-version": "2023-06-01"},
        text=b'"text_delta"',
        end=b'"message_stop"',
        body=lambda message, _: {
            "model": "claude-sonnet-5-5",
            "max_tokens": 1500,
            "stream": True,
            "messages": [{"role": "user", "content": message}],
        },
    )


async def send(target: Target, message: str, thread_id: str | None = None) -> Timed:
    """Send one message, in a thread of its own unless one is named, and read its answer.

    Raises CannotMeasure when it is refused, says nothing or ends early; Busy for a 503.
    """
    address = urlsplit(target.url)
    request = _request(target, address.netloc, target.body(message, thread_id or uuid4().hex))
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(request)
        return await asyncio.wait_for(_read(reader, target, started), READ_SECONDS)
    except TimeoutError as error:
        raise CannotMeasure(f"{target.url}{target.path}: no end in {READ_SECONDS} s") from error
    finally:
        writer.close()


def _request(target: Target, host: str, body: Body) -> bytes:
    content = json.dumps(body).encode()
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"host: {host}",
        "content-type: application/json",
        f"content-length: {len(content)}",
        "connection: close",
        *(f"{name}: {value}" for name, value in target.headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def _read(reader: asyncio.StreamReader, target: Target, started: float) -> Timed:
    received = b""
    arrivals: list[float] = []
    while part := await reader.read(READ_BYTES):
        received += part
        if target.text in part:
            arrivals.append(time.perf_counter() - started)
        if received.endswith(LAST_CHUNK):
            break
    done = time.perf_counter() - started
    if not arrivals or target.end not in received:
        kind = Busy if received.startswith(b"HTTP/1.1 503") else CannotMeasure
        raise kind(f"{target.url}{target.path} answered …{received[-500:]!r}")
    return Timed(arrivals[0], done, received, tuple(arrivals))
