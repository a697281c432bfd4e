"""What a message asks for: a small classifier over embedded phrasings that can abstain.

The classes come from the declarations: each tool with the arguments a phrasing fixes, what
nobody tracks, courtesies, what is declined, and, for a client, topics of coaching. Linear
discriminants with one shared covariance are closed form, so training takes milliseconds
however many tools there are; the nearest phrasing says how much evidence there is at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from agent.models import coaching, smalltalk, untracked
from agent.models.phrases import Lexicon, normalise_example, structure
from memory.embeddings import Vectors
from tools.registry import Tool

Kind = Literal["tool", "untracked", "smalltalk", "refuse", "coach"]
Role = Literal["client", "operator"]

LEXICAL_WEIGHT = 0.5
STRUCTURE_WEIGHT = 0.3
SHRINKAGE = 1.5
SHARPNESS = 3.0
"""Standard deviation that discriminant scores are brought to before they become odds."""
NEAREST_WEIGHT = 6.0
ENOUGH_EVIDENCE = 0.44
"""Below this nothing is assumed; chosen on golden/intents.jsonl for MiniLM, as the next two."""
EFFECT_EVIDENCE = 0.58
"""What a tool that writes or proposes must reach."""
CLEAR_EVIDENCE = 0.62
"""What each half of a message must reach for two tools to be picked."""


@dataclass(frozen=True)
class Intent:
    """A class: `name` is the tool or topic, `fixed` its fixed arguments as canonical JSON."""

    kind: Kind
    name: str
    fixed: str = "{}"

    @property
    def args(self) -> dict[str, Any]:
        args: dict[str, Any] = json.loads(self.fixed)
        return args


@dataclass(frozen=True)
class Guess:
    """An intent, the probability of its tool or topic, and the cosine of the nearest phrasing."""

    intent: Intent
    probability: float
    nearest: float

    @property
    def evidence(self) -> float:
        return self.nearest + self.probability / 4


Phrasing = tuple[str, Intent]


def phrasings(role: Role, tools: Iterable[Tool]) -> list[Phrasing]:
    """Every declared phrasing for a role, normalised, with its intent."""
    found: list[Phrasing] = []
    for tool in tools:
        if tool.allows(role):
            found += [
                (example.text, Intent("tool", tool.name, json.dumps(example.args, sort_keys=True)))
                for example in tool.examples
            ]
    groups: list[tuple[Kind, dict[str, tuple[str, ...]]]] = [
        ("untracked", dict(untracked.BY_ROLE[role])),
        ("smalltalk", {name: talk.examples for name, talk in smalltalk.TALK.items()}),
        ("refuse", {name: item.examples for name, item in smalltalk.REFUSALS[role].items()}),
    ]
    if role == "client":
        groups.append(("coach", {name: topic.examples for name, topic in coaching.TOPICS.items()}))
    for kind, topics in groups:
        found += [(text, Intent(kind, name)) for name, texts in topics.items() for text in texts]
    return [(normalise_example(text), intent) for text, intent in found]


class IntentClassifier:
    """Trained once from phrasings and their vectors; `vectors` has one unit row each."""

    def __init__(self, examples: Sequence[Phrasing], vectors: Vectors) -> None:
        texts = [text for text, _ in examples]
        self.intents = sorted({intent for _, intent in examples}, key=_sort_key)
        position = {intent: index for index, intent in enumerate(self.intents)}
        self._labels = np.array([position[intent] for _, intent in examples])
        self._vectors = vectors
        self._lexicon = Lexicon(texts)
        self._fit(self._features(texts, vectors))

    def rank(self, texts: Sequence[str], vectors: Vectors) -> list[list[Guess]]:
        """For each normalised text a guess per tool or topic, the likeliest first, each with
        the likeliest of its fixed arguments."""
        scores = (self._features(texts, vectors) @ self._slopes + self._offsets) / self._spread
        similar = vectors @ self._vectors.T
        nearest = np.stack(
            [similar[:, self._labels == label].max(axis=1) for label in range(len(self.intents))],
            axis=1,
        )
        scores = SHARPNESS * scores + NEAREST_WEIGHT * nearest
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        return [self._guesses(odds[row], nearest[row]) for row in range(len(texts))]

    def _guesses(self, odds: Vectors, nearest: Vectors) -> list[Guess]:
        groups: dict[tuple[Kind, str], list[int]] = {}
        for label, intent in enumerate(self.intents):
            groups.setdefault((intent.kind, intent.name), []).append(label)
        guesses = [
            Guess(
                self.intents[max(labels, key=lambda label: odds[label])],
                float(odds[labels].sum()),
                float(nearest[labels].max()),
            )
            for labels in groups.values()
        ]
        return sorted(guesses, key=lambda guess: -guess.probability)

    def _features(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        return np.hstack(
            [
                vectors,
                np.float32(LEXICAL_WEIGHT) * self._lexicon.features(texts),
                np.float32(STRUCTURE_WEIGHT) * structure(texts),
            ]
        )

    def _fit(self, features: Vectors) -> None:
        means = np.stack(
            [features[self._labels == label].mean(axis=0) for label in range(len(self.intents))]
        )
        within = features - means[self._labels]
        covariance = within.T @ within / np.float32(len(features))
        size = len(covariance)
        shrink = np.float32(SHRINKAGE * np.trace(covariance) / size)
        covariance += shrink * np.eye(size, dtype=np.float32)
        self._slopes: Vectors = np.linalg.solve(covariance, means.T)
        self._offsets: Vectors = np.float32(-0.5) * (means.T * self._slopes).sum(axis=0)
        self._spread = float((features @ self._slopes + self._offsets).std())


def _sort_key(intent: Intent) -> tuple[str, str, str]:
    return (intent.kind, intent.name, intent.fixed)
