"""A way to the service that can be slow and can be cut, as a network can."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Proxy:
    """Passes bytes on to one of its targets, any that answers. `delay` seconds are added to
    every piece of what the service says."""

    def __init__(self, targets: list[str], seed: int = 0) -> None:
        self._targets = [(parts.hostname, parts.port) for parts in map(urlsplit, targets)]
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self._chance = random.Random(seed)
        self.delay = 0.0
        self.url = ""

    def cut(self) -> None:
        """Reset every connection, and new ones too until it is mended."""
        self._is_cut = True
        self.reset()

    def reset(self) -> None:
        """Reset every connection; new ones are taken."""
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Take connections again."""
        self._is_cut = False

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        onward = None if self._is_cut else await self._connect()
        if onward is None:
            writer.transport.abort()
            return
        onward_reader, onward_writer = onward
        pair = {writer, onward_writer}
        self._writers |= pair
        try:
            await asyncio.gather(
                self._pass_on(reader, onward_writer, late=False),
                self._pass_on(onward_reader, writer, late=True),
            )
        finally:
            self._writers -= pair
            for one in pair:
                one.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        targets = self._chance.sample(self._targets, len(self._targets))
        for host, port in targets:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(host, port)
        return None

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, late: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while part := await reader.read(65_536):
                if late and self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(part)
                await writer.drain()
            writer.write_eof()


@asynccontextmanager
async def running_proxy(*targets: str, seed: int = 0) -> AsyncIterator[Proxy]:
    """A proxy on a port of its own in front of `targets`."""
    proxy = Proxy(list(targets), seed)
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
