"""Filling a tool's arguments from a message, as its declaration marks them with `Slot`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from agent.models.dates import find_date
from agent.models.names import Mention, find_names, unknown_experiment
from agent.models.payload import payload, short_name
from agent.models.types import Name
from tools.registry import Slot, Tool

_WORD_NUMBERS = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1
    )
}
_NUMBER = rf"\d+(?:[.,]\d+)?|{'|'.join(_WORD_NUMBERS)}"
_OF_TEN = re.compile(rf"\b({_NUMBER})\s*(?:/|out of|of)\s*(?:10|ten)\b", re.IGNORECASE)
_PERCENT = re.compile(r"\b(\d+(?:[.,]\d+)?)\s*(?:%|percent\b|per cent\b)", re.IGNORECASE)
_SHARE = re.compile(r"(?<![\d.,])(0?\.\d+|[01]\.0+)(?!\d)")
_PLAIN = re.compile(rf"(?<![\w.,])({_NUMBER})(?![\w%])", re.IGNORECASE)


@dataclass(frozen=True)
class Filled:
    """Arguments for a call; `ask` is the one short question for the `open` argument, when one
    is needed that the message does not give."""

    args: dict[str, Any]
    ask: str | None = None
    open: str | None = None


@dataclass(frozen=True)
class Message:
    """What slots are filled from. `names` is the caller's vocabulary; `earlier` are the names
    of earlier turns, meant when the message `refers_back` or an argument has to be filled."""

    text: str
    names: Sequence[Name]
    today: date
    earlier: Sequence[Mention] = ()
    refers_back: bool = False


def fill(tool: Tool, fixed: dict[str, Any], message: Message) -> Filled:
    """The tool's arguments: the fixed ones, then what the message gives for each slot."""
    args = dict(fixed)
    for field_name, field in tool.args.model_fields.items():
        slot = slot_of(field)
        if field_name in args:
            continue
        if slot is None and tool.effect != "read" and not field.is_required():
            continue
        value = read(field, message)
        if value is not None:
            args[field_name] = value
        elif field.is_required():
            return Filled(args, _question(field_name, field), field_name)
    return _checked(tool, _short_and_long(tool, args, message.text))


def _short_and_long(tool: Tool, args: dict[str, Any], text: str) -> dict[str, Any]:
    """Where a tool takes two texts, the first is the name for the second: what stands before
    the colon, else the text itself."""
    fields = tool.args.model_fields.items()
    texts = [name for name, field in fields if (slot := slot_of(field)) and slot.kind == "text"]
    if len(texts) < 2 or texts[0] not in args:
        return args
    long = args.get(texts[1], args[texts[0]])
    return args | {texts[0]: short_name(text) or args[texts[0]], texts[1]: long}


def read(field: FieldInfo, message: Message, answers: bool = False) -> Any:
    """The argument's value out of the message, None when it gives none. With `answers`, the
    message was written in answer to a question for this argument."""
    slot = slot_of(field)
    if slot is None:
        return _option(field, message.text)
    if slot.kind == "text":
        if answers:
            return message.text.strip() or None
        return payload(message.text, field.is_required())
    if slot.kind == "number":
        return _number(message.text)
    if slot.kind == "confidence":
        return confidence(message.text)
    if slot.kind == "date":
        found = find_date(message.text, message.today)
        return found.isoformat() if found else None
    return _named(slot.kind, message, field.is_required())


def slot_of(field: FieldInfo) -> Slot | None:
    """The slot that an argument is marked with, also inside `… | None`."""
    marks = [mark for mark in field.metadata if isinstance(mark, Slot)]
    for part in get_args(field.annotation):
        marks += [mark for mark in get_args(part) if isinstance(mark, Slot)]
    return marks[0] if marks else None


def confidence(text: str) -> float | None:
    """A share of 1: "7/10", "seven out of ten", "70 %", "0.7"; a lone 1 to 10 is of ten."""
    if found := _OF_TEN.search(text):
        return _share(_value(found[1]) / 10)
    if found := _PERCENT.search(text):
        return _share(_value(found[1]) / 100)
    if found := _SHARE.search(text):
        return _share(float(found[1]))
    found = _PLAIN.search(text)
    if found is None:
        return None
    value = _value(found[1])
    return _share(value / 10 if value > 1 or found[1].isdigit() else value)


def _share(value: float) -> float | None:
    return round(value, 4) if 0 <= value <= 1 else None


def _value(word: str) -> float:
    return float(_WORD_NUMBERS.get(word.lower(), word.replace(",", ".")))


def _number(text: str) -> float | int | None:
    found = _OF_TEN.search(text) or _PERCENT.search(text) or _PLAIN.search(text)
    if found is None:
        return None
    value = _value(found[1])
    return int(value) if value.is_integer() else value


def _named(kind: Literal["lead", "experiment"], message: Message, required: bool) -> str | None:
    """The name as the ledger has it; its id where two share one name. A name that no ledger
    has is handed on, so that the tool says so and takes no other."""
    mentions = find_names(message.text, message.names)
    if kind == "experiment" and not mentions and (called := unknown_experiment(message.text)):
        return called
    if required or message.refers_back:
        mentions += message.earlier
    name = next((mention.name for mention in mentions if mention.name.kind == kind), None)
    if name is None:
        return None
    same = [other for other in message.names if other.text == name.text]
    return name.text if len(same) == 1 else name.id


def _option(field: FieldInfo, text: str) -> str | None:
    """One of a field's fixed words, when the message says exactly that word."""
    said = set(re.findall(r"[a-z]+", text.lower()))
    options = [option for option in _options(field.annotation) if isinstance(option, str)]
    found = [option for option in options if set(option.lower().split("_")) <= said]
    return found[0] if len(found) == 1 else None


def _options(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) in (Union, type(int | str)):
        return [option for part in get_args(annotation) for option in _options(part)]
    return []


_ASK = {
    "lead": "Which lead do you mean?",
    "experiment": "Which experiment do you mean?",
    "text": "What should I write down, in your own words?",
    "number": "Which number should I record?",
    "confidence": "How confident are you?",
    "date": "For which day?",
}
FIND_ASK = "What should I look for?"


def _question(field_name: str, field: FieldInfo) -> str:
    slot = slot_of(field)
    if slot is not None:
        return FIND_ASK if field_name == "query" else _ASK[slot.kind]
    plain = field_name.removesuffix("_id").replace("_", " ")
    options = [str(option).replace("_", " ") for option in _options(field.annotation)]
    if options:
        return f"Which {plain}: {', '.join(options[:-1])} or {options[-1]}?"
    return f"Which {plain} do you mean?"


def asked_for(tool: Tool, args: dict[str, Any], text: str) -> str | None:
    """The argument, not yet in `args`, that an assistant's text ends in asking for."""
    for field_name, field in tool.args.model_fields.items():
        question = _question(field_name, field).removesuffix("?")
        if field_name not in args and question in text and text.rstrip().endswith("?"):
            return field_name
    return None


def _checked(tool: Tool, args: dict[str, Any]) -> Filled:
    """The arguments, or a question for the first one whose value the tool would refuse."""
    try:
        tool.args.model_validate(args)
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        field = tool.args.model_fields.get(str(place[0])) if place else None
        if field is not None:
            return Filled(args, _question(str(place[0]), field), str(place[0]))
    return Filled(args)
