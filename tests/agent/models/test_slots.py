"""Arguments filled from messages, and the one short question when one is open."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from agent.models.names import find_names
from agent.models.payload import payload
from agent.models.slots import Message, asked_for, confidence, fill, read
from agent.models.types import Name
from tests.agent.models.declarations import declared
from tools.registry import Effect, Slot, Tool

NAMES = (
    Name("lead", "L04", "Cedar Contractors quotes"),
    Name("lead", "L08", "Oak Family Law portal"),
    Name("experiment", "e1", "Morning pages"),
    Name("experiment", "e2", "Coffee chats"),
    Name("experiment", "e3", "Coffee chats"),
)


class EntryArgs(BaseModel):
    text: Annotated[str, Slot("text")]
    note: Annotated[str | None, Slot("text")] = None
    experiment: Annotated[str | None, Slot("experiment")] = None
    sure: Annotated[float, Field(ge=0, le=1)] | None = None
    day: Annotated[date | None, Slot("date")] = None
    kind: Literal["skill", "knowledge"] = "skill"


class LeadArgs(BaseModel):
    lead: Annotated[str, Slot("lead")]
    status: Literal["active", "on_hold"] | None = None


class ReadingArgs(BaseModel):
    value: Annotated[int, Field(ge=1, le=10), Slot("number")]


class KindArgs(BaseModel):
    kind: Literal["template", "case_study"]


def tool(args: type[BaseModel], effect: Effect = "log") -> Tool:
    return declared("a_tool", args, "both", effect)


def filled(model: type[BaseModel], text: str, effect: Effect = "log", **fixed: Any) -> Any:
    return fill(tool(model, effect), fixed, Message(text, NAMES, date(2026, 3, 6)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Log an experiment: email two people a day", "email two people a day"),
        ("add this - write each morning", "write each morning"),
        ('start one called "coffee chats"', "coffee chats"),
        ("set up an experiment called coffee chats", "coffee chats"),
        ("I'd like to set up an experiment to start a blog", "start a blog"),
        ("I learned that short mails get answers", "short mails get answers"),
        ("my lesson was that less is more, please", "less is more"),
        ("I learned from the email test that Tuesdays work", "Tuesdays work"),
        ("look for a dentist", "dentist"),
        ("have we got a yoga studio?", "yoga studio"),
        ("is there a yoga studio among our leads?", "yoga studio"),
        ("add an experiment", None),
        ("log what I learned", None),
    ],
)
def test_the_persons_own_words(text: str, expected: str | None) -> None:
    assert payload(text, required=True) == expected


def test_words_of_an_optional_argument_must_be_set_apart() -> None:
    assert payload("I finished the coffee chats", required=False) is None
    assert payload("Finished the chats: two offers", required=False) == "two offers"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("7/10", 0.7), ("seven out of ten", 0.7), ("70 %", 0.7), ("about 70%", 0.7),
        ("65 percent", 0.65), ("0.7", 0.7), ("a four", 0.4), ("10", 1.0), ("1", 0.1),
        ("250 %", None), ("quite sure", None), ("2026", None),
    ],
)  # fmt: skip
def test_confidence(text: str, share: float | None) -> None:
    assert confidence(text) == share


@pytest.mark.parametrize(
    ("text", "value"), [("log 8", 8), ("it is 7/10", 7), ("eight of ten", 8), ("5%", 5)]
)
def test_numbers(text: str, value: int) -> None:
    assert filled(ReadingArgs, text).args == {"value": value}


def test_every_slot_of_one_message() -> None:
    got = filled(EntryArgs, "Log a learning from Morning pages tomorrow: start small")
    assert got.args == {
        "text": "start small",
        "note": "start small",
        "experiment": "Morning pages",
        "day": "2026-03-07",
    }
    assert got.ask is None


def test_of_two_texts_the_first_names_the_second() -> None:
    both = filled(EntryArgs, "log evidence that I can lead a meeting: I ran the retro").args
    assert (both["text"], both["note"]) == ("lead a meeting", "I ran the retro")
    same = filled(EntryArgs, "log evidence: I ran the retro").args
    assert (same["text"], same["note"]) == ("I ran the retro", "I ran the retro")


def test_fixed_arguments_stay() -> None:
    assert filled(EntryArgs, "note: x", kind="knowledge").args["kind"] == "knowledge"


def test_a_shared_name_is_given_by_its_id() -> None:
    assert filled(EntryArgs, "coffee chats: x").args["experiment"] == "e2"


def test_an_experiment_nobody_logged_is_handed_on() -> None:
    assert filled(EntryArgs, "note on my pottery test: x").args["experiment"] == "pottery"
    assert "experiment" not in filled(EntryArgs, "note on my last test: x").args


def test_an_open_argument_is_asked_for() -> None:
    got = filled(LeadArgs, "what is the status?")
    assert (got.open, got.ask) == ("lead", "Which lead do you mean?")
    assert asked_for(tool(LeadArgs), {}, "Fine.\n\nWhich lead do you mean?") == "lead"
    assert asked_for(tool(LeadArgs), {"lead": "Oak"}, "Which lead do you mean?") is None
    assert asked_for(tool(LeadArgs), {}, "Cedar is stuck.") is None


def test_a_refused_value_is_asked_for_again() -> None:
    got = filled(ReadingArgs, "my mood is 70")
    assert (got.open, got.ask) == ("value", "Which number should I record?")


def test_words_to_choose_from_are_named() -> None:
    got = filled(KindArgs, "log an asset")
    assert got.ask == "Which kind: template or case study?"
    assert asked_for(tool(KindArgs), {}, got.ask) == "kind"
    field = KindArgs.model_fields["kind"]
    assert read(field, Message("a case study", (), date(2026, 3, 6)), answers=True) == "case_study"


def test_a_fixed_word_counts_only_when_reading() -> None:
    assert filled(LeadArgs, "Cedar on hold", "read").args["status"] == "on_hold"
    assert "status" not in filled(LeadArgs, "Cedar on hold", "log").args


def test_earlier_names_serve_what_has_to_be_filled() -> None:
    earlier = tuple(find_names("tell me about Oak and Morning pages", NAMES))
    now = Message("what is the score?", NAMES, date(2026, 3, 6), earlier)
    assert fill(tool(LeadArgs), {}, now).args == {"lead": "Oak Family Law portal"}
    note = Message("note: x", NAMES, date(2026, 3, 6), earlier)
    assert "experiment" not in fill(tool(EntryArgs), {}, note).args
    back = Message("note on it: x", NAMES, date(2026, 3, 6), earlier, refers_back=True)
    assert fill(tool(EntryArgs), {}, back).args["experiment"] == "Morning pages"
