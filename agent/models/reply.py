"""The provider's events of one reply as ours: text, citations, tool calls, usage, stop."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from anthropic.types import (
    MessageDeltaUsage,
    RawContentBlockDeltaEvent,
    RawContentBlockStartEvent,
    RawContentBlockStopEvent,
    RawMessageDeltaEvent,
    RawMessageStartEvent,
    RawMessageStreamEvent,
)
from anthropic.types import Usage as ProviderUsage
from pydantic import BaseModel

from agent.models.messages import Citable, cited_facts
from agent.models.retry import EndedEarly
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

    def read(self, event: RawMessageStreamEvent) -> Sequence[ModelEvent]:
        """Our events for one of the provider's; those we do not know are none."""
        if isinstance(event, RawContentBlockDeltaEvent):
            return self._delta(event)
        if isinstance(event, RawContentBlockStartEvent):
            return self._block_start(event)
        if isinstance(event, RawContentBlockStopEvent):
            return self._block_stop()
        if isinstance(event, RawMessageStartEvent):
            self._count(event.message.usage)
        elif isinstance(event, RawMessageDeltaEvent):
            self._count(event.usage)
            if event.delta.stop_reason is not None:
                self._reason = _STOP_REASONS.get(event.delta.stop_reason, "end")
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

    def _block_start(self, event: RawContentBlockStartEvent) -> Sequence[ModelEvent]:
        block = event.content_block
        if block.type == "text":
            self._text_block, self._cited = event.index, {}
            return (Text(event.index, block.text),) if block.text else ()
        if block.type == "tool_use":
            self._call, self._json = (block.id, block.name), []
        return ()

    def _delta(self, event: RawContentBlockDeltaEvent) -> Sequence[ModelEvent]:
        delta = event.delta
        if delta.type == "text_delta":
            return (Text(event.index, delta.text),) if delta.text else ()
        if delta.type == "input_json_delta":
            self._json.append(delta.partial_json)
        elif delta.type == "citations_delta":
            return self._citation(event.index, delta.citation)
        return ()

    def _citation(self, block: int, citation: Any) -> Sequence[ModelEvent]:
        named = (
            cited_facts(citation, self._citables)
            if citation.type == "search_result_location"
            else None
        )
        if named is None:
            log.warning(
                "citation_unresolved",
                model=self._model,
                kind=citation.type,
                search_result=getattr(citation, "search_result_index", None),
                blocks=(
                    getattr(citation, "start_block_index", None),
                    getattr(citation, "end_block_index", None),
                ),
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

    def _count(self, usage: ProviderUsage | MessageDeltaUsage) -> None:
        # The last event's counts are totals, and leave out what has not changed.
        counts = {
            "input": usage.input_tokens,
            "output": usage.output_tokens,
            "read": usage.cache_read_input_tokens,
            "written": usage.cache_creation_input_tokens,
        }
        self._usage |= {name: count for name, count in counts.items() if count is not None}
