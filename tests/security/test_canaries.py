"""Secrets planted in every input: none of them comes out in a log line, a metric or an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.agui import Sent, send
from tests.security.conftest import House
from tests.security.plants import rows_of
from tests.security.test_identity import ROUTES
from tests.security.traces import tables_with
from tests.standin.steps import Call, ErrorEvent, Refuse, Say

MODEL_KEY = "sk-standin-obedient"


def canary() -> str:
    return f"canary{uuid4().hex}"


async def leaks(house: House, *secrets: str) -> list[str]:
    """The lines in which a secret stands although it must not: of the log and of the figures."""
    log = house.service.log.read_text(encoding="utf-8")
    figures = (await house.anybody.get("/health/metrics")).text
    assert "mosaic_http_requests_total" in figures and '"event"' in log
    return [
        line[:1000]
        for line in (*log.splitlines(), *figures.splitlines())
        if any(secret in line for secret in secrets)
    ]


async def test_passwords_and_tokens(house: House) -> None:
    password, wrong, forged, name = canary(), canary(), canary(), canary()
    http = house.service.client()
    http.headers["Sec-Fetch-Site"] = "same-origin"
    email = f"{name}@test.local"
    made = await http.post("/auth/register", json={"email": email, "password": password})
    token = made.json()["access_token"]
    refused = await http.post("/auth/login", json={"email": email, "password": wrong})
    again = await http.post("/auth/register", json={"email": email, "password": wrong})
    bearer = await http.get("/auth/me", headers={"Authorization": f"Bearer {forged}"})
    cookie = await http.get("/auth/me", headers={"Cookie": f"mosaic_session={forged}"})
    asked = await http.get(f"/threads?token={forged}&q={wrong}")
    for answer, status in (
        (made, 201), (refused, 401), (again, 401), (bearer, 401), (cookie, 401), (asked, 200),
    ):  # fmt: skip
        assert answer.status_code == status
        assert not [secret for secret in (password, wrong, forged) if secret in answer.text]
    assert await leaks(house, password, wrong, forged, token, name, MODEL_KEY) == []
    for secret in (password, wrong, forged, token):
        assert await tables_with(house.conn, secret) == set()


async def test_what_people_say(house: House) -> None:
    said, answered, title = canary(), canary(), canary()
    house.model.script([Say(f"Thank you for telling me, {answered}.")])
    sent = Sent(f"I am worried about {said}")
    await send(house.client, sent)
    renamed = await house.client.patch(f"/threads/{sent.thread_id}", json={"title": title})
    assert renamed.status_code == 200
    assert await leaks(house, said, answered, title) == []


FAILURES: dict[str, Callable[[str], list[Any]]] = {
    "an error that quotes it": lambda text: [Refuse(400, "invalid_request_error", f"bad: {text}")],
    "an error in the stream": lambda text: [ErrorEvent("api_error", f"while reading {text}")],
    "a wrong argument": lambda text: [Call("get_lead", {"lead": text * 20, text: text})],
    "a wrong tool": lambda text: [Call(f"get_{text}", {"text": text})],
    "broken arguments": lambda text: [Call("get_lead", f'{{"lead": "{text}')],
    "a refused act": lambda text: [Call("start_build", {"lead": text})],
}


@pytest.mark.parametrize("kind", FAILURES)
async def test_what_goes_wrong_in_a_run(house: House, kind: str) -> None:
    secret = canary()
    house.model.script(FAILURES[kind](secret), [Say("Thank you.")], [Say("Thank you.")])
    try:
        await send(house.operator, Sent(f"Go on with {secret}."))
    finally:
        house.model.reset()
    assert await leaks(house, secret) == []


@pytest.mark.parametrize("who", ["client", "operator", "nobody"])
async def test_wrong_bodies_of_every_route(house: House, who: str) -> None:
    """Refused with what is wrong, and never with what was sent."""
    caller: httpx2.AsyncClient = {
        "client": house.client, "operator": house.operator, "nobody": house.anybody,
    }[who]  # fmt: skip
    secret = canary()
    for name in ROUTES:
        method, path = name.split(" ", 1)
        if method == "GET" or path == "/auth/logout":
            continue
        path = path.replace("{", "x").replace("}", "x")
        for body in (
            {"email": [secret], "password": {"a": secret}, "message": {"a": secret},
             "lead": [secret], "threadId": [secret], "content": {"a": secret}},
            [secret],
            secret,
        ):  # fmt: skip
            answer = await caller.request(method, path, json=body)
            assert answer.status_code < 500, (name, answer.text)
            assert secret not in answer.text, (name, answer.text)
        broken = await caller.request(
            method, path, content=f'{{"{secret}'.encode(), headers={"Content-Type": "text/json"}
        )
        assert 400 <= broken.status_code < 500 and secret not in broken.text, name
    assert await leaks(house, secret) == []


async def test_the_audit_names_people_by_their_id(house: House) -> None:
    """What is kept for good holds no address of a client, no password and no text of theirs."""
    [row] = await rows_of(
        house.conn,
        "SELECT count(*) AS number FROM audit_log a JOIN users u ON u.role = 'client' "
        "AND strpos(a::text, u.email) > 0",
    )
    assert row["number"] == 0
