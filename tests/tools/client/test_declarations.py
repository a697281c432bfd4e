"""What the tools declare: flag, routes, effect, enough phrasings, arguments that fit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.client.calling import TOOLS, validated
from tools import registry

FLAGS = {"get_metrics": "SELF_EFFICACY_METRICS", "get_escalation": "COACH_ESCALATION"}
READS = {"list_experiments", "list_learnings", "list_evidence", "get_metrics", "get_escalation"}
ROUTES = {
    "create_experiment": {"POST /experiments/create"},
    "update_experiment": {"POST /experiments/update"},
    "complete_experiment": {"POST /experiments/complete"},
    "list_experiments": {"GET /experiments"},
    "add_learning": {"POST /learning/add"},
    "list_learnings": {"GET /learning"},
    "capture_evidence": {"POST /evidence/capture"},
    "list_evidence": {"GET /evidence"},
    "record_self_efficacy": {"POST /metrics/self-efficacy"},
    "get_metrics": {"GET /metrics", "GET /self-efficacy/metrics"},
    "get_escalation": {"GET /self-efficacy/escalation"},
}
# Arguments that an example fixes are completed with these, as a message would.
FROM_THE_MESSAGE: dict[str, dict[str, Any]] = {
    "create_experiment": {"experiment_name": "Coffee chats"},
    "add_learning": {"content": "Something"},
    "capture_evidence": {"capability_name": "Patience", "detail": "Waited"},
    "record_self_efficacy": {"metric_name": "confidence", "metric_value": 7},
    "add_reflection": {"outcome": "Two calls"},
}


def declared(name: str) -> registry.Tool:
    return registry._tools[name]


@pytest.mark.parametrize("name", TOOLS)
def test_each_tool_is_the_clients_and_behind_its_flag(name: str) -> None:
    tool = declared(name)
    assert tool.allows("client")
    assert not tool.allows("operator")
    assert tool.flag == FLAGS.get(name, "EXPERIMENTS_ENABLED")
    assert tool.effect == ("read" if name in READS else "log")
    assert {f"{route.method} {route.path}" for route in tool.routes} == ROUTES.get(name, set())
    assert tool.description


@pytest.mark.parametrize("name", TOOLS)
def test_each_tool_has_twenty_phrasings_whose_arguments_fit(name: str) -> None:
    tool = declared(name)
    texts = [example.text.casefold() for example in tool.examples]
    assert len(texts) == len(set(texts)) >= 20
    for example in tool.examples:
        assert example.args.keys() <= tool.args.model_fields.keys()
        validated(name, FROM_THE_MESSAGE.get(name, {}) | example.args)


def test_no_phrasing_means_two_tools() -> None:
    texts = [example.text.casefold() for name in TOOLS for example in declared(name).examples]
    assert len(texts) == len(set(texts))


def test_no_tool_takes_a_person_as_an_argument() -> None:
    for name in TOOLS:
        assert not {"user_id", "owner_id", "session_id"} & declared(name).args.model_fields.keys()
