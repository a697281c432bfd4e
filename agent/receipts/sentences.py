"""Cutting a growing Markdown text into sentences: list items, headings and table rows count."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Form = Literal["prose", "item", "heading", "row", "rule"]

_END = re.compile(r"[.!?…。！？]+[\"'”’»)\]*_`]*(?=\s)|[。！？]|\n")
_MAY_END = re.compile(r"[.!?…。！？\n]")
_MARKER = re.compile(r"(?:[-*+•–][ \t]+|>[ \t]*|#{1,6}[ \t]+|\d{1,3}[.)][ \t]+)")
_NUMBERED = re.compile(r"(\d{1,3})[.)][ \t]")
_ITEM_NUMBER = re.compile(r"\d{1,3}(?:[.)](?:[ \t]|$)|$)")
_RULE = re.compile(r"\s*(?:\|?[\s:|-]*-{2,}[\s:|-]*|[*_]{3,}|`{3}\w*)\s*$")
_TAIL = re.compile(r"([^\s(\[\"'“‘]+)$")

_NEVER_LAST = frozenset(
    "e.g i.e eg ie vs v dr mr mrs ms st prof no nos approx ca cf inc ltd co corp fig est min. "
    "sr jr dept jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs "
    "fri sat sun avg resp incl excl esp".split()
)
_SELDOM_LAST = frozenset(
    "d h hr hrs min mins s sec wk wks mo mos yr yrs k m bn pct p.m a.m etc".split()
)
_UNIT_TAIL = re.compile(r"[$€£]?[\d.,]+(?:d|h|hr|hrs|min|mins|wk|wks|mo|yr|yrs|k|m|bn|pct)$", re.I)


@dataclass(frozen=True)
class Sentence:
    """One sentence in the source text: `[start, end)` with what leads up to it, the words
    themselves at `[body, end)`."""

    start: int
    body: int
    end: int
    form: Form
    number: int | None


@dataclass(frozen=True)
class Opening:
    """Where the words of a sentence begin, in what form, and the list number before them."""

    body: int
    form: Form
    number: int | None


def open_sentence(text: str, start: int, at_line_start: bool, next_number: int) -> Opening:
    """Read the white space, list marker or heading mark at `start`. A list number counts as a
    marker only where it goes on counting (1, or `next_number`); else it is part of the text."""
    body, form, number = start, "prose", None
    line_start = at_line_start
    while body < len(text):
        char = text[body]
        if char.isspace():
            line_start = line_start or char == "\n"
            body += 1
            continue
        if not line_start:
            break
        if char == "|":
            return Opening(body, "row", None)
        marker = _MARKER.match(text, body)
        if marker is None:
            break
        numbered = _NUMBERED.match(text, body)
        if numbered is not None:
            if int(numbered[1]) not in (1, next_number):
                break
            number = int(numbered[1])
        form = "heading" if char == "#" else "item"
        body = marker.end()
    return Opening(body, form, number)  # type: ignore[arg-type]


def may_grow_into_marker(text: str, body: int) -> bool:
    """Whether what stands at the start of a line is too short to tell a marker from a word."""
    return (
        len(text) - body <= 4
        and re.fullmatch(r"(?:[-*+•–>]|#{1,6}|\d{1,3}[.)]?)", text[body:]) is not None
    )


def sentence_end(text: str, body: int, search: int, form: Form, final: bool) -> int | None:
    """Where the sentence whose words begin at `body` ends, looking from `search` on; None while
    that cannot be told. `final` says that no more text will come."""
    if form in ("row", "heading"):
        line = text.find("\n", max(body, search))
        return line if line >= 0 else (len(text) if final else None)
    for found in _END.finditer(text, max(body, search)):
        verdict = _breaks(text, body, found.start(), found.end(), final)
        if verdict is None:
            return None
        if verdict:
            return found.start() if found[0] == "\n" else found.end()
    return len(text) if final else None


def may_end(text: str, search: int) -> bool:
    """Whether a mark that may end a sentence stands at or after `search`."""
    return _MAY_END.search(text, search) is not None


def is_rule(text: str) -> bool:
    """Whether a line only draws: a table's separator, a horizontal rule, a code fence."""
    return _RULE.match(text) is not None


def _breaks(text: str, body: int, start: int, end: int, final: bool) -> bool | None:
    """Whether the sentence ends at the mark `[start, end)`; None when more text is needed."""
    if text[start] in "。！？":
        return True
    if text[start] == "\n":
        return _line_breaks(text, body, start, final)
    after = end
    while after < len(text) and text[after] in " \t\xa0":
        after += 1
    if after >= len(text):
        return True if final else None
    follow = text[after]
    if follow == "\n":
        return True
    if text[start:end].strip("\"'”’»)]*_`") != ".":
        return not (follow.islower() and text[start] != "!")
    if follow.islower() and end - start > 1:
        return False
    tail = _TAIL.search(text, max(body, start - 24), start)
    word = tail[1].lower().lstrip("*_") if tail else ""
    if word in _NEVER_LAST or (
        len(word) == 1 and word.isalpha() and tail is not None and tail[1].isupper()
    ):
        return False
    if word in _SELDOM_LAST or _UNIT_TAIL.match(word):
        return not (follow.islower() or follow.isdigit() or follow in "$€£(")
    return True


def _line_breaks(text: str, body: int, newline: int, final: bool) -> bool | None:
    """Whether a new line ends the sentence: not where prose merely wraps."""
    after = newline
    lines = 0
    while after < len(text) and text[after].isspace():
        lines += text[after] == "\n"
        after += 1
    if lines > 1:
        return True
    before = text[body:newline].rstrip()
    if not before or before[-1] in '.!?…:"”’»)*_`。！？':
        return True
    if after >= len(text):
        return True if final else None
    follow = text[after]
    if follow.isdigit():
        number = _ITEM_NUMBER.match(text, after)
        if number is None:
            return False
        return None if number.end() == len(text) and not final else number[0][-1:] in ".) \t"
    if follow in "-–":
        if after + 1 >= len(text):
            return True if final else None
        return text[after + 1] in " \t-"
    return not (follow.islower() or follow in "($€£,;")


def last_boundary(text: str) -> int:
    """Where the last, unfinished sentence of a text begins; its end when none is open."""
    start, number = 0, 0
    while start < len(text):
        at_line = start == 0 or text[start - 1] == "\n"
        opening = open_sentence(text, start, at_line, number + 1)
        number = opening.number or number
        end = sentence_end(text, opening.body, opening.body, opening.form, final=False)
        if end is None:
            body = text[opening.body :].rstrip()
            return len(text) if not body or body[-1] in ".!?" else start
        start = end
    return start


def row_cells(text: str) -> list[str]:
    """The cells of a table row, without its outer bars."""
    return [cell.strip() for cell in text.strip().strip("|").split("|")]


def row_as_sentence(text: str, header: Sequence[str]) -> str:
    """A row with what it is about and the heading before each cell: "Cedar Days stuck 9, Cedar
    Score 82"."""
    first, *cells = row_cells(text) or [""]
    parts = []
    for number, cell in enumerate(cells, start=1):
        title = header[number] if number < len(header) else ""
        usable = title and not any(char.isdigit() for char in title)
        parts.append(f"{first} {title} {cell}" if usable else f"{first} {cell}")
    return ", ".join(part.strip() for part in parts if part.strip()) or first
