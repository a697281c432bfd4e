"""Every pair of states is either an allowed move or refused with the way on."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest

from errors import Conflict
from tools.client.rules.transitions import STATUSES, Status, first_status, move

ALLOWED = {
    ("planned", "active"),
    ("active", "paused"),
    ("paused", "active"),
    ("active", "completed"),
    ("paused", "completed"),
    ("completed", "reviewed"),
    ("archived", "active"),
    *((status, "archived") for status in STATUSES),
}
TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(("current", "wanted"), list(product(STATUSES, STATUSES)))
def test_every_pair(current: Status, wanted: Status) -> None:
    if current == wanted or (current, wanted) in ALLOWED:
        assert move("Coffee chats", current, wanted) == wanted
        return
    with pytest.raises(Conflict) as refused:
        move("Coffee chats", current, wanted)
    assert f'"Coffee chats" is {current} and cannot become {wanted}' in refused.value.detail
    for status in STATUSES:
        named = status in refused.value.detail.rpartition("can become")[2]
        assert named == ((current, status) in ALLOWED and current != status)


def test_no_walk_reaches_completed_without_having_been_active() -> None:
    reached: set[tuple[Status, bool]] = {("planned", False)}
    while True:
        steps = {
            (wanted, was_active or wanted == "active")
            for (current, was_active), wanted in product(reached, STATUSES)
            if (current, wanted) in ALLOWED
        }
        if steps <= reached:
            break
        reached |= steps
    assert ("completed", True) in reached
    assert not {("completed", False), ("paused", False), ("reviewed", False)} & reached


@pytest.mark.parametrize(
    ("days", "start", "status"),
    [
        (None, False, "planned"),
        (None, True, "active"),
        (0, False, "active"),
        (-1, False, "active"),
        (1, False, "planned"),
        (1, True, "active"),
    ],
)
def test_a_new_one_is_active_once_its_day_has_come(
    days: int | None, start: bool, status: Status
) -> None:
    start_date = None if days is None else TODAY + timedelta(days=days)
    assert first_status(start_date, start, TODAY) == status
