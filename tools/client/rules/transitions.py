"""How an experiment's status may move (decisions, "Experiments")."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

from errors import Conflict

Status = Literal["planned", "active", "paused", "completed", "reviewed", "archived"]
STATUSES: tuple[Status, ...] = get_args(Status)

MOVES: dict[Status, tuple[Status, ...]] = {
    "planned": ("active", "archived"),
    "active": ("paused", "completed", "archived"),
    "paused": ("active", "completed", "archived"),
    "completed": ("reviewed", "archived"),
    "reviewed": ("archived",),
    "archived": ("active",),
}


def first_status(start_date: date | None, start: bool, today: date) -> Status:
    """The status a new experiment gets: active when it has started, else planned."""
    started = start or (start_date is not None and start_date <= today)
    return "active" if started else "planned"


def move(name: str, current: Status, wanted: Status) -> Status:
    """The status after asking for `wanted`; asking for what already is changes nothing.

    Raises Conflict with the current state and the allowed moves.
    """
    if wanted == current or wanted in MOVES[current]:
        return wanted
    allowed = " or ".join(MOVES[current])
    raise Conflict(
        f'"{name}" is {current} and cannot become {wanted}. From {current} it can become {allowed}.'
    )
