"""`mosaic` commands whose clock is wrong. A child's own clock is set: everything that Python code
of the process asks for the time gets the wrong one. What only counts on (`time.monotonic`) is
right, as it is on a machine whose clock is set."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import time_machine

from evals.server import Child, Launch, Process
from tests import warm
from tests.faults.fleet import until

LOOK_SECONDS = 0.02
WANTED, SET = Path("clock.wanted"), Path("clock.set")
"""In the folder of the process: by how many hours its clock is to be off, and is."""


def launch_off_by(hours: float) -> Launch:
    """Starts commands whose clock is so many hours ahead; behind, when it is negative."""

    async def launch(
        arguments: Sequence[str], home: Path, environment: Mapping[str, str], log: Path
    ) -> Child:
        (home / WANTED).write_text(str(hours))
        return await warm.start(
            arguments, home, environment, os.devnull, log, log, first=_follow_the_file
        )

    return launch


async def set_clock(process: Process, hours: float) -> None:
    """Step the clock of a running process, and return when it is so many hours off."""
    new = process.home / "clock.new"
    new.write_text(str(hours))
    new.replace(process.home / WANTED)
    await until(lambda: (process.home / SET).read_text() == str(hours))


def _follow_the_file() -> None:
    """In the process: set its clock, now and whenever the file changes."""
    clock = time_machine.travel(timedelta()).start()
    # The first look at the clock is where it starts from.
    time.time()
    off = _step(clock, 0.0)
    threading.Thread(target=_keep_to_the_file, args=(clock, off), daemon=True).start()


def _keep_to_the_file(clock: time_machine.Traveller, off: float) -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        off = _step(clock, off)


def _step(clock: time_machine.Traveller, off: float) -> float:
    wanted = WANTED.read_text()
    if float(wanted) != off or not SET.exists():
        clock.shift(timedelta(hours=float(wanted) - off))
        SET.write_text(wanted)
    return float(wanted)
