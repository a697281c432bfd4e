"""Log-in over real HTTP: what it gives, what it refuses, and what it does not tell."""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any
from uuid import uuid4

import argon2
import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from api import auth, problems, security
from api.auth import CallerDep, OperatorDep
from errors import MosaicError, TooLarge, TooManyRequests
from memory import passwords, users
from memory.caller import SYSTEM
from memory.login_attempts import MOST, Subject, charge
from memory.pool import get_conn

PASSWORD = "a long password"
JSON = {"Content-Type": "application/json"}
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-frame-options": "DENY",
}


def build_app(*, secure_cookies: bool = False) -> FastAPI:
    """Our routes, and a few that fail in each way."""
    app = FastAPI()
    app.state.first_was_read = asyncio.Event()
    problems.install(app)
    security.install(app, secure_cookies=secure_cookies)
    app.include_router(auth.router)

    @app.get("/mine")
    async def mine(caller: CallerDep) -> dict[str, str]:
        return {"user_id": caller.user_id, "role": caller.role}

    @app.post("/desk")
    async def desk(caller: OperatorDep) -> dict[str, str]:
        return {"user_id": caller.user_id}

    @app.get("/own/{kind}")
    async def own(kind: str) -> None:
        raise {"large": TooLarge("Too large."), "rate": TooManyRequests("Wait.", retry_after=7)}[
            kind
        ]

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a secret of the inside")

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"first"
            await app.state.first_was_read.wait()
            yield b"second"

        return StreamingResponse(pieces(), headers={"Cache-Control": "no-cache"})

    return app


