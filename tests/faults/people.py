"""The people of a soak: each says one thing after the other and checks what comes of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2

from tests.agui import Sent
from tests.faults.reader import Reader, Tape

LONGEST_RUN = 300.0
"""Seconds after which a run that has not ended is taken for lost."""
POLL_SECONDS = 0.3
CANCELLED_SHARE = 0.1
BY_PAGE_SHARE = 0.3


@dataclass
class Person:
    """One person at one thread. `tapes` is what they were told; `effects` maps the words of each
    thing they asked to be written down to whether they were told that it was."""

    client: httpx2.AsyncClient
    chance: random.Random
    tick: Callable[[], None]
    """Called for every run that has ended."""

    def __post_init__(self) -> None:
        self.reader = Reader(self.client, self.chance)
        self.thread_id = str(uuid4())
        self.tapes: list[Tape] = []
        self.effects: dict[str, bool] = {}

    async def act(self, number: int) -> None:
        """Do one thing, with this number in it if it writes."""
        raise NotImplementedError

    async def check(self) -> None:
        """Note where what is there is not what they were told."""

    @property
    def faults(self) -> list[str]:
        return self.reader.faults

    async def say(self, text: str, resume: list[dict[str, Any]] | None = None) -> Tape | None:
        """Say it and hear the answer out; None when none came."""
        tape = Tape(Sent(text, thread_id=self.thread_id))
        self.tapes.append(tape)
        if resume is None and self.chance.random() < CANCELLED_SHARE:
            tape.cancel_after = self.chance.randint(1, 12)
        return tape if await self._in_time(self.reader.tell(tape, resume), tape) else None

    async def _in_time(self, reading: Awaitable[None], tape: Tape) -> bool:
        try:
            async with asyncio.timeout(LONGEST_RUN):
                await reading
        except TimeoutError:
            self.faults.append(f"{tape.sent.run_id}: no end within {LONGEST_RUN:.0f} s")
            return False
        self.tick()
        return True


class Client(Person):
    """A coached person: asks, and logs experiments."""

    async def act(self, number: int) -> None:
        if self.chance.random() < 0.5:
            questions = ["How is my confidence going?", "Which experiments am I running?"]
            await self.say(self.chance.choice(questions))
            return
        name = f"call colleague x{number}"
        tape = await self.say(f"Log an experiment: {name}")
        self.effects[name] = tape is not None and tape.outcome == "success"

    async def check(self) -> None:
        """Each experiment is there once if they were told so, and never twice."""
        answer = await self.reader.ask("GET", "/experiments", params={"limit": 100})
        there = [item["experiment_name"] for item in answer.json()["experiments"]]
        for name, told in self.effects.items():
            if there.count(name) > 1 or (told and there.count(name) != 1):
                self.faults.append(f"{name!r}: told {told}, there {there.count(name)} times")


class Operator(Person):
    """The owner at one lead: asks, and has touches logged, which each wait for approval."""

    lead = ""

    async def act(self, number: int) -> None:
        if self.chance.random() < 0.5:
            await self.say(
                self.chance.choice(["What is the bottleneck?", f"Where is {self.lead}?"])
            )
            return
        said = f"agreed on x{number}"
        tape = await self.say(f"Log a call with {self.lead}: {said}")
        if tape is None or tape.outcome != "interrupt":
            return
        approval = tape.events[-1]["outcome"]["interrupts"][0]["id"]
        by_page = self.chance.random() < BY_PAGE_SHARE
        await (self._approve(approval) if by_page else self._resume(approval))
        decided = (await self.reader.ask("GET", f"/approvals/{approval}")).json()
        self.effects[said] = decided["status"] == "executed"
        if decided["status"] != "executed":
            self.faults.append(f"approval {approval} was approved and is {decided['status']}")

    async def _resume(self, approval: str) -> None:
        """Approve in the conversation."""
        answer = [
            {"interruptId": approval, "status": "resolved", "payload": {"decision": "approve"}}
        ]
        await self.say("", answer)

    async def _approve(self, approval: str) -> None:
        """Approve in the inbox, several times at once; then read the run that goes on."""
        url, decision = f"/approvals/{approval}", {"decision": "approve"}
        answers = await asyncio.gather(
            *(self.reader.ask("POST", url, json=decision) for _ in range(self.chance.randint(1, 3)))
        )
        if any(answer.status_code not in (200, 409) for answer in answers):
            self.faults.append(f"approval {approval}: {[one.text[:200] for one in answers]}")
        tape = Tape(Sent("", thread_id=self.thread_id))
        if await self._in_time(self._find_continuation(tape), tape):
            self.tapes.append(tape)

    async def _find_continuation(self, tape: Tape) -> None:
        """The run that goes on, once it is there; then to its end."""
        known = {one.sent.run_id for one in self.tapes}
        while True:
            thread = (await self.reader.ask("GET", f"/threads/{self.thread_id}")).json()
            there = {message["run_id"] for message in thread["messages"]}
            there |= {thread["active_run_id"]} - {None}
            if found := there - known:
                tape.sent.run_id = found.pop()
                return await self.reader.follow(tape)
            await asyncio.sleep(POLL_SECONDS)
