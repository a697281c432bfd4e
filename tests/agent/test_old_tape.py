"""However a run has ended, its tape can be told again from what is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.old_tape import tell_again

USAGE = {"provider": "anthropic", "model": "m", "input_tokens": 7, "output_tokens": 3}
ENDS = {
    "success": {"type": "RUN_FINISHED", "outcome": {"type": "success"}},
    "cancelled": {"type": "RUN_FINISHED", "outcome": {"type": "cancelled"}},
    "error": {"type": "RUN_ERROR", "message": "It broke.", "code": "LLM_5XX"},
}


def run(status: str, length: int = 40) -> dict[str, Any]:
    failed = status == "error"
    return {
        "id": "r",
        "thread_id": "t",
        "continues": None,
        "status": status,
        "tape_length": length,
        "usage": [USAGE],
        "error_message": "It broke." if failed else None,
        "error_code": "LLM_5XX" if failed else None,
    }


def row(number: int, role: str, run_id: str = "r") -> dict[str, Any]:
    return {
        "id": f"m{number}",
        "run_id": run_id,
        "role": role,
        "content": f"text {number}",
        "metadata": {"status": "cancelled"} if role == "assistant" else {},
        "receipt": None,
    }


ROWS = [row(1, "user", "q"), row(2, "assistant", "q"), row(3, "user"), row(4, "assistant")]


@pytest.mark.parametrize("status", ENDS)
def test_from_the_start(status: str) -> None:
    told = tell_again(run(status), ROWS, lambda text, marks: text, after=0)
    events = [json.loads(event) for _, event in told]
    assert [event["type"] for event in events][:-1] == [
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
    ]
    assert {event["messageId"] for event in events[1:-1]} == {"m4"}
    assert events[2]["delta"] == "text 4" and events[3]["metadata"] == {"status": "cancelled"}
    assert events[-1].items() >= ENDS[status].items()
    assert events[-1]["usage"][0]["totalTokens"] == 10
    assert [number for number, _ in told] == [1, 37, 38, 39, 40]
    assert not any("null" in event for _, event in told)


@pytest.mark.parametrize("status", ENDS)
def test_from_the_middle(status: str) -> None:
    (none, snapshot), (last, end) = tell_again(
        run(status), ROWS, lambda text, marks: text, after=20
    )
    assert none is None and last == 40
    assert [message["id"] for message in json.loads(snapshot)["messages"]] == [
        "m1",
        "m2",
        "m3",
        "m4",
    ]
    assert json.loads(end).items() >= ENDS[status].items()


def test_a_run_that_said_nothing_has_a_beginning_and_an_end() -> None:
    told = tell_again(run("cancelled", length=2), ROWS[:3], lambda text, marks: text, after=0)
    assert [(number, json.loads(event)["type"]) for number, event in told] == [
        (1, "RUN_STARTED"),
        (2, "RUN_FINISHED"),
    ]
