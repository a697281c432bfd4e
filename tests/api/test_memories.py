"""What is remembered, over HTTP and in chat: seen, corrected, forgotten, left out."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.agui import ask
from tests.service import Server


@pytest.fixture
async def person(service: Server) -> httpx2.AsyncClient:
    """Somebody new, logged in."""
    client = service.client()
    body = {"email": f"{uuid4().hex}@test.local", "password": "a password of theirs"}
    made = await client.post("/auth/register", json=body)
    assert made.status_code == 201, made.text
    client.headers["Authorization"] = f"Bearer {made.json()['access_token']}"
    return client


async def remembered(client: httpx2.AsyncClient, **wanted: str) -> list[dict[str, Any]]:
    answer = await client.get("/memories", params=wanted)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["memories"]
    return rows


async def test_a_memory_is_seen_corrected_forgotten_and_restored(
    person: httpx2.AsyncClient,
) -> None:
    thread = uuid4().hex
    await ask(person, "My sister lives in Leeds", thread_id=thread)
    (row,) = await remembered(person, query="sister")
    assert row["text"] == "My sister lives in Leeds" and row["href"] == f"/t/{thread}"
    url = f"/memories/{row['memory_id']}"
    fixed = await person.post(f"{url}/correct", json={"text": "My brother lives in Leeds"})
    assert fixed.status_code == 200, fixed.text
    assert [row["text"] for row in await remembered(person, query="Leeds")] == [
        "My brother lives in Leeds"
    ]
    assert (await person.post(f"{url}/correct", json={"text": " "})).status_code == 422
    assert (await person.post(f"{url}/correct", json={"text": "x" * 1001})).status_code == 422
    assert (await person.post(f"{url}/correct", json={"text": "Other"})).status_code == 409
    assert (await person.post(f"{url}/restore")).json()["status"] == "restored"
    assert (await person.post(f"{url}/forget")).json()["status"] == "forgotten"
    assert await remembered(person, query="Leeds") == []
    forgotten = (await person.get("/memories")).json()["forgotten"]
    assert [item["memory_id"] for item in forgotten] == [row["memory_id"]]
    for bad in ("0", "abc", "99999999999999999999"):
        assert (await person.post(f"/memories/{bad}/forget")).status_code == 422
    assert (await person.post("/memories/999999999/forget")).status_code == 404


async def test_a_conversation_is_left_out_by_its_switch(person: httpx2.AsyncClient) -> None:
    thread = uuid4().hex
    await ask(person, "My sister lives in Leeds", thread_id=thread)
    url = f"/threads/{thread}"
    assert (await person.get(url)).json()["remembered"] is True
    off = await person.patch(url, json={"remembered": False})
    assert off.status_code == 200 and off.json()["remembered"] is False
    await ask(person, "My sister lives in York", thread_id=thread)
    assert await remembered(person, query="sister") == []
    assert (await person.patch(url, json={"remembered": True})).json()["remembered"] is True
    assert len(await remembered(person, query="sister")) >= 2


async def test_chat_lists_forgets_and_leaves_out(person: httpx2.AsyncClient) -> None:
    await ask(person, "My sister lives in Leeds")
    (row,) = await remembered(person, query="sister")
    seen = await ask(person, "What do you remember about me?")
    assert seen.tools == ["list_memories"] and "My sister lives in Leeds" in seen.text
    gone = await ask(person, f"Forget memory {row['memory_id']}")
    assert gone.tools == ["forget_memory"] and gone.receipt["known"]
    thread = uuid4().hex
    await ask(person, "My aunt lives in Leeds", thread_id=thread)
    out = await ask(person, "Do not remember this conversation", thread_id=thread)
    assert out.tools == ["set_remembering"]
    rows = await remembered(person, query="Leeds")
    assert not [row for row in rows if row["href"] == f"/t/{thread}"]
    assert not [row for row in rows if row["text"] == "My sister lives in Leeds"]
