"""Two processor cores: one for what is measured, the other for all the rest.

The provider, the database and the readers then take no time from the server, and the product and
the floor have the same to run on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
"""Those that this process may use; nothing is moved where there is only one."""


@contextmanager
def kept_off_the_server() -> Iterator[None]:
    """This process, and what it starts, off the server's core."""
    if len(CORES) < 2:
        yield
        return
    os.sched_setaffinity(0, CORES[:-1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, CORES)


def give_server_core(pid: int) -> None:
    """Move a process with all its threads to the server's core."""
    if len(CORES) < 2:
        return
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), CORES[-1:])
