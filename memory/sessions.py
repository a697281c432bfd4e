"""Log-in sessions: opaque tokens of 256 bits, of which only the SHA-256 is stored.

A session lives 30 days from its last use (client spec 9). Use is written at most once a minute.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from errors import NotFound, Unauthenticated
from memory.caller import SYSTEM, Caller
from memory.pool import Connection, get_conn, get_system_conn

LIFE = "30 days"
TOUCH_EVERY = "1 minute"
SESSION_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Authenticated:
    """Who a token belongs to, as of this request."""

    caller: Caller
    session_id: str
    email: str


@dataclass(frozen=True)
class Session:
    """One log-in, as its owner sees it."""

    id: str
    user_agent: str | None
    created_at: datetime
    last_active: datetime
    expires_at: datetime


async def start_session(conn: Connection, user_id: str, user_agent: str | None) -> str | None:
    """Begin a session and return its token, which is shown this once; None when the account
    is gone or disabled. Clears the account's expired sessions. Needs the system's connection."""
    token = secrets.token_urlsafe(32)
    row = await (
        await conn.execute(
            """
            WITH person AS (
                UPDATE users SET last_login = now()
                 WHERE id = %(user_id)s AND disabled_at IS NULL RETURNING id
            ), expired AS (
                DELETE FROM sessions WHERE user_id = %(user_id)s AND expires_at <= now()
            )
            INSERT INTO sessions (id, user_id, token_hash, user_agent, expires_at)
            SELECT %(id)s, person.id, %(token_hash)s, %(user_agent)s, now() + %(life)s::interval
              FROM person RETURNING id
            """,
            {
                "id": secrets.token_hex(16),
                "user_id": user_id,
                "token_hash": _hash(token),
                "user_agent": user_agent,
                "life": LIFE,
            },
        )
    ).fetchone()
    return None if row is None else token


async def authenticate(token: str | None) -> Authenticated:
    """Who presents this token. The role is read anew every time.

    Raises Unauthenticated without a token, and for one that is unknown, expired, revoked, or
    of a disabled account.
    """
    if not token:
        raise Unauthenticated("Log in first.")
    async with get_system_conn() as conn:
        row = await (
            await conn.execute(
                """
                WITH live AS (
                    SELECT s.id, u.id AS user_id, u.email, u.role, u.time_zone
                      FROM sessions s JOIN users u ON u.id = s.user_id
                     WHERE s.token_hash = %(token_hash)s AND s.expires_at > now()
                       AND u.disabled_at IS NULL
                ), touched AS (
                    UPDATE sessions
                       SET last_active = now(), expires_at = now() + %(life)s::interval
                     WHERE id = (SELECT id FROM live)
                       AND last_active < now() - %(touch_every)s::interval
                )
                SELECT * FROM live
                """,
                {"token_hash": _hash(token), "life": LIFE, "touch_every": TOUCH_EVERY},
            )
        ).fetchone()
    if row is None:
        raise Unauthenticated("This log-in has ended. Log in again.", code="session_ended")
    caller = Caller(row["user_id"], row["role"], row["time_zone"])
    return Authenticated(caller, row["id"], row["email"])


async def live_among(session_ids: list[str]) -> set[str]:
    """Which of these sessions still stand: what is asked for long streams every few seconds."""
    async with get_conn(SYSTEM) as conn:
        rows = await conn.execute(
            "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id "
            "WHERE s.id = ANY(%s) AND s.expires_at > now() AND u.disabled_at IS NULL",
            (session_ids,),
        )
        return {row["id"] async for row in rows}


async def list_sessions(caller: Caller) -> list[Session]:
    """The caller's live sessions, the newest log-in first."""
    async with get_conn(caller) as conn:
        rows = await (
            await conn.execute(
                "SELECT id, user_agent, created_at, last_active, expires_at FROM sessions "
                "WHERE user_id = %s AND expires_at > now() ORDER BY created_at DESC, id",
                (caller.user_id,),
            )
        ).fetchall()
    return [Session(**row) for row in rows]


async def revoke_session(caller: Caller, session_id: str) -> None:
    """End one of the caller's sessions. Raises NotFound for any other."""
    if SESSION_ID.fullmatch(session_id):
        async with get_conn(caller) as conn:
            ended = await conn.execute(
                "DELETE FROM sessions WHERE user_id = %s AND id = %s", (caller.user_id, session_id)
            )
        if ended.rowcount:
            return
    raise NotFound("There is no such session of yours. See GET /auth/sessions.")


async def end_session(token: str) -> None:
    """End the session of this token; nothing happens when there is none."""
    async with get_conn(SYSTEM) as conn:
        await conn.execute("DELETE FROM sessions WHERE token_hash = %s", (_hash(token),))


async def purge_sessions() -> int:
    """Delete expired sessions; returns how many. For the upkeep."""
    async with get_conn(SYSTEM) as conn:
        return (await conn.execute("DELETE FROM sessions WHERE expires_at <= now()")).rowcount


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
