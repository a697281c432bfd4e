"""`python -m tests.standin --port 0`: serve until stopped; prints its address as one JSON line."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal

import uvloop

from tests.standin.server import running_standin


async def serve(host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    async with running_standin(host=host, port=port) as standin:
        print(json.dumps({"url": standin.url, "host": host, "port": standin.port}), flush=True)
        await stopped.wait()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description="A stand-in for the Anthropic Messages API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free one")
    arguments = parser.parse_args()
    with (
        contextlib.suppress(KeyboardInterrupt),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(serve(arguments.host, arguments.port))


if __name__ == "__main__":
    main()
