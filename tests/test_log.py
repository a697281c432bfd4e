"""What is logged of an error is where it happened, never what somebody had written."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

import log

WORDS = "canary-of-a-person"


@pytest.fixture
def configured() -> Iterator[None]:
    """The service's logging, and the test run's own again afterwards."""
    root = logging.getLogger()
    before = root.handlers, root.level
    log.configure()
    yield
    root.handlers, root.level = before


def fail() -> None:
    try:
        raise KeyError(WORDS)
    except KeyError as error:
        raise ValueError(f"Failing row contains ({WORDS})") from error


@pytest.mark.parametrize("library", [False, True])
def test_a_trace_says_where_and_not_what(
    configured: None, capsys: pytest.CaptureFixture[str], library: bool
) -> None:
    logger = logging.getLogger("a.library") if library else log.get_logger("ours")
    try:
        fail()
    except ValueError:
        logger.exception("it failed")
    [line] = capsys.readouterr().err.splitlines()
    logged = json.loads(line)
    assert logged["event"] == "it failed"
    assert "in fail" in logged["exception"]
    assert logged["exception"].index("builtins.KeyError") < logged["exception"].index("ValueError")
    assert WORDS not in line


def test_without_an_error_there_is_no_trace(
    configured: None, capsys: pytest.CaptureFixture[str]
) -> None:
    log.get_logger("ours").warning("all is well", count=1)
    logged = json.loads(capsys.readouterr().err)
    assert (logged["event"], logged["count"]) == ("all is well", 1)
    assert "exception" not in logged
