"""Whatever is sent to whichever route, it is refused plainly or taken as it is; it is never a 500."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.service import OPERATOR, Server

DEEP = b"[" * 5000 + b"]" * 5000
LONG = "a" * 200_000
NOT_TEXT = {"NUL": "a\x00b", "half a character": "a\ud800b", "200,000 characters": LONG}
OPEN_ROUTES = ("/auth/", "/me", "/mcp")
"""Routes that would log the test out, or are met by their own tests."""


@pytest.fixture(scope="module")
async def people(service: Server) -> list[httpx2.AsyncClient]:
    """An operator, and a client who is nobody else's."""
    client = service.client()
    person = {"email": f"{uuid4().hex}@test.local", "password": "a long enough password"}
    answer = await client.post("/auth/register", json=person)
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return [await service.log_in(OPERATOR), client]


async def routes(client: httpx2.AsyncClient) -> list[tuple[str, str, dict[str, Any]]]:
    """Every route that takes a body: method, path with its names filled in, schema of the body."""
    declared = (await client.get("/openapi.json")).json()
    schemas = declared["components"]["schemas"]
    found = []
    for path, methods in declared["paths"].items():
        if path.startswith(OPEN_ROUTES):
            continue
        for method, about in methods.items():
            content = about.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                schema = content["application/json"]["schema"]
                name = schema.get("$ref", "").rpartition("/")[2]
                filled = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
                found.append((method.upper(), filled, schemas.get(name, schema)))
    return found


def assert_refused(answer: httpx2.Response, *what: object) -> None:
    assert 400 <= answer.status_code < 500, (*what, answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json", what


async def test_every_route_refuses_what_is_no_json_too_deep_or_too_large(
    people: list[httpx2.AsyncClient],
) -> None:
    bodies = {"a brace": b"{", "deep": DEEP, "bytes": b"\xff\xfe", "large": b" " * 300_000}
    headers = {"Content-Type": "application/json"}
    operator = people[0]
    taken = await routes(operator)
    assert len(taken) > 20
    for method, path, _ in taken:
        for name, body in bodies.items():
            answer = await operator.request(method, path, content=body, headers=headers)
            assert_refused(answer, method, path, name)


@pytest.mark.parametrize("kind", NOT_TEXT)
async def test_every_route_refuses_what_is_no_text(
    people: list[httpx2.AsyncClient], kind: str
) -> None:
    """In every field that the schema names, whatever its type."""
    for client in people:
        for method, path, schema in await routes(client):
            fields = schema.get("properties", {})
            if not fields:
                continue
            body = json.dumps(dict.fromkeys(fields, NOT_TEXT[kind])).encode()
            headers = {"Content-Type": "application/json"}
            answer = await client.request(method, path, content=body, headers=headers)
            assert_refused(answer, method, path, kind)


@pytest.mark.parametrize("kind", ["NUL", "half a character"])
async def test_a_field_that_wants_text_refuses_what_is_none(
    people: list[httpx2.AsyncClient], kind: str
) -> None:
    """One field at a time, the others left out: no check of another field hides it."""
    for client in people:
        for method, path, schema in await routes(client):
            for field in schema.get("properties", {}):
                body = json.dumps({field: NOT_TEXT[kind]}).encode()
                headers = {"Content-Type": "application/json"}
                answer = await client.request(method, path, content=body, headers=headers)
                assert answer.status_code < 500, (method, path, field, answer.text[:300])
