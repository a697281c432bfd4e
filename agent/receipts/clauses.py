"""Sentences that do several things: "Good question: …", "Send it first, since …"."""

from __future__ import annotations

import re

from agent.receipts.kinds import COURTESY, Kind

_JOINT = re.compile(
    r"(?<=[\w\"”’)%])\s*(?:[:;—]|\s–|\s-)\s+(?=\S)|"
    r",?\s+(?:because|since|whereas|while|although|though)\s+|"
    r",\s+(?:but|so|and|which|as)\s+(?!that\s+you\b)(?=(?:it|that|this|they|he|she|the|your|you|we|its|there|is|was|are|has|"
    r"have|[A-Z])\b)",
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»")
_ENOUGH = 3


def clauses_of(text: str, does: Kind) -> list[str]:
    """The parts of a judged sentence that may each do something else: what follows a colon, a
    dash or a joining word, and what follows words of courtesy. A part before a colon keeps it."""
    if does == "courtesy":
        greeting = COURTESY.match(text)
        rest = text[greeting.end() :].lstrip(" ,.!—–-:;") if greeting else ""
        return [rest] if len(rest.split()) >= _ENOUGH else []
    closed = [found.span() for found in _QUOTED.finditer(text)]
    parts, start = [], 0
    for joint in _JOINT.finditer(text):
        if any(low < joint.start() < high for low, high in closed):
            continue
        head = text[start : joint.start()].strip()
        parts.append(head + ":" if ":" in joint[0] else head)
        start = joint.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part.strip(" .:;,!")]
