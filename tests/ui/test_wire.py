"""The page reads AG-UI events as the wire says, whatever their order and their pieces."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ui.conftest import Visit
from tests.ui.visitor import Visitor


@pytest.fixture
async def page(visit: Visit) -> Visitor:
    """A page whose modules can be called."""
    nobody = await visit(None)
    await nobody.page.goto(nobody.url + "/login")
    return nobody


async def folded(page: Visitor, *events: dict[str, Any]) -> dict[str, Any]:
    run: dict[str, Any] = await page.module(
        "run.js",
        "(module, events) => { const run = module.newRun('r1');"
        " for (const event of events) module.fold(run, event); return run; }",
        list(events),
    )
    return run


STARTED = {"type": "RUN_STARTED", "threadId": "t", "runId": "r1", "protocolVersion": "1.0"}
SAYS = {"type": "TEXT_MESSAGE_START", "messageId": "m1", "role": "assistant"}


def says(text: str, message: str = "m1") -> dict[str, Any]:
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": message, "delta": text}


async def test_frames_come_in_any_pieces(page: Visitor) -> None:
    tape = (
        'id: 1\ndata: {"type":"A"}\n\n: keep-alive\n\ndata: {"type":"B"}\n\n'
        'id: 2\ndata: {"type":"C","text":"ü🎉"}\n\nid: 3\ndata: {"cut'
    )
    read = """async (module, [tape, size]) => {
      const bytes = new TextEncoder().encode(tape);
      const body = new ReadableStream({ start(control) {
        for (let at = 0; at < bytes.length; at += size) control.enqueue(bytes.slice(at, at + size));
        control.close();
      } });
      const found = [];
      for await (const frame of module.frames(new Response(body))) found.push(frame);
      return found;
    }"""
    for size in (1, 2, 3, 7, 1000):
        assert await page.module("stream.js", read, [tape, size]) == [
            {"id": 1, "event": {"type": "A"}},
            {"id": None, "event": {"type": "B"}},
            {"id": 2, "event": {"type": "C", "text": "ü🎉"}},
        ]


async def test_a_run_from_start_to_receipt(page: Visitor) -> None:
    call = {"toolCallId": "c1"}
    content = {"facts": 3, "statements": ["Cedar is stuck."], "missing": ["its outcome"]}
    receipt = {"id": "r", "known": [], "inferred": [], "missing": [], "sources": []}
    run = await folded(
        page,
        STARTED,
        {"type": "TOOL_CALL_START", **call, "toolCallName": "get_lead", "metadata": {"title": "Read the lead"}},
        {"type": "TOOL_CALL_ARGS", **call, "delta": '{"lead": '},
        {"type": "TOOL_CALL_ARGS", **call, "delta": '"Cedar"}'},
        {"type": "TOOL_CALL_END", **call},
        {"type": "TOOL_CALL_RESULT", **call, "content": json.dumps(content), "metadata": {"summary": "3 facts"}},
        SAYS,
        says("Cedar "),
        says("is stuck."),
        {"type": "TEXT_MESSAGE_END", "messageId": "m1"},
        {"type": "ACTIVITY_SNAPSHOT", "activityType": "receipt", "messageId": "m1:receipt",
         "content": {**receipt, "message_id": "m1", "html": "<p>Cedar is stuck.</p>"}},
        {"type": "RUN_FINISHED", "outcome": {"type": "success"}},
    )  # fmt: skip
    assert run["status"] == "finished"
    assert run["parts"] == [
        {"id": "m1", "text": "Cedar is stuck.", "html": "<p>Cedar is stuck.</p>"}
    ]
    assert run["receipt"] == receipt
    [step] = run["steps"]
    assert (step["title"], step["args"], step["summary"], step["facts"], step["done"]) == (
        "Read the lead", '{"lead": "Cedar"}', "3 facts", 3, True,
    )  # fmt: skip
    assert (step["statements"], step["missing"]) == (["Cedar is stuck."], ["its outcome"])


async def test_a_takeover_drops_the_text_that_was_cut_off(page: Visitor) -> None:
    run = await folded(
        page,
        STARTED,
        SAYS,
        says("Half a sen"),
        {"type": "TEXT_MESSAGE_END", "messageId": "m1", "metadata": {"status": "superseded"}},
        {"type": "MESSAGES_SNAPSHOT", "messages": [{"id": "u1", "role": "user", "content": "?"}]},
        {**SAYS, "messageId": "m2"},
        says("A whole one.", "m2"),
    )
    assert [part["text"] for part in run["parts"]] == ["A whole one."]
    run = await folded(
        page,
        STARTED,
        SAYS,
        says("Kept."),
        {"type": "MESSAGES_SNAPSHOT", "messages": [{"id": "m1"}]},
    )
    assert [part["text"] for part in run["parts"]] == ["Kept."]


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ({"type": "RUN_FINISHED", "outcome": {"type": "cancelled"}}, "cancelled"),
        ({"type": "RUN_FINISHED"}, "finished"),
        ({"type": "RUN_ERROR", "message": "The model is away.", "code": "x"}, "failed"),
    ],
)
async def test_each_end_is_an_end(page: Visitor, end: dict[str, Any], status: str) -> None:
    run = await folded(page, STARTED, SAYS, says("Half"), end)
    assert run["status"] == status
    assert run["parts"][0]["text"] == "Half"
    assert run["error"] == end.get("message")


async def test_the_end_of_a_message_is_not_the_end_of_the_run(page: Visitor) -> None:
    metadata = {
        "status": "cancelled",
        "notice": "The offline model stood in.",
        "card": {"kind": "x"},
    }
    end = {"type": "TEXT_MESSAGE_END", "messageId": "m1", "metadata": metadata}
    run = await folded(page, STARTED, SAYS, says("Half"), end)
    assert run["status"] == "running"
    assert (run["notice"], run["card"]) == ("The offline model stood in.", {"kind": "x"})


async def test_what_it_does_not_know_changes_nothing(page: Visitor) -> None:
    odd: list[dict[str, Any]] = [
        {"type": "SOMETHING_NEW", "messageId": "m1"},
        {"type": "TOOL_CALL_RESULT", "toolCallId": "nobody", "content": "{}"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "nobody", "delta": "x"},
        {"type": "ACTIVITY_SNAPSHOT", "activityType": "other", "messageId": "x", "content": {}},
    ]
    plain = await folded(page, STARTED)
    assert {**await folded(page, STARTED, *odd), "doing": plain["doing"]} == plain
    call = {"type": "TOOL_CALL_START", "toolCallId": "c1", "toolCallName": "get_lead"}
    broken = {"type": "TOOL_CALL_RESULT", "toolCallId": "c1", "content": "not json"}
    run = await folded(page, STARTED, call, call, broken)
    assert [(step["title"], step["done"]) for step in run["steps"]] == [("get_lead", True)]


async def test_a_stored_answer_of_several_messages_is_one_turn(page: Visitor) -> None:
    rows = [
        {"id": "u", "run_id": "r1", "role": "user", "content": "Q", "created_at": "2026-03-06T15:00:00Z"},
        {"id": "a", "run_id": "r1", "role": "assistant", "content": "One", "html": "<p>One</p>", "created_at": "x"},
        {"id": "b", "run_id": "r1", "role": "assistant", "content": "Two", "html": "<p>Two</p>",
         "created_at": "x", "receipt": {"id": "r"}, "metadata": {"status": "cancelled"}},
        {"id": "v", "run_id": "r2", "role": "user", "content": "Open", "created_at": "x"},
    ]  # fmt: skip
    turns = await page.module("conversation.js", "(module, rows) => module.turnsOf(rows)", rows)
    assert [(turn["question"], turn["run"]["status"]) for turn in turns] == [
        ("Q", "cancelled"),
        ("Open", "sending"),
    ]
    assert [part["html"] for part in turns[0]["run"]["parts"]] == ["<p>One</p>", "<p>Two</p>"]
    assert turns[0]["run"]["receipt"] == {"id": "r"}


async def test_values_are_said_with_their_units(page: Visitor) -> None:
    said = await page.module(
        "words.js",
        "(module, pairs) => pairs.map(([value, unit]) => module.valueWithUnit(value, unit))",
        [[9, "days"], [1, "days"], ["14025.00", "USD"], ["0.67", "%"], [0, None], [None, "days"],
         [True, None], ["fail", None], ["1e3", None], [8250.5, "EUR"]],
    )  # fmt: skip
    assert said == [
        "9 days", "1 day", "US$14,025", "0.67 %", "0", "no value", "yes", "fail", "1e3", "€8,250.50",
    ]  # fmt: skip


async def test_an_ai_says_so_again_every_three_hours(page: Visitor) -> None:
    times = ["08:00", "10:59", "11:00", "13:59", "14:01"]
    turns = [{"runId": at, "askedAt": f"2026-03-06T{at}:00Z"} for at in times]
    before = await page.module(
        "elements/transcript.js", "(module, turns) => [...module.reminders(turns).keys()]", turns
    )
    assert before == ["11:00", "14:01"]
