"""The accounting of the prompt cache: what a request reads, writes and pays in full."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CHARACTERS_A_TOKEN = 4
MINIMUM_TOKENS = 512
LOOKBACK_BLOCKS = 20
_KEPT = 20_000


@dataclass(frozen=True)
class Counted:
    """Input tokens of one request. `full` leaves out what was read or written."""

    full: int
    read: int = 0
    written: int = 0

    @property
    def total(self) -> int:
        return self.full + self.read + self.written

    def usage(self) -> dict[str, int]:
        return {
            "input_tokens": self.full,
            "cache_creation_input_tokens": self.written,
            "cache_read_input_tokens": self.read,
        }


class PromptCache:
    """Prefixes that were written at a breakpoint. A later request reads the longest of them
    that ends within twenty blocks before one of its own breakpoints. Entries do not expire."""

    def __init__(self) -> None:
        self._prefixes: OrderedDict[bytes, None] = OrderedDict()

    def count(self, owner: str, body: dict[str, Any]) -> Counted:
        """Account for one request of `owner` (caches are not shared between keys)."""
        digest = hashlib.blake2b(f"{owner}\0{body.get('model')}".encode(), digest_size=16)
        tokens: list[int] = []
        prefixes: list[bytes] = []
        breakpoints: list[int] = []
        characters = 0
        for position, (text, is_breakpoint) in enumerate(_blocks(body)):
            digest.update(text.encode())
            characters += len(text)
            tokens.append(characters // CHARACTERS_A_TOKEN)
            prefixes.append(digest.digest())
            if is_breakpoint:
                breakpoints.append(position)
        total = max(1, characters // CHARACTERS_A_TOKEN)
        cacheable = [at for at in breakpoints if tokens[at] >= MINIMUM_TOKENS]
        if not cacheable:
            return Counted(total)
        read = max((tokens[at] for at in self._known(prefixes, cacheable)), default=0)
        for at in cacheable:
            self._prefixes[prefixes[at]] = None
        while len(self._prefixes) > _KEPT:
            self._prefixes.popitem(last=False)
        written = max(0, tokens[cacheable[-1]] - read)
        return Counted(total - read - written, read, written)

    def _known(self, prefixes: list[bytes], breakpoints: list[int]) -> Iterator[int]:
        for breakpoint_at in breakpoints:
            for at in range(breakpoint_at, max(-1, breakpoint_at - LOOKBACK_BLOCKS - 1), -1):
                if prefixes[at] in self._prefixes:
                    yield at


def _blocks(body: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Every block of the prompt in its order: tools, system, messages."""
    for tool in body.get("tools", ()):
        yield _canonical(tool)
    for block in _as_blocks(body.get("system", ())):
        yield _canonical(block)
    for message in body["messages"]:
        for block in _as_blocks(message["content"]):
            yield _canonical({"role": message["role"], **block})


def _as_blocks(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _canonical(block: dict[str, Any]) -> tuple[str, bool]:
    bare = {key: value for key, value in block.items() if key != "cache_control"}
    return json.dumps(bare, sort_keys=True, ensure_ascii=False), "cache_control" in block
