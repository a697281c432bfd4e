"""A person takes everything with them, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx2

from tests.agui import Sent, ask
from tests.security.traces import connect, tables_with
from tests.service import OPERATOR, PASSWORD, Server


async def join(service: Server, email: str) -> httpx2.AsyncClient:
    """A new client of the service."""
    http = service.client()
    made = await http.post("/auth/register", json={"email": email, "password": PASSWORD})
    assert made.status_code == 201, made.text
    http.headers["Authorization"] = f"Bearer {made.json()['access_token']}"
    return http


async def live_a_little(http: httpx2.AsyncClient, canary: str) -> None:
    """Something of the person's in every ledger they can write."""
    made = await http.post(
        "/experiments/create",
        json={"experiment_name": f"Coffee {canary}", "hypothesis": canary, "start": True},
    )
    assert made.status_code == 200, made.text
    experiment = made.json()["experiment_id"]
    for path, body in (
        ("/learning/add", {"experiment_id": experiment, "content": f"People answer {canary}"}),
        ("/evidence/capture", {"capability_name": canary, "detail": f"Waited {canary}"}),
        ("/metrics/self-efficacy", {"metric_name": "confidence", "metric_value": 7}),
        (
            "/experiments/complete",
            {"experiment_id": experiment, "outcome": f"Three chats {canary}"},
        ),
    ):
        done = await http.post(path, json=body)
        assert done.status_code == 200, (path, done.text)
    await ask(http, f"What have I learned about {canary}?")


async def test_the_export_has_everything_and_no_secret(service: Server) -> None:
    canary, other = f"canary{uuid4().hex}", f"canary{uuid4().hex}"
    mine = await join(service, f"{canary}@test.local")
    await live_a_little(mine, canary)
    stranger = await join(service, f"{other}@test.local")
    await live_a_little(stranger, other)
    answer = await mine.get("/me/export")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    tables: dict[str, list[dict[str, Any]]] = answer.json()["tables"]
    async with await connect(service.environment["DATABASE_URL"]) as conn:
        kept = {name.removeprefix("public.") for name in await tables_with(conn, canary)}
    assert kept >= {"users", "messages", "experiments", "learning_data"}
    assert kept <= tables.keys()
    for name in kept:
        assert canary in str(tables[name]), name
    assert tables["users"][0]["email"] == f"{canary}@test.local"
    assert "hash" not in tables["users"][0] | tables["sessions"][0]
    assert "$argon2" not in answer.text and "token_hash" not in answer.text
    assert other not in answer.text
    anonymous = service.client()
    assert (await anonymous.get("/me/export")).status_code == 401


async def test_erased_nothing_of_the_person_is_left(service: Server) -> None:
    canary = f"canary{uuid4().hex}"
    http = await join(service, f"{canary}@test.local")
    person = (await http.get("/auth/me")).json()["id"]
    await live_a_little(http, canary)
    async with await connect(service.environment["DATABASE_URL"]) as conn:
        assert await tables_with(conn, canary)
        gone = await http.request("DELETE", "/me", json={"password": PASSWORD})
        assert gone.status_code == 204, gone.text
        assert await tables_with(conn, canary) == set()
        assert await tables_with(conn, person) == {"public.audit_log"}
        last = await conn.execute(
            "SELECT action FROM audit_log WHERE actor = %s ORDER BY id DESC LIMIT 1", (person,)
        )
        assert await last.fetchone() == {"action": "account.erased"}
    assert (await http.get("/auth/me")).status_code == 401
    again = await service.client().post(
        "/auth/login", json={"email": f"{canary}@test.local", "password": PASSWORD}
    )
    assert again.status_code == 401
    assert canary not in service.log.read_text(encoding="utf-8")


async def test_erased_in_the_middle_of_an_answer(service: Server) -> None:
    canary = f"canary{uuid4().hex}"
    http = await join(service, f"{canary}@test.local")
    accepted = [
        asyncio.create_task(http.post("/agui", json=Sent(f"How am I doing, {canary}?").body))
        for _ in range(4)
    ]
    await asyncio.sleep(0.05)
    gone = await http.request("DELETE", "/me", json={"password": PASSWORD})
    assert gone.status_code == 204, gone.text
    for task in accepted:
        task.cancel()
    await asyncio.gather(*accepted, return_exceptions=True)
    client = await service.log_in("client@demo.local")
    assert (await ask(client, "hello")).last["type"] == "RUN_FINISHED"
    async with await connect(service.environment["DATABASE_URL"]) as conn:
        assert await tables_with(conn, canary) == set()


async def test_erasure_asks_for_the_password_first(service: Server) -> None:
    http = await join(service, f"{uuid4().hex}@test.local")
    for body, status, code in (
        ({}, 422, "invalid"),
        ({"password": "not this one"}, 403, "wrong_password"),
        ({"password": PASSWORD, "force": True}, 422, "invalid"),
    ):
        refused = await http.request("DELETE", "/me", json=body)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert (await http.get("/auth/me")).status_code == 200
    anonymous = service.client()
    refused = await anonymous.request("DELETE", "/me", json={"password": PASSWORD})
    assert refused.status_code == 401


async def test_a_stolen_session_cannot_guess_the_password(service: Server) -> None:
    http = await join(service, f"{uuid4().hex}@test.local")
    guesses = [
        (await http.request("DELETE", "/me", json={"password": f"guess {n}"})).status_code
        for n in range(11)
    ]
    assert guesses == [403] * 10 + [429]
    assert (await http.request("DELETE", "/me", json={"password": PASSWORD})).status_code == 429
    assert (await http.get("/auth/me")).status_code == 200


async def test_an_operator_is_part_of_the_businesss_record(service: Server) -> None:
    operator = await service.log_in(OPERATOR)
    refused = await operator.request("DELETE", "/me", json={"password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (409, "operator_account")
    assert (await operator.get("/auth/me")).status_code == 200
