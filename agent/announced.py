"""The tool calls on the tape of a run: each announced once, each answered once."""

from __future__ import annotations

import json
from typing import Any

from ag_ui.core import (
    ToolCallArgsEvent,
    ToolCallEndEvent,
    ToolCallResultEvent,
    ToolCallStartEvent,
)

from agent.models.types import ToolCall
from agent.tape import Tape


class Announced:
    """Puts calls and their results on the tape. `answered` are the calls that have a result on it
    already, from an attempt before."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._open: list[str] = []
        self.answered: set[str] = set()

    def start(self, call: ToolCall, title: str) -> None:
        """Announce a call with its arguments."""
        args = json.dumps(call.args, ensure_ascii=False, default=str)
        self._open.append(call.id)
        self._tape.emit(
            ToolCallStartEvent(
                tool_call_id=call.id, tool_call_name=call.name, metadata={"title": title}
            )
        )
        self._tape.emit(ToolCallArgsEvent(tool_call_id=call.id, delta=args))
        self._tape.emit(ToolCallEndEvent(tool_call_id=call.id))

    def answer(self, call_id: str, content: dict[str, Any], summary: str) -> None:
        """Say what came of a call. Nothing happens when that has been said."""
        if call_id in self.answered:
            return
        self.answered.add(call_id)
        if call_id in self._open:
            self._open.remove(call_id)
        self._tape.emit(
            ToolCallResultEvent(
                message_id=f"{call_id}:result",
                tool_call_id=call_id,
                content=json.dumps(content, ensure_ascii=False),
                role="tool",
                metadata={"summary": summary},
            )
        )

    def cut_off(self, calls: list[str], summary: str) -> None:
        """Say of these calls, and of all that are open, that nothing more will come of them."""
        for call_id in [*calls, *self._open]:
            self.answer(call_id, {"error": "interrupted"}, summary)
