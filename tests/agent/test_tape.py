"""The tape of an attempt: what could not be written leaves no gap behind it."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from ag_ui.core import StepFinishedEvent, StepStartedEvent

from agent.tape import Tape
from memory.caller import Caller
from memory.hub import Hub
from memory.recorder import Recorder
from memory.runs import Claim, Fenced


async def test_after_an_append_that_failed_nothing_is_numbered(pool: None) -> None:
    run = uuid4().hex
    nobodys = Claim(
        run_id=run, root_id=run, root_turn=1, thread_id=run, caller=Caller(run, "client"), turn=1,
        attempt=1, last_seq=1, text="Hello", cancel_requested=False, account_closed=False,
    )  # fmt: skip
    tape = Tape(nobodys, Recorder(), Hub(""), lambda: None)
    tape.emit(StepStartedEvent(step_name="one"))
    # The append is under way when its run ends, and fails: there is no such run.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await tape.hold()
    with pytest.raises(Fenced):
        tape.emit(StepFinishedEvent(step_name="one"))
    with pytest.raises(Fenced):
        tape.take()
