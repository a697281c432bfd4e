"""Running a script of `scripts/` as an operator does."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parent.parent.parent / "scripts"


async def run(script: str | Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and everything that the script said."""
    process = await asyncio.create_subprocess_exec(
        str(SCRIPTS / script),
        *arguments,
        env={**os.environ, "PYTHON": sys.executable, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()
