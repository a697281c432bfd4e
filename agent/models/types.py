"""What every model speaks: a request in, a stream of events out. Two models exist, no third."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from errors import ModelUnavailable
from tools.findings import Fact, Missing
from tools.registry import Tool

INVALID_ARGS = "__invalid__"


class NotAnswered(ModelUnavailable):
    """The provider failed, or was not asked.

    `happened` says what, as a clause; `provider_wide` is true when anybody's next call would
    fail for the same reason.
    """

    def __init__(
        self,
        happened: str,
        advice: str,
        *,
        code: str | None = None,
        retry_after: int | None = None,
        partial: bool = False,
        provider_wide: bool = False,
    ) -> None:
        opening = "The answer stopped in the middle. " if partial else ""
        super().__init__(f"{opening}{happened}; {advice}.", code=code, retry_after=retry_after)
        self.happened = happened
        self.provider_wide = provider_wide


@dataclass(frozen=True)
class ToolCall:
    """A tool the model wants called. `args` are as the model gave them, unvalidated."""

    id: str
    name: str
    args: dict[str, Any]


@dataclass(frozen=True)
class ToolResult:
    """What came back for one call: facts with their run-wide ids, or `error` in one sentence."""

    call_id: str
    tool: str
    facts: tuple[Fact, ...] = ()
    missing: tuple[Missing, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class UserTurn:
    """What the user said, and the passages of memory that came up with it."""

    text: str
    passages: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class AssistantTurn:
    """What the assistant said, then the calls it made. Either may be empty, not both."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True)
class ToolTurn:
    """The results for every call of the assistant turn before it, in the same order."""

    results: tuple[ToolResult, ...]


Turn = UserTurn | AssistantTurn | ToolTurn


@dataclass(frozen=True)
class Name:
    """A name out of the caller's ledgers: kind "lead" or "experiment", its id, its words."""

    kind: Literal["lead", "experiment"]
    id: str
    text: str


@dataclass(frozen=True)
class ModelRequest:
    """One model call. `stable` opens the system prompt and is the same for every call of a
    role (cached); `context` follows it and is the caller's own. `turns` ends with a user
    or a tool turn. `facts` are all facts of the run so far."""

    role: Literal["client", "operator"]
    stable: str
    context: str
    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...]
    facts: tuple[Fact, ...] = ()
    names: tuple[Name, ...] = ()
    max_tokens: int = 1500


@dataclass(frozen=True)
class Text:
    """A piece of answer text. `block` numbers the text block it belongs to."""

    block: int
    delta: str


@dataclass(frozen=True)
class Cited:
    """The facts that text block `block` rests on, so far."""

    block: int
    fact_ids: tuple[str, ...]


@dataclass(frozen=True)
class BlockEnd:
    """Text block `block` is complete: no more text and no more citations for it."""

    block: int


@dataclass(frozen=True)
class Usage:
    """Tokens of one model call. `input_tokens` includes the cached ones."""

    provider: str
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_input_tokens: int = 0


StopReason = Literal["end", "tools", "max_tokens", "refusal", "context_overflow", "pause"]


@dataclass(frozen=True)
class Stop:
    """The last event of every stream."""

    reason: StopReason
    usage: Usage
    missing: tuple[Missing, ...] = field(default=())


ModelEvent = Text | Cited | BlockEnd | ToolCall | Stop


class Model(Protocol):
    """The one method of a model. Raises `errors.ModelUnavailable` when it cannot answer."""

    provider: str
    name: str

    def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]: ...
