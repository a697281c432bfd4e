"""Commands that start in a fraction of the time: forked from one process that has imported the
program already. They run the same code, with settings, home and output of their own, and can be
frozen and killed like any process."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    ["api.app", "api.metrics", "uvloop", "httptools", "typer", "rich.progress", "rich.table"]
)
"""All but the commands: their consoles measure the terminal when they are imported."""
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
    return await start(arguments, home, environment, os.devnull, log, log)


async def start(
    arguments: Sequence[str],
    home: Path,
    environment: Mapping[str, str],
    given: Path | str,
    output: Path,
    errors: Path,
    first: Callable[[], None] | None = None,
) -> Forked:
    """Likewise; reads the file `given`, and writes to the ends of two others. `first` is called
    in the process, before the command begins."""
    streams = tuple(str(path) for path in (given, output, errors))
    process = _context.Process(
        target=_mosaic, args=(list(arguments), str(home), dict(environment), streams, first)
    )
    await asyncio.to_thread(process.start)
    return Forked(process)


def _mosaic(
    arguments: list[str],
    home: str,
    environment: dict[str, str],
    streams: tuple[str, str, str],
    first: Callable[[], None] | None,
) -> None:
    for number, path in enumerate(streams):
        how = os.O_WRONLY | os.O_CREAT | os.O_APPEND if number else os.O_RDONLY
        os.dup2(os.open(path, how, 0o600), number)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(home)
    sys.argv = ["mosaic", *arguments]
    if first is not None:
        first()
    from api.cli import main

    main()