@asynccontextmanager
async def serve(app: FastAPI) -> AsyncIterator[str]:
    """The app on a free port of this machine; yields its port's URL."""
    listener = socket.create_server(("0.0.0.0", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await running


@pytest.fixture(scope="module")
async def url(pool: None) -> AsyncIterator[str]:
    async with serve(build_app()) as base:
        yield base


_hosts = count(2)


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A program that calls from a network address no other test uses, and keeps no cookies."""
    async with caller_from(url) as made:
        yield made


@asynccontextmanager
async def caller_from(url: str, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.AsyncHTTPTransport(local_address=f"127.7.0.{next(_hosts)}")
    async with httpx.AsyncClient(transport=transport, base_url=url, timeout=20, **options) as made:
        yield made


def new_email() -> str:
    return f"{uuid4().hex}@test.local"


def bearer(reply: httpx.Response) -> dict[str, str]:
    assert reply.status_code in (200, 201), reply.text
    return {"Authorization": f"Bearer {reply.json()['access_token']}"}


async def register(client: httpx.AsyncClient, email: str | None = None) -> httpx.Response:
    body = {"email": email or new_email(), "password": PASSWORD}
    reply = await client.post("/auth/register", json=body)
    client.cookies.clear()
    return reply


def assert_problem(reply: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = reply.json()
    assert body.keys() - {"errors"} == {"type", "title", "status", "detail", "code"}
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"].endswith(".")
    return body


async def test_register_log_in_and_out(client: httpx.AsyncClient) -> None:
    email = new_email()
    made = await register(client, f" {email.upper()} ")
    assert made.status_code == 201
    body = made.json()
    assert body["token_type"] == "bearer"
    assert body["user"] | {"id": ""} == {"id": "", "email": email, "role": "client"}

    reply = await client.post("/auth/login", json={"email": email, "password": PASSWORD})
    assert reply.status_code == 200
    assert reply.json()["user"] == body["user"]
    assert reply.json()["access_token"] != body["access_token"]
    client.cookies.clear()

    headers = bearer(reply)
    me = await client.get("/auth/me", headers=headers)
    assert me.json() == body["user"]
    assert (await client.post("/auth/logout", headers=headers)).status_code == 204
    assert_problem(await client.get("/auth/me", headers=headers), 401, "session_ended")
    assert (await client.post("/auth/logout", headers=headers)).status_code == 204
    assert (await client.get("/auth/me", headers=bearer(made))).status_code == 200


async def test_a_route_asks_for_a_log_in_and_for_the_role(client: httpx.AsyncClient) -> None:
    refused = await client.get("/mine")
    assert_problem(refused, 401, "unauthenticated")
    assert refused.headers["www-authenticate"] == "Bearer"
    email = new_email()
    made = await register(client, email)
    mine = await client.get("/mine", headers=bearer(made))
    assert mine.json() == {"user_id": made.json()["user"]["id"], "role": "client"}
    assert_problem(await client.post("/desk", headers=bearer(made)), 403, "forbidden")
    await users.grant(email, "operator")
    assert (await client.post("/desk", headers=bearer(made))).status_code == 200
    await users.grant(email, "client")
    assert_problem(await client.post("/desk", headers=bearer(made)), 403, "forbidden")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic Y2xpZW50OnBhc3N3b3Jk"},
        {"X-User-ID": "any"},
        {"X-Session-ID": "any"},
        {"Cookie": "mosaic_session=wrong"},
        {"Cookie": "__Host-mosaic_session=wrong"},
    ],
)
async def test_nothing_else_is_a_log_in(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    made = await register(client)
    session = (await client.get("/auth/sessions", headers=bearer(made))).json()["sessions"][0]
    values = {"X-User-ID": made.json()["user"]["id"], "X-Session-ID": session["id"]}
    sent = {name: values.get(name, value) for name, value in headers.items()}
    reply = await client.get("/mine", headers=sent)
    assert reply.status_code == 401


async def test_a_bad_header_is_not_helped_by_a_good_cookie(client: httpx.AsyncClient) -> None:
    token = (await register(client)).json()["access_token"]
    client.cookies.set("mosaic_session", token)
    assert (await client.get("/mine")).status_code == 200
    assert (await client.get("/mine", headers={"Authorization": "Bearer x"})).status_code == 401


async def test_the_cookie_of_the_web_page(url: str) -> None:
    async with caller_from(url) as page:
        made = await page.post(
            "/auth/register",
            json={"email": new_email(), "password": PASSWORD},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        cookie = made.headers["set-cookie"]
        assert cookie.startswith("mosaic_session=")
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie and "Domain" not in cookie
        assert made.headers["cache-control"] == "no-store"
        assert (await page.get("/mine")).status_code == 200
        gone = await page.post("/auth/logout", headers={"Sec-Fetch-Site": "same-origin"})
        assert "mosaic_session" not in page.cookies and gone.status_code == 204
        assert (await page.get("/mine")).status_code == 401


async def test_under_tls_the_cookie_is_bound_to_the_host(pool: None) -> None:
    async with serve(build_app(secure_cookies=True)) as base, caller_from(base) as client:
        made = await register(client)
        parts = set(made.headers["set-cookie"].split("; "))
        assert {"HttpOnly", "SameSite=lax", "Path=/", "Secure"} <= parts
        token = made.json()["access_token"]
        for name, status in (("__Host-mosaic_session", 200), ("mosaic_session", 401)):
            reply = await client.get("/mine", headers={"Cookie": f"{name}={token}"})
            assert reply.status_code == status
        assert made.headers["strict-transport-security"].startswith("max-age=31536000")
        refused = await client.post("/desk", headers={"Cookie": f"__Host-mosaic_session={token}"})
        assert_problem(refused, 403, "cross_site")


async def test_log_in_ends_the_session_whose_cookie_it_came_with(client: httpx.AsyncClient) -> None:
    email = new_email()
    before = (await register(client, email)).json()["access_token"]
    reply = await client.post(
        "/auth/login",
        json={"email": email, "password": PASSWORD},
        headers={"Cookie": f"mosaic_session={before}", "Sec-Fetch-Site": "same-origin"},
    )
    client.cookies.clear()
    sessions = (await client.get("/auth/sessions", headers=bearer(reply))).json()["sessions"]
    assert [item["current"] for item in sessions] == [True]
    old = await client.get("/mine", headers={"Authorization": f"Bearer {before}"})
    assert old.status_code == 401


async def test_sessions_are_listed_and_revoked_by_their_owner_only(
    client: httpx.AsyncClient,
) -> None:
    email = new_email()
    first = await client.post(
        "/auth/register",
        json={"email": email, "password": PASSWORD},
        headers={"User-Agent": "First\tBrowser"},
    )
    client.cookies.clear()
    second = await client.post("/auth/login", json={"email": email, "password": PASSWORD})
    client.cookies.clear()
    listed = (await client.get("/auth/sessions", headers=bearer(second))).json()["sessions"]
    assert [item["current"] for item in listed] == [True, False]
    assert listed[1]["user_agent"] == "FirstBrowser"
    assert "token" not in json.dumps(listed)

    path = f"/auth/sessions/{listed[1]['id']}"
    stranger = await register(client)
    assert_problem(await client.delete(path, headers=bearer(stranger)), 404, "not_found")
    assert_problem(await client.delete(path), 401, "unauthenticated")
    assert (await client.get("/mine", headers=bearer(first))).status_code == 200
    assert (await client.delete(path, headers=bearer(second))).status_code == 204
    assert (await client.get("/mine", headers=bearer(first))).status_code == 401
    assert_problem(await client.delete(path, headers=bearer(second)), 404, "not_found")
    odd = await client.delete("/auth/sessions/%00", headers=bearer(second))
    assert_problem(odd, 404, "not_found")


async def test_refusals_do_not_tell_which_accounts_exist(client: httpx.AsyncClient) -> None:
    email, closed = new_email(), new_email()
    await register(client, email)
    await register(client, closed)
    await users.disable(closed)
    replies = [
        await client.post("/auth/login", json={"email": email, "password": "not this one"}),
        await client.post("/auth/login", json={"email": new_email(), "password": "not this one"}),
        await client.post("/auth/login", json={"email": closed, "password": PASSWORD}),
        await client.post("/auth/register", json={"email": email, "password": "not this one"}),
        await client.post("/auth/register", json={"email": closed, "password": PASSWORD}),
    ]
    for reply in replies:
        assert_problem(reply, 401, "wrong_credentials")
        assert "set-cookie" not in reply.headers
    assert len({reply.content for reply in replies}) == 1
    names = [sorted(name for name in reply.headers if name != "date") for reply in replies]
    assert names.count(names[0]) == len(names)


async def test_refusals_take_as_long_whether_the_account_exists(client: httpx.AsyncClient) -> None:
    """Measured in CPU, of which hashing is nearly all: other work on the machine is not counted."""
    email = new_email()
    await register(client, email)
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for _ in range(6):
        for kind, address in (("known", email), ("unknown", new_email())):
            began = time.process_time()
            reply = await client.post("/auth/login", json={"email": address, "password": "wrong"})
            took[kind].append(time.process_time() - began)
            assert reply.status_code == 401
    known, unknown = statistics.median(took["known"]), statistics.median(took["unknown"])
    assert 0.6 < known / unknown < 1.7


async def test_registering_again_with_the_right_password_logs_in(client: httpx.AsyncClient) -> None:
    email = new_email()
    first, second = await register(client, email), await register(client, email)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["user"] == second.json()["user"]


async def test_one_of_many_registrations_at_once_makes_the_account(
    client: httpx.AsyncClient,
) -> None:
    email = new_email()
    replies = await asyncio.gather(*(register(client, email) for _ in range(5)))
    assert sorted(reply.status_code for reply in replies) == [200, 200, 200, 200, 201]
    assert len({reply.json()["user"]["id"] for reply in replies}) == 1


async def test_no_route_gives_a_role(client: httpx.AsyncClient) -> None:
    for extra in ({"role": "operator"}, {"user": {"role": "operator"}}, {"id": "x"}):
        body = {"email": new_email(), "password": PASSWORD, **extra}
        assert_problem(await client.post("/auth/register", json=body), 422, "invalid")
    made = await register(client)
    for method in ("PATCH", "PUT", "POST"):
        reply = await client.request(
            method, "/auth/me", json={"role": "operator"}, headers=bearer(made)
        )
        assert_problem(reply, 405, "method_not_allowed")
    assert (await client.get("/auth/me", headers=bearer(made))).json()["role"] == "client"


async def test_an_old_hash_is_made_anew_at_log_in(client: httpx.AsyncClient) -> None:
    email = new_email()
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    async with get_conn(SYSTEM) as conn:
        assert await users.add_user(conn, email, weak) is not None
    wrong = await client.post("/auth/login", json={"email": email, "password": "wrong"})
    assert wrong.status_code == 401
    assert await stored_hash(email) == weak
    right = await client.post("/auth/login", json={"email": email, "password": PASSWORD})
    assert right.status_code == 200
    assert not passwords.needs_rehash(await stored_hash(email))
    client.cookies.clear()
    again = await client.post("/auth/login", json={"email": email, "password": PASSWORD})
    assert again.status_code == 200


async def stored_hash(email: str) -> str:
    async with get_conn(SYSTEM) as conn:
        account = await users.find_account(conn, email)
    assert account is not None
    return account.password_hash


async def test_an_account_is_throttled_and_a_success_resets_it(url: str) -> None:
    email = new_email()
    async with caller_from(url) as guesser, caller_from(url) as owner:
        await register(owner, email)
        wrong = {"email": email, "password": "wrong"}
        right = {"email": email, "password": PASSWORD}
        for _ in range(MOST["account"] - 1):
            assert (await guesser.post("/auth/login", json=wrong)).status_code == 401
        assert (await owner.post("/auth/login", json=right)).status_code == 200
        owner.cookies.clear()
        for _ in range(MOST["account"]):
            assert (await guesser.post("/auth/login", json=wrong)).status_code == 401
        for path, body in (("login", wrong), ("login", right), ("register", right)):
            refused = await owner.post(f"/auth/{path}", json=body)
            assert_problem(refused, 429, "too_many_attempts")
            assert 0 < int(refused.headers["retry-after"]) <= 15 * 60


async def test_an_unknown_account_is_throttled_the_same(client: httpx.AsyncClient) -> None:
    body = {"email": new_email(), "password": "wrong"}
    replies = [await client.post("/auth/login", json=body) for _ in range(MOST["account"] + 1)]
    assert [reply.status_code for reply in replies] == [401] * MOST["account"] + [429]


async def test_an_address_is_throttled_over_all_accounts(url: str) -> None:
    host = next(_hosts)
    transport = httpx.AsyncHTTPTransport(local_address=f"127.7.1.{host}")
    async with httpx.AsyncClient(transport=transport, base_url=url) as guesser:
        for _ in range(MOST["address"] - 1):
            await charge([Subject("address", f"127.7.1.{host}")])
        for _ in range(2):
            assert (await register(guesser)).status_code == 201
        for status in (401, 429):
            body = {"email": new_email(), "password": "wrong"}
            assert (await guesser.post("/auth/login", json=body)).status_code == status
    async with caller_from(url) as somebody_else:
        assert (await register(somebody_else)).status_code == 201


async def test_registrations_from_an_address_are_throttled(url: str) -> None:
    host = next(_hosts)
    for _ in range(MOST["registration"] - 1):
        await charge([Subject("registration", f"127.7.1.{host}")])
    transport = httpx.AsyncHTTPTransport(local_address=f"127.7.1.{host}")
    async with httpx.AsyncClient(transport=transport, base_url=url) as client:
        assert (await register(client)).status_code == 201
        assert_problem(await register(client), 429, "too_many_attempts")


async def test_too_many_at_once_are_told_to_wait_and_not_counted(url: str) -> None:
    email = new_email()
    async with caller_from(url) as client:
        await register(client, email)
        busy = [asyncio.create_task(passwords.hash_password("x" * 9)) for _ in range(400)]
        await asyncio.sleep(0.05)
        began = time.perf_counter()
        refused = await client.post("/auth/login", json={"email": email, "password": PASSWORD})
        assert time.perf_counter() - began < passwords.LONGEST_WAIT * 3
        assert_problem(refused, 503, "login_busy")
        assert refused.headers["retry-after"] == "5"
        await asyncio.gather(*busy, return_exceptions=True)
        for _ in range(MOST["account"]):
            wrong = await client.post("/auth/login", json={"email": email, "password": "wrong"})
            assert wrong.status_code == 401


CROSS_SITE = [
    ({"Sec-Fetch-Site": "same-origin"}, 204),
    ({"Sec-Fetch-Site": "none"}, 204),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "{own}"}, 403),
    ({"Origin": "{own}"}, 204),
    ({"Origin": "https://evil.test"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "{own}.evil.test"}, 403),
    ({}, 403),
]


@pytest.mark.parametrize(("headers", "status"), CROSS_SITE)
async def test_the_cookie_works_from_our_own_pages_only(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    token = (await register(client)).json()["access_token"]
    own = str(client.base_url).rstrip("/")
    sent = {name: value.format(own=own) for name, value in headers.items()}
    reply = await client.post("/auth/logout", headers={"Cookie": f"mosaic_session={token}", **sent})
    assert reply.status_code == status
    after = await client.get("/mine", headers={"Authorization": f"Bearer {token}"})
    assert after.status_code == (200 if status == 403 else 401)
    if status == 403:
        assert_problem(reply, 403, "cross_site")


async def test_another_site_cannot_log_a_visitor_in(client: httpx.AsyncClient) -> None:
    email = new_email()
    await register(client, email)
    reply = await client.post(
        "/auth/login",
        json={"email": email, "password": PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"},
    )
    assert_problem(reply, 403, "cross_site")
    assert "set-cookie" not in reply.headers


async def test_a_token_needs_no_origin(client: httpx.AsyncClient) -> None:
    headers = bearer(await register(client)) | {"Origin": "https://evil.test"}
    assert (await client.post("/auth/logout", headers=headers)).status_code == 204


async def test_every_response_has_the_security_headers(client: httpx.AsyncClient) -> None:
    replies = [
        await client.get("/nowhere"),
        await client.get("/auth/me"),
        await client.post("/auth/login", content=b"{", headers=JSON),
        await client.post("/auth/login", json={}),
        await client.get("/broken"),
        await client.get("/own/large"),
        await client.post("/auth/logout", headers={"Sec-Fetch-Site": "cross-site"}),
        await client.options(
            "/auth/me",
            headers={"Origin": "https://evil.test", "Access-Control-Request-Method": "GET"},
        ),
    ]
    for reply in replies:
        assert {name: reply.headers.get(name) for name in HEADERS} == HEADERS
        assert not [name for name in reply.headers if name.startswith("access-control")]
        assert "strict-transport-security" not in reply.headers
        assert reply.headers["cache-control"] == "no-store"
    assert [reply.status_code for reply in replies] == [404, 401, 400, 422, 500, 413, 403, 405]


async def test_streams_are_not_held_back(pool: None) -> None:
    app = build_app()
    async with (
        serve(app) as base,
        caller_from(base) as client,
        client.stream("GET", "/stream") as reply,
    ):
        pieces = reply.aiter_bytes()
        assert await anext(pieces) == b"first"
        assert {name: reply.headers.get(name) for name in HEADERS} == HEADERS
        assert reply.headers["cache-control"] == "no-cache"
        app.state.first_was_read.set()
        assert await anext(pieces) == b"second"


async def test_errors_are_problem_bodies(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/nowhere"), 404, "not_found")
    assert_problem(await client.delete("/mine"), 405, "method_not_allowed")
    assert_problem(await client.get("/own/large"), 413, "too_large")
    slow = await client.get("/own/rate")
    assert_problem(slow, 429, "too_many_requests")
    assert slow.headers["retry-after"] == "7"
    broken = await client.get("/broken")
    assert "secret" not in json.dumps(assert_problem(broken, 500, "internal"))


CANARY = "canary-b81f"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["body.email", "body.password"]),
        ({"email": CANARY, "password": ""}, ["body.password"]),
        ({"email": CANARY, "password": CANARY * 50}, ["body.password"]),
        ({"email": [CANARY], "password": {"a": CANARY}}, ["body.email", "body.password"]),
        ({"email": "a@b.co", "password": PASSWORD, "role": CANARY}, ["body.role"]),
        ([CANARY], ["body"]),
        (CANARY, ["body"]),
    ],
)
async def test_a_wrong_body_names_the_field_and_never_the_value(
    client: httpx.AsyncClient, body: object, fields: list[str]
) -> None:
    reply = await client.post("/auth/login", json=body)
    problem = assert_problem(reply, 422, "invalid")
    assert [item["field"] for item in problem["errors"]] == fields
    assert all(item["message"] for item in problem["errors"])
    assert CANARY not in reply.text


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"email": "a@b.co", "password": ' + b"[" * 5000 + b"]" * 5000 + b"}", 422),
        (b'{"email": "a@b.co", "password": "\\ud800\\ud800"}', 422),
        (b'{"email": "a@b.co\\u0000", "password": "long enough"}', 422),
        (b'{"email": "a@b.co", "password": "nul \\u0000 inside"}', 401),
    ],
)
async def test_odd_bytes_are_never_a_server_error(
    client: httpx.AsyncClient, content: bytes, status: int
) -> None:
    reply = await client.post("/auth/login", content=content, headers=JSON)
    assert reply.status_code == status, reply.text


async def test_a_form_is_not_a_log_in(client: httpx.AsyncClient) -> None:
    email = new_email()
    await register(client, email)
    body = json.dumps({"email": email, "password": PASSWORD}).encode()
    reply = await client.post("/auth/login", content=body, headers={"Content-Type": "text/plain"})
    assert_problem(reply, 422, "invalid")


def test_every_error_of_ours_has_a_problem_body() -> None:
    def leaves(kind: type[MosaicError]) -> Iterator[type[MosaicError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from leaves(child)

    kinds = [kind for kind in leaves(MosaicError) if kind.__module__ == "errors"]
    assert len(kinds) > 10
    for kind in kinds:
        reply = problems.problem_of(kind("A sentence."))
        assert json.loads(bytes(reply.body))["code"] == kind.code
        assert reply.status_code == kind.status


async def test_what_becomes_of_an_account_is_audited(client: httpx.AsyncClient) -> None:
    email = new_email()
    made = await register(client, email)
    for password, status in (("not this one", 401), (PASSWORD, 200)):
        reply = await client.post("/auth/login", json={"email": email, "password": password})
        assert reply.status_code == status
        client.cookies.clear()
    await client.post("/auth/login", json={"email": new_email(), "password": PASSWORD})
    await users.grant(email, "operator")
    await users.disable(email)
    person = made.json()["user"]["id"]
    async with get_conn(SYSTEM) as conn:
        rows = await conn.execute(
            "SELECT actor, action, detail FROM audit_log WHERE subject = %s ORDER BY id",
            (f"users/{person}",),
        )
        noted = [(row["actor"], row["action"], row["detail"]) async for row in rows]
        refused = await conn.execute("SELECT FROM audit_log WHERE action = 'login.refused'")
        named = await conn.execute(
            "SELECT FROM audit_log a WHERE strpos(a::text, %s) > 0", (email,)
        )
    assert noted == [
        (person, "account.made", {}),
        (person, "login.done", {}),
        (person, "login.done", {}),
        ("command line", "role.granted", {"role": "operator"}),
        ("command line", "account.disabled", {"role": "operator"}),
    ]
    assert refused.rowcount >= 2 and named.rowcount == 0
