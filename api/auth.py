"""Log-in: who is asking, and the routes that begin and end a session.

`CallerDep` is what every other route asks for. A token comes as `Authorization: Bearer` or, for
the web UI, in an HttpOnly cookie; no other header or field says who someone is (client spec 9).

Registering an address that has an account *is* a log-in to it: the right password logs in, so a
repeated register is safe; any other password gets the log-in's own refusal, with its status,
its body, its time and its throttle. Whether an address is taken can then be learned only by
taking it when it is free, which is unavoidable without mail, and is throttled.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection

from api.security import cookie_name
from errors import Forbidden, Unauthenticated, Unavailable
from log import get_logger
from memory import audit, login_attempts, passwords, refusals, users
from memory.caller import SYSTEM, Caller
from memory.login_attempts import Charge, Kind, Subject
from memory.passwords import LONGEST, SHORTEST
from memory.pool import get_conn
from memory.sessions import (
    Authenticated,
    authenticate,
    end_session,
    list_sessions,
    revoke_session,
    start_session,
)
from memory.users import Account, User

logger = get_logger(__name__)
router = APIRouter(prefix="/auth", tags=["auth"])

Result = TypeVar("Result")

COOKIE_SECONDS = 400 * 24 * 3600
"""The longest a browser keeps a cookie; the session's own end is decided by the server."""


def presented_token(request: HTTPConnection) -> str | None:
    """The token of a request: the header's when there is one, else the cookie's."""
    header = request.headers.get("authorization")
    if header is None:
        return request.cookies.get(cookie_name(request.app.state.secure_cookies))
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("Send the token as `Authorization: Bearer <token>`.")
    return token.strip()


async def _authenticated(request: HTTPConnection) -> Authenticated:
    return await authenticate(presented_token(request))


AuthenticatedDep = Annotated[Authenticated, Depends(_authenticated)]


async def _caller(authenticated: AuthenticatedDep) -> Caller:
    return authenticated.caller


CallerDep = Annotated[Caller, Depends(_caller)]


async def _operator(caller: CallerDep, request: Request) -> Caller:
    if caller.role != "operator":
        route = f"{request.method} {request.scope['route'].path}"
        await refusals.note(caller, "access.refused", route)
        raise Forbidden("Only an operator may do this. Ask the owner for the role.")
    return caller


OperatorDep = Annotated[Caller, Depends(_operator)]


class Credentials(BaseModel):
    """What is sent to log in."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    email: str = Field(min_length=3, max_length=320)
    password: str = Field(min_length=1, max_length=LONGEST)


class Registration(Credentials):
    """What is sent to register. There is no role in it: everyone who registers is a client."""

    password: str = Field(min_length=SHORTEST, max_length=LONGEST)


class Person(BaseModel):
    id: str
    email: str
    role: Literal["client", "operator", "system"]


class LoggedIn(BaseModel):
    access_token: str
    token_type: Literal["bearer"] = Field(default="bearer")
    user: Person


class SessionRow(BaseModel):
    """One log-in. `current` is the one that asks."""

    id: str
    user_agent: str | None
    created_at: datetime
    last_active: datetime
    expires_at: datetime
    current: bool


class SessionList(BaseModel):
    sessions: list[SessionRow]


@router.post("/register", status_code=201)
async def register(body: Registration, request: Request, response: Response) -> LoggedIn:
    """Make a client's account and log in to it."""
    email = users.normalise_email(body.email)
    charged = await _charge(request, email, "registration")
    async with get_conn(SYSTEM) as conn:
        account = await users.find_account(conn, email)
    if account is None:
        password_hash = await _answered(charged, passwords.hash_password(body.password))
        async with get_conn(SYSTEM) as conn:
            user = await users.add_user(conn, email, password_hash)
            if user is not None:
                await audit.append(conn, user.id, "account.made", f"users/{user.id}")
        if user is not None:
            logger.info("account made", user_id=user.id)
            return await _begin(request, response, user, charged)
        async with get_conn(SYSTEM) as conn:
            account = await users.find_account(conn, email)
    return await _log_in(request, response, account, body.password, charged)


@router.post("/login")
async def login(body: Credentials, request: Request, response: Response) -> LoggedIn:
    """Begin a session; the one whose cookie came with the request ends."""
    email = users.normalise_email(body.email)
    charged = await _charge(request, email)
    async with get_conn(SYSTEM) as conn:
        account = await users.find_account(conn, email)
    return await _log_in(request, response, account, body.password, charged)


@router.post("/logout", status_code=204)
async def logout(request: Request, response: Response) -> None:
    """End the session that asks. Safe to repeat."""
    if token := presented_token(request):
        await end_session(token)
    drop_cookie(request, response)


