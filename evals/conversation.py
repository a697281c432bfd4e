"""Talking to a running service over AG-UI, as any client would, and keeping what came back."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2


@dataclass(frozen=True)
class Call:
    """A tool call as it stood on the wire."""

    tool: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One message and its answer. `receipt` is empty when none came. `rechecked` are the states
    of the receipt's claims when the server reads their rows again. `proposed` are the tools whose
    calls wait for a person's approval. Times are in seconds."""

    text: str
    answer: str = ""
    calls: tuple[Call, ...] = ()
    receipt: dict[str, Any] = field(default_factory=dict)
    rechecked: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    error: str | None = None
    first_text_after: float | None = None
    seconds: float = 0.0


class Refused(Exception):
    """The service did not take the message; says with which status and why."""


async def ask(client: httpx2.AsyncClient, thread_id: str, text: str) -> Turn:
    """Send a message, follow its run to the end and check its receipt again.

    Raises Refused when it is not accepted.
    """
    started = time.perf_counter()
    answer, receipt, first = "", {}, None
    error: str | None = "the stream ended without a terminal event"
    calls: dict[str, tuple[str, str]] = {}
    waiting: list[str] = []
    async for event in events(client, thread_id, text):
        match event["type"]:
            case "TEXT_MESSAGE_START" if answer:
                answer += "\n\n"
            case "TEXT_MESSAGE_CONTENT":
                first = first or time.perf_counter() - started
                answer += event["delta"]
            case "TOOL_CALL_START":
                calls[event["toolCallId"]] = (event["toolCallName"], "")
            case "TOOL_CALL_ARGS":
                tool, args = calls[event["toolCallId"]]
                calls[event["toolCallId"]] = (tool, args + event["delta"])
            case "ACTIVITY_SNAPSHOT":
                receipt = event["content"]
            case "RUN_FINISHED":
                outcome = event.get("outcome", {"type": "success"})
                waiting = [item.get("toolCallId", "") for item in outcome.get("interrupts", [])]
                known = outcome["type"] in ("success", "interrupt")
                error = None if known else f"the run ended as {outcome['type']}"
            case "RUN_ERROR":
                error = f"{event.get('code', 'error')}: {event['message']}"
    seconds = time.perf_counter() - started
    return Turn(
        text=text,
        answer=answer,
        calls=tuple(Call(tool, json.loads(args or "{}")) for tool, args in calls.values()),
        receipt=receipt,
        rechecked=await _recheck(client, receipt),
        proposed=tuple(calls[call][0] for call in waiting if call in calls),
        error=error,
        first_text_after=first,
        seconds=seconds,
    )


async def events(
    client: httpx2.AsyncClient, thread_id: str, text: str
) -> AsyncIterator[dict[str, Any]]:
    """The events of the run that answers a new message. Raises Refused."""
    sent = {
        "threadId": thread_id,
        "runId": str(uuid4()),
        "messages": [{"id": str(uuid4()), "role": "user", "content": text}],
        "tools": [],
        "context": [],
        "state": {},
        "forwardedProps": {},
    }
    async with client.stream("POST", "/agui", json=sent) as response:
        if response.status_code != 200:
            body = (await response.aread()).decode(errors="replace")
            raise Refused(f"POST /agui was refused with {response.status_code}: {body[:300]}")
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line[len("data: ") :])


async def _recheck(client: httpx2.AsyncClient, receipt: dict[str, Any]) -> tuple[str, ...]:
    if not receipt.get("known") and not receipt.get("inferred"):
        return ()
    answer = await client.post(f"/receipts/{receipt['id']}/verify")
    if answer.status_code != 200:
        return (f"not verifiable ({answer.status_code})",)
    return tuple(item["state"] for item in answer.json()["items"])
