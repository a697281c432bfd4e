"""The offline model in conversation: what it calls, asks, declines, says and leaves open."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.models.offline import OfflineModel
from agent.models.types import AssistantTurn, ModelRequest, ToolCall, ToolResult, ToolTurn, UserTurn
from errors import ModelUnavailable
from memory.embeddings import CachedEmbedder
from memory.embeddings_http import HttpEmbedder
from tests.agent.models.conftest import NOW, Ask, reply
from tests.agent.models.test_compose import fact
from tools.registry import all_tools


async def test_a_question_becomes_a_call(ask: Ask) -> None:
    got = await ask("operator", "What broke since yesterday?")
    assert [(call.name, call.args) for call in got.calls] == [
        ("get_failures", {"buckets": ["failed_runs"]})
    ]
    assert got.stop.reason == "tools"
    assert got.text == ""
    assert (got.stop.usage.provider, got.stop.usage.output_tokens) == ("offline", 0)


async def test_two_questions_become_two_calls(ask: Ask) -> None:
    got = await ask("operator", "which runs failed and what is the bottleneck?")
    assert [call.name for call in got.calls] == ["get_failures", "get_constraint"]
    assert got.calls[0].id != got.calls[1].id


async def test_results_are_said_with_their_facts(ask: Ask) -> None:
    facts = (fact(1, "Cedar", "Cedar is stuck."), fact(2, "Oak", "Oak is approved."))
    call = ToolCall("c1", "get_failures", {})
    got = await ask(
        "operator",
        UserTurn("what broke?"),
        AssistantTurn(calls=(call,)),
        ToolTurn((ToolResult("c1", "get_failures", facts=facts),)),
        facts=facts,
    )
    assert got.blocks == (("Cedar is stuck.", ("f1",)), (" Oak is approved.", ("f2",)))
    assert got.stop.reason == "end"


async def test_an_open_argument_is_asked_for_and_then_filled(ask: Ask) -> None:
    first = await ask("operator", "tell me about Acme")
    assert first.text == "Which lead do you mean?"
    assert first.calls == ()
    second = await ask("operator", "tell me about Acme", first.text, "the Oak one")
    assert [(call.name, call.args["lead"]) for call in second.calls] == [
        ("get_lead", "Oak Family Law portal")
    ]


async def test_a_name_that_a_tool_asked_for_is_taken_up(ask: Ask) -> None:
    got = await ask(
        "client",
        "I learned that mornings suit me",
        'Nothing was done. Which experiment do you mean: "Morning pages" or "Cold emails"?',
        "Morning pages",
    )
    assert [(call.name, call.args) for call in got.calls] == [
        ("add_learning", {"content": "mornings suit me", "experiment_id": "Morning pages"})
    ]


async def test_words_that_answer_a_question_are_kept_whole(ask: Ask) -> None:
    first = await ask("client", "Add an experiment")
    got = await ask("client", "Add an experiment", first.text, "show up: early, twice a week")
    assert [(call.name, call.args["experiment_name"]) for call in got.calls] == [
        ("create_experiment", "show up: early, twice a week")
    ]


async def test_an_open_question_can_be_dropped(ask: Ask) -> None:
    first = await ask("client", "Add an experiment")
    assert (await ask("client", "Add an experiment", first.text, "never mind")).calls == ()
    other = await ask("client", "Add an experiment", first.text, "what experiments do I have?")
    assert [call.name for call in other.calls] == ["list_experiments"]


@pytest.mark.parametrize(
    ("message", "lead"),
    [
        ("what about Cedar?", "Cedar Contractors quotes"),
        ("and why?", "Oak Family Law portal"),
        ("tell me more", "Oak Family Law portal"),
        ("what is its budget?", "Oak Family Law portal"),
    ],
)
async def test_follow_ups_keep_the_thread(ask: Ask, message: str, lead: str) -> None:
    got = await ask("operator", "how is the Oak portal doing?", "It is approved.", message)
    assert [(call.name, call.args["lead"]) for call in got.calls] == [("get_lead", lead)]


async def test_more_says_what_was_not_said(ask: Ask) -> None:
    facts = (
        fact(1, "Oak", "Oak is approved."),
        fact(2, "Oak", "Oak came by referral.", headline=False),
    )
    got = await ask(
        "operator",
        UserTurn("how is Oak?"),
        AssistantTurn("Oak is approved."),
        UserTurn("tell me more"),
        AssistantTurn(calls=(ToolCall("c1", "get_lead", {}),)),
        ToolTurn((ToolResult("c1", "get_lead", facts=facts),)),
        facts=facts,
    )
    assert got.text.startswith("Oak came by referral.")


async def test_what_nobody_tracks_is_missing_and_not_invented(ask: Ask) -> None:
    got = await ask("operator", "What is our ad spend?")
    assert got.calls == ()
    assert "ad spend" in got.text
    assert [item.need for item in got.missing] == ["ad spend and marketing cost"]
    assert not any(character.isdigit() for character in got.text)


async def test_what_cannot_be_placed_is_missing_in_its_own_words(ask: Ask) -> None:
    got = await ask("operator", "zxcv qwer asdf?")
    assert got.calls == ()
    assert got.missing[0].need == "zxcv qwer asdf?"
    assert "I can " in got.text


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ("operator", "Send the Cedar proposal now."),
        ("operator", "Deploy the site to production."),
        ("client", "What is in the pipeline of the business?"),
        ("client", "Send my application to the company."),
    ],
)
async def test_what_it_must_not_do_is_declined_in_one_sentence(
    ask: Ask, role: str, message: str
) -> None:
    got = await ask(role, message)
    assert got.calls == ()
    assert len(got.blocks) == 1
    assert "never" in got.text or "not open" in got.text


@pytest.mark.parametrize("message", ["are you an AI?", "which model is this?", "who are you?"])
async def test_it_says_what_it_is_when_asked(ask: Ask, message: str) -> None:
    assert "the offline model" in (await ask("client", message)).text


async def test_coaching_mirrors_proposes_and_asks_one_question(ask: Ask) -> None:
    got = await ask("client", "I feel completely stuck in my job")
    assert got.calls == ()
    assert len(got.blocks) == 3
    assert got.text.count("?") == 1
    assert "offline" not in got.text


async def test_coaching_does_not_repeat_itself(ask: Ask) -> None:
    first = await ask("client", "I feel completely stuck in my job")
    second = await ask(
        "client",
        "I feel completely stuck in my job",
        first.text,
        "I feel completely stuck in my job",
    )
    assert second.text != first.text


async def test_an_operator_is_not_coached(ask: Ask) -> None:
    got = await ask("operator", "I feel stuck and lost at work")
    assert "small test" not in got.text


async def test_a_feature_that_is_off_is_said_to_be_off(ask: Ask) -> None:
    tools = [tool for tool in all_tools() if tool.name != "list_experiments"]
    got = await ask("client", "List my experiments", tools=tools)
    assert got.calls == ()
    assert got.text == "I cannot do that: the feature is off at the moment."
    assert got.missing


async def test_the_same_question_gets_the_same_words(ask: Ask) -> None:
    for message in ("I can't decide", "what is our NPS?", "hello"):
        assert (await ask("client", message)).text == (await ask("client", message)).text


async def test_a_note_about_held_back_text_ends_the_answer(ask: Ask) -> None:
    facts = (fact(1, "Oak", "Oak is approved."),)
    got = await ask(
        "operator", UserTurn("how is Oak?"), AssistantTurn("x"), UserTurn("Go on."), facts=facts
    )
    assert got.blocks == ()
    assert got.stop.reason == "end"


async def test_relative_days_follow_the_clock(ask: Ask) -> None:
    got = await ask("client", "Start a new experiment tomorrow: swim before work")
    assert got.calls[0].args["start_date"] == "2026-03-07"


async def test_an_embedder_that_is_down_makes_the_model_unavailable(tmp_path: Path) -> None:
    down = HttpEmbedder("http://127.0.0.1:9", "m", attempts=1)
    model = OfflineModel(down, tmp_path, lambda: NOW)
    request = ModelRequest(
        role="operator", stable="", context="", turns=(UserTurn("hi"),), tools=(), names=()
    )
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="cannot be reached"):
            await reply(model, request)


async def test_a_second_start_needs_no_embedding(
    offline: OfflineModel, minilm: CachedEmbedder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("again")
    await OfflineModel(minilm, folder, lambda: NOW).warm()
    down = HttpEmbedder("http://127.0.0.1:9", minilm.model, attempts=1)
    await OfflineModel(down, folder, lambda: NOW).warm()
    with pytest.raises(ModelUnavailable):
        await OfflineModel(down, tmp_path_factory.mktemp("empty"), lambda: NOW).warm()
