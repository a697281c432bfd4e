"""Speaking AG-UI to a service in tests: send, read the frames, check that a tape is whole."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

TERMINAL = {"RUN_FINISHED", "RUN_ERROR"}


@dataclass
class Frame:
    """One server-sent event: its id (None for those made for this reader alone) and its data."""

    id: int | None
    event: dict[str, Any]


@dataclass
class Sent:
    """A message to send, and the ids it is sent under."""

    text: str
    thread_id: str = field(default_factory=lambda: str(uuid4()))
    run_id: str = field(default_factory=lambda: str(uuid4()))
    message_id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def body(self) -> dict[str, Any]:
        return {
            "threadId": self.thread_id,
            "runId": self.run_id,
            "messages": [{"id": self.message_id, "role": "user", "content": self.text}],
            "tools": [],
            "context": [],
            "state": {},
            "forwardedProps": {},
        }


async def frames(response: httpx2.Response) -> AsyncIterator[Frame]:
    """The frames of a stream, read byte for byte as AG-UI's own client does: LF only."""
    buffer = b""
    async for chunk in response.aiter_bytes():
        buffer += chunk
        assert b"\r" not in buffer
        while b"\n\n" in buffer:
            block, buffer = buffer.split(b"\n\n", 1)
            lines = block.decode().split("\n")
            data = [line[6:] for line in lines if line.startswith("data: ")]
            ids = [int(line[4:]) for line in lines if line.startswith("id: ")]
            if data:
                yield Frame(ids[0] if ids else None, json.loads("\n".join(data)))


async def send(client: httpx2.AsyncClient, sent: Sent) -> list[Frame]:
    """Send a message and read its run to the end."""
    async with client.stream("POST", "/agui", json=sent.body) as response:
        assert response.status_code == 200, await response.aread()
        return [frame async for frame in frames(response)]


async def follow(client: httpx2.AsyncClient, run_id: str, after: int | None = None) -> list[Frame]:
    """Follow a run to its end."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    url = f"/agui/runs/{run_id}/events"
    async with client.stream("GET", url, headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        return [frame async for frame in frames(response)]


async def ask(client: httpx2.AsyncClient, text: str, **ids: str) -> Answer:
    """Send a message and read the answer."""
    return Answer(await send(client, Sent(text, **ids)))


class Answer:
    """What a run said, out of its frames."""

    def __init__(self, got: list[Frame]) -> None:
        self.frames = got
        self.events = [frame.event for frame in got]

    @property
    def text(self) -> str:
        return "".join(e["delta"] for e in self.events if e["type"] == "TEXT_MESSAGE_CONTENT")

    @property
    def receipt(self) -> dict[str, Any]:
        found = [e["content"] for e in self.events if e["type"] == "ACTIVITY_SNAPSHOT"]
        assert len(found) == 1
        receipt: dict[str, Any] = found[0]
        return receipt

    @property
    def tools(self) -> list[str]:
        return [e["toolCallName"] for e in self.events if e["type"] == "TOOL_CALL_START"]

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]


def assert_whole(got: list[Frame], first: int = 1) -> None:
    """Ids without gap or duplicate from `first`; one RUN_STARTED, first; one terminal event,
    last; everything that was opened is closed."""
    ids = [frame.id for frame in got if frame.id is not None]
    assert ids == list(range(first, first + len(ids)))
    kinds = [frame.event["type"] for frame in got]
    assert [kind in TERMINAL for kind in kinds].count(True) == 1 and kinds[-1] in TERMINAL
    if first > 1:
        return
    assert kinds[0] == "RUN_STARTED" and kinds.count("RUN_STARTED") == 1
    for opens, closes, key in (
        ("TEXT_MESSAGE_START", "TEXT_MESSAGE_END", "messageId"),
        ("TOOL_CALL_START", "TOOL_CALL_END", "toolCallId"),
        ("TOOL_CALL_START", "TOOL_CALL_RESULT", "toolCallId"),
        ("STEP_STARTED", "STEP_FINISHED", "stepName"),
    ):
        opened = [frame.event[key] for frame in got if frame.event["type"] == opens]
        closed = [frame.event[key] for frame in got if frame.event["type"] == closes]
        assert sorted(opened) == sorted(closed), (opens, opened, closed)
