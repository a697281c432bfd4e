"""What a persona answers with: steps, which the server turns into HTTP and events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

StopReason = Literal[
    "end_turn",
    "tool_use",
    "max_tokens",
    "refusal",
    "pause_turn",
    "model_context_window_exceeded",
]


@dataclass(frozen=True)
class Citation:
    """A `search_result_location`; nothing checks that the place exists."""

    index: int
    start: int
    end: int
    source: str
    title: str
    cited_text: str

    def body(self) -> dict[str, Any]:
        return {
            "type": "search_result_location",
            "search_result_index": self.index,
            "start_block_index": self.start,
            "end_block_index": self.end,
            "source": self.source,
            "title": self.title,
            "cited_text": self.cited_text,
        }


@dataclass(frozen=True)
class Say:
    """One text block. `pieces` are its deltas (by default a few words each), `pause` seconds
    between them. `lie` is the kind of lie it is, None when it is true or claims nothing."""

    text: str
    citations: tuple[Citation, ...] = ()
    pieces: tuple[str, ...] = ()
    pause: float = 0.0
    lie: str | None = None


@dataclass(frozen=True)
class Think:
    """One thinking block, its text left out as the API does by default."""

    signature: str = "c2lnbmF0dXJl"


@dataclass(frozen=True)
class Call:
    """One tool_use block. `args` as text is sent as it stands, valid JSON or not."""

    name: str
    args: dict[str, Any] | str


@dataclass(frozen=True)
class Stop:
    """The stop reason, where it does not follow from the blocks."""

    reason: StopReason


@dataclass(frozen=True)
class Refuse:
    """An HTTP error instead of a stream. `retry_after` is in seconds."""

    status: int
    type: str
    message: str
    retry_after: int | None = None


@dataclass(frozen=True)
class ErrorEvent:
    """An error event inside the stream, after which the stream ends."""

    type: str
    message: str


@dataclass(frozen=True)
class Hang:
    """Nothing is sent, not even headers, as long as the client waits."""


@dataclass(frozen=True)
class Silence:
    """From here on nothing more is sent, and the connection stays open."""


@dataclass(frozen=True)
class Cut:
    """The connection is reset here."""


Step = Say | Think | Call | Stop | Refuse | ErrorEvent | Hang | Silence | Cut

_KINDS: dict[str, type[Any]] = {
    "say": Say,
    "think": Think,
    "call": Call,
    "stop": Stop,
    "refuse": Refuse,
    "error_event": ErrorEvent,
    "hang": Hang,
    "silence": Silence,
    "cut": Cut,
}


def step_from(described: dict[str, Any]) -> Step:
    """A step from JSON: `{"step": "say", "text": "Hello."}`. Raises ValueError."""
    fields = dict(described)
    kind = _KINDS.get(str(fields.pop("step", None)))
    if kind is None:
        raise ValueError(f"a step is one of {', '.join(_KINDS)}: {described}")
    if "citations" in fields:
        fields["citations"] = tuple(Citation(**citation) for citation in fields["citations"])
    if "pieces" in fields:
        fields["pieces"] = tuple(fields["pieces"])
    try:
        step: Step = kind(**fields)
    except TypeError as error:
        raise ValueError(f"{described}: {error}") from error
    return step
