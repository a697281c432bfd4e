"""Claude, through the Messages API: always streaming, every citation mapped to our facts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx2
from anthropic import AsyncAnthropic, AsyncStream, BadRequestError
from anthropic.types import ThinkingConfigParam

from agent.models.messages import message_blocks, system_blocks
from agent.models.reply import PROVIDER, Reply
from agent.models.retry import (
    FAILURES,
    RetryBudget,
    code_of,
    is_context_overflow,
    is_schema_refusal,
    retrying,
    unavailable,
)
from agent.models.strict import tool_params
from agent.models.types import ModelEvent, ModelRequest, Stop, Text, ToolCall, Usage
from errors import ConfigError
from log import get_logger
from settings import Settings

log = get_logger(__name__)

# Each model has its own word for answering at once; any other word is refused.
_ANSWER_AT_ONCE: dict[str, ThinkingConfigParam] = {
    "claude-sonnet-5-5": {"type": "between_tools"},
    "claude-sonnet-5": {"type": "disabled"},
    "claude-haiku-5-5": {"type": "disabled"},
}
_THINKING_ROOM = 4000
"""Output tokens added for a model that may think first: its thoughts count as output."""


class Claude:
    """The model of `agent.models.types.Model` that calls the Messages API.

    Timeouts are in seconds; the read timeout is between two events. Failures are retried by
    `RetryBudget` until the first text or tool call has been yielded, then no more.
    """

    provider = PROVIDER

    def __init__(
        self,
        *,
        api_key: str,
        model: str,
        base_url: str | None = None,
        connect_timeout: float = 5.0,
        read_timeout: float = 60.0,
        retries: RetryBudget | None = None,
    ) -> None:
        self.name = model
        self._retries = retries or RetryBudget()
        self._strict_tools = True
        self._client = AsyncAnthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            open_telemetry=False,
            timeout=httpx2.Timeout(read_timeout, connect=connect_timeout, write=10.0, pool=5.0),
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> Claude:
        """The Claude that the settings name. Raises ConfigError when no key is set."""
        if settings.anthropic_api_key is None:
            raise ConfigError("ANTHROPIC_API_KEY is not set; set it or use the offline model")
        return cls(
            api_key=settings.anthropic_api_key.get_secret_value(),
            model=settings.model,
            base_url=settings.anthropic_base_url,
            connect_timeout=min(5.0, settings.model_timeout),
            read_timeout=settings.model_timeout,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Answer `request`. A request that is too long ends with Stop("context_overflow").

        A call whose arguments are no JSON object has the args {"__invalid__": text}, so that
        the executor refuses it and the model can try again.
        Raises ModelUnavailable with a code of the decisions (LLM_…) when it cannot answer.
        """
        try:
            opening: _Opening = await retrying(self._retries)(self._open, request)
        except FAILURES as error:
            if not is_context_overflow(error):
                raise self._failed(error, partial=False) from error
            yield Stop("context_overflow", Usage(PROVIDER, self.name))
            return
        async with aclosing(opening.rest) as rest:
            for event in opening.first:
                yield event
            try:
                async for event in rest:
                    yield event
            except FAILURES as error:
                raise self._failed(error, partial=True) from error

    async def _open(self, request: ModelRequest) -> _Opening:
        """Call the provider and read up to the first event that the reader would see."""
        rest = self._events(request)
        first: list[ModelEvent] = []
        try:
            async for event in rest:
                first.append(event)
                if isinstance(event, Text | ToolCall | Stop):
                    break
        except BaseException:
            await rest.aclose()
            raise
        return _Opening(first, rest)

    async def _events(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        messages, citables = message_blocks(request.turns)
        reply = Reply(self.name, citables, {tool.name: tool.args for tool in request.tools})
        async with await self._create(request, messages) as provider_events:
            async for event in provider_events:
                for ours in reply.read(event):
                    yield ours
        yield reply.stop()

    async def _create(self, request: ModelRequest, messages: list[Any]) -> AsyncStream[object]:
        body: dict[str, Any] = {
            "model": self.name,
            "messages": messages,
            "stream": True,
            "max_tokens": request.max_tokens,
        }
        if thinking := _ANSWER_AT_ONCE.get(self.name):
            body["thinking"] = thinking
        else:
            body["max_tokens"] += _THINKING_ROOM
        if system := system_blocks(request.stable, request.context):
            body["system"] = system
        if request.tools:
            body["tools"] = tool_params(request.tools, strict=self._strict_tools)
        try:
            return await self._send(body)
        except BadRequestError as error:
            if not (self._strict_tools and request.tools and is_schema_refusal(error)):
                raise
            log.warning("strict_tools_refused", model=self.name, reason=error.api_message)
            self._strict_tools = False
            body["tools"] = tool_params(request.tools, strict=False)
            return await self._send(body)

    async def _send(self, body: dict[str, Any]) -> AsyncStream[object]:
        """The call, with events as plain JSON: a Pydantic object of each costs more than all else
        that is done with it."""
        return await self._client.post(
            "/v1/messages",
            cast_to=object,
            body=body,
            stream=True,
            stream_cls=AsyncStream[object],
        )

    def _failed(self, error: BaseException, *, partial: bool) -> Exception:
        log.warning(
            "model_failed",
            model=self.name,
            code=code_of(error),
            partial=partial,
            error_type=type(error).__name__,
            status=getattr(error, "status_code", None),
            request_id=getattr(error, "request_id", None),
        )
        return unavailable(error, self.name, partial=partial)


@dataclass(frozen=True)
class _Opening:
    """A reply that has begun: the events up to the first visible one, and the others."""

    first: list[ModelEvent]
    rest: AsyncGenerator[ModelEvent, None]
