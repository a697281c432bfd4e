"""The provider's events of one reply as ours: text, citations, tool calls, usage, stop."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from agent.models.messages import Citable, cited_facts
from agent.models.retry import EndedEarly, Unreadable
from agent.models.strict import without_absent
from agent.models.types import (
    INVALID_ARGS,
    BlockEnd,
    Cited,
    ModelEvent,
    Stop,
    StopReason,
    Text,
    ToolCall,
    Usage,
)
from log import get_logger

log = get_logger(__name__)

PROVIDER = "anthropic"

Json = dict[str, Any]

_STOP_REASONS: dict[str, StopReason] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "tool_use": "tools",
    "max_tokens": "max_tokens",
    "refusal": "refusal",
    "pause_turn": "pause",
    "model_context_window_exceeded": "context_overflow",
}


class Reply:
    """Turns the provider's events of one reply into ours."""

    def __init__(
        self, model: str, citables: Sequence[Citable], args_models: dict[str, type[BaseModel]]
    ) -> None:
        self._model = model
        self._citables = citables
        self._args_models = args_models
        self._text_block: int | None = None
        self._cited: dict[str, None] = {}
        self._call: tuple[str, str] | None = None
        self._json: list[str] = []
        self._usage = {"input": 0, "output": 0, "read": 0, "written": 0}
        self._reason: StopReason | None = None

    def read(self, event: Any) -> Sequence[ModelEvent]:
        """Our events for one of the provider's, as its JSON; those we do not know are none.

        Raises Unreadable for one that lacks what its kind must have.
        """
        try:
            return self._read(event)
        except (AttributeError, KeyError, TypeError) as error:
            raise Unreadable(f"the provider sent an event that is none: {error!r}") from error

    def _read(self, event: Any) -> Sequence[ModelEvent]:
        match event["type"]:
            case "content_block_delta":
                return self._delta(event["index"], event["delta"])
            case "content_block_start":
                return self._block_start(event["index"], event["content_block"])
            case "content_block_stop":
                return self._block_stop()
            case "message_start":
                self._count(event["message"]["usage"])
            case "message_delta":
                self._count(event["usage"])
                reason = event["delta"].get("stop_reason")
                if reason is not None:
                    self._reason = _STOP_REASONS.get(reason, "end")
        return ()

    def stop(self) -> Stop:
        """The last event. Raises EndedEarly when the provider gave no reason to stop."""
        if self._reason is None:
            raise EndedEarly("the provider's stream ended without a stop reason")
        used = self._usage
        return Stop(
            self._reason,
            Usage(
                provider=PROVIDER,
                model=self._model,
                input_tokens=used["input"] + used["read"] + used["written"],
                output_tokens=used["output"],
                cached_input_tokens=used["read"],
                cache_write_input_tokens=used["written"],
            ),
        )

    def _block_start(self, index: int, block: Json) -> Sequence[ModelEvent]:
        if block["type"] == "text":
            self._text_block, self._cited = index, {}
            return (Text(index, block["text"]),) if block["text"] else ()
        if block["type"] == "tool_use":
            self._call, self._json = (block["id"], block["name"]), []
        return ()

    def _delta(self, index: int, delta: Json) -> Sequence[ModelEvent]:
        if delta["type"] == "text_delta":
            return (Text(index, delta["text"]),) if delta["text"] else ()
        if delta["type"] == "input_json_delta":
            self._json.append(delta["partial_json"])
        elif delta["type"] == "citations_delta":
            return self._citation(index, delta["citation"])
        return ()

    def _citation(self, block: int, citation: Json) -> Sequence[ModelEvent]:
        kind = citation["type"]
        named = cited_facts(citation, self._citables) if kind == "search_result_location" else None
        if named is None:
            log.warning(
                "citation_unresolved",
                model=self._model,
                kind=kind,
                search_result=citation.get("search_result_index"),
                blocks=(citation.get("start_block_index"), citation.get("end_block_index")),
            )
            return ()
        if not named:
            return ()
        self._cited |= dict.fromkeys(named)
        return (Cited(block, tuple(self._cited)),)

    def _block_stop(self) -> Sequence[ModelEvent]:
        if self._text_block is not None:
            block, self._text_block = self._text_block, None
            return (BlockEnd(block),)
        if self._call is not None:
            (call_id, name), self._call = self._call, None
            return (ToolCall(call_id, name, self._args(name, "".join(self._json))),)
        return ()

    def _args(self, name: str, text: str) -> dict[str, Any]:
        try:
            args = json.loads(text or "{}")
        except json.JSONDecodeError:
            return {INVALID_ARGS: text}
        if not isinstance(args, dict):
            return {INVALID_ARGS: text}
        model = self._args_models.get(name)
        return without_absent(args, model) if model else args

    def _count(self, usage: Json) -> None:
        # The last event's counts are totals, and leave out what has not changed.
        counts = {
            "input": usage.get("input_tokens"),
            "output": usage.get("output_tokens"),
            "read": usage.get("cache_read_input_tokens"),
            "written": usage.get("cache_creation_input_tokens"),
        }
        self._usage |= {name: count for name, count in counts.items() if count is not None}
