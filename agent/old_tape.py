"""The tape of a run whose events were dropped, told again from what is stored of it."""

from __future__ import annotations

from typing import Any

from ag_ui.core import (
    BaseEvent,
    MessagesSnapshotEvent,
    RunErrorEvent,
    RunFinishedCancelledOutcome,
    RunFinishedEvent,
    RunFinishedSuccessOutcome,
    RunStartedEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
)

from agent.context import Render
from agent.ending import receipt_event, token_usage
from agent.models.types import Usage
from agent.receipts.model import Receipt
from agent.takeover import as_message
from agent.tape import PROTOCOL_VERSION, encode

Told = list[tuple[int | None, str]]
"""Events with their ids; None for one that a reader cannot come back to."""


def tell_again(run: dict[str, Any], rows: list[dict[str, Any]], render: Render, after: int) -> Told:
    """The events of `run` for a reader who has seen those up to `after`; `rows` are the messages
    of its thread up to its turn.

    From the start: RUN_STARTED, each message whole, the receipt, the end; ids grow, with a gap
    after the first. Somewhere in the middle: the messages as a snapshot, which replaces the part
    that was read, then the receipt and the end.
    """
    said = [row for row in rows if row["run_id"] == run["id"] and row["role"] == "assistant"]
    closing = [_receipt(row, render) for row in said if row["receipt"]] + [_end(run)]
    if after > 0:
        snapshot = MessagesSnapshotEvent(messages=[as_message(row) for row in rows])
        told = _number(closing, run["tape_length"])
        return [(None, encode(snapshot)), *(item for item in told if (item[0] or 0) > after)]
    opening = RunStartedEvent(
        thread_id=run["thread_id"],
        run_id=run["id"],
        protocol_version=PROTOCOL_VERSION,
        parent_run_id=run["continues"],
    )
    spoken = [event for row in said for event in _message(row)]
    return [(1, encode(opening)), *_number(spoken + closing, run["tape_length"])]


def _number(events: list[BaseEvent], last: int) -> Told:
    return [
        (number, encode(event)) for number, event in enumerate(events, start=last - len(events) + 1)
    ]


def _message(row: dict[str, Any]) -> list[BaseEvent]:
    return [
        TextMessageStartEvent(message_id=row["id"], role="assistant"),
        TextMessageContentEvent(message_id=row["id"], delta=row["content"]),
        TextMessageEndEvent(message_id=row["id"], metadata=row["metadata"] or None),
    ]


def _receipt(row: dict[str, Any], render: Render) -> BaseEvent:
    receipt = Receipt.model_validate(row["receipt"])
    return receipt_event(receipt, row["id"], row["content"], render)


def _end(run: dict[str, Any]) -> BaseEvent:
    usage = [token_usage(Usage(**item)) for item in run["usage"] or []]
    if run["status"] == "error":
        return RunErrorEvent(message=run["error_message"], code=run["error_code"], usage=usage)
    done = run["status"] == "success"
    return RunFinishedEvent(
        thread_id=run["thread_id"],
        run_id=run["id"],
        outcome=RunFinishedSuccessOutcome() if done else RunFinishedCancelledOutcome(),
        usage=usage,
    )
