"""The gate: every golden conversation passes on the offline model, through a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from evals.cases import Case, load, suites
from evals.runner import Clients, Reset, demo_clients, demo_reset, run_case
from evals.scorers import Score
from tests.service import running_service

HELD_BACK_AT_MOST = 0.02

CASES = [case for name in suites() for case in load(name)]


@dataclass
class Demo:
    """The demo people, a way to undo what they wrote, and the scores so far."""

    clients: Clients
    reset: Reset
    scores: list[Score] = field(default_factory=list)


@pytest.fixture(scope="module")
async def demo(server_url: str) -> AsyncIterator[Demo]:
    """A server of this module's own: some of the cases write."""
    async with running_service(server_url, demo=True) as server:
        yield Demo(await demo_clients(server), demo_reset(server))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_golden(case: Case, demo: Demo) -> None:
    found = await run_case(case, demo.clients, demo.reset)
    demo.scores.append(found)
    assert found.problems == [], case.added_because


def test_truthful_sentences_are_hardly_ever_held_back(demo: Demo) -> None:
    """The offline model says only what its facts say, so each sentence held back was true."""
    held = sum(score.held_back for score in demo.scores)
    sentences = sum(score.sentences for score in demo.scores)
    assert sentences > 0, "this test counts what the cases before it have said; run them with it"
    assert held <= HELD_BACK_AT_MOST * sentences, f"{held} of {sentences}"