@router.get("/me")
async def me(authenticated: AuthenticatedDep) -> Person:
    """Who is logged in."""
    caller = authenticated.caller
    return Person(id=caller.user_id, email=authenticated.email, role=caller.role)


@router.get("/sessions")
async def sessions(authenticated: AuthenticatedDep) -> SessionList:
    """Where the caller is logged in."""
    rows = await list_sessions(authenticated.caller)
    return SessionList(
        sessions=[
            SessionRow(**asdict(row), current=row.id == authenticated.session_id) for row in rows
        ]
    )


@router.delete("/sessions/{session_id}", status_code=204)
async def revoke(
    session_id: str, authenticated: AuthenticatedDep, request: Request, response: Response
) -> None:
    """End one of the caller's sessions."""
    await revoke_session(authenticated.caller, session_id)
    if session_id == authenticated.session_id:
        drop_cookie(request, response)


async def _charge(request: Request, email: str, *more: Kind) -> Charge:
    network = login_attempts.network_of(request.client.host if request.client else None)
    return await login_attempts.charge(
        [
            Subject("account", email),
            Subject("address", network),
            *(Subject(kind, network) for kind in more),
        ]
    )


async def _log_in(
    request: Request, response: Response, account: Account | None, password: str, charged: Charge
) -> LoggedIn:
    """Check the password and begin a session. Without an account, with a wrong password, and
    for a disabled account the work and the refusal are the same."""
    known = account.password_hash if account else None
    right = await _answered(charged, passwords.verify_password(known, password))
    if account is None or account.disabled or not right:
        await _note_refusal(charged)
        raise _refused()
    response.status_code = 200
    return await _begin(request, response, account.user, charged, await _rehash(account, password))


async def check_own_password(request: Request, authenticated: Authenticated, password: str) -> None:
    """Ask the person who is logged in for their password again. Counts as a log-in attempt.
    Raises Forbidden when it is wrong."""
    charged = await _charge(request, authenticated.email)
    async with get_conn(SYSTEM) as conn:
        account = await users.find_account(conn, authenticated.email)
    known = account.password_hash if account else None
    if not await _answered(charged, passwords.verify_password(known, password)):
        await _note_refusal(charged)
        raise Forbidden("This is not your password. Nothing was done.", code="wrong_password")
    async with get_conn(SYSTEM) as conn:
        await login_attempts.succeed(conn, charged)


async def _note_refusal(charged: Charge) -> None:
    """Audit a wrong log-in, the same whether there is such an account or not."""
    subject = f"login_attempts/{charged.digests['account']}"
    async with get_conn(SYSTEM) as conn:
        await audit.append(conn, "nobody", "login.refused", subject)


async def _begin(
    request: Request,
    response: Response,
    user: User,
    charged: Charge,
    rehashed: tuple[str, str] | None = None,
) -> LoggedIn:
    async with get_conn(SYSTEM) as conn:
        await login_attempts.succeed(conn, charged)
        if rehashed is not None:
            await users.replace_hash(conn, user.id, *rehashed)
        token = await start_session(conn, user.id, _user_agent(request))
        if token is not None:
            await audit.append(conn, user.id, "login.done", f"users/{user.id}")
    if token is None:
        raise _refused()
    name = cookie_name(request.app.state.secure_cookies)
    if before := request.cookies.get(name):
        await end_session(before)
    response.set_cookie(
        name,
        token,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=request.app.state.secure_cookies,
    )
    person = Person(id=user.id, email=user.email, role=user.role)
    return LoggedIn(access_token=token, user=person)


async def _rehash(account: Account, password: str) -> tuple[str, str] | None:
    """The hash as it was and as it should be, when its parameters are not today's."""
    if not passwords.needs_rehash(account.password_hash):
        return None
    try:
        return account.password_hash, await passwords.hash_password(password)
    except Unavailable:
        logger.info("password kept with its old parameters: hashing is busy")
        return None


async def _answered(charged: Charge, work: Awaitable[Result]) -> Result:
    try:
        return await work
    except Unavailable:
        await login_attempts.withdraw(charged)
        raise


def _refused() -> Unauthenticated:
    return Unauthenticated(
        "This e-mail address and password do not belong together. Check both; if you registered "
        "before, use the password from then.",
        code="wrong_credentials",
    )


def drop_cookie(request: Request, response: Response) -> None:
    """Take the log-in cookie back from the browser."""
    secure = request.app.state.secure_cookies
    response.delete_cookie(cookie_name(secure), httponly=True, samesite="lax", secure=secure)


def _user_agent(request: Request) -> str | None:
    """The browser's name for the list of sessions, printable and at most 300 characters."""
    text = "".join(char for char in request.headers.get("user-agent", "") if char.isprintable())
    return text[:300] or None
