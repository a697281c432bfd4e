"""What a tape leaves open is what the next attempt closes."""

from __future__ import annotations

import json
import random

from agent.takeover import what_is_open


def event(kind: str, **fields: str) -> str:
    return json.dumps({"type": kind, **fields})


def test_a_whole_tape_leaves_nothing_open() -> None:
    tape = [
        event("RUN_STARTED"),
        event("STEP_STARTED", stepName="answer"),
        event("TOOL_CALL_START", toolCallId="c1"),
        event("TOOL_CALL_ARGS", toolCallId="c1"),
        event("TOOL_CALL_END", toolCallId="c1"),
        event("TOOL_CALL_RESULT", toolCallId="c1"),
        event("TEXT_MESSAGE_START", messageId="m1"),
        event("TEXT_MESSAGE_CONTENT", messageId="m1"),
        event("TEXT_MESSAGE_END", messageId="m1"),
        event("STEP_FINISHED", stepName="answer"),
    ]
    left = what_is_open(tape)
    assert not any(left.model_dump(exclude={"answered"}).values())
    assert left.answered == ["c1"]


def test_a_result_may_answer_a_call_on_another_tape() -> None:
    left = what_is_open([event("RUN_STARTED"), event("TOOL_CALL_RESULT", toolCallId="c1")])
    assert (left.awaited, left.answered) == ([], ["c1"])


def test_a_cut_tape_leaves_open_what_was_begun() -> None:
    tape = [
        event("STEP_STARTED", stepName="answer"),
        event("TOOL_CALL_START", toolCallId="c1"),
        event("TOOL_CALL_END", toolCallId="c1"),
        event("TOOL_CALL_START", toolCallId="c2"),
        event("TEXT_MESSAGE_START", messageId="m1"),
    ]
    left = what_is_open(tape)
    assert left.messages == ["m1"]
    assert left.calls == ["c2"]
    assert left.awaited == ["c1", "c2"]
    assert left.steps == ["answer"]


def test_closing_what_is_open_always_completes_a_tape_cut_anywhere() -> None:
    whole: list[str] = []
    for number in range(4):
        whole += [
            event("STEP_STARTED", stepName=f"s{number}"),
            event("TOOL_CALL_START", toolCallId=f"c{number}"),
            event("TOOL_CALL_END", toolCallId=f"c{number}"),
            event("TOOL_CALL_RESULT", toolCallId=f"c{number}"),
            event("TEXT_MESSAGE_START", messageId=f"m{number}"),
            event("TEXT_MESSAGE_END", messageId=f"m{number}"),
            event("STEP_FINISHED", stepName=f"s{number}"),
        ]
    for _ in range(50):
        cut = whole[: random.Random(_).randrange(len(whole))]
        left = what_is_open(cut)
        closed = [
            *cut,
            *(event("TEXT_MESSAGE_END", messageId=item) for item in left.messages),
            *(event("TOOL_CALL_END", toolCallId=item) for item in left.calls),
            *(event("TOOL_CALL_RESULT", toolCallId=item) for item in left.awaited),
            *(event("STEP_FINISHED", stepName=item) for item in left.steps),
        ]
        assert not any(what_is_open(closed).model_dump(exclude={"answered"}).values())
