"""A client that never gives up: it sends until it is told that its message is stored, and comes
back with Last-Event-ID until it has seen the end. It notes every promise that is broken to it."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.agui import TERMINAL, Frame, Sent, frames

READ_SECONDS = 6.0
LONGEST_PAUSE = 0.4
COME_BACK = {429, 502, 503}


@dataclass
class Tape:
    """What one client was told of one run, in order. `after` says when in the tape to cancel."""

    sent: Sent
    events: list[dict[str, Any]] = field(default_factory=list)
    cancel_after: int | None = None
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    @property
    def ended(self) -> bool:
        return bool(self.events) and self.events[-1]["type"] in TERMINAL

    @property
    def outcome(self) -> str:
        """success, interrupt, cancelled, or the code of its error."""
        last = self.events[-1]
        return str(last.get("code") or last.get("outcome", {}).get("type", "no outcome"))


class Reader:
    """`seen` counts what happened on the way, `faults` are broken promises in words."""

    def __init__(self, client: httpx2.AsyncClient, chance: random.Random) -> None:
        self._client = client
        self._chance = chance
        self.seen: Counter[str] = Counter()
        self.faults: list[str] = []

    async def tell(self, tape: Tape, resume: list[dict[str, Any]] | None = None) -> None:
        """Send a message, or the answer to approvals, and read its run to the end."""
        body = (
            tape.sent.body
            if resume is None
            else {**tape.sent.body, "messages": [], "resume": resume}
        )
        while not tape.ended:
            # Once it is stored, sending it again must lead to the same run.
            again = bool(tape.events) and self._chance.random() < 0.15
            if not tape.events or again:
                self.seen["sent again"] += again
                await self._read(tape, self._client.stream("POST", "/agui", json=body), after=0)
            else:
                await self._read(tape, self._events(tape), after=len(tape.events))
        tape.seconds = time.monotonic() - tape.began

    async def follow(self, tape: Tape) -> None:
        """Read a run that somebody else started."""
        while not tape.ended:
            await self._read(tape, self._events(tape), after=len(tape.events))

    async def replayed(self, tape: Tape) -> None:
        """Read an ended run again from its first event and compare it with what was told."""
        copy = Tape(tape.sent, list(tape.events))
        url = f"/agui/runs/{tape.sent.run_id}/events?after=0"
        for _ in range(20):
            stream = self._client.stream("GET", url)
            if await self._read(copy, stream, after=0) == len(tape.events):
                return
        self.faults.append(f"{tape.sent.run_id}: not the same when it is read again")

    async def ask(self, method: str, url: str, **sent: Any) -> httpx2.Response:
        """Any other request, until it is answered."""
        while True:
            try:
                answer = await self._client.request(method, url, **sent)
                if answer.status_code not in COME_BACK:
                    return answer
                self.seen[f"refused {answer.status_code}"] += 1
            except httpx2.TransportError:
                self.seen["connections lost"] += 1
            await self._pause()

    def _events(self, tape: Tape) -> AbstractAsyncContextManager[httpx2.Response]:
        headers = {"Last-Event-ID": str(len(tape.events))}
        url = f"/agui/runs/{tape.sent.run_id}/events"
        return self._client.stream("GET", url, headers=headers)

    async def _read(
        self, tape: Tape, stream: AbstractAsyncContextManager[httpx2.Response], after: int
    ) -> int:
        """Read one connection to its end; returns the position it reached."""
        position = after
        try:
            async with stream as response:
                if response.status_code != 200:
                    await self._refused(tape, response)
                    return position
                async for frame in frames(response):
                    if frame.id is None:
                        continue
                    position += 1
                    self._take(tape, frame, position)
                    if tape.cancel_after is not None and position >= tape.cancel_after:
                        tape.cancel_after = None
                        await self.ask("POST", f"/agui/runs/{tape.sent.run_id}/cancel")
            if not tape.ended:
                self.faults.append(f"{tape.sent.run_id}: a stream ended well before its run did")
        except httpx2.TransportError:
            self.seen["connections lost"] += 1
            await self._pause()
        return position

    def _take(self, tape: Tape, frame: Frame, position: int) -> None:
        where = f"{tape.sent.run_id}: event {frame.id}"
        if frame.id != position:
            self.faults.append(f"{where} where {position} was due")
        elif position <= len(tape.events):
            if tape.events[position - 1] != frame.event:
                self.faults.append(f"{where} is not what it was before")
        elif tape.ended:
            self.faults.append(f"{where} came after the end")
        else:
            tape.events.append(frame.event)

    async def _refused(self, tape: Tape, response: httpx2.Response) -> None:
        text = (await response.aread()).decode()
        if response.status_code in COME_BACK:
            self.seen[f"refused {response.status_code}"] += 1
            if "retry-after" not in response.headers:
                self.faults.append(f"{response.status_code} without Retry-After: {text}")
            await self._pause()
        else:
            self.faults.append(f"{tape.sent.run_id}: {response.status_code} {text[:300]}")
            await asyncio.sleep(1)

    async def _pause(self) -> None:
        await asyncio.sleep(self._chance.uniform(0, LONGEST_PAUSE))
