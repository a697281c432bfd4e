"""A request's turns as Messages API blocks, and its citations back as fact ids.

Each fact is one text block of a `search_result`, so that a citation names exactly the facts a
sentence rests on. The API wants citations on for all search results of a request or for none,
and a tool result holds search results only or none: hence what is missing is one as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anthropic.types import (
    ContentBlockParam,
    MessageParam,
    SearchResultBlockParam,
    TextBlockParam,
    ToolResultBlockParam,
    ToolUseBlockParam,
)

from agent.models.types import AssistantTurn, ToolCall, ToolResult, Turn, UserTurn
from tools.findings import Fact, Missing

_HOW = {
    "question": "Ask the user for it.",
    "page": "It can be filled in on the page {target}.",
    "tool": "The tool {target} can get it.",
}


@dataclass(frozen=True)
class Citable:
    """One search result of a request: its source, and the fact id of each of its text blocks
    ("" for a block that states no fact)."""

    source: str
    fact_ids: tuple[str, ...]


def system_blocks(stable: str, context: str) -> list[TextBlockParam]:
    """The system prompt: the part that is the same for every caller, cached, then the rest."""
    blocks: list[TextBlockParam] = []
    if stable.strip():
        blocks.append({"type": "text", "text": stable, "cache_control": {"type": "ephemeral"}})
    if context.strip():
        blocks.append({"type": "text", "text": context})
    return blocks


def message_blocks(turns: Sequence[Turn]) -> tuple[list[MessageParam], list[Citable]]:
    """The messages of a request and its search results in the order the API counts them.

    A conversation starts with the user, so what comes before the first user turn is left out;
    so is blank text, which the API refuses. The last block carries the cache breakpoint.
    """
    messages: list[MessageParam] = []
    citables: list[Citable] = []
    for turn in _from_first_user(turns):
        if isinstance(turn, UserTurn):
            content: list[ContentBlockParam] = [
                *_passages(turn.passages, citables),
                *_text_blocks(turn.text),
            ]
            role = "user"
        elif isinstance(turn, AssistantTurn):
            content = [*_text_blocks(turn.text), *(_tool_use(call) for call in turn.calls)]
            role = "assistant"
        else:
            content = [_tool_result(result, citables) for result in turn.results]
            role = "user"
        if content and role == "user":
            messages.append({"role": "user", "content": content})
        elif content:
            messages.append({"role": "assistant", "content": content})
    _mark_last_block(messages)
    return messages, citables


def cited_facts(citation: Mapping[str, Any], citables: Sequence[Citable]) -> tuple[str, ...] | None:
    """The fact ids a search result's citation names, as the API's JSON; None when it names none
    of this request."""
    index, start, end = (
        citation["search_result_index"],
        citation["start_block_index"],
        citation["end_block_index"],
    )
    if not 0 <= index < len(citables):
        return None
    citable = citables[index]
    if citation["source"] != citable.source or not 0 <= start < end <= len(citable.fact_ids):
        return None
    return tuple(fact_id for fact_id in citable.fact_ids[start:end] if fact_id)


def _from_first_user(turns: Sequence[Turn]) -> Sequence[Turn]:
    for position, turn in enumerate(turns):
        if isinstance(turn, UserTurn) and turn.text.strip():
            return turns[position:]
    return ()


def _text_blocks(text: str) -> list[ContentBlockParam]:
    return [{"type": "text", "text": text}] if text.strip() else []


def _passages(facts: Sequence[Fact], citables: list[Citable]) -> list[SearchResultBlockParam]:
    """Search results for what memory brought up; each is added to `citables`."""
    found = []
    for fact in facts:
        source = f"fact:{fact.ledger}:{fact.subject}"
        found.append(_search_result(source, fact.subject, [fact.statement]))
        citables.append(Citable(source, (fact.id,)))
    return found


def _tool_use(call: ToolCall) -> ToolUseBlockParam:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": call.args}


def _tool_result(result: ToolResult, citables: list[Citable]) -> ToolResultBlockParam:
    """The block for one result; its search results are added to `citables`."""
    block: ToolResultBlockParam = {"type": "tool_result", "tool_use_id": result.call_id}
    if result.error:
        return {**block, "content": result.error, "is_error": True}
    found: list[SearchResultBlockParam] = []
    for (ledger, subject), facts in _by_subject(result.facts).items():
        source = f"fact:{ledger}:{subject}"
        found.append(_search_result(source, subject, [fact.statement for fact in facts]))
        citables.append(Citable(source, tuple(fact.id for fact in facts)))
    if result.missing:
        source = f"missing:{result.tool}"
        statements = [_not_available(missing) for missing in result.missing]
        found.append(_search_result(source, "Not available", statements))
        citables.append(Citable(source, ("",) * len(statements)))
    return {**block, "content": found or "Nothing was found."}


def _by_subject(facts: Sequence[Fact]) -> dict[tuple[str, str], list[Fact]]:
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        groups.setdefault((fact.ledger, fact.subject or fact.label), []).append(fact)
    return groups


def _search_result(source: str, title: str, statements: list[str]) -> SearchResultBlockParam:
    return {
        "type": "search_result",
        "source": source,
        "title": title,
        "content": [{"type": "text", "text": statement} for statement in statements],
        "citations": {"enabled": True},
    }


def _not_available(missing: Missing) -> str:
    how = _HOW[missing.how_to_get].format(target=missing.target or "that holds it")
    return f"Not available: {missing.need}. Why it matters: {missing.why_it_matters} {how}"


def _mark_last_block(messages: list[MessageParam]) -> None:
    """Put the conversation's cache breakpoint on the last block of the last message."""
    if not messages or not isinstance(content := messages[-1]["content"], list):
        return
    last = content[-1]
    if isinstance(last, dict) and last["type"] in ("text", "tool_result"):
        content[-1] = {**last, "cache_control": {"type": "ephemeral"}}
