"""The rule of the door: who is refused, why, and when to come back."""

from __future__ import annotations

from typing import Any

import pytest

from errors import TooManyRequests, Unavailable
from memory.door import Crowd, Limits, refusal

LIMITS = Limits(messages_per_minute=30, waiting_per_person=20, waiting=500)


@pytest.mark.parametrize(
    ("crowd", "kind", "code", "retry_after"),
    [
        (Crowd(messages=30, oldest_seconds=12.4), TooManyRequests, "too_many_messages", 48),
        (Crowd(messages=99, oldest_seconds=59.9), TooManyRequests, "too_many_messages", 1),
        (Crowd(waiting_of_person=20), TooManyRequests, "too_many_waiting", 5),
        (Crowd(waiting=500), Unavailable, "overloaded", 5),
    ],
)
def test_at_the_limit_one_more_is_refused(
    crowd: Crowd, kind: type[Any], code: str, retry_after: int
) -> None:
    error = refusal(crowd, LIMITS)
    assert type(error) is kind and error is not None
    assert (error.code, error.retry_after) == (code, retry_after)
    assert "Nothing was stored" in error.detail and error.detail.endswith(".")


def test_below_every_limit_there_is_room() -> None:
    assert refusal(Crowd(29, 59.0, 19, 499), LIMITS) is None
    assert refusal(Crowd(), LIMITS) is None
