"""Filling a tool's arguments from a message, by nothing but its schema."""

from __future__ import annotations

import re
from typing import Any

from tests.standin.words import stems

_COLON = re.compile(r":\s*(.+)$", re.S)
_QUOTED = re.compile(r"[\"“](.+?)[\"”]", re.S)
_NAME = re.compile(r"\b[A-Z][\w&'-]*(?:\s+(?:[A-Z][\w&'-]*|\d+))*")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(%|percent)?")
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_NOT_NAME_WORDS = (
    "what how is are who when where why show tell which did do does can could would should log "
    "add create record save note start please i i'm my me we our the a an and give list any has "
    "have was were will monday tuesday wednesday thursday friday saturday sunday cv hello hi hey "
    "thanks thank yes no ok okay good great sure sorry welcome bye"
)
_NOT_NAMES = frozenset(_NOT_NAME_WORDS.split())
_TEXT_WORDS = ("title", "name", "text", "content", "statement", "hypothesis", "outcome", "note")
_NAMING = {"name", "lead", "query", "search", "client", "who", "company", "id", "subject"}


def payload(message: str) -> str | None:
    """What the message hands over: what follows a colon, or a quotation."""
    for pattern in (_COLON, _QUOTED):
        if found := pattern.search(message):
            return found.group(1).strip().rstrip(".")
    return None


def named(message: str) -> str | None:
    """The longest proper name in the message. A single word with which a longer sentence begins
    is taken for an ordinary one."""
    names = []
    for found in _NAME.finditer(message):
        words = found.group().split()
        begins = message[: found.start()].rstrip()[-1:] in ("", ".", "?", "!", ":", ",")
        while words and words[0].lower() in _NOT_NAMES:
            words.pop(0)
            begins = False
        alone = len(words) == 1 and begins and len(message.split()) > 2
        if words and not (alone and not words[0].endswith("'s")):
            names.append(" ".join(words).removesuffix("'s"))
    return max(names, key=len, default=None)


def fill(schema: dict[str, Any], message: str) -> dict[str, Any]:
    """Arguments for an object schema: what the message gives, null or left out otherwise. What
    the message hands over goes into one property, the one that its name suits best."""
    definitions = schema.get("$defs", {})
    required = schema.get("required", ())
    kinds = {
        name: _resolve(part, definitions) for name, part in schema.get("properties", {}).items()
    }
    chief = _chief_text({name: kind for name, (kind, _) in kinds.items()})
    args: dict[str, Any] = {}
    for name, (kind, nullable) in kinds.items():
        value = payload(message) if name == chief else _value(name, kind, message)
        if value is None and name in required and not nullable:
            value = _default(kind, message, definitions)
        if value is not None or name in required:
            args[name] = value
    return args


def _chief_text(kinds: dict[str, dict[str, Any]]) -> str | None:
    """The property that takes what a message hands over: a title or name before other text."""
    texts = [
        name
        for name, kind in kinds.items()
        if kind.get("type") == "string"
        and not {"enum", "const", "format"} & kind.keys()
        and not name.endswith(("id", "key", "version", "date"))
    ]
    return min(texts, key=_text_rank, default=None)


def _text_rank(name: str) -> int:
    return next((rank for rank, word in enumerate(_TEXT_WORDS) if word in name), len(_TEXT_WORDS))


def _resolve(part: dict[str, Any], definitions: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The schema of a value without its "or null", and whether it had one."""
    if "$ref" in part:
        part = definitions[part["$ref"].rsplit("/", 1)[-1]]
    variants = part.get("anyOf") or part.get("oneOf") or part.get("allOf")
    if not variants:
        return part, False
    others = [variant for variant in variants if variant.get("type") != "null"]
    kind, _ = _resolve(others[0], definitions) if others else ({"type": "null"}, True)
    return kind, len(others) < len(variants)


def _value(name: str, kind: dict[str, Any], message: str) -> Any:
    """What the message gives for a property that is not the chief text; None when nothing."""
    if "enum" in kind:
        return _nearest(kind["enum"], message)
    if "const" in kind:
        return kind["const"]
    match kind.get("type"):
        case "string":
            if kind.get("format") in ("date", "date-time"):
                return found.group() if (found := _DATE.search(message)) else None
            if name.endswith("id") and (found := _UUID.search(message)):
                return found.group()
            naming = any(word in _NAMING for word in name.split("_"))
            return named(message) if naming and payload(message) is None else None
        case "integer" | "number" if name not in ("limit", "offset", "page"):
            return _number(name, kind["type"], message)
        case "array" if "enum" in kind.get("items", {}):
            value = _nearest(kind["items"]["enum"], message)
            return None if value is None else [value]
    return None


def _default(kind: dict[str, Any], message: str, definitions: dict[str, Any]) -> Any:
    if "enum" in kind:
        return kind["enum"][0]
    match kind.get("type"):
        case "string":
            if kind.get("format") in ("date", "date-time"):
                return "2026-01-01" if kind["format"] == "date" else "2026-01-01T00:00:00Z"
            return named(message) or message[:200]
        case "integer" | "number":
            return 1
        case "boolean":
            return False
        case "array":
            return []
        case "object":
            return fill({**kind, "$defs": definitions}, message)
    return None


def _nearest(values: list[Any], message: str) -> Any:
    said = stems(message)
    synonyms = {"contact": "touch", "contacted": "touch", "confident": "confidence"}
    said |= {synonyms[word] for word in said & synonyms.keys()}
    scored = [(len(stems(str(value)) & said), value) for value in values]
    best = max(scored, key=lambda pair: pair[0], default=(0, None))
    return best[1] if best[0] else None


def _number(name: str, kind: str, message: str) -> int | float | None:
    found = _NUMBER.search(_DATE.sub(" ", message))
    if not found:
        return None
    number = float(found.group(1))
    if found.group(2) and ("confidence" in name or kind == "number"):
        number /= 100
    return int(number) if kind == "integer" else number
