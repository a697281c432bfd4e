"""The last run status, whatever columns are null."""

from __future__ import annotations

import pytest

from tests.tools.operator.rules.rows import NOW, before, run, step
from tools.operator.records import Run
from tools.operator.rules.runs import (
    can_be_retried,
    failed_at,
    failed_step,
    last_run_status,
)

GOOD, BAD, OPEN = step("enrich", True), step("score", False, minutes=2), step("score", None)


@pytest.mark.parametrize(
    ("latest", "steps", "status"),
    [
        (None, [], "none"),
        (run(status="running", success=None), [], "running"),
        (run(status="ok", success=True), [GOOD], "success"),
        (run(status="ok", success=None), [], "success"),
        (run(status="error", success=None), [], "fail"),
        (run(status="error", success=False), [], "fail"),
        (run(status="error", success=False), [BAD], "fail"),
        (run(status="error", success=False), [OPEN], "fail"),
        (run(status="error", success=False), [GOOD, BAD], "partial"),
        (run(status="ok", success=False), [GOOD], "partial"),
    ],
)
def test_last_run_status(latest: Run | None, steps: list[object], status: str) -> None:
    assert last_run_status(latest, steps) == status  # type: ignore[arg-type]


def test_the_failed_step_is_the_first_that_failed() -> None:
    later = step("position", False, minutes=4)
    assert failed_step([later, BAD, GOOD]) == BAD
    assert failed_step([GOOD, OPEN]) is None


def test_only_provider_trouble_is_retryable() -> None:
    codes = ["LLM_429", "LLM_5XX", "LLM_NETWORK", "LLM_4XX", "GATE", "VALIDATION", "DB", "UNKNOWN"]
    retryable = [code for code in codes if can_be_retried(run(last_error_code=code))]
    assert retryable == ["LLM_429", "LLM_5XX", "LLM_NETWORK"]
    assert not can_be_retried(run(last_error_code=None))


def test_when_a_run_failed() -> None:
    assert failed_at(run(age=3)) == before(3)
    assert failed_at(run(age=3, finished_at=before(2))) == before(2)
    assert failed_at(run(age=3, finished_at=before(2), last_error_at=NOW)) == NOW
