"""How a persona reads a request: the question, the offered tools, the evidence so far."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.standin.checks import search_results
from tests.standin.steps import Citation

_REPAIR = re.compile(
    r"\b(checker|verifier|held back|not borne out|unsupported|could not be verified)\b", re.I
)


@dataclass(frozen=True)
class Offered:
    """A tool of the request."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """One text block of a search result, and where it is."""

    index: int
    block: int
    source: str
    title: str
    text: str

    def cite(self) -> Citation:
        return Citation(self.index, self.block, self.block + 1, self.source, self.title, self.text)


@dataclass(frozen=True)
class Reading:
    """What a persona knows of a request.

    `question` is the last thing the user said; a note that asks for a repair is not a
    question, and `repairing` is then true. `facts` are those that came with the question and
    those found since.
    """

    body: dict[str, Any]
    question: str
    repairing: bool
    tools: tuple[Offered, ...]
    facts: tuple[Evidence, ...]
    missing: tuple[Evidence, ...]
    called: frozenset[str]
    answered: bool
    said: str = field(default="")

    @property
    def search_result_count(self) -> int:
        return sum(1 for _ in search_results(self.body["messages"]))


def read(body: dict[str, Any]) -> Reading:
    """Read a request that has passed the checks."""
    messages = body["messages"]
    asked_at, repairing = _last_question(messages)
    since = messages[asked_at + 1 :]
    before = sum(1 for _ in search_results(messages[:asked_at]))
    evidence = [
        Evidence(before + offset, block, result["source"], result["title"], part["text"])
        for offset, result in enumerate(search_results(messages[asked_at:]))
        for block, part in enumerate(result["content"])
    ]
    return Reading(
        body=body,
        question=user_text(messages[asked_at]),
        repairing=repairing,
        tools=tuple(
            Offered(tool["name"], tool.get("description", ""), tool["input_schema"])
            for tool in body.get("tools", ())
        ),
        facts=tuple(item for item in evidence if not item.source.startswith("missing:")),
        missing=tuple(item for item in evidence if item.source.startswith("missing:")),
        called=frozenset(_calls(messages)),
        answered=any(block["type"] == "tool_result" for block in _blocks(since)),
        said=" ".join(
            block["text"]
            for block in _blocks([turn for turn in since if turn["role"] == "assistant"])
            if block["type"] == "text"
        ),
    )


def call_key(name: str, args: Any) -> str:
    """What makes two calls the same call."""
    return f"{name} {json.dumps(args, sort_keys=True)}"


def user_text(message: dict[str, Any]) -> str:
    """The text of a user message; "" when it only brings tool results."""
    if message["role"] != "user":
        return ""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block["type"] == "text")


def everything_said(body: dict[str, Any]) -> str:
    """All text a model could take for an instruction: system prompt, users, tool results."""
    system = body.get("system", "")
    texts = [system] if isinstance(system, str) else [block["text"] for block in system]
    for message in body["messages"]:
        if message["role"] != "user":
            continue
        texts.append(user_text(message))
        content = message["content"]
        for block in content if isinstance(content, list) else ():
            if block["type"] == "tool_result" and isinstance(block.get("content"), str):
                texts.append(block["content"])
    for result in search_results(body["messages"]):
        texts.append(result["title"])
        texts.extend(part["text"] for part in result["content"])
    return "\n".join(text for text in texts if text)


def _last_question(messages: list[dict[str, Any]]) -> tuple[int, bool]:
    asked = [at for at, message in enumerate(messages) if user_text(message).strip()]
    if not asked:
        return 0, False
    repairing = len(asked) > 1 and bool(_REPAIR.search(user_text(messages[asked[-1]])))
    return (asked[-2] if repairing else asked[-1]), repairing


def _blocks(messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for message in messages:
        content = message["content"]
        if isinstance(content, str):
            yield {"type": "text", "text": content}
        else:
            yield from content


def _calls(messages: list[dict[str, Any]]) -> Iterator[str]:
    for block in _blocks(messages):
        if block["type"] == "tool_use":
            yield call_key(block["name"], block["input"])
