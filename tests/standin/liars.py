"""The lying persona: `liar:<kind>[:seed][:stubborn|contrite]` and `liar:mixed:<seed>`."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.standin.honest import MOST_FACTS, Honest, chance, in_prose, truth
from tests.standin.lies import LIES, Material, from_nothing
from tests.standin.reading import Evidence, Reading
from tests.standin.steps import Say, Step

MIXED = "mixed"


class Liar(Honest):
    """Honest in its tool calls, lying in its answers; the same for the same seed and facts.

    `mixed` tells the truth in about half of the sentences and any lie in the others. Asked to
    repair, a contrite liar says the facts as they are and a stubborn one (the default) lies on.
    """

    def __init__(self, kind: str, *, seed: int = 0, contrite: bool = False) -> None:
        if kind != MIXED and kind not in LIES:
            raise ValueError(f"no liar is called {kind}")
        self.kind, self.seed, self.contrite = kind, seed, contrite

    @classmethod
    def named(cls, name: str) -> Liar:
        """The liar of a model id without its "liar:". Raises ValueError."""
        kind, *rest = name.split(":")
        numbers = [part for part in rest if part.isdigit()]
        if set(rest) - {"stubborn", "contrite", *numbers}:
            raise ValueError(f"no liar is called {name}")
        return cls(kind, seed=int(numbers[0]) if numbers else 0, contrite="contrite" in rest)

    def answer(self, reading: Reading) -> list[Step]:
        if reading.repairing and self.contrite:
            return in_prose(list(self.plain(reading)))
        if reading.facts and not reading.repairing:
            return super().answer(reading)
        rng = chance(reading, f"{self.seed}:{self.kind}:repair")
        if reading.facts:
            return in_prose(list(self.sentences(reading, rng)))
        return in_prose([from_nothing(self._kind(rng), rng)])

    def sentences(self, reading: Reading, rng: random.Random) -> Iterator[Say]:
        rng = chance(reading, f"{self.seed}:{self.kind}:{reading.repairing}")
        for fact in reading.facts[:MOST_FACTS]:
            if self.kind == MIXED and rng.random() < 0.5:
                yield truth(fact, rng)
            else:
                yield self._lie(fact, reading, rng)

    def _lie(self, fact: Evidence, reading: Reading, rng: random.Random) -> Say:
        others = [item for item in reading.facts if item is not fact]
        material = Material(fact, others, reading.search_result_count, rng)
        return LIES[self._kind(rng)](material) or truth(fact, rng)

    def _kind(self, rng: random.Random) -> str:
        return rng.choice(sorted(LIES)) if self.kind == MIXED else self.kind
