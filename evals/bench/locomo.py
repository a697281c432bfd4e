"""LoCoMo conversations (Maharana et al., ACL 2024) as files: who said what when, and questions.

One file is one conversation: `session_N` is a list of turns (`speaker`, `dia_id`, `text`, sometimes
`blip_caption`), `session_N_date_time` its time; `qa` a list of questions with `evidence`, the
`dia_id`s that answer it, and `category`. The conversation may stand under a key `conversation`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from evals.bench.rig import CannotMeasure

CATEGORIES = {
    1: "multi-hop",
    2: "temporal",
    3: "open-domain",
    4: "single-hop",
    5: "adversarial",
}
_TIME = "%I:%M %p on %d %B, %Y"
_EVIDENCE = re.compile(r"D:?(\d+):(\d+)")


@dataclass(frozen=True)
class Said:
    """One turn; what is seen on a picture that came with it is a part of its text."""

    id: str
    speaker: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Asked:
    """A question and the ids of the turns that answer it, at least one."""

    text: str
    category: str
    evidence: frozenset[str]


@dataclass(frozen=True)
class Talk:
    """A conversation: its sessions in order, its questions, and the day they are asked."""

    name: str
    host: str
    sessions: list[list[Said]]
    questions: list[Asked]

    @property
    def asked_at(self) -> datetime:
        """The day after the last session."""
        return self.sessions[-1][-1].at + timedelta(days=1)


def read_talks(folder: Path) -> list[Talk]:
    """Every conversation in the folder, by name. Raises CannotMeasure when there is none, or one
    cannot be read."""
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not paths:
        raise CannotMeasure(f"There is no LoCoMo conversation (*.json) in {folder}.")
    try:
        return [_talk(path.stem, json.loads(path.read_text("utf-8"))) for path in paths]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise CannotMeasure(
            f"A file in {folder} is no LoCoMo conversation: {type(error).__name__}: {error}"
        ) from error


def _talk(name: str, data: dict[str, Any]) -> Talk:
    talk = data.get("conversation", data)
    numbers = sorted(
        int(key.removeprefix("session_"))
        for key, value in talk.items()
        if re.fullmatch(r"session_\d+", key) and isinstance(value, list) and value
    )
    sessions = [
        [
            _said(turn, talk[f"session_{number}_date_time"], place)
            for place, turn in enumerate(turns)
        ]
        for number in numbers
        for turns in [talk[f"session_{number}"]]
    ]
    known = {said.id for session in sessions for said in session}
    return Talk(name, talk["speaker_a"], sessions, _questions(data["qa"], known))


def _said(turn: dict[str, Any], when: str, place: int) -> Said:
    caption = turn.get("blip_caption")
    return Said(
        id=turn["dia_id"],
        speaker=turn["speaker"],
        text=turn["text"] + (f" [shows {caption}]" if caption else ""),
        # A minute between turns keeps their order.
        at=datetime.strptime(when, _TIME).replace(tzinfo=UTC) + timedelta(minutes=place),
    )


def _questions(items: list[dict[str, Any]], known: set[str]) -> list[Asked]:
    """Those with evidence among the known turns: a string may hold several ids, or none."""
    asked = []
    for item in items:
        evidence = {
            f"D{int(session)}:{int(turn)}"
            for text in item.get("evidence") or []
            for session, turn in _EVIDENCE.findall(str(text))
        }
        category = CATEGORIES.get(item["category"], str(item["category"]))
        if evidence & known:
            asked.append(Asked(str(item["question"]), category, frozenset(evidence & known)))
    return asked
