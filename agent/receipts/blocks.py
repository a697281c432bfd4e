"""The text of one answer as it streams in, in blocks, each with the facts it cites."""

from __future__ import annotations

from bisect import bisect_right

_NOTHING = " \n\t.,;:!?*_"


class Blocks:
    """The stream so far. `text` begins with what an earlier stream released, which has no block."""

    def __init__(self, before: str) -> None:
        self.text = before
        self._starts: list[int] = [0]
        self._numbers: list[int] = [-1]
        self._ended: set[int] = {-1}
        self._cites: dict[int, tuple[str, ...]] = {}

    def add(self, block: int, delta: str) -> None:
        """More text of a block."""
        if self._numbers[-1] != block:
            self._starts.append(len(self.text))
            self._numbers.append(block)
        self.text += delta

    def cite(self, block: int, fact_ids: tuple[str, ...]) -> None:
        """A block cites these facts too."""
        self._cites[block] = tuple(dict.fromkeys((*self._cites.get(block, ()), *fact_ids)))

    def end(self, block: int) -> None:
        """A block is complete: no text and no citation of it is to come."""
        self._ended.add(block)

    def ended(self, start: int, end: int) -> bool:
        """Whether all blocks that hold words of `text[start:end]` are complete."""
        return all(block in self._ended for block in self._between(start, end))

    def cited(self, start: int, end: int) -> tuple[str, ...]:
        """The facts that the blocks of `text[start:end]` cite, each once."""
        found = (fact for b in self._between(start, end) for fact in self._cites.get(b, ()))
        return tuple(dict.fromkeys(found))

    def _between(self, start: int, end: int) -> list[int]:
        """The blocks that hold words of `text[start:end]`."""
        found = []
        for place in range(bisect_right(self._starts, start) - 1, len(self._starts)):
            begin = max(self._starts[place], start)
            if begin >= end:
                break
            last = place + 1 == len(self._starts)
            following = len(self.text) if last else self._starts[place + 1]
            if self.text[begin : min(following, end)].strip(_NOTHING):
                found.append(self._numbers[place])
        return found
