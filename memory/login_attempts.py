"""The throttle on log-ins and registrations: by account, and by network address.

Every attempt is charged before the password is looked at and given back when it was right, so
that a hundred guesses sent at once are a hundred charges. Whether the account exists makes no
difference. Counts are kept per minute and by the database's clock.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from errors import TooManyRequests, Unavailable
from memory.caller import SYSTEM
from memory.pool import Connection, get_conn

WINDOW = 15 * 60
"""Seconds that an attempt counts."""

Kind = Literal["account", "address", "registration"]
MOST: dict[Kind, int] = {"account": 10, "address": 50, "registration": 100}
"""Attempts allowed in a window: failed log-ins of one account, failed log-ins from one address,
accounts made from one address."""


@dataclass(frozen=True)
class Subject:
    """What is counted: the e-mail address, or the network address."""

    kind: Kind
    value: str


@dataclass(frozen=True)
class Charge:
    """An attempt that was counted, so that it can be taken back."""

    digests: dict[Kind, str]
    minute: datetime


def seconds_to_wait(minutes: Sequence[tuple[float, int]], most: int) -> int | None:
    """How long until another attempt is allowed; None when it is allowed now.

    `minutes` are (age in seconds, attempts) of each minute counted, in any order. The oldest
    minutes leave first: the wait ends when fewer than `most` attempts are left.
    """
    total = 0
    for age, attempts in sorted(minutes):
        total += attempts
        if total >= most:
            return max(1, round(WINDOW - age))
    return None


def network_of(address: str | None) -> str:
    """What counts as one network address: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


async def charge(subjects: Sequence[Subject]) -> Charge:
    """Count one attempt for each subject. Raises TooManyRequests when one of them has used up
    its attempts; nothing is counted then."""
    async with get_conn(SYSTEM) as conn:
        key, minute = await _key_and_minute(conn)
        digests = {subject.kind: _digest(key, subject) for subject in subjects}
        waits = [
            wait
            for kind, digest in digests.items()
            if (wait := seconds_to_wait(await _count(conn, digest), MOST[kind] + 1)) is not None
        ]
        if waits:
            raise TooManyRequests(
                "Too many attempts. Wait a few minutes, then try again.",
                code="too_many_attempts",
                retry_after=max(waits),
            )
    return Charge(digests, minute)


async def succeed(conn: Connection, charged: Charge) -> None:
    """The password was right: the account starts from zero, the network gets its attempt back."""
    await conn.execute(
        "DELETE FROM login_attempts WHERE subject = %s", (charged.digests["account"],)
    )
    await _give_back(conn, charged, ("address",))


async def withdraw(charged: Charge) -> None:
    """The attempt was not answered (the service was busy): it does not count."""
    async with get_conn(SYSTEM) as conn:
        await _give_back(conn, charged, tuple(charged.digests))


async def purge_attempts() -> int:
    """Delete the counts that no longer count; returns how many. For the upkeep."""
    async with get_conn(SYSTEM) as conn:
        deleted = await conn.execute(
            "DELETE FROM login_attempts WHERE window_start < now() - make_interval(secs => %s)",
            (WINDOW + 60,),
        )
    return deleted.rowcount


async def _count(conn: Connection, digest: str) -> list[tuple[float, int]]:
    """Count this attempt, then return (age in seconds, attempts) of each minute. The row stays
    locked to the end of the transaction, so attempts of one subject are counted in turn."""
    await conn.execute(
        """
        INSERT INTO login_attempts AS counted (subject, window_start, failures)
        VALUES (%s, date_trunc('minute', now()), 1)
        ON CONFLICT (subject, window_start) DO UPDATE SET failures = counted.failures + 1
        """,
        (digest,),
    )
    rows = await (
        await conn.execute(
            "SELECT extract(epoch FROM now() - window_start)::float8 AS age, failures "
            "FROM login_attempts "
            "WHERE subject = %s AND window_start > now() - make_interval(secs => %s)",
            (digest, WINDOW),
        )
    ).fetchall()
    return [(row["age"], row["failures"]) for row in rows]


async def _give_back(conn: Connection, charged: Charge, kinds: Sequence[Kind]) -> None:
    """One by one, in the order of `charge`: rows locked in another order could deadlock."""
    for kind in kinds:
        await conn.execute(
            "UPDATE login_attempts SET failures = failures - 1 "
            "WHERE subject = %s AND window_start = %s AND failures > 0",
            (charged.digests[kind], charged.minute),
        )


async def _key_and_minute(conn: Connection) -> tuple[bytes, datetime]:
    row = await (
        await conn.execute(
            "SELECT key, date_trunc('minute', now()) AS minute FROM service_keys "
            "WHERE name = 'login_attempts'"
        )
    ).fetchone()
    if row is None:
        raise Unavailable(
            "Log-in is closed: its key is missing. Restore the table service_keys from a backup.",
            code="login_key_missing",
        )
    return bytes(row["key"]), row["minute"]


def _digest(key: bytes, subject: Subject) -> str:
    return hmac.digest(key, f"{subject.kind}:{subject.value}".encode(), "sha256").hex()
