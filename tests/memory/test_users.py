"""Accounts and sessions in the database, and what the app role may not do to them."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import psycopg
import pytest

from errors import Conflict, Invalid, NotFound, TooManyRequests, Unauthenticated
from memory import login_attempts, passwords, users
from memory.caller import SYSTEM, Caller
from memory.login_attempts import MOST, WINDOW, Subject, charge, network_of, seconds_to_wait
from memory.pool import get_conn
from memory.sessions import (
    authenticate,
    list_sessions,
    live_among,
    purge_sessions,
    revoke_session,
    start_session,
)
from tests.conftest import MakeCaller

PASSWORD = "a long password"


def new_email() -> str:
    return f"{uuid4().hex}@test.local"


async def start(user_id: str) -> str:
    async with get_conn(SYSTEM) as conn:
        token = await start_session(conn, user_id, "a browser")
    assert token is not None
    return token


async def execute(statement: str, *values: object) -> None:
    async with get_conn(SYSTEM) as conn:
        await conn.execute(statement, values)


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("  Ann.Lee+jobs@Example.COM\n", "ann.lee+jobs@example.com"),
        ("a@b.co", "a@b.co"),
        ("client@demo.local", "client@demo.local"),
    ],
)
def test_an_address_is_trimmed_and_lower_cased(text: str, email: str) -> None:
    assert users.normalise_email(text) == email


@pytest.mark.parametrize(
    "text",
    ["", "ann", "ann@", "@b.co", "a@b", "a b@c.de", "a@b..co", "a@-b.co", "a@b.co\x00", "é@b.co"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        users.normalise_email(text)


def test_an_address_has_at_most_254_characters() -> None:
    domain = ".".join(["d" * 60] * 4)
    assert users.normalise_email(f"{'a' * 10}@{domain}")
    for text in ("a" * 11 + "@" + domain, "a" * 65 + "@b.co", "a@" + "b" * 64 + ".co"):
        with pytest.raises(Invalid):
            users.normalise_email(text)


async def test_a_password_is_stored_as_argon2id_with_our_parameters(pool: None) -> None:
    user = await users.create_user(new_email(), PASSWORD)
    async with get_conn(SYSTEM) as conn:
        account = await users.find_account(conn, user.email)
    assert account is not None
    assert account.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert await passwords.verify_password(account.password_hash, PASSWORD)
    assert not await passwords.verify_password(account.password_hash, PASSWORD + "!")
    assert not passwords.needs_rehash(account.password_hash)


async def test_no_account_and_no_usable_hash_never_match() -> None:
    for stored in (None, "none", "$argon2id$broken"):
        assert not await passwords.verify_password(stored, "")


async def test_the_same_letters_composed_otherwise_are_the_same_password() -> None:
    composed = await passwords.hash_password("caf\u00e9 noisette")
    assert await passwords.verify_password(composed, "cafe\u0301 noisette")


async def test_making_granting_and_disabling_an_account(pool: None) -> None:
    email = new_email()
    user = await users.create_user(email.upper(), PASSWORD)
    assert (user.email, user.role) == (email, "client")
    with pytest.raises(Conflict):
        await users.create_user(email, PASSWORD)
    token = await start(user.id)
    assert (await authenticate(token)).caller == Caller(user.id, "client", "UTC")

    assert (await users.grant(email, "operator")).role == "operator"
    assert (await authenticate(token)).caller.role == "operator"

    await users.disable(email)
    with pytest.raises(Unauthenticated):
        await authenticate(token)
    async with get_conn(SYSTEM) as conn:
        assert await start_session(conn, user.id, None) is None
        with pytest.raises(Unauthenticated):
            await users.caller(conn, user.id)


async def test_wrong_values_for_accounts(pool: None) -> None:
    with pytest.raises(Invalid):
        await users.create_user(new_email(), "short")
    with pytest.raises(Invalid):
        await users.create_user(new_email(), "x" * 201)
    with pytest.raises(Invalid, match="role"):
        await users.create_user(new_email(), PASSWORD, "system")
    with pytest.raises(NotFound):
        await users.grant(new_email(), "operator")
    with pytest.raises(NotFound):
        await users.disable(new_email())


async def test_an_account_disabled_while_logged_in_is_refused(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    token = await start(caller.user_id)
    session_id = (await authenticate(token)).session_id
    await execute("UPDATE users SET disabled_at = now() WHERE id = %s", caller.user_id)
    with pytest.raises(Unauthenticated):
        await authenticate(token)
    assert not await live_among([session_id])


async def test_only_a_digest_of_the_token_is_stored(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    token = await start(caller.user_id)
    assert len(token) >= 43
    async with get_conn(SYSTEM) as conn:
        row = await (
            await conn.execute(
                "SELECT s::text AS row FROM sessions s WHERE user_id = %s", (caller.user_id,)
            )
        ).fetchone()
    assert row is not None and token not in row["row"]


@pytest.mark.parametrize("token", [None, "", "no such token", "\u20ac" * 50])
async def test_no_and_unknown_tokens_are_refused(pool: None, token: str | None) -> None:
    with pytest.raises(Unauthenticated):
        await authenticate(token)


async def test_use_moves_the_end_at_most_once_a_minute(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    token = await start(caller.user_id)
    before = (await list_sessions(caller))[0]
    await authenticate(token)
    assert (await list_sessions(caller))[0] == before

    await execute(
        "UPDATE sessions SET last_active = now() - interval '20 days', "
        "expires_at = now() + interval '10 days' WHERE id = %s",
        before.id,
    )
    await asyncio.gather(*(authenticate(token) for _ in range(5)))
    after = (await list_sessions(caller))[0]
    assert after.last_active > before.last_active
    assert (after.expires_at - after.last_active).days == 30


async def test_an_expired_session_is_refused_and_purged(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    token = await start(caller.user_id)
    session_id = (await authenticate(token)).session_id
    await execute("UPDATE sessions SET expires_at = now() WHERE id = %s", session_id)
    with pytest.raises(Unauthenticated):
        await authenticate(token)
    assert await list_sessions(caller) == []
    assert not await live_among([session_id])
    assert await purge_sessions() >= 1


async def test_only_ones_own_session_can_be_revoked(make_caller: MakeCaller) -> None:
    mine, other = await make_caller(), await make_caller("operator")
    token = await start(mine.user_id)
    session_id = (await authenticate(token)).session_id
    for wrong in (session_id[:-1], "'; DROP TABLE sessions", "\x00", uuid4().hex):
        with pytest.raises(NotFound):
            await revoke_session(mine, wrong)
    with pytest.raises(NotFound):
        await revoke_session(other, session_id)
    assert await live_among([session_id]) == {session_id}
    await revoke_session(mine, session_id)
    assert not await live_among([session_id])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET role = 'operator'",
        "UPDATE users SET password_hash = 'x'",
        "UPDATE users SET disabled_at = NULL",
        "INSERT INTO users (email, password_hash) VALUES ('new@test.local', 'x')",
        "SELECT password_hash FROM users",
        "SELECT token_hash FROM sessions",
        "UPDATE sessions SET expires_at = 'infinity'",
        "INSERT INTO sessions (id, user_id, token_hash) VALUES (md5('1'), 'x', 'x')",
    ],
)
async def test_a_persons_own_connection_cannot(make_caller: MakeCaller, statement: str) -> None:
    caller = await make_caller()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with get_conn(caller) as conn:
            await conn.execute(statement)


async def test_the_key_and_the_counts_are_closed_to_people(make_caller: MakeCaller) -> None:
    await charge([Subject("account", new_email())])
    async with get_conn(await make_caller("operator")) as conn:
        for table in ("service_keys", "login_attempts"):
            rows = await conn.execute(f"SELECT * FROM {table}")
            assert await rows.fetchall() == []


@pytest.mark.parametrize(
    ("minutes", "wait"),
    [
        ([], None),
        ([(10, 9)], None),
        ([(10, 10)], WINDOW - 10),
        ([(10, 5), (70, 5)], WINDOW - 70),
        ([(800, 1), (10, 9)], WINDOW - 800),
        ([(800, 4), (10, 10)], WINDOW - 10),
        ([(WINDOW - 0.1, 10)], 1),
    ],
)
def test_the_wait_ends_when_fewer_than_most_are_left(
    minutes: list[tuple[float, int]], wait: int | None
) -> None:
    assert seconds_to_wait(minutes, 10) == wait


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        (None, "unknown"),
        ("a socket", "unknown"),
    ],
)
def test_what_counts_as_one_network(address: str | None, network: str) -> None:
    assert network_of(address) == network


async def test_a_burst_of_guesses_gets_no_more_than_the_limit(pool: None) -> None:
    subject = Subject("account", new_email())
    outcomes = await asyncio.gather(*(charge([subject]) for _ in range(40)), return_exceptions=True)
    refused = [item for item in outcomes if isinstance(item, TooManyRequests)]
    assert len(outcomes) - len(refused) == MOST["account"]
    assert all(item.retry_after and 0 < item.retry_after <= WINDOW for item in refused)


async def test_attempts_of_a_quarter_hour_ago_no_longer_count(pool: None) -> None:
    subject = Subject("account", new_email())
    for _ in range(MOST["account"]):
        charged = await charge([subject])
    digest = charged.digests["account"]
    assert subject.value not in digest
    await execute(
        "UPDATE login_attempts SET window_start = window_start - interval '15 minutes' "
        "WHERE subject = %s",
        digest,
    )
    await charge([subject])
    await execute(
        "UPDATE login_attempts SET window_start = window_start - interval '16 minutes' "
        "WHERE subject = %s",
        digest,
    )
    assert await login_attempts.purge_attempts() >= 1


async def test_an_attempt_that_was_not_answered_is_given_back(pool: None) -> None:
    subject = Subject("account", new_email())
    for _ in range(MOST["account"] * 2):
        await login_attempts.withdraw(await charge([subject]))
    for _ in range(MOST["account"]):
        await charge([subject])
    with pytest.raises(TooManyRequests):
        await charge([subject])
