"""What has expired goes, and nothing else, once an hour."""

from __future__ import annotations

from uuid import uuid4

from memory.caller import SYSTEM
from memory.pool import get_conn
from memory.upkeep import Upkeep
from tests.conftest import MakeCaller


async def plant(user_id: str, age: str) -> str:
    """The id of a session that ends at `age` from now."""
    session = uuid4().hex
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            "INSERT INTO sessions (id, user_id, token_hash, expires_at) "
            "VALUES (%s, %s, %s, now() + %s::interval)",
            (session, user_id, session.encode(), age),
        )
    return session


async def kept(*sessions: str) -> set[str]:
    async with get_conn(SYSTEM) as conn:
        rows = await conn.execute("SELECT id FROM sessions WHERE id = ANY (%s)", (list(sessions),))
        return {row["id"] async for row in rows}


async def test_what_has_expired_goes_and_nothing_else(make_caller: MakeCaller) -> None:
    person = (await make_caller()).user_id
    over, living = await plant(person, "-1 second"), await plant(person, "1 day")
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            "INSERT INTO login_attempts VALUES (%s, now() - interval '2 hours', 1)", (person,)
        )
    upkeep = Upkeep()
    assert await upkeep.when_due() >= 2
    assert await kept(over, living) == {living}
    again = await plant(person, "-1 second")
    assert await upkeep.when_due() == 0
    assert await kept(again) == {again}
