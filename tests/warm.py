"""Services that start in a fraction of the time: forked from one process that has imported the
program already. They run the same command, with settings, home and log of their own, and can be
frozen and killed like any process."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["api.app", "api.cli", "api.metrics", "uvloop", "httptools"])
LOOK_SECONDS = 0.02


class Forked:
    """A process as `evals.server` wants one."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid or 0

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it lives."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    async def wait(self) -> int:
        """The exit code, once it has ended."""
        while (code := self.returncode) is None:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(LOOK_SECONDS)
        return code


async def launch(
    arguments: Sequence[str], home: Path, environment: Mapping[str, str], log: Path
) -> Forked:
    """`mosaic …` in `home`, with this environment and no other, writing to the end of `log`."""
    process = _context.Process(
        target=_mosaic, args=(list(arguments), str(home), dict(environment), str(log))
    )
    await asyncio.to_thread(process.start)
    return Forked(process)


def _mosaic(arguments: list[str], home: str, environment: dict[str, str], log: str) -> None:
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(written, stream.fileno())
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(home)
    sys.argv = ["mosaic", *arguments]
    from api.cli import main

    main()
