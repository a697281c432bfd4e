"""How much evidence it takes to act, for guesses as the classifier makes them."""

from __future__ import annotations

from datetime import date

import pytest

from agent.models.conversation import Conversation
from agent.models.intents import Guess, Intent
from agent.models.planning import Planner
from agent.models.types import ModelRequest, UserTurn
from tests.agent.models.conftest import Role
from tools.registry import all_tools


def calls(role: Role, text: str, name: str, nearest: float) -> list[str]:
    """The tools called for `text` when the best guess is `name` with this nearest phrasing."""
    tools = {tool.name: tool for tool in all_tools()}
    request = ModelRequest(
        role=role,
        stable="",
        context="",
        turns=(UserTurn(text),),
        tools=tuple(tool for tool in tools.values() if tool.allows(role)),
    )
    planner = Planner(tools, Conversation.of(request), date(2026, 3, 6))
    plan = planner.plan([[Guess(Intent("tool", name), probability=0.4, nearest=nearest)]])
    return [tool.name for tool, _ in plan.calls]


@pytest.mark.parametrize(
    ("role", "text", "name", "nearest", "called"),
    [
        ("client", "show my list", "list_experiments", 0.30, False),
        ("client", "show my list", "list_experiments", 0.36, True),
        ("client", "add this: swim", "create_experiment", 0.45, False),
        ("client", "add this: swim", "create_experiment", 0.50, True),
        ("client", "my long list of trials", "list_experiments", 0.50, False),
        ("client", "my long list of trials", "list_experiments", 0.55, True),
        ("operator", "the long list of trouble", "get_failures", 0.36, True),
    ],
)
def test_more_evidence_to_write_and_to_take_a_remark_for_a_command(
    role: Role, text: str, name: str, nearest: float, called: bool
) -> None:
    assert calls(role, text, name, nearest) == ([name] if called else [])
