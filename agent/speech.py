"""The assistant's messages of one run, as they are spoken: opened, continued, closed, in order."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from ag_ui.core import TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent

from agent.tape import Tape


@dataclass
class Spoken:
    """A message: its id, what has been said of it, and whether it is still open."""

    id: str
    text: str = ""
    open: bool = True
    metadata: dict[str, Any] = field(default_factory=dict)


class Speech:
    """Says text on the tape. A message starts with its first text."""

    def __init__(self, tape: Tape, run_id: str, attempt: int) -> None:
        self._tape = tape
        self._prefix = f"{run_id}-{attempt}" if attempt > 1 else run_id
        self.messages: list[Spoken] = []
        self.began = time.monotonic()
        self.first_text: float | None = None

    @property
    def current(self) -> Spoken | None:
        """The open message, if there is one."""
        return self.messages[-1] if self.messages and self.messages[-1].open else None

    def say(self, text: str) -> None:
        """Say more of the open message; opens one when there is none. Empty text is no text."""
        if not text:
            return
        message = self.current
        if message is None:
            message = self._open()
        if self.first_text is None:
            self.first_text = time.monotonic()
        message.text += text
        self._tape.emit(TextMessageContentEvent(message_id=message.id, delta=text))

    def close(self, metadata: dict[str, Any] | None = None) -> None:
        """End the open message; nothing happens when there is none."""
        message = self.current
        if message is not None:
            message.open = False
            message.metadata |= metadata or {}
            self._tape.emit(TextMessageEndEvent(message_id=message.id, metadata=metadata))

    def _open(self) -> Spoken:
        message = Spoken(id=f"{self._prefix}.{len(self.messages) + 1}")
        self.messages.append(message)
        self._tape.emit(TextMessageStartEvent(message_id=message.id, role="assistant"))
        return message
