"""Rows of a Markdown table, read as sentences."""

from __future__ import annotations

from collections.abc import Sequence


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
