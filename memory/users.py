"""Accounts: who they are, how they are made, what role they have, when they are closed.

The operator role is given by `grant` and by `create_user` alone, and only the command line
calls these two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, LiteralString

from errors import Conflict, Invalid, NotFound, Unauthenticated
from memory import audit
from memory.caller import SYSTEM, Caller, Role
from memory.passwords import check_password, hash_password
from memory.pool import Connection, get_conn
from settings import get_settings

LONGEST_EMAIL = 254
EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])"
)
ACCOUNT_ROLES: tuple[Role, ...] = ("client", "operator")


@dataclass(frozen=True)
class User:
    """An account as others may see it."""

    id: str
    email: str
    role: Role
    time_zone: str


@dataclass(frozen=True)
class Account:
    """An account with what log-in needs. `disabled` accounts cannot log in."""

    user: User
    password_hash: str
    disabled: bool


def normalise_email(text: str) -> str:
    """The address trimmed and in lower case (client spec 9). Raises Invalid."""
    email = text.strip().lower()
    if len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email):
        raise Invalid("This is not an e-mail address such as name@example.com. Check it.")
    return email


async def find_account(conn: Connection, email: str) -> Account | None:
    """The account of a normalised address. Needs the system's connection."""
    row = await (
        await conn.execute(
            "SELECT id, email, role, time_zone, password_hash, disabled_at "
            "FROM users WHERE email = %s",
            (email,),
        )
    ).fetchone()
    if row is None:
        return None
    return Account(_user(row), row["password_hash"], disabled=row["disabled_at"] is not None)


async def add_user(
    conn: Connection, email: str, password_hash: str, role: Role = "client"
) -> User | None:
    """Insert an account in the service's time zone; None when the address is taken."""
    row = await (
        await conn.execute(
            "INSERT INTO users (email, password_hash, role, time_zone) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (email) DO NOTHING RETURNING id, email, role, time_zone",
            (email, password_hash, role, get_settings().timezone),
        )
    ).fetchone()
    return None if row is None else _user(row)


async def replace_hash(conn: Connection, user_id: str, was: str, now: str) -> None:
    """Store the password hashed anew, unless the password was changed meanwhile."""
    await conn.execute(
        "UPDATE users SET password_hash = %s WHERE id = %s AND password_hash = %s",
        (now, user_id, was),
    )


async def caller(conn: Connection, user_id: str) -> Caller:
    """The caller that this account is today: for work done on a person's behalf after their
    request ended. Raises Unauthenticated when the account is gone or disabled."""
    row = await (
        await conn.execute(
            "SELECT id, role, time_zone FROM users WHERE id = %s AND disabled_at IS NULL",
            (user_id,),
        )
    ).fetchone()
    if row is None:
        raise Unauthenticated("This account is closed.", code="account_closed")
    return Caller(row["id"], row["role"], row["time_zone"])


async def create_user(email: str, password: str, role: Role = "client") -> User:
    """Make an account. Raises Invalid (422), or Conflict when the address has one."""
    email = normalise_email(email)
    check_password(password)
    _check_role(role)
    password_hash = await hash_password(password)
    async with get_conn(SYSTEM) as conn:
        user = await add_user(conn, email, password_hash, role)
        if user is not None:
            await _note(conn, "account.made", user)
    if user is None:
        raise Conflict(f"{email} already has an account. Use `grant` to change its role.")
    return user


async def grant(email: str, role: Role) -> User:
    """Give an account a role; it counts from the account's next request. Raises NotFound."""
    _check_role(role)
    return await _update(
        "role.granted",
        "UPDATE users SET role = %s WHERE email = %s RETURNING id, email, role, time_zone",
        (role, normalise_email(email)),
    )


async def disable(email: str) -> User:
    """Close an account to log-ins and end all its sessions. Raises NotFound."""
    return await _update(
        "account.disabled",
        """
        WITH closed AS (
            UPDATE users SET disabled_at = coalesce(disabled_at, now()) WHERE email = %s
            RETURNING id, email, role, time_zone
        ), ended AS (
            DELETE FROM sessions WHERE user_id IN (SELECT id FROM closed)
        )
        SELECT id, email, role, time_zone FROM closed
        """,
        (normalise_email(email),),
    )


async def _update(action: str, statement: LiteralString, values: tuple[str, ...]) -> User:
    async with get_conn(SYSTEM) as conn:
        row = await (await conn.execute(statement, values)).fetchone()
        if row is None:
            raise NotFound(f"There is no account {values[-1]}. Check the address.")
        await _note(conn, action, _user(row))
    return _user(row)


async def _note(conn: Connection, action: str, user: User) -> None:
    """Audit what the command line did to an account."""
    await audit.append(conn, "command line", action, f"users/{user.id}", {"role": user.role})


def _check_role(role: str) -> None:
    if role not in ACCOUNT_ROLES:
        raise Invalid(f"{role!r} is not a role. Use one of: {', '.join(ACCOUNT_ROLES)}.")


def _user(row: dict[str, Any]) -> User:
    return User(row["id"], row["email"], row["role"], row["time_zone"])
