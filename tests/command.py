"""`mosaic …` as a process, with the settings of a service that runs."""

from __future__ import annotations

import asyncio
import sys

from evals.server import Server


async def mosaic(
    server: Server, *arguments: str, stdin: bytes = b"", **environment: str
) -> tuple[int, str, str]:
    """Exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "api.cli",
        *arguments,
        cwd=server.home,
        env={**server.environment, **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate(stdin)
    return process.returncode or 0, output.decode(), errors.decode()
