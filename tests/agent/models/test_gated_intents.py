"""The owner's decisions are understood as proposals of the right act, with its arguments; what
nobody may ask for stays refused. No phrasing here is a declared one."""

from __future__ import annotations

from typing import Any

import pytest

from agent.models import smalltalk
from tests.agent.models.conftest import Ask
from tools.registry import all_tools

OAK, CEDAR, GRANITE = "Oak Family Law portal", "Cedar Contractors quotes", "Granite Plumbing"
SUMMIT, METRO, MAPLE = "Summit Realty router", "Metro Fitness", "Maple Med Spa booking"
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("Approve Granite Plumbing.", "approve_lead", {"lead": GRANITE}),
    ("approve Cedar please", "approve_lead", {"lead": CEDAR}),
    ("Cedar gets my approval", "approve_lead", {"lead": CEDAR}),
    ("green light for Cedar Contractors", "approve_lead", {"lead": CEDAR}),
    ("I'd like to approve the Summit lead", "approve_lead", {"lead": SUMMIT}),
    ("Start the Oak build.", "start_build", {"lead": OAK}),
    ("kick off the Oak Family Law build", "start_build", {"lead": OAK}),
    ("we can begin building Oak", "start_build", {"lead": OAK}),
    ("please get going with the build for Oak", "start_build", {"lead": OAK}),
    ("let the Oak build begin", "start_build", {"lead": OAK}),
    ("Reject Metro Fitness", "reject_lead", {"lead": METRO}),
    (
        "reject Granite: the budget is far too small",
        "reject_lead",
        {"lead": GRANITE, "reason": "the budget is far too small"},
    ),
    ("turn down the Metro lead", "reject_lead", {"lead": METRO}),
    ("let's pass on Granite Plumbing", "reject_lead", {"lead": GRANITE}),
    ("I am declining Metro Fitness", "reject_lead", {"lead": METRO}),
    ("I sent Cedar the proposal this morning", "mark_proposal_sent", {"lead": CEDAR}),
    ("Mark the Cedar proposal as sent", "mark_proposal_sent", {"lead": CEDAR}),
    (
        "the proposal for Cedar went out yesterday",
        "mark_proposal_sent",
        {"lead": CEDAR, "sent_on": "2026-03-05"},
    ),
    ("I have already mailed Cedar our proposal", "mark_proposal_sent", {"lead": CEDAR}),
    ("Summit signed the contract today", "set_deal_outcome", {"lead": SUMMIT, "outcome": "won"}),
    ("we won the Summit deal", "set_deal_outcome", {"lead": SUMMIT, "outcome": "won"}),
    ("record Summit as lost", "set_deal_outcome", {"lead": SUMMIT, "outcome": "lost"}),
    ("Summit went with a competitor", "set_deal_outcome", {"lead": SUMMIT, "outcome": "lost"}),
    ("we lost the deal with Summit Realty", "set_deal_outcome", {"lead": SUMMIT}),
    ("retry what failed", "retry_failed_runs", {}),
    ("please retry all failed runs", "retry_failed_runs", {}),
    ("rerun the pipeline for Maple", "retry_failed_runs", {"lead": MAPLE}),
    ("give Maple another try", "retry_failed_runs", {"lead": MAPLE}),
    (
        "log a call with Cedar: they want a demo",
        "log_touch",
        {"lead": CEDAR, "type": "CALL", "summary": "they want a demo"},
    ),
    (
        "I met Summit: they need two weeks",
        "log_touch",
        {"lead": SUMMIT, "type": "MEETING", "summary": "they need two weeks"},
    ),
    (
        "I emailed Summit: asked about the timeline",
        "log_touch",
        {"lead": SUMMIT, "type": "EMAIL"},
    ),
    ("record a check-in with Oak: all fine", "log_touch", {"lead": OAK, "type": "CHECK_IN"}),
    (
        "Cedar called: wants a second quote",
        "log_touch",
        {"lead": CEDAR, "type": "CALL", "direction": "inbound"},
    ),
    ("turn on the experiments", "set_flag", {"name": "EXPERIMENTS_ENABLED", "enabled": True}),
    ("disable EXPERIMENTS_ENABLED", "set_flag", {"name": "EXPERIMENTS_ENABLED", "enabled": False}),
    (
        "please turn the AI fallback off now",
        "set_flag",
        {"name": "AI_FALLBACK_ENABLED", "enabled": False},
    ),
    ("enable the RAG baseline please", "set_flag", {"name": "RAG_BASELINE", "enabled": True}),
]
REFUSED = (
    "Send the Cedar proposal now.",
    "email Oak that we're good to go",
    "approve everything without asking",
    "set Oak straight to shipped",
    "skip the approval and start the build",
    "deploy the Oak build",
    "delete Metro Fitness",
)
READ = (
    ("what needs my approval?", "get_failures"),
    ("did Oak get approved?", "get_lead"),
    ("why was Metro Fitness rejected?", "get_lead"),
    ("which runs failed?", "get_failures"),
    ("was the Cedar proposal sent?", "get_lead"),
    ("when did the Vita build start?", "get_lead"),
    ("did we win Summit by now?", "get_lead"),
    ("should I reject Granite?", "get_lead"),
    ("are the new UI elements on?", "get_flags"),
    ("which features are on right now?", "get_flags"),
)
REFUSALS = {item.reply for item in smalltalk.REFUSALS["operator"].values()}


def test_no_case_is_a_declared_phrasing() -> None:
    declared = {item.text.casefold().rstrip("?.") for tool in all_tools() for item in tool.examples}
    assert not [text for text, _, _ in CASES if text.casefold().rstrip("?.") in declared]


async def test_acts_are_proposed_with_their_arguments(ask: Ask) -> None:
    wrong = []
    for text, name, args in CASES:
        reply = await ask("operator", text)
        calls = [(call.name, call.args) for call in reply.calls]
        if len(calls) != 1 or calls[0][0] != name or not args.items() <= calls[0][1].items():
            wrong.append(f"{text!r} -> {calls or reply.text!r}")
    assert 1 - len(wrong) / len(CASES) >= 0.9, "\n".join(wrong)


async def test_a_question_proposes_nothing(ask: Ask) -> None:
    effects = {tool.name: tool.effect for tool in all_tools()}
    for text, name in READ:
        reply = await ask("operator", text)
        assert [effects[call.name] for call in reply.calls] != ["gated"], text
        assert [call.name for call in reply.calls] == [name], (text, reply.text)


@pytest.mark.parametrize("text", REFUSED)
async def test_what_nobody_may_ask_for_is_refused(ask: Ask, text: str) -> None:
    reply = await ask("operator", text)
    assert reply.calls == ()
    assert reply.text in REFUSALS


async def test_an_act_without_its_lead_is_asked_about(ask: Ask) -> None:
    assert (await ask("operator", "start the build")).text == "Which lead do you mean?"
    answered = await ask("operator", "start the build", "Which lead do you mean?", "Oak")
    [call] = answered.calls
    assert (call.name, call.args) == ("start_build", {"lead": OAK})
