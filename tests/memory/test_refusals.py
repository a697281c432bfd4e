"""What is refused is noted, although the refused transaction is rolled back."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from errors import Conflict, Unavailable
from memory import refusals
from memory.caller import SYSTEM, Caller
from memory.pool import get_conn
from tests.conftest import MakeCaller


async def rows_of(caller: Caller) -> list[dict[str, Any]]:
    async with get_conn(SYSTEM) as conn:
        rows = await conn.execute(
            "SELECT action, subject, detail FROM audit_log WHERE actor = %s ORDER BY id",
            (caller.user_id,),
        )
        return await rows.fetchall()


async def test_a_refusal_is_noted_and_raised_on(make_caller: MakeCaller) -> None:
    caller = await make_caller("operator")
    with pytest.raises(Conflict, match="decided"):
        async with (
            refusals.noted(caller, "approval.refused", "approvals/1", decision="approve"),
            get_conn(caller) as conn,
        ):
            await conn.execute("UPDATE users SET display_name = 'changed'")
            raise Conflict("It was decided.", code="already_decided")
    [row] = await rows_of(caller)
    assert (row["action"], row["subject"]) == ("approval.refused", "approvals/1")
    assert row["detail"] == {
        "decision": "approve",
        "code": "already_decided",
        "why": "It was decided.",
    }


async def test_what_succeeds_or_breaks_is_no_refusal(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    async with refusals.noted(caller, "approval.refused", "approvals/1"):
        pass
    for error in (Unavailable("Down."), RuntimeError("broken")):
        with pytest.raises(type(error)):
            async with refusals.noted(caller, "approval.refused", "approvals/1"):
                raise error
    assert await rows_of(caller) == []


@pytest.mark.parametrize("role", ["client", "operator"])
async def test_what_the_database_refuses_is_noted(make_caller: MakeCaller, role: str) -> None:
    caller = await make_caller(role)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with get_conn(caller) as conn:
            await conn.execute("UPDATE users SET role = 'operator'")
    [row] = await rows_of(caller)
    assert row["action"] == "database.refused"
    assert row["detail"] == {"said": "permission denied for table users"}


def test_nobody_fills_the_log() -> None:
    most = refusals.MOST_A_MINUTE
    assert [refusals.count("one", -2) for _ in range(most + 3)] == [True] * most + [False] * 3
    assert refusals.count("other", -2)
    assert refusals.count("one", -1)
