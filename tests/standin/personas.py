"""The personas, by the names under which a model id, an API key or a script asks for them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from tests.standin.arguments import fill
from tests.standin.faults import Faulty, parse
from tests.standin.honest import Honest
from tests.standin.liars import Liar
from tests.standin.obedient import Obedient
from tests.standin.reading import read
from tests.standin.steps import Call, Say, Step, Stop, Think

KEY_PREFIX = "sk-standin-"
_COURTESY = (
    "Thank you for asking. We can take this step by step. Tell me what matters to you right now, "
    "and we will start there together. Please take your time with it."
).split()


class Persona(Protocol):
    """Answers a request that has passed the checks with steps."""

    def respond(self, body: dict[str, Any]) -> list[Step]: ...


class Echo:
    """Says what the user said last."""

    def respond(self, body: dict[str, Any]) -> list[Step]:
        return [Say(read(body).question or "Nothing was said.")]


class Fixed:
    """`fixed:<tokens>x<ms>`: that many words of courtesy, that many milliseconds apart. Where
    which sentence it starts with depends on the question, so that answers differ."""

    def __init__(self, shape: str) -> None:
        tokens, _, milliseconds = shape.partition("x")
        self.tokens, self.pause = int(tokens), int(milliseconds or 0) / 1000

    def respond(self, body: dict[str, Any]) -> list[Step]:
        opens = [0, *(at + 1 for at, word in enumerate(_COURTESY[:-1]) if word.endswith("."))]
        start = opens[zlib.crc32(read(body).question.encode()) % len(opens)]
        pieces = tuple(
            f"{'' if at == 0 else ' '}{_COURTESY[(start + at) % len(_COURTESY)]}"
            for at in range(self.tokens)
        )
        return [Say("".join(pieces), pieces=pieces, pause=self.pause)]


class Loop:
    """Calls a tool for ever, whatever comes back."""

    def respond(self, body: dict[str, Any]) -> list[Step]:
        reading = read(body)
        if not reading.tools:
            return [Say("I would call a tool if there were one.")]
        tool = reading.tools[0]
        return [Call(tool.name, fill(tool.schema, reading.question))]


class Thinking(Honest):
    """Honest, after a thinking block."""

    def respond(self, body: dict[str, Any]) -> list[Step]:
        return [Think(), *super().respond(body)]


class Paced(Honest):
    """`paced:<ms>`: honest, with so many milliseconds before every few words."""

    def __init__(self, milliseconds: str) -> None:
        self.pause = int(milliseconds) / 1000

    def respond(self, body: dict[str, Any]) -> list[Step]:
        steps = super().respond(body)
        return [
            replace(step, pause=self.pause) if isinstance(step, Say) else step for step in steps
        ]


class Always:
    """Answers every request with the same steps."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)

    def respond(self, body: dict[str, Any]) -> list[Step]:
        return self.steps


_HALF = Say("Thank you for asking. Let me think about this with")
_PLAIN: dict[str, Callable[[], Persona]] = {
    "honest": Honest,
    "obedient": Obedient,
    "echo": Echo,
    "loop": Loop,
    "thinking": Thinking,
    "empty": lambda: Always(Stop("end_turn")),
    "refusal": lambda: Always(Stop("refusal")),
    "max_tokens": lambda: Always(_HALF, Stop("max_tokens")),
    "pause_turn": lambda: Always(_HALF, Stop("pause_turn")),
    "window": lambda: Always(_HALF, Stop("model_context_window_exceeded")),
}


def persona(name: str) -> Persona:
    """The persona of that name. Raises ValueError when there is none."""
    if name in _PLAIN:
        return _PLAIN[name]()
    family, _, rest = name.partition(":")
    if family == "liar":
        return Liar.named(rest)
    if family == "fixed":
        return Fixed(rest)
    if family == "paced":
        return Paced(rest)
    if family == "fault":
        return Faulty(parse(rest)[0])
    raise ValueError(f"no persona is called {name}")


def persona_name(model: str, key: str) -> str:
    """Which persona a request asks for: the key's, else the model's; Claude ids are honest."""
    if key.startswith(KEY_PREFIX):
        return key.removeprefix(KEY_PREFIX)
    return "honest" if model.startswith("claude-") else model
