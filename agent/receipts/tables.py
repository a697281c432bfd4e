"""Rows of a Markdown table, read as sentences."""

from __future__ import annotations

from collections.abc import Sequence


def row_cells(text: str) -> list[str]:
    """The cells of a table row, without its outer bars."""
    return [cell.strip() for cell in text.strip().strip("|").split("|")]


def row_as_sentence(text: str, header: Sequence[str]) -> str:
    """A row with each cell under its heading: "Cedar, Days stuck 9"."""
    parts = []
    for number, cell in enumerate(row_cells(text)):
        title = header[number] if number < len(header) else ""
        usable = number and title and not any(char.isdigit() for char in title)
        parts.append(f"{title} {cell}".strip() if usable else cell)
    return ", ".join(part for part in parts if part)
