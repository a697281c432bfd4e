"""Passwords: Argon2id in threads of its own, two at a time."""

from __future__ import annotations

import asyncio
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from errors import Invalid, Unavailable

SHORTEST, LONGEST = 8, 200
AT_ONCE = 2
LONGEST_WAIT = 5.0
"""Seconds from asking to answer; a hash takes about 0.13."""

_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
# A pool and not a semaphore: a caller that goes away frees its place only when its thread ends.
_threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="argon2")

Result = TypeVar("Result")


def check_password(password: str) -> None:
    """Raises Invalid unless the password has 8 to 200 characters."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"The password must have {SHORTEST} to {LONGEST} characters.")


async def hash_password(password: str) -> str:
    """The encoded Argon2id hash. Raises Unavailable when too many are waiting."""
    return await _in_thread(lambda: _hasher.hash(_bytes(password)))


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one hashed. With no usable hash the answer is False and
    takes as long. Raises Unavailable when too many are waiting."""
    usable = password_hash is not None and password_hash.startswith("$argon2")
    encoded = password_hash if password_hash is not None and usable else _NO_ACCOUNT
    return await _in_thread(lambda: _verify(encoded, password))


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def _verify(encoded: str, password: str) -> bool:
    try:
        return _hasher.verify(encoded, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    """The same bytes for the same letters, whichever keyboard composed them."""
    return unicodedata.normalize("NFKC", password).encode()


def _no_account() -> str:
    """A hash that no password has, with today's parameters."""
    salt, tag = (b64encode(bytes(size)).decode().rstrip("=") for size in (16, _hasher.hash_len))
    return (
        f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},"
        f"p={_hasher.parallelism}${salt}${tag}"
    )


_NO_ACCOUNT = _no_account()


async def _in_thread(work: Callable[[], Result]) -> Result:
    waiting = asyncio.get_running_loop().run_in_executor(_threads, work)
    try:
        async with asyncio.timeout(LONGEST_WAIT):
            return await waiting
    except TimeoutError as error:
        raise Unavailable(
            "Too many people are logging in at this moment. Try again in a few seconds.",
            code="login_busy",
            retry_after=5,
        ) from error
