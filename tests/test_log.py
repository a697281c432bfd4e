"""What is logged of an error is where it happened, never what somebody had written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORDS = "canary-of-a-person"
PROGRAM = f"""
import logging
import log

def fail():
    try:
        raise KeyError("{WORDS}")
    except KeyError as error:
        raise ValueError("Failing row contains ({WORDS})") from error

log.configure()
for logger in (log.get_logger("ours"), logging.getLogger("a.library")):
    try:
        fail()
    except ValueError:
        logger.exception("it failed")
log.get_logger("ours").warning("all is well", count=1)
"""


def test_a_trace_says_where_and_not_what() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert WORDS not in ran.stderr + ran.stdout
    *failed, well = map(json.loads, ran.stderr.splitlines())
    assert len(failed) == 2
    for line in failed:
        assert (line["event"], line["level"]) == ("it failed", "error")
        trace = line["exception"]
        assert "in fail" in trace
        assert trace.index("builtins.KeyError") < trace.index("builtins.ValueError")
    assert (well["event"], well["count"]) == ("all is well", 1)
    assert "exception" not in well
