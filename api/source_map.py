"""Where each inline token of parsed Markdown stands in the raw text.

markdown-it knows the lines of a block and nothing finer. Tokens come in the order of their text,
so walking both together finds each one. What cannot be found has no place; nothing is guessed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from markdown_it.helpers import parseLinkDestination
from markdown_it.token import Token


@dataclass(frozen=True)
class Piece:
    """An inline token and the code point at which its text begins; None for tags and for
    text that was not found. `whole` text cannot be cut: an escape, an entity."""

    token: Token
    start: int | None = None
    whole: bool = False

    def cut(self, edges: Sequence[int]) -> Iterator[Piece]:
        """The piece in parts, cut at those of the sorted `edges` that fall inside it."""
        if self.start is None or self.whole:
            yield self
            return
        content, origin = self.token.content, self.start
        end = origin + len(content)
        inside = [edge for edge in edges[bisect_right(edges, origin) :] if edge < end]
        for begin, stop in pairwise([origin, *inside, end]):
            part = replace(self.token, content=content[begin - origin : stop - origin])
            yield Piece(part, begin)


def locate(text: str, tokens: Sequence[Token]) -> Iterator[tuple[Token, list[Piece]]]:
    """For each inline token of a document: it, and its children as pieces."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    row, column = -1, 0
    for before, token in pairwise(tokens):
        if token.type != "inline" or token.map is None:
            continue
        first = token.map[0]
        in_cell = before.type in ("th_open", "td_open")
        if not in_cell or first != row:
            row, column = first, 0
        origins: list[int | None] = []
        for offset, content in enumerate(token.content.split("\n")):
            line = lines[first + offset] if first + offset < len(lines) else ""
            # A block's line is the end of its raw line; a cell is the next in its row.
            found = line.find(content, column) if in_cell else line.rfind(content)
            origins.append(starts[first + offset] + found if found >= 0 else None)
            if in_cell and found >= 0:
                column = found + len(content)
        yield token, _pieces(token, origins)


def _pieces(inline: Token, origins: list[int | None]) -> list[Piece]:
    """The children of `inline`; `origins` is where each of its lines begins in the raw text."""
    content = inline.content
    line_starts = [0]
    for line in content.split("\n"):
        line_starts.append(line_starts[-1] + len(line) + 1)

    def in_text(position: int) -> int | None:
        index = bisect_right(line_starts, position) - 1
        origin = origins[index] if index < len(origins) else None
        return None if origin is None else origin + position - line_starts[index]

    flat = content.replace("\n", " ")
    pieces: list[Piece] = []
    at = 0
    for token in inline.children or []:
        if token.type == "text_special":
            token.type = "text"
            found, at = _after(content, token.markup, at)
            pieces.append(Piece(token, in_text(found), whole=True))
        elif token.type == "text":
            found, at = _after(content, token.content, at)
            pieces.append(Piece(token, in_text(found) if found >= 0 else None))
        elif token.type == "code_inline":
            found, at = _after(flat, token.content, _after(content, token.markup, at)[1])
            at = _after(content, token.markup, at)[1]
            # Cut code would read as two pieces of code.
            pieces.append(Piece(token, in_text(found) if found >= 0 else None, whole=True))
        elif token.type in ("softbreak", "hardbreak"):
            found, at = _after(content, "\n", at)
            pieces.append(Piece(token, in_text(found), whole=True))
        else:
            at = _after_tag(content, token, at)
            pieces.append(Piece(token))
    return pieces


def _after(content: str, part: str, at: int) -> tuple[int, int]:
    """Where `part` next stands (-1 for nowhere), and the place behind it."""
    found = content.find(part, at)
    return (found, found + len(part)) if found >= 0 else (-1, at)


def _after_tag(content: str, token: Token, at: int) -> int:
    """The place behind the markup of an opening or closing tag."""
    autolink = token.markup == "autolink"
    if token.type == "link_open":
        return _after(content, "<" if autolink else "[", at)[1]
    if token.type == "link_close" and not autolink:
        at = _after(content, "](", at)[1]
        destination = parseLinkDestination(content, at, len(content))
        return _after(content, ")", destination.pos if destination.ok else at)[1]
    return _after(content, ">" if autolink else token.markup, at)[1]
