"""`mosaic bench soak`: a thousand runs while processes die, the network is cut and the database
restarts. No figure beside a floor, but promises that hold or do not; it takes minutes."""

from __future__ import annotations

import subprocess
import sys

from evals.bench.rig import CannotMeasure
from evals.server import ROOT

NAME = "soak"
QUICK_RUNS = 40


def main(as_json: bool, quick: bool) -> int:
    """Run it as a process of its own, which shows its progress and says what happened.

    Returns 0 when every promise held, 1 when one was broken. Raises CannotMeasure outside of a
    checkout.
    """
    if not (ROOT / "tests" / "faults").is_dir():
        raise CannotMeasure("The soak is in tests/faults: run this in a checkout.")
    arguments = [*(["--json"] if as_json else []), *(["--runs", str(QUICK_RUNS)] if quick else [])]
    command = [sys.executable, "-m", "tests.faults.soak", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
