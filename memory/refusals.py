"""Attempts that were refused, noted in the audit log: each in a transaction of its own, because
what was refused is rolled back."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from errors import MosaicError
from log import get_logger
from memory import audit
from memory.caller import Caller
from memory.pool import get_conn

logger = get_logger(__name__)

MOST_A_MINUTE = 600
"""Refusals of one person that a process notes in a minute, so that nobody fills the log."""

_noted: Counter[tuple[int, str]] = Counter()


async def note(
    caller: Caller, action: str, subject: str, detail: dict[str, Any] | None = None
) -> None:
    """Write one row: `action` is what was refused ("approval.refused"), `subject` on what."""
    logger.warning("refused", action=action, subject=subject)
    if not count(caller.user_id, int(time.monotonic() // 60)):
        return
    async with get_conn(caller) as conn:
        await audit.append(conn, caller.user_id, action, subject, detail)


@asynccontextmanager
async def noted(caller: Caller, action: str, subject: str, **detail: Any) -> AsyncIterator[None]:
    """Note whatever the block refuses (an error of ours below 500), then raise it on. Put it
    around the transaction, not into it."""
    try:
        yield
    except MosaicError as error:
        if error.status < 500:
            said = {"code": error.code, "why": error.detail}
            await note(caller, action, subject, {**detail, **said})
        raise


def count(user_id: str, minute: int) -> bool:
    """Count one more refusal of a person in a minute; False when it is one too many."""
    for old in [key for key in _noted if key[0] != minute]:
        del _noted[old]
    _noted[minute, user_id] += 1
    return _noted[minute, user_id] <= MOST_A_MINUTE
