"""What the Messages API refuses, with the status, type and kind of message that it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.standin.tool_checks import check_tools

SAMPLING = ("temperature", "top_p", "top_k")
MAX_BREAKPOINTS = 4
MAX_PROMPT_TOKENS = 1_000_000

_FIELDS = {
    "model", "messages", "max_tokens", "system", "tools", "tool_choice", "stream", "metadata",
    "stop_sequences", "thinking", "output_config", "service_tier", "cache_control", "container",
    "diagnostics", "inference_geo", "speed",
}  # fmt: skip
_THINKING = {
    "claude-sonnet-5-5": ("adaptive", "between_tools"),
    "claude-sonnet-5": ("adaptive", "disabled"),
    "claude-haiku-5-5": ("adaptive", "disabled"),
    "claude-opus-5-5": ("adaptive",),
}
_BLOCKS = {
    "user": {"text", "tool_result", "search_result", "image", "document"},
    "assistant": {"text", "tool_use", "thinking", "redacted_thinking"},
}
_IDENTIFIER = re.compile(r"^[a-zA-Z0-9_-]+$")


class Rejected(Exception):
    """The request is refused with this HTTP status and error type."""

    def __init__(
        self, message: str, *, status: int = 400, kind: str = "invalid_request_error"
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.kind = message, status, kind


def check_headers(headers: Mapping[str, str]) -> str:
    """The API key of the request. Raises Rejected when a header is missing or the key is bad."""
    if "anthropic-version" not in headers:
        raise Rejected("anthropic-version: header is required")
    key = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
    if not key.strip():
        raise _unauthenticated("x-api-key header is required")
    if key == "invalid":
        raise _unauthenticated("invalid x-api-key")
    return key


def check_body(body: Any) -> None:
    """Raise Rejected for the first thing that the API would refuse."""
    if not isinstance(body, dict):
        raise Rejected("The request body is not valid JSON: an object is expected")
    for name in SAMPLING:
        if name in body:
            raise Rejected(f"{name}: this parameter was removed in this API version")
    for name in body:
        if name not in _FIELDS:
            raise Rejected(f"{name}: Extra inputs are not permitted")
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            raise Rejected(f"{name}: Field required")
    if not isinstance(body["max_tokens"], int) or body["max_tokens"] < 1:
        raise Rejected("max_tokens: Input should be greater than or equal to 1")
    _check_thinking(body)
    _check_system(body.get("system", []))
    check_tools(body.get("tools", []), Rejected)
    _check_messages(body["messages"])
    _check_search_results(body["messages"])
    breakpoints = sum(1 for _ in _breakpoints(body))
    if breakpoints > MAX_BREAKPOINTS:
        raise Rejected(
            f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. "
            f"Found {breakpoints}."
        )


def check_length(tokens: int) -> None:
    """Raise Rejected for a prompt beyond the context window."""
    if tokens > MAX_PROMPT_TOKENS:
        raise Rejected(f"prompt is too long: {tokens} tokens > {MAX_PROMPT_TOKENS} maximum")


def _unauthenticated(message: str) -> Rejected:
    return Rejected(message, status=401, kind="authentication_error")


def _check_thinking(body: dict[str, Any]) -> None:
    kind = (body.get("thinking") or {}).get("type")
    allowed = _THINKING.get(body["model"], ("adaptive", "disabled", "between_tools"))
    if kind is not None and kind not in allowed:
        raise Rejected(f'"thinking.type.{kind}" is not supported for this model.')


def _check_system(system: Any) -> None:
    if isinstance(system, str):
        return
    for position, block in enumerate(system):
        _check_text(block, f"system.{position}")


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages:
        raise Rejected("messages: at least one message is required")
    for position, message in enumerate(messages):
        if message.get("role") not in _BLOCKS:
            raise Rejected(f"messages.{position}.role: Input should be 'user' or 'assistant'")
        _check_content(message, f"messages.{position}")
    if messages[0]["role"] != "user":
        raise Rejected("messages: first message must use the user role")
    if messages[-1]["role"] != "user":
        raise Rejected("This model does not support assistant message prefill.")
    _check_tool_pairs(_merged(messages))


def _check_content(message: dict[str, Any], where: str) -> None:
    content = message.get("content")
    if isinstance(content, str):
        if not content.strip():
            raise Rejected(f"{where}: user messages must have non-empty content")
        return
    if not isinstance(content, list) or not content:
        raise Rejected(f"{where}.content: a non-empty list of blocks is required")
    for position, block in enumerate(content):
        place = f"{where}.content.{position}"
        kind = block.get("type")
        if kind not in _BLOCKS[message["role"]]:
            raise Rejected(f"{place}: '{kind}' blocks are not allowed in {message['role']} turns")
        if kind == "text":
            _check_text(block, place)
            if message["role"] == "user" and block.get("citations"):
                raise Rejected(f"{place}.citations: not allowed in user turns")
        elif kind == "tool_result":
            _check_tool_result(block, place)
        elif kind == "tool_use" and not isinstance(block.get("input"), dict):
            raise Rejected(f"{place}.tool_use.input: Input should be a valid dictionary")


def _check_text(block: Any, place: str) -> None:
    if not isinstance(block, dict) or not isinstance(block.get("text"), str):
        raise Rejected(f"{place}.text: Field required")
    if not block["text"]:
        raise Rejected(f"{place}: text content blocks must be non-empty")
    if not block["text"].strip():
        raise Rejected(f"{place}: text content blocks must contain non-whitespace text")


def _check_tool_result(block: dict[str, Any], place: str) -> None:
    content = block.get("content", "")
    if isinstance(content, str):
        return
    kinds = {part.get("type") for part in content}
    if block.get("is_error") and kinds - {"text"}:
        raise Rejected(f"{place}: all content must be type `text` if `is_error` is true")
    if "search_result" in kinds and len(kinds) > 1:
        raise Rejected(f"{place}: search_result blocks cannot be mixed with other blocks")
    for position, part in enumerate(content):
        if part.get("type") == "text":
            _check_text(part, f"{place}.content.{position}")


def _check_tool_pairs(turns: list[tuple[str, list[dict[str, Any]]]]) -> None:
    seen: set[str] = set()
    for position, (role, blocks) in enumerate(turns):
        used = [block["id"] for block in blocks if block["type"] == "tool_use"]
        for identifier in used:
            if identifier in seen:
                raise Rejected(f"messages.{position}: `tool_use` ids must be unique")
            if not _IDENTIFIER.match(identifier):
                raise Rejected(f"messages.{position}: tool_use.id: String should match pattern")
            seen.add(identifier)
        following = turns[position + 1][1] if position + 1 < len(turns) else []
        answered = [block["tool_use_id"] for block in _leading_results(following)]
        if missing := [identifier for identifier in used if identifier not in answered]:
            raise Rejected(
                f"messages.{position}: `tool_use` ids were found without `tool_result` blocks "
                f"immediately after: {', '.join(missing)}."
            )
        before = turns[position - 1][1] if position else []
        offered = {block["id"] for block in before if block["type"] == "tool_use"}
        results = [b["tool_use_id"] for b in blocks if b["type"] == "tool_result"]
        for identifier in results if role == "user" else ():
            if identifier not in offered:
                raise Rejected(
                    f"messages.{position}: unexpected `tool_use_id` found in `tool_result` "
                    f"blocks: {identifier}."
                )
        if len(results) != len(set(results)):
            raise Rejected(f"messages.{position}: each tool_use must have a single result")


def _leading_results(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        if block["type"] != "tool_result":
            return
        yield block


def _merged(messages: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The turns, neighbours of one role joined as the API joins them."""
    turns: list[tuple[str, list[dict[str, Any]]]] = []
    for message in messages:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if turns and turns[-1][0] == message["role"]:
            turns[-1][1].extend(blocks)
        else:
            turns.append((message["role"], list(blocks)))
    return turns


def search_results(messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every search result of the messages, in the order in which citations count them."""
    for message in messages:
        for block in message["content"] if isinstance(message["content"], list) else ():
            if block["type"] == "search_result":
                yield block
            elif block["type"] == "tool_result" and isinstance(block.get("content"), list):
                yield from (part for part in block["content"] if part["type"] == "search_result")


def _check_search_results(messages: list[dict[str, Any]]) -> None:
    enabled = set()
    for result in search_results(messages):
        for name in ("source", "title", "content"):
            if not result.get(name):
                raise Rejected(f"search_result.{name}: Field required")
        for part in result["content"]:
            if part.get("type") != "text":
                raise Rejected("search_result.content: only text blocks are allowed")
            _check_text(part, "search_result.content")
        enabled.add(bool(result.get("citations", {}).get("enabled")))
    if len(enabled) > 1:
        raise Rejected("citations must be enabled on all or none of the search results")


def _breakpoints(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if value.get("cache_control"):
            yield value
        for part in value.values():
            yield from _breakpoints(part)
    elif isinstance(value, list):
        for part in value:
            yield from _breakpoints(part)
