"""What can go wrong at the provider, by name: `fault:<name>` or `fault:<name>:<times>`."""

from __future__ import annotations

from typing import Any

from tests.standin.honest import Honest
from tests.standin.reading import read
from tests.standin.steps import (
    Call,
    Cut,
    ErrorEvent,
    Hang,
    Refuse,
    Say,
    Silence,
    Step,
)

_BEGUN = Say("Thank you for asking. Let me think about this with you. ")

FAULTS: dict[str, list[Step]] = {
    "429": [Refuse(429, "rate_limit_error", "This request would exceed your rate limit.", 1)],
    "429_long": [Refuse(429, "rate_limit_error", "This request would exceed your rate limit.", 90)],
    "529": [Refuse(529, "overloaded_error", "Overloaded")],
    "500": [Refuse(500, "api_error", "Internal server error")],
    "400": [Refuse(400, "invalid_request_error", "messages: the request is not understood")],
    "404": [Refuse(404, "not_found_error", "model: not found")],
    "context_overflow": [
        Refuse(400, "invalid_request_error", "prompt is too long: 1200345 tokens > 1000000 maximum")
    ],
    "invalid_key": [Refuse(401, "authentication_error", "invalid x-api-key")],
    "connect_hang": [Hang()],
    "read_timeout": [Silence()],
    "half_open": [_BEGUN, Silence()],
    "error_before": [ErrorEvent("overloaded_error", "Overloaded")],
    "api_error_before": [ErrorEvent("api_error", "Internal server error")],
    "overloaded_after": [_BEGUN, ErrorEvent("overloaded_error", "Overloaded")],
    "cut_before": [Cut()],
    "cut": [_BEGUN, Cut()],
}


class Faulty:
    """Fails `times` times (always, when None), counted by the server, then is honest."""

    def __init__(self, name: str) -> None:
        if name not in FAULTS and name not in _BY_REQUEST:
            raise ValueError(f"no fault is called {name}")
        self.name = name

    def respond(self, body: dict[str, Any]) -> list[Step]:
        if self.name in FAULTS:
            return FAULTS[self.name]
        return _BY_REQUEST[self.name](body)


def parse(name: str) -> tuple[str, int | None]:
    """`529:2` → ("529", 2); `529` → ("529", None)."""
    fault, _, times = name.partition(":")
    return fault, int(times) if times else None


def _bad_json(body: dict[str, Any]) -> list[Step]:
    return [Call(_some_tool(body), '{"query": "Cedar", "limit": ')]


def _not_an_object(body: dict[str, Any]) -> list[Step]:
    return [Call(_some_tool(body), '["Cedar"]')]


def _unknown_tool(body: dict[str, Any]) -> list[Step]:
    return [Call("open_the_vault", {"code": 42})]


def _bad_arguments(body: dict[str, Any]) -> list[Step]:
    return [Call(_some_tool(body), {"no_such_argument": {"deep": [1, None]}, "limit": "many"})]


def _grammar(body: dict[str, Any]) -> list[Step]:
    """Refuses strict tools as too complex, and is honest without them."""
    if any(tool.get("strict") for tool in body.get("tools", ())):
        message = "The compiled grammar is too large. Reduce the number of strict tools."
        return [Refuse(400, "invalid_request_error", message)]
    return Honest().respond(body)


def _some_tool(body: dict[str, Any]) -> str:
    tools = read(body).tools
    return tools[0].name if tools else "get_nothing"


_BY_REQUEST = {
    "bad_json": _bad_json,
    "not_an_object": _not_an_object,
    "unknown_tool": _unknown_tool,
    "bad_arguments": _bad_arguments,
    "grammar": _grammar,
}
