"""Who is asking. Authority comes from here and from nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["client", "operator", "system"]


@dataclass(frozen=True)
class Caller:
    """The identity that row-level security sees. `time_zone` is an IANA name."""

    user_id: str
    role: Role
    time_zone: str = "UTC"


SYSTEM = Caller(user_id="", role="system")
"""The service itself: log-in, job pick-up and upkeep. Never given to a tool or a model."""
