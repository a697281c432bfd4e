"""Taking a run up again after its worker died: close on the tape what that worker left open."""

from __future__ import annotations

import json

from ag_ui.core import (
    AssistantMessage,
    MessagesSnapshotEvent,
    StepFinishedEvent,
    TextMessageEndEvent,
    ToolCallEndEvent,
    UserMessage,
)
from pydantic import BaseModel

from agent.context import RunContext
from memory import threads
from memory.pool import get_conn
from memory.runs import read_chain, read_events

SNAPSHOT_TURNS = 20


class Open(BaseModel):
    """What a tape leaves open: text messages, tool calls (those without END, those without
    RESULT) and steps; and the calls that have their RESULT."""

    messages: list[str] = []
    calls: list[str] = []
    awaited: list[str] = []
    answered: list[str] = []
    steps: list[str] = []


def what_is_open(events: list[str]) -> Open:
    """Fold a tape into what it leaves open."""
    left = Open()
    for text in events:
        event = json.loads(text)
        match event["type"]:
            case "TEXT_MESSAGE_START":
                left.messages.append(event["messageId"])
            case "TEXT_MESSAGE_END":
                left.messages.remove(event["messageId"])
            case "TOOL_CALL_START":
                left.calls.append(event["toolCallId"])
                left.awaited.append(event["toolCallId"])
            case "TOOL_CALL_END":
                left.calls.remove(event["toolCallId"])
            case "TOOL_CALL_RESULT":
                left.answered.append(event["toolCallId"])
            case "STEP_STARTED":
                left.steps.append(event["stepName"])
            case "STEP_FINISHED":
                left.steps.remove(event["stepName"])
    # The call of a RESULT may stand on the tape of the run that this one continues.
    left.awaited = [call for call in left.awaited if call not in left.answered]
    return left


async def close_what_is_open(work: RunContext) -> None:
    """End open messages, calls and steps of the attempts before, then send what is committed,
    so that a reader drops the text that was cut off. Nothing to do on a first attempt."""
    claim = work.claim
    if claim.attempt == 1:
        return
    async with get_conn(work.caller) as conn:
        tape = await read_events(conn, claim.run_id, after=0, limit=100_000)
        rows = await threads.list_messages(conn, claim.thread_id, turns=SNAPSHOT_TURNS)
    left = what_is_open([event for _, event in tape])
    for message in left.messages:
        work.tape.emit(TextMessageEndEvent(message_id=message, metadata={"status": "superseded"}))
    for call in left.calls:
        work.tape.emit(ToolCallEndEvent(tool_call_id=call))
    work.announced.answered |= set(left.answered)
    work.announced.cut_off(left.awaited, "Interrupted, starting again")
    for step in left.steps:
        work.tape.emit(StepFinishedEvent(step_name=step))
    if any('"TEXT_MESSAGE_START"' in event for _, event in tape):
        work.tape.emit(MessagesSnapshotEvent(messages=[as_message(row) for row in rows]))


async def cut_calls_off(work: RunContext) -> None:
    """Answer every call that nothing more will come of, also those of the runs it continues."""
    waited_for: list[str] = []
    if work.claim.continues:
        async with get_conn(work.caller) as conn:
            tapes = await read_chain(conn, work.claim.root_id)
        waited_for = what_is_open(tapes).awaited
    work.announced.cut_off(waited_for, "Stopped")


def as_message(row: dict[str, object]) -> UserMessage | AssistantMessage:
    """A stored message in AG-UI's shape, with its receipt in the metadata."""
    kind = UserMessage if row["role"] == "user" else AssistantMessage
    metadata = dict(row["metadata"]) if isinstance(row["metadata"], dict) else {}
    return kind(id=str(row["id"]), content=str(row["content"]), metadata=metadata or None)
