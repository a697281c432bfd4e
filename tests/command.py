"""`mosaic …` as a process, with the settings of a service that runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from evals.server import Process
from tests import warm


async def mosaic(
    server: Process, *arguments: str, stdin: bytes = b"", **environment: str
) -> tuple[int, str, str]:
    """Exit code, output and errors."""
    with tempfile.TemporaryDirectory() as folder:
        given, output, errors = (Path(folder) / name for name in ("in", "out", "errors"))
        given.write_bytes(stdin)
        process = await warm.start(
            arguments,
            server.home,
            {**server.environment, **environment},
            given,
            output,
            errors,
        )
        return await process.wait(), output.read_text(), errors.read_text()
