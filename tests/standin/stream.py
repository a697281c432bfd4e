"""Steps as the Messages API's server-sent events, or as one JSON message."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from tests.standin.cache import Counted
from tests.standin.steps import Call, ErrorEvent, Say, Step, Stop, Think

_PIECE = re.compile(r"\s*\S+(?:\s+\S+){0,2}")
_JSON_PIECE = 12


class EventStream:
    """The events of one reply. Frames come with the pause (seconds) before them."""

    def __init__(self, model: str, counted: Counted) -> None:
        self._model = model
        self._counted = counted
        self._index = 0
        self._characters = 0
        self._reason = "end_turn"

    def start(self) -> bytes:
        message: dict[str, Any] = {
            "id": _identifier("msg"),
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {**self._counted.usage(), "output_tokens": 1},
        }
        return _frame("message_start", {"message": message}) + _frame("ping", {})

    def frames(self, step: Step) -> Iterator[tuple[float, bytes]]:
        """The frames of one content step; a Stop only sets the reason."""
        if isinstance(step, Say):
            yield from self._text(step)
        elif isinstance(step, Think):
            yield 0.0, self._thinking(step)
        elif isinstance(step, Call):
            yield 0.0, self._tool_use(step)
        elif isinstance(step, Stop):
            self._reason = step.reason
        elif isinstance(step, ErrorEvent):
            error = {"error": {"type": step.type, "message": step.message}}
            yield 0.0, _frame("error", error)

    def end(self) -> bytes:
        usage = {**self._counted.usage(), "output_tokens": max(1, self._characters // 4)}
        delta = {"stop_reason": self._reason, "stop_sequence": None}
        return _frame("message_delta", {"delta": delta, "usage": usage}) + _frame(
            "message_stop", {}
        )

    def _text(self, step: Say) -> Iterator[tuple[float, bytes]]:
        self._characters += len(step.text)
        yield 0.0, self._begin({"type": "text", "text": ""})
        citations = b"".join(
            self._delta({"type": "citations_delta", "citation": citation.body()})
            for citation in step.citations
        )
        # The API sends citations before or after the text they belong to; both happen here.
        citations_first = self._index % 2 == 0
        if citations_first and citations:
            yield 0.0, citations
        for piece in step.pieces or _PIECE.findall(step.text) or [step.text]:
            yield step.pause, self._delta({"type": "text_delta", "text": piece})
        if not citations_first and citations:
            yield 0.0, citations
        yield 0.0, self._finish()

    def _thinking(self, step: Think) -> bytes:
        begin = self._begin({"type": "thinking", "thinking": "", "signature": ""})
        delta = self._delta({"type": "signature_delta", "signature": step.signature})
        return begin + delta + self._finish()

    def _tool_use(self, step: Call) -> bytes:
        self._reason = "tool_use"
        text = step.args if isinstance(step.args, str) else json.dumps(step.args)
        self._characters += len(text)
        block = {"type": "tool_use", "id": _identifier("toolu"), "name": step.name, "input": {}}
        pieces = ["", *(text[at : at + _JSON_PIECE] for at in range(0, len(text), _JSON_PIECE))]
        deltas = (
            self._delta({"type": "input_json_delta", "partial_json": piece}) for piece in pieces
        )
        return self._begin(block) + b"".join(deltas) + self._finish()

    def _begin(self, block: dict[str, Any]) -> bytes:
        return _frame("content_block_start", {"index": self._index, "content_block": block})

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return _frame("content_block_delta", {"index": self._index, "delta": delta})

    def _finish(self) -> bytes:
        frame = _frame("content_block_stop", {"index": self._index})
        self._index += 1
        return frame


def message_body(model: str, counted: Counted, steps: Sequence[Step]) -> dict[str, Any]:
    """The reply as one message, for a request that does not stream."""
    content: list[dict[str, Any]] = []
    reason, characters = "end_turn", 0
    for step in steps:
        if isinstance(step, Say):
            block: dict[str, Any] = {"type": "text", "text": step.text}
            if step.citations:
                block["citations"] = [citation.body() for citation in step.citations]
            content.append(block)
            characters += len(step.text)
        elif isinstance(step, Call):
            args = json.loads(step.args) if isinstance(step.args, str) else step.args
            identifier = _identifier("toolu")
            content.append({"type": "tool_use", "id": identifier, "name": step.name, "input": args})
            reason = "tool_use"
        elif isinstance(step, Stop):
            reason = step.reason
    return {
        "id": _identifier("msg"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {**counted.usage(), "output_tokens": max(1, characters // 4)},
    }


def _frame(kind: str, fields: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def _identifier(prefix: str) -> str:
    return f"{prefix}_{uuid4().hex[:24]}"
